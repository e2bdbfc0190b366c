// A remembered feed whose frames somebody wrote, with the sum that belongs to them: refused, or pairs that a database
// may hold.
#include <cstdint>

#include "base/digest.h"
#include "scanner/feeds/feed_cache.h"
#include "tests/fuzz/scratch_directory.h"

namespace {

using namespace scanner::advisories;

// "pratique feed 1", and the digest of program and feed.
constexpr std::size_t kHeadBytes = 16 + 64 + 1;

struct Remembered {
  BuildSource source{.format = "osv", .path = tests::scratch_directory() + "/a.json"};
  std::string directory = tests::scratch_directory() + "/feeds";
  scanner::feeds::FeedCache cache{directory, [](const BuildSource&, const PairSink&) { return FeedSummary{}; }};
  std::string file;  // that remembers the source
  std::string head;  // of that file

  Remembered() {
    std::filesystem::create_directory(directory);
    tests::write_scratch_file(source.path, "{}");
    static_cast<void>(cache(source, sink()));
    file = std::filesystem::directory_iterator(directory)->path();
    std::ifstream input(file, std::ios::binary);
    head.resize(kHeadBytes);
    CHECK(input.read(head.data(), static_cast<std::streamsize>(head.size())));
  }

  static PairSink sink() {
    return {.on_pair = [](const std::string& key, const std::string& value) { check_pair(key, value); },
            .on_note = [](const FeedNote&) {},
            .on_progress = {}};
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Remembered remembered;
  const std::string content = remembered.head + std::string(reinterpret_cast<const char*>(data), size);
  tests::write_scratch_file(remembered.file, content + base::sha256_hex(content));
  try {
    static_cast<void>(remembered.cache(remembered.source, Remembered::sink()));
  } catch (const base::Error& error) {
    CHECK(*error.what() != '\0');
  }
  return 0;
}
