#include "kubernetes/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "base/error.h"
#include "base/log.h"

namespace kubernetes {
namespace {

using nlohmann::json;

constexpr int kDepthMax = 64;
constexpr std::size_t kDocumentsMax = 10'000;

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

// Reads a text without keeping it. yaml-cpp 0.7 reads empty documents for ever where one begins with a comma (its bug
// 1040), and LoadAll keeps each of them.
class DocumentCount : public YAML::EventHandler {
 public:
  explicit DocumentCount(const std::string& what) : what_(what) {}

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {
    if (++documents_ > kDocumentsMax) {
      throw base::ParseError(what_ + ": more than 10,000 documents, or one that begins with a comma");
    }
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnScalar(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {}
  void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                       YAML::EmitterStyle::value /*style*/) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {}
  void OnMapEnd() override {}

 private:
  const std::string& what_;
  std::size_t documents_ = 0;
};

void require_an_end(const std::string& text, const std::string& what) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentCount count(what);
  while (parser.HandleNextDocument(count)) {
  }
}

}  // namespace

std::vector<json> parse_yaml(std::string_view text, const std::string& what, YamlBounds bounds) {
  std::vector<json> documents;
  Budget budget{.what = what, .values = bounds.values_max, .scalars = bounds.scalars};
  try {
    const std::string whole(text);
    require_an_end(whole, what);
    for (const YAML::Node& node : YAML::LoadAll(whole)) {
      json document = to_json(node, budget, 0);
      if (!document.is_null()) documents.push_back(std::move(document));
    }
  } catch (const YAML::Exception& error) {
    throw base::ParseError(what + ": " + base::escape_text(error.what(), 256));
  }
  return documents;
}

}  // namespace kubernetes
