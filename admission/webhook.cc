#include "admission/webhook.h"

#include <utility>

#include "admission/failpoints.h"
#include "admission/patience.h"
#include "base/error.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "policy/decision.h"

namespace admission {
namespace {

constexpr const char* kBrokenGlass = "pratique_admission_break_glass_total";
constexpr int kAnswered = 200;

// What is counted with every request; made once, because making them costs more than counting.
struct Counted {
  const std::string requests = "controller_runtime_webhook_requests_total";
  const std::string latency = "controller_runtime_webhook_latency_seconds";
  const std::string decisions = "pratique_admission_decisions_total";
  const net::MetricLabels webhook = {{"webhook", std::string(kWebhookPath)}};
  const net::MetricLabels answered = {{"webhook", std::string(kWebhookPath)}, {"code", std::to_string(kAnswered)}};
};

const Counted& counted() {
  static const Counted counted;
  return counted;
}

std::string_view operation_name(Operation operation) {
  switch (operation) {
    case Operation::kCreate:
      return "CREATE";
    case Operation::kUpdate:
      return "UPDATE";
    case Operation::kDelete:
      return "DELETE";
    case Operation::kConnect:
      return "CONNECT";
  }
  return "";
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ",") + text;
  return all;
}

void log_decision(const Review& review, const Judgement& judgement) {
  const bool quiet = judgement.verdict == crds::Verdict::kAllow;
  base::log(quiet ? base::LogLevel::kDebug : base::LogLevel::kInfo, "admission decided",
            {{"uid", review.uid},
             {"operation", operation_name(review.operation)},
             {"resource", review.resource},
             {"subresource", review.subresource},
             {"namespace", review.ns},
             {"name", review.name},
             {"user", review.user},
             {"dry_run", review.dry_run == DryRun::kYes},
             {"decision", policy::verdict_word(judgement.verdict)},
             {"cause", judgement.cause},
             {"policies", joined(judgement.denied_by)},
             {"images", static_cast<std::int64_t>(judgement.images)}});
  for (const policy::BrokenGlass& glass : judgement.broken_glass) {
    base::log(base::LogLevel::kWarning, "glass broken",
              {{"uid", review.uid},
               {"policy", glass.policy},
               {"annotation", glass.annotation},
               {"why", glass.why},
               {"namespace", review.ns},
               {"resource", review.resource},
               {"name", review.name},
               {"user", review.user},
               {"dry_run", review.dry_run == DryRun::kYes}});
  }
}

net::ServerResponse refused(int status, const std::string& why) {
  return {.status = status, .headers = {}, .body = why + "\n", .content_type = "text/plain"};
}

net::ServerResponse answered(const ReviewAnswer& answer) {
  return {.status = 200, .headers = {}, .body = encode_answer(answer), .content_type = "application/json"};
}

// Without all policies nothing can be admitted.
Judgement not_ready(const std::string& uid) {
  Judgement judgement;
  judgement.verdict = crds::Verdict::kDeny;
  judgement.cause = "not_ready";
  judgement.answer = {.uid = uid,
                      .allowed = false,
                      .code = 503,
                      .message = "Pratique has just started and does not know the cluster's policies yet: try again",
                      .warnings = {},
                      .audit_annotations = {}};
  return judgement;
}

Judgement unreadable(const std::string& uid, const std::string& why) {
  base::log(base::LogLevel::kError, "admission request unreadable", {{"uid", uid}, {"error", std::string_view(why)}});
  Judgement judgement;
  judgement.verdict = crds::Verdict::kDeny;
  judgement.cause = "unreadable";
  judgement.answer = deny_unreadable(uid, why);
  return judgement;
}

}  // namespace

void describe_metrics(net::Metrics& metrics) {
  metrics.describe(counted().requests, "Total number of admission requests by HTTP status code.");
  metrics.describe(counted().latency, "Histogram of the latency of processing admission requests");
  metrics.describe(counted().decisions, "Admission decisions by verdict and what decided.");
  metrics.describe(kBrokenGlass, "Denials that a break-glass annotation turned into warnings, by policy.");
  describe_wait_metrics(metrics);
}

Webhook::Webhook(WebhookDependencies dependencies)
    : at_(std::move(dependencies)),
      room_({.clock = at_.clock,
             .metrics = at_.metrics,
             .judge = [this](const Review& review) { return judge_now(review); },
             .answer = [this](Waiter& asked, Judgement judgement) { conclude_late(asked, std::move(judgement)); },
             .limits = at_.parking}) {
  at_.view.set_on_change([this](const std::vector<std::string>& topics) { room_.tell(topics); });
}

Webhook::~Webhook() {
  at_.view.set_on_change({});
}

net::Handler Webhook::handler() {
  return
      [this](net::ServerRequest request, net::Responder responder) { serve(std::move(request), std::move(responder)); };
}

void Webhook::stop_waiting() {
  room_.close();
}

void Webhook::serve(net::ServerRequest request, net::Responder responder) {
  if (request.path() != kWebhookPath) {
    return responder.respond(refused(404, "POST " + std::string(kWebhookPath) + " is what is served"));
  }
  if (request.method != "POST") return responder.respond(refused(405, "POST is what is served"));
  Waiter asked{.review = {}, .responder = std::move(responder), .begun = at_.clock.steady_now()};
  decide(request, asked);
}

void Webhook::decide(const net::ServerRequest& request, Waiter& asked) {
  std::string uid;
  try {
    asked.review = decode_review(request.body, at_.kinds, uid);
  } catch (const std::exception& error) {
    if (!uid.empty()) return conclude(asked, unreadable(uid, error.what()));
    const Judgement judgement = unreadable(uid, error.what());
    asked.responder.respond(refused(400, error.what()));
    return count(asked, 400, judgement);
  }
  base::failpoint(kRequestRead);
  if (!at_.view.synced()) return conclude(asked, not_ready(uid));
  Judgement judgement = judge_now(asked.review);
  if (judgement.wait && park(asked, judgement, request.target)) return;
  conclude(asked, std::move(judgement));
}

// What goes wrong while judging is a denial, here as in the waiting room.
Judgement Webhook::judge_now(const Review& review) const {
  try {
    return judge(review, at_.view, at_.clock.system_now());
  } catch (const std::exception& error) {
    return unreadable(review.uid, error.what());
  }
}

// The scans are asked for first: a request must not wait for what nobody does.
bool Webhook::park(Waiter& asked, Judgement& judgement, std::string_view target) {
  const std::chrono::seconds time =
      patience({.at_most = judgement.wait->at_most, .user = asked.review.user, .target = target});
  bool all_asked = true;
  for (ScanWish& wish : std::exchange(judgement.wishes, {})) all_asked = at_.ask_for_scan(std::move(wish)) && all_asked;
  if (!all_asked) room_.count_refusal(WaitEnd::kNotAsked);
  if (!all_asked || time.count() <= 0) return false;
  const auto waiter = std::make_shared<Waiter>(std::move(asked));
  if (room_.enter(waiter, *judgement.wait, waiter->begun + time)) {
    base::failpoint(kRequestParked);
    return true;
  }
  asked = std::move(*waiter);
  return false;
}

void Webhook::conclude(Waiter& asked, Judgement judgement) {
  const int status = 200;
  base::failpoint(kDecisionMade);
  asked.responder.respond(answered(judgement.answer));
  base::failpoint(kAnswerSent);
  // Everything below happens after the answer.
  log_decision(asked.review, judgement);
  for (ScanWish& wish : judgement.wishes) (void)at_.ask_for_scan(std::move(wish));
  if (asked.review.dry_run == DryRun::kNo) tell(asked.review, judgement);
  count(asked, status, judgement);
}

void Webhook::tell(const Review& review, const Judgement& judgement) {
  if (at_.on_denial && !judgement.denied_by.empty()) at_.on_denial(judgement.denied_by, review.ns);
  for (const policy::BrokenGlass& glass : judgement.broken_glass) {
    at_.metrics.add(kBrokenGlass, {{"policy", glass.policy}});
    if (at_.on_broken_glass) at_.on_broken_glass(glass, review);
  }
}

// On the waiting room's thread, where nobody else would catch. The wishes were told when the wait began.
void Webhook::conclude_late(Waiter& asked, Judgement judgement) {
  judgement.wishes.clear();
  try {
    conclude(asked, std::move(judgement));
  } catch (const std::exception& error) {
    // Unanswered, it gets a 500 from its responder's end.
    base::log(base::LogLevel::kError, "admission request not answered",
              {{"uid", asked.review.uid}, {"error", std::string_view(error.what())}});
  }
}

void Webhook::count(const Waiter& asked, int status, const Judgement& judgement) {
  const std::chrono::duration<double> taken = at_.clock.steady_now() - asked.begun;
  at_.metrics.observe(counted().latency, counted().webhook, taken.count());
  if (status == kAnswered) {
    at_.metrics.add(counted().requests, counted().answered);
  } else {
    at_.metrics.add(counted().requests, {{"webhook", std::string(kWebhookPath)}, {"code", std::to_string(status)}});
  }
  at_.metrics.add(counted().decisions,
                  {{"decision", std::string(policy::verdict_word(judgement.verdict))}, {"reason", judgement.cause}});
}

}  // namespace admission
