// A file as somebody hands it to `docker-archive:`: refused, or an image whose parts can be asked for.
#include <cstdint>

#include "registry/docker_archive.h"
#include "tests/fuzz/scratch_directory.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  static_cast<void>(registry::parse_docker_archive_reference(input));
  const std::string path = tests::scratch_directory() + "/image.tar";
  tests::write_scratch_file(path, input);
  try {
    static_cast<void>(registry::make_docker_archive_source({.file = path}));
    static_cast<void>(registry::make_docker_archive_source({.file = path, .image = "shop/web:1"}));
  } catch (const base::Error& error) {
    CHECK(*error.what() != '\0');
  }
  return 0;
}
