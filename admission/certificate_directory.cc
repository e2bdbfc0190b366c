#include "admission/certificate_directory.h"

#include <filesystem>

#include "base/error.h"
#include "base/file.h"

namespace admission {

ServingCertificate CertificateDirectory::current() {
  constexpr std::size_t kBytesMax = 1 << 20;
  const auto read = [&](const char* name) { return base::read_file(directory_ + "/" + name, kBytesMax); };
  ServingCertificate certificate{.leaf = {read("tls.crt"), read("tls.key")}, .authority_pem = {}};
  if (!std::filesystem::exists(directory_ + "/ca.crt")) return certificate;
  certificate.authority_pem = read("ca.crt");
  if (!net::signed_by(certificate.leaf.certificate_pem, certificate.authority_pem)) {
    throw base::ConfigError(directory_ + ": ca.crt did not sign tls.crt");
  }
  return certificate;
}

}  // namespace admission
