#include "admission/webhook.h"

#include "base/error.h"
#include "base/log.h"
#include "policy/decision.h"

namespace admission {
namespace {

constexpr const char* kRequests = "controller_runtime_webhook_requests_total";
constexpr const char* kLatency = "controller_runtime_webhook_latency_seconds";
constexpr const char* kDecisions = "pratique_admission_decisions_total";

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
}

net::ServerResponse refused(int status, const std::string& why) {
  return {.status = status, .headers = {}, .body = why + "\n", .content_type = "text/plain"};
}

net::ServerResponse answered(const ReviewAnswer& answer) {
  return {.status = 200, .headers = {}, .body = encode_answer(answer), .content_type = "application/json"};
}

// The request's answer, and what it wishes for.
struct Outcome {
  net::ServerResponse response;
  std::vector<ScanWish> wishes;
  crds::Verdict verdict = crds::Verdict::kDeny;
  std::string cause;
};

// Without all policies nothing can be admitted.
Outcome not_ready(const std::string& uid) {
  Outcome outcome;
  outcome.cause = "not_ready";
  outcome.response =
      answered({.uid = uid,
                .allowed = false,
                .code = 503,
                .message = "Pratique has just started and does not know the cluster's policies yet: try again",
                .warnings = {},
                .audit_annotations = {}});
  return outcome;
}

Outcome decide_request(const WebhookDependencies& at, const std::string& body) {
  std::string uid;
  try {
    const Review review = decode_review(body, at.kinds, uid);
    if (!at.view.synced()) return not_ready(uid);
    Judgement judgement = judge(review, at.view, at.clock.system_now());
    log_decision(review, judgement);
    return {.response = answered(judgement.answer),
            .wishes = std::move(judgement.wishes),
            .verdict = judgement.verdict,
            .cause = std::move(judgement.cause)};
  } catch (const std::exception& error) {
    base::log(base::LogLevel::kError, "admission request unreadable",
              {{"uid", uid}, {"error", std::string_view(error.what())}});
    Outcome outcome;
    outcome.cause = "unreadable";
    outcome.response = uid.empty() ? refused(400, error.what()) : answered(deny_unreadable(uid, error.what()));
    return outcome;
  }
}

}  // namespace

void describe_metrics(net::Metrics& metrics) {
  metrics.describe(kRequests, "Total number of admission requests by HTTP status code.");
  metrics.describe(kLatency, "Histogram of the latency of processing admission requests");
  metrics.describe(kDecisions, "Admission decisions by verdict and what decided.");
}

net::Handler make_webhook(WebhookDependencies dependencies) {
  return [at = std::move(dependencies)](net::ServerRequest request, net::Responder responder) {
    const std::string webhook(kWebhookPath);
    if (request.path() != kWebhookPath)
      return responder.respond(refused(404, "POST " + webhook + " is what is served"));
    if (request.method != "POST") return responder.respond(refused(405, "POST is what is served"));
    const base::SteadyTime begun = at.clock.steady_now();
    Outcome outcome = decide_request(at, request.body);
    const int status = outcome.response.status;
    responder.respond(std::move(outcome.response));
    // Everything below happens after the answer.
    for (ScanWish& wish : outcome.wishes) at.ask_for_scan(std::move(wish));
    const std::chrono::duration<double> taken = at.clock.steady_now() - begun;
    at.metrics.observe(kLatency, {{"webhook", webhook}}, taken.count());
    at.metrics.add(kRequests, {{"webhook", webhook}, {"code", std::to_string(status)}});
    at.metrics.add(kDecisions,
                   {{"decision", std::string(policy::verdict_word(outcome.verdict))}, {"reason", outcome.cause}});
  };
}

}  // namespace admission
