#include "registry/attachment_tag.h"

#include <string>

#include "base/digest.h"

namespace registry {

bool is_attachment_tag(std::string_view tag) {
  constexpr std::string_view kPrefix = "sha256-";
  constexpr std::size_t kHexDigits = 64;
  if (!tag.starts_with(kPrefix) || tag.size() < kPrefix.size() + kHexDigits) return false;
  const std::string_view hex = tag.substr(kPrefix.size(), kHexDigits);
  const std::string_view ending = tag.substr(kPrefix.size() + kHexDigits);
  return base::Digest::parse("sha256:" + std::string(hex)) && (ending.empty() || ending.front() == '.');
}

}  // namespace registry
