// The HTTP side of the webhook: a POST of an AdmissionReview, answered from the cluster view. One of the five places
// that catch: whatever goes wrong becomes an explicit denial or a 4xx, never a silent allow.
#pragma once

#include <functional>

#include "admission/cluster_view.h"
#include "admission/review_handler.h"
#include "base/clock.h"
#include "net/http_server.h"
#include "net/metrics.h"
#include "policy/workload.h"

namespace admission {

inline constexpr std::string_view kWebhookPath = "/validate";

struct WebhookDependencies {
  const ClusterView& view;
  const base::Clock& clock;
  net::Metrics& metrics;
  const policy::WorkloadKinds& kinds;               // that carry images
  std::function<void(ScanWish wish)> ask_for_scan;  // must not block
};

// Answers are given on the server's thread; the dependencies must outlive the server.
[[nodiscard]] net::Handler make_webhook(WebhookDependencies dependencies);

// Makes the metrics visible before the first request.
void describe_metrics(net::Metrics& metrics);

}  // namespace admission
