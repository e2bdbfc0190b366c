// Pull secrets of both kinds, and matching them with an image.
#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "registry/credentials.h"

namespace {

void check(const registry::Keyring& keyring) {
  static const base::ImageReference image = base::parse_image_reference("registry.example.com:5000/team/app:v1");
  static_cast<void>(registry::matching_credentials(keyring, image));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    check(registry::parse_docker_config_json(text, "the secret"));
  } catch (const base::Error&) {
    // The other kind has another shape, so it is tried all the same.
  }
  try {
    check(registry::parse_dockercfg(text, "the secret"));
  } catch (const base::Error&) {
    return 0;
  }
  return 0;
}
