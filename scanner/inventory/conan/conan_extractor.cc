// conan.lock: of Conan 1 a graph whose nodes have references, of Conan 2 a list of those. A reference is
// NAME/VERSION@USER/CHANNEL#REVISION%TIME. https://docs.conan.io/2/reference/commands/lock.html
#include <algorithm>

#include "base/error.h"
#include "scanner/inventory/json_file.h"
#include "scanner/inventory/language_files.h"

namespace scanner::inventory {
namespace {

void add_reference(std::string_view reference, std::size_t number, LanguagePackages& packages) {
  const std::size_t slash = reference.find('/');
  const std::string_view name = reference.substr(0, slash);
  const std::string_view behind = slash == std::string_view::npos ? std::string_view{} : reference.substr(slash + 1);
  packages.add(name, behind.substr(0, behind.find_first_of("@#%")), "package", number);
}

void read_graph(const nlohmann::json& nodes, LanguagePackages& packages) {
  std::size_t number = 0;
  for (const nlohmann::json& node : nodes) {
    ++number;
    // The first is the program's own.
    if (const std::string reference = text_member_of(node, "ref"); !reference.empty())
      add_reference(reference, number, packages);
  }
}

void read_lock(const ImageFile& file, LanguagePackages& packages) {
  const nlohmann::json document = parse_json_file(file.content);
  const nlohmann::json& graph = member_of(document, "graph_lock");
  if (graph.is_object()) return read_graph(member_of(graph, "nodes"), packages);
  const nlohmann::json& list = member_of(document, "requires");
  if (!list.is_array()) throw base::ParseError("no list of packages");
  for (std::size_t i = 0; i < list.size(); ++i) {
    add_reference(list[i].is_string() ? list[i].get_ref<const std::string&>() : std::string(), i + 1, packages);
  }
}

}  // namespace

std::unique_ptr<Extractor> make_conan_extractor() {
  return std::make_unique<LanguageFiles>(LanguageFiles::Ecosystem{
      .name = "conan",
      .purl_type = "conan",
      .files = {{.example = "conan.lock", .names = {"conan.lock"}, .evidence = Evidence::kLocked, .read = read_lock}}});
}

}  // namespace scanner::inventory
