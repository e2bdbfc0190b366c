#include "scanner/versions/version_order.h"

namespace scanner::versions {

const VersionOrder* order_for(std::string_view purl_type) {
  if (purl_type == "deb") return &debian_order();
  if (purl_type == "apk") return &apk_order();
  if (purl_type == "pypi") return &pep440_order();
  if (purl_type == "npm") return &semver_order();
  return nullptr;
}

}  // namespace scanner::versions
