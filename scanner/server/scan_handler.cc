#include "scanner/server/scan_handler.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "registry/token_auth.h"
#include "scanner/failpoints.h"

namespace scanner::server {
namespace {

constexpr std::string_view kPath = "/v1/inventories";
// Scans take seconds to minutes; the operator asks another replica meanwhile.
constexpr std::chrono::seconds kRetryAfter{5};

constexpr const char* kScans = "pratique_scans_total";
constexpr const char* kScanSeconds = "pratique_scan_duration_seconds";
constexpr const char* kScanBytes = "pratique_scan_compressed_bytes_total";

ScanFailure failure_of(const base::HttpError& error) {
  const char* reason = "RegistryError";
  if (error.status() == 401) reason = "Unauthorized";
  if (error.status() == 403) reason = "Forbidden";
  if (error.status() == 404) reason = "NotFound";
  if (error.status() == 429) reason = "RateLimited";
  return {.reason = reason, .message = base::escape_text(error.what()), .retry_after = error.retry_after()};
}

ScanFailure failure_of(std::string reason, const base::Error& error) {
  return {.reason = std::move(reason), .message = base::escape_text(error.what()), .retry_after = {}};
}

net::ServerResponse refusal(int status, const ScanFailure& failure) {
  net::ServerResponse response{.status = status, .body = write_scan_line(failure)};
  if (failure.retry_after) response.headers["Retry-After"] = std::to_string(failure.retry_after->count());
  return response;
}

// nullopt once the caller was told what is wrong with the request.
std::optional<ScanRequest> parse_or_refuse(const std::string& body, net::Responder& responder) {
  try {
    return parse_scan_request(body);
  } catch (const base::Error& error) {
    responder.respond(refusal(400, failure_of("BadRequest", error)));
    return std::nullopt;
  }
}

std::string result_label(const ScanLine& outcome) {
  if (const auto* failure = std::get_if<ScanFailure>(&outcome)) return failure->reason;
  return std::get<Inventory>(outcome).complete ? "Complete" : "Incomplete";
}

}  // namespace

ScanHandler::ScanHandler(ScanFunction scan, const ScanEnvironment& environment)
    : scan_(std::move(scan)), environment_(environment) {
  net::Metrics& metrics = environment_.metrics;
  metrics.describe(kScans, "Scans by their result: Complete, Incomplete or the reason of the failure.");
  metrics.describe(kScanSeconds, "Time from the start of a scan to its end.");
  metrics.describe(kScanBytes, "Bytes of layers fetched for scans, as stored.");
  life_ = std::jthread([this](std::stop_token stop) { give_signs_of_life(std::move(stop)); });
}

void ScanHandler::operator()(net::ServerRequest request, net::Responder responder) {
  if (request.path() != kPath) {
    responder.respond(refusal(404, {"BadRequest", "no such path; scans are asked for at /v1/inventories", {}}));
  } else if (request.method != "POST") {
    responder.respond(refusal(405, {"BadRequest", "scans are asked for by POST", {}}));
  } else if (const std::optional<ScanRequest> scan = parse_or_refuse(request.body, responder)) {
    accept(*scan, std::move(responder));
  }
}

void ScanHandler::accept(const ScanRequest& request, net::Responder responder) {
  const auto answer = std::make_shared<ScanAnswer>(std::move(responder));
  const ScanSlots::Outcome outcome = environment_.slots.submit(
      [this, request, answer](std::stop_token stop) { run(request, *answer, std::move(stop)); },
      request.refuse_if_busy ? ScanSlots::WhenBusy::kRefuse : ScanSlots::WhenBusy::kQueue);
  if (outcome == ScanSlots::Outcome::kFull) {
    environment_.metrics.add(kScans, {{"result", "Overloaded"}});
    const std::string what =
        request.refuse_if_busy ? "every scan slot is taken" : "every scan slot and the queue are taken";
    answer->refuse(refusal(429, {"Overloaded", what, kRetryAfter}));
    return;
  }
  answer->begin();
  const std::lock_guard lock(mutex_);
  answers_.push_back(answer);
}

void ScanHandler::run(const ScanRequest& request, ScanAnswer& answer, std::stop_token stop) const {
  const std::stop_callback forward(stop, [&answer] { answer.cancel(); });
  const base::SteadyTime started = environment_.clock.steady_now();
  answer.begin();
  base::failpoint(kInventoryAsked);
  const ScanLine outcome = scan_or_tell(request, answer);
  record(request, outcome, started);
  answer.finish(outcome);
  base::failpoint(kInventorySent);
}

// The HTTP edge: whatever went wrong is told to the caller, who makes a condition of it.
ScanLine ScanHandler::scan_or_tell(const ScanRequest& request, ScanAnswer& answer) const {
  const auto on_progress = [&](const ScanProgress& progress) {
    answer.report({progress.bytes_done, progress.bytes_total, progress.stage}, environment_.clock.steady_now());
  };
  try {
    if (answer.stop_token().stop_requested()) throw base::NetworkError("cancelled before it began");
    return scan_(request, on_progress, answer.stop_token());
  } catch (const registry::RealmNotTrustedError& error) {
    return failure_of("RealmNotTrusted", error);
  } catch (const base::HttpError& error) {
    return failure_of(error);
  } catch (const base::NetworkError& error) {
    return failure_of(answer.stop_token().stop_requested() ? "Cancelled" : "RegistryUnreachable", error);
  } catch (const base::ParseError& error) {
    return failure_of("InvalidImage", error);
  } catch (const base::LimitExceeded& error) {
    return failure_of("LimitExceeded", error);
  } catch (const base::Error& error) {
    return failure_of("Internal", error);
  }
}

void ScanHandler::record(const ScanRequest& request, const ScanLine& outcome, base::SteadyTime started) const {
  const double seconds = std::chrono::duration<double>(environment_.clock.steady_now() - started).count();
  const std::string result = result_label(outcome);
  environment_.metrics.add(kScans, {{"result", result}});
  environment_.metrics.observe(kScanSeconds, {}, seconds);
  if (const auto* inventory = std::get_if<Inventory>(&outcome)) {
    environment_.metrics.add(kScanBytes, {}, static_cast<double>(inventory->compressed_bytes));
    base::log(base::LogLevel::kInfo, "scanned",
              {{"image", request.reference},
               {"digest", request.digest},
               {"result", result},
               {"seconds", seconds},
               {"packages", static_cast<std::int64_t>(inventory->packages.size())},
               {"bytes", static_cast<std::int64_t>(inventory->compressed_bytes)}});
  } else {
    base::log(base::LogLevel::kWarning, "scan failed",
              {{"image", request.reference},
               {"digest", request.digest},
               {"result", result},
               {"seconds", seconds},
               {"error", std::get<ScanFailure>(outcome).message}});
  }
}

// A scan that waits for a slot or for a slow registry is silent by itself, and cannot see that its caller left.
void ScanHandler::give_signs_of_life(std::stop_token stop) {
  while (!stop.stop_requested()) {
    std::vector<std::shared_ptr<ScanAnswer>> alive;
    {
      std::unique_lock lock(mutex_);
      ending_.wait_for(lock, stop, environment_.sign_of_life, [] { return false; });
      std::erase_if(answers_, [](const std::weak_ptr<ScanAnswer>& answer) { return answer.expired(); });
      for (const std::weak_ptr<ScanAnswer>& answer : answers_) alive.push_back(answer.lock());
    }
    for (const std::shared_ptr<ScanAnswer>& answer : alive) {
      if (answer != nullptr) answer->give_sign_of_life();
    }
  }
}

}  // namespace scanner::server
