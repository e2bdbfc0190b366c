// Lock files of Gradle (https://docs.gradle.org/current/userguide/dependency_locking.html) and of sbt's plugin for
// them.
#include <algorithm>
#include <string>

#include "base/error.h"
#include "scanner/inventory/json_file.h"
#include "scanner/inventory/language_files.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

// "testRuntimeClasspath", "integrationTestRuntimeClasspath": those of source sets that are tests by Gradle's
// convention.
bool is_test(std::string_view configuration) {
  constexpr std::string_view kTest = "test";
  if (configuration.starts_with(kTest))
    return configuration.size() > kTest.size() && is_upper(configuration[kTest.size()]);
  const std::size_t at = configuration.find("Test");
  const std::size_t behind = at + kTest.size();
  return at != std::string_view::npos && at > 0 && behind < configuration.size() && is_upper(configuration[behind]);
}

// Whether it is on the paths of tests alone; where none is told, it may be on any.
bool is_for_tests(std::string_view configurations) {
  if (configurations.empty()) return false;
  while (!configurations.empty()) {
    const std::size_t comma = configurations.find(',');
    if (!is_test(configurations.substr(0, comma))) return false;
    configurations.remove_prefix(comma == std::string_view::npos ? configurations.size() : comma + 1);
  }
  return true;
}

// "com.fasterxml.jackson.core:jackson-databind:2.9.1=compileClasspath,runtimeClasspath".
void read_gradle_lock(const ImageFile& file, LanguagePackages& packages) {
  std::size_t number = 0;
  for (std::string_view text = file.content; !text.empty();) {
    const std::string_view line = without_blanks(take_line(text));
    ++number;
    if (line.empty() || line.starts_with('#') || line.starts_with("empty=")) continue;
    const std::size_t equals = std::min(line.find('='), line.size());
    if (equals < line.size() && is_for_tests(line.substr(equals + 1))) continue;
    const std::string_view coordinates = line.substr(0, equals);
    const std::size_t colon = coordinates.rfind(':');
    const std::string_view name = coordinates.substr(0, std::min(colon, coordinates.size()));
    packages.add(name, coordinates.substr(std::min(name.size() + 1, coordinates.size())), "line", number);
  }
}

void read_sbt_lock(const ImageFile& file, LanguagePackages& packages) {
  const nlohmann::json document = parse_json_file(file.content);
  const nlohmann::json& list = member_of(document, "dependencies");
  if (!list.is_array()) throw base::ParseError("no dependencies in it");
  for (std::size_t i = 0; i < list.size(); ++i) {
    packages.add(text_member_of(list[i], "org") + ":" + text_member_of(list[i], "name"),
                 text_member_of(list[i], "version"), "dependency", i + 1);
  }
}

}  // namespace

std::unique_ptr<Extractor> make_java_lock_extractor() {
  return std::make_unique<LanguageFiles>(LanguageFiles::Ecosystem{.name = "java-lock",
                                                                  .version = 2,
                                                                  .purl_type = "maven",
                                                                  .files = {{.example = "gradle.lockfile",
                                                                             .endings = {"gradle.lockfile"},
                                                                             .evidence = Evidence::kLocked,
                                                                             .read = read_gradle_lock},
                                                                            {.example = "build.sbt.lock",
                                                                             .names = {"build.sbt.lock"},
                                                                             .evidence = Evidence::kLocked,
                                                                             .read = read_sbt_lock}}});
}

}  // namespace scanner::inventory
