#include "operator/reconcilers/secrets.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"

namespace pratique_operator::reconcilers {

std::optional<std::string> secret_value(const nlohmann::json& secret, const std::string& key) {
  const auto data = secret.find("data");
  if (data == secret.end() || !data->is_object()) {
    return std::nullopt;
  }
  const auto value = data->find(key);
  if (value == data->end() || !value->is_string()) {
    return std::nullopt;
  }
  return base::decode_base64(value->get_ref<const std::string&>());
}

}  // namespace pratique_operator::reconcilers
