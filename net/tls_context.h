// The server's TLS settings as OpenSSL wants them. Private to the server's files.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>

#include "net/http_server.h"

namespace net {

struct FreeSslContext {
  void operator()(SSL_CTX* context) const;
};
using SslContext = std::unique_ptr<SSL_CTX, FreeSslContext>;

// One more owner of the same context; of null, null.
[[nodiscard]] SslContext share(const SslContext& context);

// TLS 1.2 and newer, ALPN http/1.1, buffers released between requests. Throws base::ConfigError when a PEM is unusable
// or the key is not the certificate's.
[[nodiscard]] SslContext make_server_ssl_context(const ServerTls& tls);

// Of the client at the other end of a finished handshake, as ServerRequest tells it.
struct ClientIdentity {
  std::string verified_name;  // empty: none was asked for, or nobody has verified it
  std::string chain_pem;
};
[[nodiscard]] ClientIdentity client_identity(SSL* ssl);

}  // namespace net
