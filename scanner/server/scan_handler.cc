#include "scanner/server/scan_handler.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace scanner::server {
namespace {

constexpr std::string_view kPath = "/v1/inventories";
// Scans take seconds to minutes; the operator asks another replica meanwhile.
constexpr std::chrono::seconds kRetryAfter{5};
// Also how soon a scan notices that nobody waits for it any more.
constexpr std::chrono::milliseconds kProgressInterval{500};

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
  } catch (const base::ParseError& error) {
    responder.respond(refusal(400, failure_of("BadRequest", error)));
    return std::nullopt;
  }
}

std::string result_label(const ScanLine& outcome) {
  if (const auto* failure = std::get_if<ScanFailure>(&outcome)) return failure->reason;
  return std::get<Inventory>(outcome).complete ? "Complete" : "Incomplete";
}

// Tells how far a scan is, not too often, and stops it when nobody listens.
class ProgressWriter {
 public:
  ProgressWriter(net::Responder& responder, const base::Clock& clock, std::stop_source& stop)
      : responder_(responder), clock_(clock), stop_(stop) {}

  void operator()(const ScanProgress& progress) {
    const base::SteadyTime now = clock_.steady_now();
    if (now - last_ < kProgressInterval) return;
    last_ = now;
    const ScanProgressLine line{progress.bytes_done, progress.bytes_total, progress.stage};
    if (responder_.abandoned() || !responder_.write(write_scan_line(line))) stop_.request_stop();
  }

 private:
  net::Responder& responder_;
  const base::Clock& clock_;
  std::stop_source& stop_;
  base::SteadyTime last_{};
};

}  // namespace

ScanHandler::ScanHandler(ScanFunction scan, ScanSlots& slots, net::Metrics& metrics, const base::Clock& clock)
    : scan_(std::move(scan)), slots_(slots), metrics_(metrics), clock_(clock) {
  metrics_.describe(kScans, "Scans by their result: Complete, Incomplete or the reason of the failure.");
  metrics_.describe(kScanSeconds, "Time from the start of a scan to its end.");
  metrics_.describe(kScanBytes, "Bytes of layers fetched for scans, as stored.");
}

void ScanHandler::operator()(net::ServerRequest request, net::Responder responder) const {
  if (request.path() != kPath) {
    responder.respond(refusal(404, {"BadRequest", "no such path; scans are asked for at /v1/inventories", {}}));
  } else if (request.method != "POST") {
    responder.respond(refusal(405, {"BadRequest", "scans are asked for by POST", {}}));
  } else if (const std::optional<ScanRequest> scan = parse_or_refuse(request.body, responder)) {
    accept(*scan, std::move(responder));
  }
}

void ScanHandler::accept(const ScanRequest& request, net::Responder responder) const {
  // std::function wants to copy what it holds.
  const auto shared = std::make_shared<net::Responder>(std::move(responder));
  const ScanSlots::Outcome outcome = slots_.submit(
      [this, request, shared](std::stop_token stop) { run(request, *shared, std::move(stop)); });
  if (outcome == ScanSlots::Outcome::kFull) {
    metrics_.add(kScans, {{"result", "Overloaded"}});
    shared->respond(refusal(429, {"Overloaded", "every scan slot and the queue are taken", kRetryAfter}));
  }
}

void ScanHandler::run(const ScanRequest& request, net::Responder& responder, std::stop_token stop) const {
  const base::SteadyTime started = clock_.steady_now();
  if (responder.abandoned()) return;
  responder.start(200, {{"Content-Type", "application/x-ndjson"}});
  std::stop_source own;
  const std::stop_callback forward(stop, [&own] { own.request_stop(); });
  ProgressWriter progress(responder, clock_, own);
  const ScanLine outcome =
      scan_or_tell(request, [&](const ScanProgress& state) { progress(state); }, own.get_token());
  record(request, outcome, started);
  if (responder.write(write_scan_line(outcome))) responder.end();
}

// The HTTP edge: whatever went wrong is told to the caller, who makes a condition of it.
ScanLine ScanHandler::scan_or_tell(const ScanRequest& request, const OnProgress& on_progress,
                                   std::stop_token stop) const {
  try {
    return scan_(request, on_progress, stop);
  } catch (const base::HttpError& error) {
    return failure_of(error);
  } catch (const base::NetworkError& error) {
    return failure_of(stop.stop_requested() ? "Cancelled" : "RegistryUnreachable", error);
  } catch (const base::ParseError& error) {
    return failure_of("InvalidImage", error);
  } catch (const base::LimitExceeded& error) {
    return failure_of("LimitExceeded", error);
  } catch (const base::Error& error) {
    return failure_of("Internal", error);
  }
}

void ScanHandler::record(const ScanRequest& request, const ScanLine& outcome, base::SteadyTime started) const {
  const double seconds = std::chrono::duration<double>(clock_.steady_now() - started).count();
  const std::string result = result_label(outcome);
  metrics_.add(kScans, {{"result", result}});
  metrics_.observe(kScanSeconds, {}, seconds);
  if (const auto* inventory = std::get_if<Inventory>(&outcome)) {
    metrics_.add(kScanBytes, {}, static_cast<double>(inventory->compressed_bytes));
    base::log(base::LogLevel::kInfo, "scanned",
              {{"image", request.reference}, {"digest", request.digest}, {"result", result}, {"seconds", seconds},
               {"packages", static_cast<std::int64_t>(inventory->packages.size())},
               {"bytes", static_cast<std::int64_t>(inventory->compressed_bytes)}});
  } else {
    base::log(base::LogLevel::kWarning, "scan failed",
              {{"image", request.reference}, {"digest", request.digest}, {"result", result}, {"seconds", seconds},
               {"error", std::get<ScanFailure>(outcome).message}});
  }
}

}  // namespace scanner::server
