// "release" of a JDK: https://openjdk.org/jeps/223 and https://openjdk.org/jeps/322. "VERSION" of a Go tool chain:
// https://pkg.go.dev/cmd/go/internal/toolchain. "OTP_VERSION": https://www.erlang.org/doc/system/versions.html.
#include "scanner/inventory/runtimes/runtime_extractor.h"

#include <optional>
#include <string>

#include "scanner/inventory/language_files.h"
#include "scanner/inventory/runtimes/runtime_programs.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

constexpr std::string_view kJdkRelease = "release";
constexpr std::string_view kErlangVersion = "OTP_VERSION";
constexpr std::string_view kToolChain = "VERSION";

Extraction one_package(std::string_view name, std::string_view version) {
  Extraction extraction;
  // What is no version is not what it looked like: files of these names are not the runtimes' alone.
  if (is_version(version)) extraction.packages.push_back(runtime_package(name, version));
  return extraction;
}

// JDK 8 called itself 1.8.0_392, which its advisories call 8.0.392. A fourth number ("17.0.4.1") is a mend between two
// releases: they know three.
std::string modern_java(std::string_view version) {
  const bool is_old = version.starts_with("1.");
  std::string modern(is_old ? version.substr(2) : version);
  const std::size_t update = modern.find('_');
  if (is_old && update != std::string::npos) modern[update] = '.';
  std::size_t end = 0;
  for (int numbers = 0; numbers < 3 && end != std::string::npos; ++numbers) end = modern.find('.', end + 1);
  return modern.substr(0, end);
}

Extraction read_jdk_release(std::string_view text) {
  constexpr std::string_view kKey = "JAVA_VERSION=\"";
  while (!text.empty()) {
    std::string_view line = take_line(text);
    if (!line.starts_with(kKey)) continue;
    line.remove_prefix(kKey.size());
    return one_package("java", modern_java(line.substr(0, line.find('"'))));
  }
  return {};
}

Extraction read_tool_chain(std::string_view text) {
  const std::string_view line = take_line(text);
  if (!line.starts_with("go1")) return {};
  const std::string_view release = line.substr(2, line.find_first_of(" -") - 2);
  // What is built with it has its standard library; its commands are a package of their own in Go's advisories.
  LanguagePackages packages("golang");
  for (const std::string_view name : {"stdlib", "toolchain"}) packages.add(name, release, "line", 1);
  return packages.take({});
}

Extraction read_program(const ImageFile& file) {
  std::string_view texts = file.content;
  while (!texts.empty()) {
    const std::optional<RuntimeRelease> release = runtime_release(file.path, take_line(texts));
    if (release) return one_package(release->name, release->version);
  }
  return {};
}

}  // namespace

bool RuntimeExtractor::wants(std::string_view path) const {
  return is_named(path, kJdkRelease) || is_named(path, kErlangVersion) || is_named(path, kToolChain);
}

Extraction RuntimeExtractor::extract(const ImageFile& file) const {
  std::string_view text = file.content;
  if (is_named(file.path, kJdkRelease)) return read_jdk_release(text);
  if (is_named(file.path, kErlangVersion)) return one_package("erlang", take_line(text));
  if (is_named(file.path, kToolChain)) return read_tool_chain(text);
  return read_program(file);
}

}  // namespace scanner::inventory
