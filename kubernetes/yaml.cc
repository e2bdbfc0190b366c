#include "kubernetes/yaml.h"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/log.h"

namespace kubernetes {
namespace {

using nlohmann::json;

constexpr int kDepthMax = 64;

// What is still allowed of one text.
struct Budget {
  const std::string& what;
  std::size_t values;
  YamlScalars scalars;
};

template <typename Number>
std::optional<Number> whole_number(const std::string& text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

json typed(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (const auto integer = whole_number<std::int64_t>(text)) return *integer;
  const bool is_number = text.find_first_not_of("+-.eE0123456789") == std::string::npos;
  if (const auto number = whole_number<double>(text); is_number && number) return *number;
  return text;
}

json scalar(const YAML::Node& node, const Budget& budget) {
  const bool is_quoted = node.Tag() == "!";
  if (is_quoted) return node.Scalar();
  if (budget.scalars == YamlScalars::kTyped) return typed(node.Scalar());
  return node.Scalar().empty() ? json(nullptr) : json(node.Scalar());
}

json to_json(const YAML::Node& node, Budget& budget, int depth) {
  if (budget.values == 0) throw base::ParseError(budget.what + ": too many values");
  if (depth > kDepthMax) throw base::ParseError(budget.what + ": nested too deeply");
  --budget.values;
  if (node.IsMap()) {
    json object = json::object();
    for (const auto& field : node) object[field.first.Scalar()] = to_json(field.second, budget, depth + 1);
    return object;
  }
  if (node.IsSequence()) {
    json list = json::array();
    for (const YAML::Node& item : node) list.push_back(to_json(item, budget, depth + 1));
    return list;
  }
  return node.IsScalar() ? scalar(node, budget) : json(nullptr);
}

}  // namespace

std::vector<json> parse_yaml(std::string_view text, const std::string& what, YamlBounds bounds) {
  std::vector<json> documents;
  Budget budget{.what = what, .values = bounds.values_max, .scalars = bounds.scalars};
  try {
    for (const YAML::Node& node : YAML::LoadAll(std::string(text))) {
      json document = to_json(node, budget, 0);
      if (!document.is_null()) documents.push_back(std::move(document));
    }
  } catch (const YAML::Exception& error) {
    throw base::ParseError(what + ": " + base::escape_text(error.what(), 256));
  }
  return documents;
}

}  // namespace kubernetes
