#include "operator/reconcilers/resolution_requests.h"

#include <nlohmann/json.hpp>
#include <string>

#include "crds/object_names.h"

namespace pratique_operator::reconcilers {
namespace {

// RFC 3339 with nanoseconds.
std::string request_time(base::SystemTime now) {
  const auto fraction = (now.time_since_epoch() % std::chrono::seconds(1)).count();
  std::string digits = std::to_string(fraction);
  digits.insert(0, 9 - digits.size(), '0');
  const std::string seconds = base::format_rfc3339(now);
  return seconds.substr(0, seconds.size() - 1) + "." + digits + "Z";
}

}  // namespace

nlohmann::json resolution_request(base::SystemTime now) {
  const std::string time = request_time(now);
  return {{std::string(crds::kRescanRequestedAt), time}, {std::string(crds::kResolutionRequestedAt), time}};
}

void ask_for_resolution(kubernetes::ApiClient& api, const kubernetes::ObjectKey& scan, base::SystemTime now) {
  api.merge_patch(crds::kImageScan, scan, {{"metadata", {{"annotations", resolution_request(now)}}}}, {});
}

controller::Result ResolutionRequestReconciler::reconcile(const kubernetes::ObjectKey& key, std::stop_token /*stop*/) {
  if (scans_.contains(key)) ask_for_resolution(api_, key, clock_.system_now());
  return {};
}

}  // namespace pratique_operator::reconcilers
