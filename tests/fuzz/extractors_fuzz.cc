// Every form of file that an extractor reads, and every kind of content, as the extractors name them themselves. The
// first line is the example's path, or the kind; where it is neither, the first byte chooses one. The rest is the file.
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/extractor_checks.h"

namespace {

using scanner::inventory::Extractor;

// The name of a program whose texts tell its version.
constexpr std::string_view kProgram = "usr/local/bin/php";

struct Target {
  const Extractor* extractor;
  std::string_view name;  // an example's path, or a kind of content
};

std::vector<Target> all_targets() {
  std::vector<Target> targets;
  for (const auto& extractor : scanner::inventory::all_extractors()) {
    for (const std::string_view path : extractor->example_paths()) targets.push_back({extractor.get(), path});
    if (!extractor->content_kind().empty()) targets.push_back({extractor.get(), extractor->content_kind()});
  }
  return targets;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<Target> targets = all_targets();
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view line = input.substr(0, input.find('\n'));
  const Target* target = &targets[data[0] % targets.size()];
  std::size_t begin = 1;
  for (const Target& named : targets) {
    if (named.name != line) continue;
    target = &named;
    begin = std::min(line.size() + 1, size);
  }
  const bool is_content = target->extractor->content_kind() == target->name;
  tests::check_extractor(*target->extractor, is_content ? kProgram : target->name, data + begin, size - begin);
  return 0;
}
