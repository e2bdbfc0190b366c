// mix.lock of Elixir and Erlang, https://hexdocs.pm/mix/Mix.Tasks.Deps.html: a term a line.
#include "scanner/inventory/language_files.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

constexpr std::string_view kHex = "{:hex, :";

// "jason": {:hex, :jason, "1.4.0", ...}. What comes from git names a commit and no version.
void read_lock(const ImageFile& file, LanguagePackages& packages) {
  std::size_t number = 0;
  for (std::string_view text = file.content; !text.empty();) {
    std::string_view line = take_line(text);
    ++number;
    const std::size_t hex = line.find(kHex);
    if (hex == std::string_view::npos) continue;
    line.remove_prefix(hex + kHex.size());
    const std::string_view name = line.substr(0, line.find(','));
    const std::size_t open = line.find('"');
    const std::size_t close = open == std::string_view::npos ? open : line.find('"', open + 1);
    const bool has_version = close != std::string_view::npos;
    packages.add(name, has_version ? line.substr(open + 1, close - open - 1) : std::string_view{}, "line", number);
  }
}

}  // namespace

std::unique_ptr<Extractor> make_elixir_extractor() {
  return std::make_unique<LanguageFiles>(
      LanguageFiles::Ecosystem{.name = "elixir",
                               .purl_type = "hex",
                               .files = {{.is_one = [](std::string_view path) { return is_named(path, "mix.lock"); },
                                          .evidence = Evidence::kLocked,
                                          .read = read_lock}}});
}

}  // namespace scanner::inventory
