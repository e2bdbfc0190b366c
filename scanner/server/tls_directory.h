// The scan service's certificate, as a Secret mounted into a directory: tls.crt, tls.key and ca.crt.
#pragma once

#include <memory>
#include <string>

#include "net/http_server.h"

namespace scanner::server {

// Reads the three files; ca.crt is what callers' certificates must be signed by. Throws base::ConfigError that names
// the file that is missing or empty.
[[nodiscard]] std::shared_ptr<const net::ServerTls> read_tls_directory(const std::string& directory);

[[nodiscard]] bool same_tls(const net::ServerTls& left, const net::ServerTls& right);

}  // namespace scanner::server
