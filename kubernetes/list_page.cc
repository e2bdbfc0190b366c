#include "kubernetes/list_page.h"

#include <utility>

#include "base/error.h"
#include "kubernetes/limits.h"
#include "kubernetes/resource.h"

namespace kubernetes {
namespace {

// Depths in {"items": [{...}]}: the list's keys are at 1, an item ends at 2.
constexpr int kListKeyDepth = 1;
constexpr int kItemDepth = 2;

}  // namespace

ListPage parse_list_page(std::string_view text, const std::function<void(nlohmann::json)>& on_item) {
  bool in_items = false;
  const auto hand_out_items = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    if (depth > kObjectDepthMax) throw base::LimitExceeded("list: an object is too deeply nested");
    if (event == nlohmann::json::parse_event_t::key && depth == kListKeyDepth) in_items = parsed == "items";
    if (!in_items || event != nlohmann::json::parse_event_t::object_end || depth != kItemDepth) return true;
    on_item(std::move(parsed));
    return false;
  };
  const nlohmann::json list = nlohmann::json::parse(text, hand_out_items, false);
  if (list.is_discarded() || !list.is_object()) throw base::ParseError("list: the answer is not a JSON object");
  ListPage page{.resource_version = resource_version_of(list), .continue_token = {}};
  if (page.resource_version.empty()) throw base::ParseError("list: the answer has no resourceVersion");
  const nlohmann::json& metadata = list.at("metadata");
  const auto next = metadata.find("continue");
  if (next != metadata.end() && next->is_string()) page.continue_token = next->get<std::string>();
  return page;
}

}  // namespace kubernetes
