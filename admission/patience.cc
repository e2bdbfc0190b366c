#include "admission/patience.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "admission/limits.h"

namespace admission {

bool is_controller_account(std::string_view user) {
  constexpr std::string_view kServiceAccount = "system:serviceaccount:";
  constexpr std::string_view kOfKubeSystem = "system:serviceaccount:kube-system:";
  if (user == "system:kube-controller-manager" || user.starts_with(kOfKubeSystem)) return true;
  if (!user.starts_with(kServiceAccount)) return false;
  const std::string_view name = user.substr(user.rfind(':') + 1);
  constexpr std::array<std::string_view, 3> kEndings{"controller", "controller-manager", "operator"};
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [name](std::string_view ending) { return name.ends_with(ending); });
}

std::chrono::seconds api_server_timeout(std::string_view target) {
  constexpr std::chrono::seconds kDefault{10};
  constexpr std::string_view kName = "timeout=";
  const std::size_t query = target.find('?');
  if (query == std::string_view::npos) return kDefault;
  const std::size_t found = target.find(kName, query);
  if (found == std::string_view::npos) return kDefault;
  const std::string_view value = target.substr(found + kName.size());
  int seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  const bool is_seconds = error == std::errc() && end != value.data() + value.size() && *end == 's';
  return is_seconds ? std::clamp(std::chrono::seconds(seconds), std::chrono::seconds(1), std::chrono::seconds(30))
                    : kDefault;
}

std::chrono::seconds patience(const WaitTerms& terms) {
  std::chrono::seconds time = std::min({terms.at_most, kWaitMax, api_server_timeout(terms.target) - kAnswerMargin});
  if (is_controller_account(terms.user)) time = std::min(time, kControllerWaitMax);
  return time;
}

}  // namespace admission
