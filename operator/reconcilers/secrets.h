// The core kinds that the operator reads by name, and what it reads of them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "kubernetes/resource.h"

namespace pratique_operator::reconcilers {

inline const kubernetes::ResourceType kSecret{"", "v1", "Secret", "secrets", true};

// The decoded value of a Secret's key; nullopt when it is not there or not base64.
[[nodiscard]] std::optional<std::string> secret_value(const nlohmann::json& secret, const std::string& key);

}  // namespace pratique_operator::reconcilers
