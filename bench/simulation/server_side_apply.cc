#include "bench/simulation/server_side_apply.h"

#include <algorithm>
#include <string>

namespace bench::simulation {
namespace {

using nlohmann::json;

const json& member(const json& object, const std::string& name) {
  static const json kNothing;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found == object.end() ? kNothing : *found;
}

std::vector<json> members(const std::vector<json>& objects, const std::string& name) {
  std::vector<json> found;
  for (const json& object : objects) {
    if (const json& one = member(object, name); !one.is_null()) found.push_back(one);
  }
  return found;
}

// Takes away what `last` had and `next` has not.
void release(json& current, const json& last, const json& next, const std::vector<json>& others) {
  if (!last.is_object() || !current.is_object()) return;
  for (const auto& [name, value] : last.items()) {
    if (!current.contains(name)) continue;
    const std::vector<json> of_others = members(others, name);
    const json& wanted = member(next, name);
    if (wanted.is_null() && of_others.empty()) {
      current.erase(name);
    } else {
      release(current[name], value, wanted, of_others);
    }
  }
}

void merge_conditions(json& current, const json& next) {
  for (const json& condition : next) {
    const auto same = std::ranges::find_if(
        current, [&](const json& known) { return member(known, "type") == member(condition, "type"); });
    if (same == current.end()) {
      current.push_back(condition);
    } else {
      *same = condition;
    }
  }
}

void merge(json& current, const json& next) {
  for (const auto& [name, value] : next.items()) {
    json& place = current[name];
    if (value.is_object() && place.is_object()) {
      merge(place, value);
    } else if (name == "conditions" && place.is_array()) {
      merge_conditions(place, value);
    } else {
      place = value;
    }
  }
}

}  // namespace

json applied(const json& current, const json& last, const json& next, const std::vector<json>& others) {
  json result = current.is_null() ? json::object() : current;
  release(result, last, next, others);
  merge(result, next);
  return result;
}

}  // namespace bench::simulation
