// A serving certificate that somebody else makes and renews, cert-manager for one: a Secret mounted into a directory,
// with tls.crt, tls.key and, where the API server is to be told by us, ca.crt.
#pragma once

#include <string>

#include "admission/certificates.h"

namespace admission {

class CertificateDirectory final : public CertificateSource {
 public:
  explicit CertificateDirectory(std::string directory) : directory_(std::move(directory)) {}
  // As the files are now. Throws base::ConfigError for one that is missing, and where key and certificate are not a
  // pair or ca.crt did not sign it: the mounted files may be in the middle of a change.
  [[nodiscard]] ServingCertificate current() override;

 private:
  const std::string directory_;
};

}  // namespace admission
