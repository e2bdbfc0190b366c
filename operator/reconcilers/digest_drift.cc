#include "operator/reconcilers/digest_drift.h"

#include <algorithm>

#include "base/log.h"

namespace pratique_operator::reconcilers {
namespace {

constexpr std::size_t kContainersNamed = 3;

void say(crds::ImageScanStatus& status, const char* value, const char* reason, std::string message,
         base::SystemTime now) {
  kubernetes::set_condition(status.conditions,
                            {.type = std::string(crds::kDigestDrift),
                             .status = value,
                             .reason = reason,
                             .message = std::move(message),
                             .last_transition_time = {},
                             .observed_generation = status.observed_generation},
                            base::format_rfc3339(now));
}

}  // namespace

std::vector<RunningImage> drifted(std::vector<RunningImage> running, const crds::ImageScanStatus& status) {
  if (status.digest.empty()) {
    return {};
  }
  std::erase_if(running, [&](const RunningImage& image) {
    return image.digest == status.digest ||
           std::ranges::any_of(status.platforms, [&](const auto& platform) { return platform.digest == image.digest; });
  });
  std::ranges::sort(running, [](const RunningImage& left, const RunningImage& right) {
    return std::tie(left.digest, left.pod, left.container) < std::tie(right.digest, right.pod, right.container);
  });
  return running;
}

void set_drift(crds::ImageScanStatus& status, const std::vector<RunningImage>& running, base::SystemTime now) {
  if (status.digest.empty() || running.empty()) {
    return say(status, "Unknown", "NotRunning", "no container has told yet which digest it runs", now);
  }
  const std::vector<RunningImage> others = drifted(running, status);
  if (others.empty()) {
    return say(status, "False", "AsResolved", "every running container runs " + status.digest, now);
  }
  std::string message;
  for (std::size_t i = 0; i < std::min(kContainersNamed, others.size()); ++i) {
    message += "pod " + base::escape_text(others[i].pod, 253) + " container " +
               base::escape_text(others[i].container, 63) + " runs " + others[i].digest + "; ";
  }
  if (others.size() > kContainersNamed) {
    message += "and " + std::to_string(others.size() - kContainersNamed) + " more containers; ";
  }
  say(status, "True", "AnotherDigestRuns", message + "the reference means " + status.digest, now);
}

}  // namespace pratique_operator::reconcilers
