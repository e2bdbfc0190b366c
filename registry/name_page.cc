#include "registry/name_page.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/image_reference.h"
#include "net/json.h"
#include "registry/limits.h"

namespace registry {
namespace {

bool is_name(ListKind kind, const std::string& text) {
  return kind == ListKind::kTags ? base::is_tag(text) : base::is_repository(text);
}

// Null where a repository has no tags at all.
const nlohmann::json& list_in(const nlohmann::json& page, const char* member) {
  static const nlohmann::json kNone = nlohmann::json::array();
  const auto found = page.is_object() ? page.find(member) : page.end();
  if (found == page.end() || !(found->is_array() || found->is_null())) {
    throw base::ParseError(std::string("registry: a page of its list has no \"") + member + "\"");
  }
  return found->is_null() ? kNone : *found;
}

}  // namespace

std::vector<std::string> parse_name_page(std::string_view body, ListKind kind) {
  const nlohmann::json page =
      net::parse_json_bounded(body, "registry's list", {.depth_max = 8, .values_max = kJsonValuesMax});
  std::vector<std::string> names;
  for (const nlohmann::json& name : list_in(page, kind == ListKind::kTags ? "tags" : "repositories")) {
    if (name.is_string() && is_name(kind, name.get_ref<const std::string&>())) names.push_back(name.get<std::string>());
  }
  return names;
}

}  // namespace registry
