#include "net/tls_context.h"

#include <openssl/ssl.h>

#include <cstring>

#include "base/error.h"
#include "net/openssl_pem.h"

namespace net {

namespace {

constexpr unsigned char kHttp11[] = "\x08http/1.1";

[[noreturn]] void refuse(const std::string& what) {
  throw base::ConfigError("TLS settings: " + what + " (" + openssl::take_error() + ")");
}

int choose_alpn(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                unsigned int offered_size, void*) {
  unsigned char* match = nullptr;
  const int outcome = SSL_select_next_proto(&match, chosen_size, kHttp11, sizeof kHttp11 - 1, offered, offered_size);
  *chosen = match;
  // A client that offers only what we do not speak goes on without ALPN, which means HTTP/1.1.
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

void use_certificate(SSL_CTX* context, const ServerTls& tls) {
  const std::vector<openssl::Certificate> chain = openssl::read_certificates(tls.certificate_chain_pem);
  if (chain.empty()) refuse("the certificate chain has no readable certificate");
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1) refuse("the certificate cannot be used");
  for (std::size_t index = 1; index < chain.size(); ++index) {
    if (SSL_CTX_add1_chain_cert(context, chain[index].get()) != 1) refuse("the certificate chain cannot be used");
  }
  const openssl::Key key = openssl::read_private_key(tls.key_pem);
  if (key == nullptr) refuse("the private key cannot be read");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    refuse("the private key is not the certificate's");
  }
}

void verify_clients(SSL_CTX* context, const std::string& client_ca_pem) {
  const std::vector<openssl::Certificate> authorities = openssl::read_certificates(client_ca_pem);
  if (authorities.empty()) refuse("the client authority has no readable certificate");
  for (const openssl::Certificate& authority : authorities) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get()) != 1 ||
        SSL_CTX_add_client_CA(context, authority.get()) != 1) {
      refuse("the client authority cannot be used");
    }
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

std::string common_name(X509* certificate) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (index < 0) return {};
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
  if (size < 0) return {};
  std::string name(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return name;
}

int take_any(int, X509_STORE_CTX*) {
  return 1;
}

// Any certificate is taken: the handshake proves that the client has its key, and the handler judges its issuer.
void ask_clients(SSL_CTX* context) {
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, take_any);
  // A resumed session no longer has the certificates between the client's and its authority's.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
}

}  // namespace

void FreeSslContext::operator()(SSL_CTX* context) const {
  SSL_CTX_free(context);
}

SslContext share(const SslContext& context) {
  if (context != nullptr) SSL_CTX_up_ref(context.get());
  return SslContext(context.get());
}

SslContext make_server_ssl_context(const ServerTls& tls) {
  SslContext context(SSL_CTX_new(TLS_server_method()));
  CHECK(context != nullptr);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context.get(), 1);  // one read of the socket for a record, and not one for its head
  SSL_CTX_set_alpn_select_cb(context.get(), choose_alpn, nullptr);
  use_certificate(context.get(), tls);
  if (!tls.client_ca_pem.empty())
    verify_clients(context.get(), tls.client_ca_pem);
  else if (tls.asks_for_client_certificate)
    ask_clients(context.get());
  // OpenSSL resumes a session whose client certificate was verified only within a named context.
  constexpr unsigned char kSessionContext[] = "pratique";
  SSL_CTX_set_session_id_context(context.get(), kSessionContext, sizeof kSessionContext - 1);
  return context;
}

ClientIdentity client_identity(SSL* ssl) {
  X509* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr) return {};
  if (SSL_get_verify_callback(ssl) != take_any) {
    const bool verified = SSL_get_verify_result(ssl) == X509_V_OK;
    return {.verified_name = verified ? common_name(certificate) : std::string(), .chain_pem = {}};
  }
  std::string chain_pem = openssl::to_pem(certificate);
  STACK_OF(X509)* others = SSL_get_peer_cert_chain(ssl);
  for (int i = 0; others != nullptr && i < sk_X509_num(others); ++i)
    chain_pem += openssl::to_pem(sk_X509_value(others, i));
  return {.verified_name = {}, .chain_pem = std::move(chain_pem)};
}

}  // namespace net
