// JSON from outside: what one reader of it accepts the other reads as the same, and what it refuses is refused.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "net/json.h"

namespace {

constexpr int kDepthMax = 64;

int depth_of(const nlohmann::json& value) {
  int deepest = 0;
  if (value.is_structured()) {
    for (const nlohmann::json& member : value) deepest = std::max(deepest, depth_of(member));
    return deepest + 1;
  }
  return deepest;
}

std::optional<nlohmann::json> read(std::string_view text) {
  try {
    return net::parse_json_bounded(text, "input",
                                   {.depth_max = kDepthMax, .duplicate_keys = net::DuplicateKeys::kLastWins});
  } catch (const base::Error&) {
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::optional<nlohmann::json> ours = read(text);
  // What is nested so deeply would overflow the other's stack where it is destroyed.
  if (std::ranges::count(text, '[') + std::ranges::count(text, '{') > 1000) return 0;
  const nlohmann::json expected = nlohmann::json::parse(text, nullptr, false);
  const bool is_readable = !expected.is_discarded() && depth_of(expected) <= kDepthMax;
  CHECK(ours.has_value() == is_readable);
  if (ours) CHECK(*ours == expected);
  return 0;
}
