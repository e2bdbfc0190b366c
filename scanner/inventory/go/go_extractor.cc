#include "scanner/inventory/go/go_extractor.h"

#include <string>

#include "base/log.h"
#include "scanner/inventory/language_package.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

std::string_view take_field(std::string_view& line, char separator) {
  const std::size_t end = line.find(separator);
  const std::string_view field = line.substr(0, end);
  line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  return field;
}

struct Module {
  std::string_view path;
  std::string_view version;
};

// A replacement from a folder has no version: what it replaced is still the best name for it.
bool is_local(const Module& module) {
  return module.path.starts_with('.') || module.path.starts_with('/') || module.version.empty();
}

// The lines of a program's modules: "mod" is its own, "dep" another's, and "=>" what stands in the place of the one
// before. runtime/debug.BuildInfo.String tells the form.
class ModuleList {
 public:
  void read(std::string_view text) {
    for (std::size_t number = 2; !text.empty(); ++number) {
      std::string_view line = take_line(text);
      const std::string_view word = take_field(line, '\t');
      if (word != "mod" && word != "dep" && word != "=>") continue;
      Module module{.path = take_field(line, '\t'), .version = {}};
      module.version = take_field(line, '\t');
      if (word != "=>") flush();
      if (word != "=>" || !is_local(module)) pending_ = module;
      line_ = number;
    }
    flush();
  }

  void add(std::string_view path, std::string_view version) { packages_.add(path, version, "line", line_); }

  Extraction take(std::string_view path) { return packages_.take(path); }

 private:
  void flush() {
    if (!pending_.path.empty()) add(pending_.path, pending_.version);
    pending_ = {};
  }

  LanguagePackages packages_{"golang"};
  Module pending_;
  std::size_t line_ = 1;
};

// "go1.22.1 X:boringcrypto" -> "1.22.1"; empty for a tool chain between releases.
std::string_view release_of(std::string_view tool_chain) {
  tool_chain = take_field(tool_chain, ' ');
  if (!tool_chain.starts_with("go1")) return {};
  // Builds of distributions say more: "go1.20.4-asdf".
  return tool_chain.substr(2, tool_chain.find('-') - 2);
}

}  // namespace

Extraction GoExtractor::extract(const ImageFile& file) const {
  std::string_view text = file.content;
  const std::string_view release = release_of(take_line(text));
  ModuleList modules;
  if (!release.empty()) modules.add("stdlib", release);
  modules.read(text);
  Extraction extraction = modules.take(file.path);
  if (release.empty()) {
    extraction.warnings.push_back({.reason = "UnknownPackage",
                                   .path = base::escape_text(file.path),
                                   .message = "built by a Go tool chain that is no release: its standard library "
                                              "cannot be looked up"});
  }
  return extraction;
}

}  // namespace scanner::inventory
