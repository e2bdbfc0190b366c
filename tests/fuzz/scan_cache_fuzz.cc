// What is found in the cache's directory: a file is what was kept under its name, or nothing.
#include <cstdint>
#include <optional>

#include "base/digest.h"
#include "scanner/scan_cache.h"
#include "tests/fuzz/scratch_directory.h"

namespace {

// Of an image more is kept.
constexpr std::size_t kBytesMax = std::size_t{1} << 20;

std::string only_file_in(const std::string& directory) {
  const std::filesystem::directory_iterator first(directory);
  CHECK(first != std::filesystem::directory_iterator());
  return first->path();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string directory = tests::scratch_directory() + "/cache";
  static scanner::ScanCache cache({.directory = directory});
  static const base::Digest manifest = base::Digest::of("a manifest");
  if (size > kBytesMax) return 0;
  const std::string input(reinterpret_cast<const char*>(data), size);
  // Kept, it comes back; where it says that it was, but was not, it does not.
  cache.keep_image(manifest, input);
  CHECK(cache.find_image(manifest) == input);
  const std::string path = only_file_in(directory);
  tests::write_scratch_file(path, input);
  CHECK(!cache.find_image(manifest));
  // A record is one whatever was kept.
  cache.keep_layer(manifest, input);
  const std::optional<std::string> record = cache.find_layer(manifest);
  CHECK(!record || *record == input);
  std::filesystem::remove_all(directory);
  std::filesystem::create_directory(directory);
  return 0;
}
