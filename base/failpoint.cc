#include "base/failpoint.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdlib>

namespace base {

FailpointOrder parse_failpoint(std::string_view text) {
  const std::size_t colon = text.find(':');
  FailpointOrder order{.name = text.substr(0, colon)};
  if (colon == std::string_view::npos) return order;
  const std::string_view digits = text.substr(colon + 1);
  int time = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), time);
  if (error == std::errc() && end == digits.data() + digits.size() && time > 0) order.time = time;
  return order;
}

void failpoint(std::string_view name) {
  static const char* const kText = std::getenv("PRATIQUE_FAILPOINT");
  static const FailpointOrder kOrder = parse_failpoint(kText == nullptr ? "" : kText);
  if (kOrder.name.empty() || kOrder.name != name) return;
  static std::atomic<int> times = 0;
  if (++times == kOrder.time) ::kill(::getpid(), SIGKILL);
}

}  // namespace base
