// The HTTP side of the webhook: a POST of an AdmissionReview, answered from the cluster view. One of the five places
// that catch: whatever goes wrong becomes an explicit denial or a 4xx, never a silent allow.
#pragma once

#include <functional>

#include "admission/cluster_view.h"
#include "admission/review_handler.h"
#include "admission/waiting_room.h"
#include "base/clock.h"
#include "net/http_server.h"
#include "net/metrics.h"
#include "policy/workload.h"

namespace admission {

inline constexpr std::string_view kWebhookPath = "/validate";

struct WebhookDependencies {
  ClusterView& view;
  const base::Clock& clock;
  net::Metrics& metrics;
  const policy::WorkloadKinds& kinds;  // that carry images
  // False: nobody will scan it for this wish. Must not block.
  std::function<bool(ScanWish wish)> ask_for_scan;
  // These policies denied a request of the namespace; not called for a dry run. Must not block. May be empty.
  std::function<void(const std::vector<std::string>& policies, const std::string& ns)> on_denial{};
  // The request passed the policy by its break-glass annotation; not called for a dry run. Must not block. May be
  // empty.
  std::function<void(const policy::BrokenGlass& glass, const Review& review)> on_broken_glass{};
  ParkingLimits parking{};
};

// Borrows its dependencies, and is told of the view's changes while it lives.
class Webhook {
 public:
  explicit Webhook(WebhookDependencies dependencies);
  ~Webhook();
  Webhook(const Webhook&) = delete;
  Webhook& operator=(const Webhook&) = delete;

  // Answers on the server's thread or, where the request waits for a scan, later on another; never blocks. Borrows the
  // webhook, which must outlive the server.
  [[nodiscard]] net::Handler handler();
  // Answers every request that waits by what is known now; none waits from now on.
  void stop_waiting();
  // Requests that wait for a scan.
  [[nodiscard]] std::size_t waiting() const { return room_.size(); }

 private:
  void serve(net::ServerRequest request, net::Responder responder);
  void decide(const net::ServerRequest& request, Waiter& asked);
  [[nodiscard]] bool park(Waiter& asked, Judgement& judgement, std::string_view target);
  [[nodiscard]] Judgement judge_now(const Review& review) const;
  void conclude(Waiter& asked, Judgement judgement);
  void conclude_late(Waiter& asked, Judgement judgement);
  void tell(const Review& review, const Judgement& judgement);
  void count(const Waiter& asked, int status, const Judgement& judgement);

  const WebhookDependencies at_;
  WaitingRoom room_;
};

// Makes the metrics visible before the first request.
void describe_metrics(net::Metrics& metrics);

}  // namespace admission
