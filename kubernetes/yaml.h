// YAML as Kubernetes reads it: documents of maps, lists and scalars, as JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace kubernetes {

// kTyped: a plain scalar is a null, a boolean or a number where it looks like one (YAML 1.2's core schema). kText:
// every scalar is a text, as it is written; an empty one is a null.
enum class YamlScalars : std::uint8_t { kTyped, kText };

struct YamlBounds {
  std::size_t values_max = 1'000'000;  // of all documents together: aliases make a small text endless
  YamlScalars scalars = YamlScalars::kTyped;
};

// Every document of the text that is not empty; JSON is YAML. Of equal keys of a map the last one wins. Throws
// base::ParseError that begins with `what` for what is not YAML, beyond the bounds and beyond 10,000 documents; the
// caller bounds the text's size.
[[nodiscard]] std::vector<nlohmann::json> parse_yaml(std::string_view text, const std::string& what,
                                                     YamlBounds bounds = {});

}  // namespace kubernetes
