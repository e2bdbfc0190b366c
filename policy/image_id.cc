#include "policy/image_id.h"

#include "base/digest.h"

namespace policy {

std::string digest_of_image_id(std::string_view image_id) {
  const std::size_t at = image_id.rfind('@');
  if (at == std::string_view::npos) return {};
  const std::optional<base::Digest> digest = base::Digest::parse(image_id.substr(at + 1));
  return digest ? digest->text() : std::string();
}

}  // namespace policy
