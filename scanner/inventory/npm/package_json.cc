#include "scanner/inventory/npm/package_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "scanner/inventory/limits.h"

namespace scanner::inventory {
namespace {

// Keeps the texts of the outermost object's "name" and "version"; of repeated keys the last counts, as in JavaScript.
class TopLevelReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return set({}); }
  bool boolean(bool /*value*/) override { return set({}); }
  bool number_integer(number_integer_t /*value*/) override { return set({}); }
  bool number_unsigned(number_unsigned_t /*value*/) override { return set({}); }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return set({}); }
  bool binary(binary_t& /*value*/) override { return set({}); }
  bool string(string_t& value) override { return set(value); }
  bool start_object(std::size_t /*elements*/) override { return enter(); }
  bool start_array(std::size_t /*elements*/) override { return enter(); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }

  bool key(string_t& name) override {
    if (depth_ != 1) return true;
    field_ = name == "name" ? &json_.name : name == "version" ? &json_.version : nullptr;
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    problem_ = fmt::format("not JSON at byte {}", position);
    return false;
  }

  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] PackageJson take() { return std::move(json_); }

 private:
  bool set(std::string_view text) {
    if (depth_ == 0) return refuse("not a JSON object");
    if (depth_ == 1 && field_ != nullptr) *field_ = text;
    return true;
  }

  bool enter() {
    if (depth_ == 1 && field_ != nullptr) field_->clear();
    return ++depth_ <= kJsonDepthMax || refuse(fmt::format("nested deeper than {}", kJsonDepthMax));
  }

  bool leave() {
    --depth_;
    return true;
  }

  bool refuse(std::string why) {
    problem_ = std::move(why);
    return false;
  }

  PackageJson json_;
  std::string* field_ = nullptr;
  int depth_ = 0;
  std::string problem_;
};

}  // namespace

PackageJson parse_package_json(std::string_view content) {
  TopLevelReader reader;
  if (!nlohmann::json::sax_parse(content, &reader)) {
    throw base::ParseError(fmt::format("package.json: {}", reader.problem()));
  }
  return reader.take();
}

}  // namespace scanner::inventory
