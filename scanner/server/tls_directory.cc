#include "scanner/server/tls_directory.h"

#include "base/error.h"
#include "base/file.h"

namespace scanner::server {
namespace {

constexpr std::size_t kPemBytesMax = 256 << 10;

std::string read_pem(const std::string& directory, const char* name) {
  const std::string path = directory + "/" + name;
  std::string text = base::read_file(path, kPemBytesMax);
  // An empty authority would mean that callers need no certificate at all.
  if (text.empty()) throw base::ConfigError(path + " is empty; it must hold PEM");
  return text;
}

}  // namespace

std::shared_ptr<const net::ServerTls> read_tls_directory(const std::string& directory) {
  net::ServerTls tls;
  tls.certificate_chain_pem = read_pem(directory, "tls.crt");
  tls.key_pem = read_pem(directory, "tls.key");
  tls.client_ca_pem = read_pem(directory, "ca.crt");
  return std::make_shared<const net::ServerTls>(std::move(tls));
}

bool same_tls(const net::ServerTls& left, const net::ServerTls& right) {
  return left.certificate_chain_pem == right.certificate_chain_pem && left.key_pem == right.key_pem &&
         left.client_ca_pem == right.client_ca_pem;
}

}  // namespace scanner::server
