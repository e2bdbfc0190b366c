#include "scanner/server/serve.h"

#include <fmt/format.h>
#include <signal.h>
#include <time.h>

#include <charconv>
#include <memory>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/guarded.h"
#include "base/log.h"
#include "net/health.h"
#include "net/http_server.h"
#include "net/metrics.h"
#include "net/proxy.h"
#include "scanner/server/registry_scan.h"
#include "scanner/server/scan_handler.h"
#include "scanner/server/scan_slots.h"
#include "scanner/server/tls_directory.h"
#include "scanner/worker/worker_process.h"

namespace scanner::server {
namespace {

// How soon a renewed certificate is used; kubelets update Secrets within a minute or two.
constexpr std::chrono::seconds kTick{2};

struct Address {
  std::string host;
  int port = 0;
};

Address parse_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  Address address;
  if (colon != std::string::npos) {
    address.host = text.substr(0, colon);
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data() + colon + 1, end, address.port);
    if (error == std::errc{} && stopped == end && address.port >= 0 && address.port <= 65535 && !address.host.empty()) {
      return address;
    }
  }
  throw base::ConfigError(fmt::format("\"{}\" is not ADDRESS:PORT, such as 0.0.0.0:8443", text));
}

// Starts a child for no image, so that a kernel that cannot confine it, or not as it must be, is found now and not at
// the first scan.
void check_sandbox(const base::Clock& clock, const worker::SandboxReport& required) {
  constexpr std::chrono::seconds kPatience{10};
  const worker::WorkerProcess child(clock.steady_now() + kPatience, {}, {.required_defences = required});
  const worker::SandboxReport& sandbox = child.sandbox();
  base::log(base::LogLevel::kInfo, "scan worker is confined",
            {{"seccomp", sandbox.seccomp},
             {"no_new_privileges", sandbox.no_new_privileges},
             {"resource_limits", sandbox.resource_limits},
             {"landlock_abi", static_cast<std::int64_t>(sandbox.landlock_abi)}});
}

enum class Signal { kNone, kStop };

Signal wait_for_signal(std::chrono::seconds patience) {
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  const timespec timeout{patience.count(), 0};
  return sigtimedwait(&stop_signals, nullptr, &timeout) > 0 ? Signal::kStop : Signal::kNone;
}

std::unique_ptr<net::HttpServer> plain_server(const std::string& name, const std::string& address,
                                              const net::Handler& handler) {
  const Address parsed = parse_address(address);
  auto server = net::make_http_server({.name = name, .address = parsed.host, .port = parsed.port}, handler);
  base::log(base::LogLevel::kInfo, "listening",
            {{"listener", name}, {"address", parsed.host}, {"port", static_cast<std::int64_t>(server->port())}});
  return server;
}

// Callers whose certificate bears another name are turned away before anything is read of their request.
net::Handler for_client(const std::string& name, net::Handler handler) {
  if (name.empty()) return handler;
  return [name, handler = std::move(handler)](net::ServerRequest request, net::Responder responder) {
    if (request.client_certificate_name != name) {
      responder.respond(
          {.status = 403,
           .body = write_scan_line(ScanFailure{
               "Forbidden", fmt::format("only a certificate of the name \"{}\" may ask for scans", name), {}})});
      return;
    }
    handler(std::move(request), std::move(responder));
  };
}

// Beside the one of each slot.
std::size_t spare_children(const ServeSettings& settings) {
  if (settings.memory_bytes == 0) return settings.slots;
  const std::uint64_t children = settings.memory_bytes / MemoryBudget::kChildBytes;
  if (children < settings.slots) {
    throw base::ConfigError(fmt::format("--memory is too little for {} slots: a scan takes {} MiB or more",
                                        settings.slots, MemoryBudget::kChildBytes >> 20));
  }
  return static_cast<std::size_t>(children - settings.slots);
}

ScanSettings scan_settings(const ServeSettings& settings, const std::shared_ptr<MemoryBudget>& memory) {
  ScanSettings scan{.limits = settings.limits,
                    .memory = memory,
                    .layers_at_once = settings.layers_at_once,
                    .required_defences = settings.required_defences,
                    .verify_diff_ids = settings.verify_diff_ids};
  if (!settings.cache.empty()) {
    scan.cache = std::make_shared<ScanCache>(ScanCacheSettings{
        .directory = settings.cache, .bytes_max = settings.cache_bytes, .budgets = settings.limits.budgets});
  }
  return scan;
}

// Members in start order.
class Service {
 public:
  explicit Service(const ServeSettings& settings)
      : settings_(settings),
        not_ready_("starting"),
        memory_(std::make_shared<MemoryBudget>(spare_children(settings))),
        slots_(settings.slots, settings.queue),
        handler_(make_registry_scan(scan_settings(settings, memory_), clock_),
                 {.slots = slots_, .metrics = metrics_, .clock = clock_}),
        metrics_server_(plain_server("metrics", settings.metrics_address, health_handler())),
        health_server_(plain_server("health", settings.health_address, health_handler())) {
    net::announce_environment_proxies();
    check_sandbox(clock_, settings.required_defences);
  }

  ~Service() { stop(std::chrono::milliseconds(0)); }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  void run() {
    do {
      tick();
    } while (wait_for_signal(kTick) == Signal::kNone);
    base::log(base::LogLevel::kInfo, "stopping");
    not_ready_.with([](std::string& why) { why = "stopping"; });
    stop(settings_.grace);
  }

 private:
  net::Handler health_handler() {
    const auto why_not_ready = [this] { return not_ready_.with([](const std::string& why) { return why; }); };
    return net::make_health_handler(why_not_ready, metrics_);
  }

  // Starts listening once there is a certificate, and takes new ones as they come. What is wrong with them shows in
  // /readyz until it is mended; the old certificate serves on.
  void tick() {
    const SlotCounts counts = slots_.counts();
    metrics_.set("pratique_scan_slots_busy", {}, static_cast<double>(counts.busy));
    metrics_.set("pratique_scan_queue_length", {}, static_cast<double>(counts.queued));
    metrics_.set("pratique_scan_children_waiting", {}, static_cast<double>(memory_->waiting()));
    try {
      refresh_tls();
      not_ready_.with([](std::string& why) { why.clear(); });
    } catch (const base::ConfigError& error) {
      not_ready_.with([&](std::string& why) { why = error.what(); });
    }
  }

  void refresh_tls() {
    std::shared_ptr<const net::ServerTls> tls;
    if (!settings_.tls_directory.empty()) tls = read_tls_directory(settings_.tls_directory);
    if (server_ == nullptr) {
      start_server(tls);
    } else if (tls != nullptr && !same_tls(*tls, *tls_)) {
      server_->set_tls(tls);
      base::log(base::LogLevel::kInfo, "new certificate in use");
    }
    tls_ = tls;
  }

  void start_server(const std::shared_ptr<const net::ServerTls>& tls) {
    const Address address = parse_address(settings_.address);
    server_ = net::make_http_server({.name = "scans", .address = address.host, .port = address.port, .tls = tls},
                                    for_client(settings_.client_name, std::ref(handler_)));
    base::log(base::LogLevel::kInfo, "listening",
              {{"listener", "scans"},
               {"address", address.host},
               {"port", static_cast<std::int64_t>(server_->port())},
               {"mutual_tls", tls != nullptr}});
  }

  // No new scans, then the end of those that run; a second time it does nothing.
  void stop(std::chrono::milliseconds grace) {
    if (server_ != nullptr) server_->stop(grace);
    slots_.stop();
  }

  const ServeSettings& settings_;
  base::RealClock clock_;
  net::Metrics metrics_;
  base::Guarded<std::string> not_ready_;
  std::shared_ptr<MemoryBudget> memory_;
  ScanSlots slots_;
  ScanHandler handler_;
  std::unique_ptr<net::HttpServer> metrics_server_;
  std::unique_ptr<net::HttpServer> health_server_;
  std::shared_ptr<const net::ServerTls> tls_;
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace

void serve(const ServeSettings& settings) {
  const Address address = parse_address(settings.address);
  if (settings.tls_directory.empty() && address.host != "127.0.0.1" && address.host != "[::1]") {
    throw base::ConfigError(
        "--tls-dir is needed unless --listen is a loopback address: scan requests carry credentials");
  }
  Service(settings).run();
}

}  // namespace scanner::server
