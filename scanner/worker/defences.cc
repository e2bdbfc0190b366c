#include "scanner/worker/defences.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/error.h"
#include "base/log.h"

namespace scanner::worker {
namespace {

struct Defence {
  std::string_view name;
  bool SandboxReport::*is_given;
};
constexpr std::array kDefences = {Defence{"seccomp", &SandboxReport::seccomp},
                                  Defence{"no-new-privileges", &SandboxReport::no_new_privileges},
                                  Defence{"resource-limits", &SandboxReport::resource_limits}};
constexpr std::string_view kLandlock = "landlock";

// "landlock": any. nullopt: it is another word, or its number is none.
std::optional<int> landlock_abi(std::string_view word) {
  if (!word.starts_with(kLandlock)) return std::nullopt;
  word.remove_prefix(kLandlock.size());
  if (word.empty()) return 1;
  int abi = 0;
  const char* const end = word.data() + word.size();
  const auto [stopped, error] = std::from_chars(word.data() + 1, end, abi);
  const bool is_number = word.starts_with('=') && error == std::errc{} && stopped == end;
  return is_number && abi >= 1 && abi <= kLandlockAbiMax ? std::optional(abi) : std::nullopt;
}

void add(std::string& list, std::string_view item) {
  if (!list.empty()) list += ", ";
  list += item;
}

}  // namespace

void require_defence(SandboxReport& required, std::string_view word) {
  for (const Defence& defence : kDefences) {
    if (defence.name != word) continue;
    required.*defence.is_given = true;
    return;
  }
  const std::optional<int> abi = landlock_abi(word);
  if (!abi) {
    throw base::ConfigError(
        fmt::format("there is no defence \"{}\"; there are seccomp, no-new-privileges, resource-limits, landlock and "
                    "landlock=ABI, such as landlock=4",
                    base::escape_text(word, 64)));
  }
  required.landlock_abi = std::max(required.landlock_abi, *abi);
}

std::string missing_defences(const SandboxReport& given, const SandboxReport& required) {
  std::string missing;
  for (const Defence& defence : kDefences) {
    if (required.*defence.is_given && !(given.*defence.is_given)) add(missing, defence.name);
  }
  if (given.landlock_abi < required.landlock_abi) {
    add(missing, fmt::format("{}={} (there is {})", kLandlock, required.landlock_abi,
                             given.landlock_abi == 0 ? "none" : std::to_string(given.landlock_abi)));
  }
  return missing;
}

}  // namespace scanner::worker
