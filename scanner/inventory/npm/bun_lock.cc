#include "scanner/inventory/npm/bun_lock.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "scanner/inventory/development_packages.h"
#include "scanner/inventory/json_file.h"

namespace scanner::inventory {
namespace {

using Json = nlohmann::json;
using Use = DevelopmentPackages::Use;

// As JSON: without the commas behind the last of an object or a list.
std::string without_last_commas(std::string_view content) {
  std::string json;
  json.reserve(content.size());
  bool in_text = false;
  for (std::size_t at = 0; at < content.size(); ++at) {
    const char c = content[at];
    if (in_text && c == '\\') json += content[at++];
    if (at == content.size()) break;
    if (c == '"') in_text = !in_text;
    const std::size_t next = c == ',' && !in_text ? content.find_first_not_of(" \t\r\n", at + 1) : std::string::npos;
    const bool is_last = next != std::string::npos && (content[next] == '}' || content[next] == ']');
    if (!is_last) json += content[at];
  }
  return json;
}

// "a", "@s/a"; below another package "b/a", "b/@s/a".
std::string_view name_in(std::string_view key) {
  const std::size_t slash = key.rfind('/');
  if (slash == std::string_view::npos) return key;
  const std::size_t before = key.substr(0, slash).rfind('/');
  const std::string_view last_two = key.substr(before == std::string_view::npos ? 0 : before + 1);
  return last_two.starts_with('@') ? last_two : key.substr(slash + 1);
}

// Packages are needed by their names: of two versions of one both are.
class BunNeeds {
 public:
  explicit BunNeeds(const Json& document) : packages_(member_of(document, "packages")) {
    for (const auto& [key, package] : packages_.items()) development_.add_package(name_in(key));
    for (const auto& [path, part] : member_of(document, "workspaces").items()) add_part(part);
    for (const auto& [key, package] : packages_.items()) add_needs(name_in(key), package);
    development_.resolve();
  }

  [[nodiscard]] bool is_for_development(std::string_view key) const { return development_.contains(name_in(key)); }

 private:
  void add_part(const Json& part) {
    for (const char* list : {"dependencies", "optionalDependencies", "peerDependencies"}) {
      for (const auto& [name, range] : member_of(part, list).items()) {
        if (may_be_needed(name, list)) development_.add_root(name, Use::kProgram);
      }
    }
    for (const auto& [name, range] : member_of(part, "devDependencies").items()) {
      development_.add_root(name, Use::kDevelopment);
    }
  }

  // The list of what it needs stands behind the name, and behind the registry where it comes from one.
  void add_needs(std::string_view package, const Json& entry) {
    if (!entry.is_array()) return;
    const auto needs = std::find_if(entry.begin(), entry.end(), [](const Json& one) { return one.is_object(); });
    if (needs == entry.end()) return;
    for (const char* list : {"dependencies", "optionalDependencies", "peerDependencies"}) {
      for (const auto& [name, range] : member_of(*needs, list).items()) {
        if (may_be_needed(name, list)) development_.add_need(package, name);
      }
    }
  }

  // What may do without is not always there.
  [[nodiscard]] bool may_be_needed(const std::string& name, std::string_view list) const {
    return list == "dependencies" || packages_.contains(name);
  }

  const Json& packages_;
  DevelopmentPackages development_;
};

}  // namespace

// "a": ["a@1.2.3", ...]. What comes from elsewhere has a place there, and no version.
void read_bun_lock(const ImageFile& file, LanguagePackages& packages) {
  const Json document = parse_json_file(without_last_commas(file.content));
  const Json& list = member_of(document, "packages");
  if (list.is_null()) return;
  if (!list.is_object()) throw base::ParseError("no list of packages");
  const BunNeeds needs(document);
  std::size_t number = 0;
  for (const auto& [key, entry] : list.items()) {
    ++number;
    if (!entry.is_array() || entry.empty() || !entry[0].is_string()) {
      packages.broken().add("package " + std::to_string(number), "an entry of another form");
      continue;
    }
    const std::string_view found = entry[0].get_ref<const std::string&>();
    const std::size_t at = found.find('@', 1);
    if (at == std::string_view::npos || found.find(':', at) != std::string_view::npos) continue;
    if (needs.is_for_development(key)) continue;
    packages.add(found.substr(0, at), found.substr(at + 1), "package", number);
  }
}

}  // namespace scanner::inventory
