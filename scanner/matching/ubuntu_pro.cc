#include "scanner/matching/ubuntu_pro.h"

#include "scanner/advisories/ecosystem.h"

namespace scanner::matching {

std::string pro_key_of(std::string_view ecosystem) {
  const bool names_binaries = ecosystem.ends_with(advisories::kBinarySuffix);
  if (!ecosystem.starts_with("deb:ubuntu:") || names_binaries) return {};
  return std::string(ecosystem).append(advisories::kProSuffix);
}

bool is_of_pro(const advisories::Advisory& record) {
  return record.ecosystem.ends_with(advisories::kProSuffix);
}

bool is_pro_version(std::string_view version) {
  return version.find("~esm") != std::string_view::npos || version.find("+esm") != std::string_view::npos;
}

}  // namespace scanner::matching
