// Pull secrets of both kinds, and matching them with an image.
#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "registry/credentials.h"

namespace {

template <typename Parse>
void check(Parse parse, std::string_view text) {
  static const base::ImageReference image = base::parse_image_reference("registry.example.com:5000/team/app:v1");
  try {
    static_cast<void>(registry::matching_credentials(parse(text, "the secret"), image));
  } catch (const base::Error&) {
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(registry::parse_docker_config_json, text);
  check(registry::parse_dockercfg, text);
  return 0;
}
