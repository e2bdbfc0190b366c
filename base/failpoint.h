// Places at which a test ends the program as a crash would: one stands behind each step whose outcome has to outlive
// the process. A program's folder names its own in failpoints.h; a tool of tests, tests/kills/run above all.
#pragma once

#include <string_view>

namespace base {

// Which place of its name ends the process.
struct FailpointOrder {
  std::string_view name;  // empty: none does
  int time = 1;           // the first, the second, ...
  bool operator==(const FailpointOrder&) const = default;
};

// "certificate-written", or "certificate-written:3" for its third time. Anything else behind the colon is the first.
[[nodiscard]] FailpointOrder parse_failpoint(std::string_view text);

// Ends the process, as SIGKILL does, where the environment's PRATIQUE_FAILPOINT means this place. Else it costs a
// comparison. Thread-safe.
void failpoint(std::string_view name);

}  // namespace base
