// Time as an interface, so that tests decide what it is. system_now() is for dates that people see and for expiry;
// steady_now() for intervals and deadlines.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace base {

using SystemTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual SystemTime system_now() const = 0;
  [[nodiscard]] virtual SteadyTime steady_now() const = 0;
};

// The machine's clock. Thread-safe.
class RealClock final : public Clock {
 public:
  [[nodiscard]] SystemTime system_now() const override;
  [[nodiscard]] SteadyTime steady_now() const override;
};

// RFC 3339 in UTC with whole seconds, as Kubernetes writes metav1.Time: 2026-01-31T08:00:00Z.
[[nodiscard]] std::string format_rfc3339(SystemTime time);

// Reads RFC 3339 with any fraction and offset; nullopt when it is not one.
[[nodiscard]] std::optional<SystemTime> parse_rfc3339(std::string_view text);

}  // namespace base
