// pratique-admission: the validating webhook.
#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <iostream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "admission/certificates.h"
#include "admission/cluster_view.h"
#include "admission/limits.h"
#include "admission/scan_requests.h"
#include "admission/webhook.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/guarded.h"
#include "base/log.h"
#include "kubernetes/api_client.h"
#include "kubernetes/watcher.h"
#include "net/health.h"
#include "net/http_server.h"
#include "net/metrics.h"

namespace {

struct Options {
  std::string kubeconfig;
  std::string ns;
  int port = 9443;
  int metrics_port = 8080;
  int health_port = 8081;
  int threads = 2;
  std::string webhook_configuration = "pratique-admission";
  std::string webhook_url;
  std::string service_name = "pratique-admission";
  int drain_seconds = 5;
  std::string log_level = "info";
};

void declare_options(CLI::App& app, Options& options) {
  app.set_version_flag("--version", std::string("pratique-admission ") + PRATIQUE_VERSION);
  app.add_option("--kubeconfig", options.kubeconfig, "kubeconfig file; default: KUBECONFIG, then the pod's account");
  app.add_option("--namespace", options.ns, "namespace of the Secret and the Service; default: the pod's");
  app.add_option("--port", options.port, "of the webhook")->capture_default_str();
  app.add_option("--metrics-port", options.metrics_port, "of /metrics")->capture_default_str();
  app.add_option("--health-port", options.health_port, "of /livez and /readyz")->capture_default_str();
  app.add_option("--threads", options.threads, "that answer requests")->capture_default_str()->check(CLI::Range(1, 64));
  app.add_option("--webhook-configuration", options.webhook_configuration,
                 "name of the ValidatingWebhookConfiguration whose caBundle is kept; empty: none")
      ->capture_default_str();
  app.add_option("--webhook-url", options.webhook_url,
                 "where a control plane outside the cluster reaches us; put into the configuration");
  app.add_option("--service-name", options.service_name, "of the Service in front")->capture_default_str();
  app.add_option("--drain-seconds", options.drain_seconds,
                 "between the signal to stop and the last new connection, so that the Service forgets us first")
      ->capture_default_str()
      ->check(CLI::Range(0, 60));
  app.add_option("--log-level", options.log_level, "debug, info, warning or error")
      ->capture_default_str()
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
}

base::LogLevel log_level_of(const std::string& name) {
  if (name == "debug") return base::LogLevel::kDebug;
  if (name == "warning") return base::LogLevel::kWarning;
  if (name == "error") return base::LogLevel::kError;
  return base::LogLevel::kInfo;
}

// One thread for each watched kind, until destroyed.
class Watches {
 public:
  Watches(const std::shared_ptr<kubernetes::ApiClient>& client, admission::ClusterView& view) {
    for (admission::ClusterView::Watched& watched : view.watched()) {
      auto watcher = std::make_unique<kubernetes::Watcher>(client, watched.type, kubernetes::WatcherSettings{},
                                                           std::move(watched.on_event));
      threads_.emplace_back([one = watcher.get()](std::stop_token stop) { one->run(std::move(stop)); });
      watchers_.push_back(std::move(watcher));
    }
  }
  ~Watches() {
    for (std::jthread& thread : threads_) thread.request_stop();
  }
  Watches(const Watches&) = delete;
  Watches& operator=(const Watches&) = delete;

 private:
  std::vector<std::unique_ptr<kubernetes::Watcher>> watchers_;
  std::vector<std::jthread> threads_;  // last: they use the watchers
};

enum class Phase { kStarting, kServing, kStopping };

std::string not_ready_because(const admission::ClusterView& view, Phase phase) {
  if (phase == Phase::kStopping) return "stopping";
  if (phase == Phase::kStarting) return "no certificate is served yet";
  std::string kinds;
  for (const std::string& kind : view.unsynced()) kinds += " " + kind;
  return kinds.empty() ? std::string() : "not listed yet:" + kinds;
}

net::ServerSettings plain_listener(const char* name, int port) {
  return {.name = name, .address = "0.0.0.0", .port = port, .threads = 1, .limits = {}, .tls = nullptr};
}

// The listener comes with the first certificate: there is nothing to show to a client before.
class WebhookServer {
 public:
  WebhookServer(int port, int threads, net::Handler handler)
      : port_(port), threads_(threads), handler_(std::move(handler)) {}

  void serve(const admission::ServingCertificate& certificate) {
    const auto tls =
        std::make_shared<const net::ServerTls>(net::ServerTls{.certificate_chain_pem = certificate.leaf.certificate_pem,
                                                              .key_pem = certificate.leaf.key_pem,
                                                              .client_ca_pem = {}});
    server_.with([&](std::unique_ptr<net::HttpServer>& server) {
      if (server) return server->set_tls(tls);
      net::ServerSettings settings{
          .name = "admission", .address = "0.0.0.0", .port = port_, .threads = threads_, .limits = {}, .tls = tls};
      settings.limits.body_bytes_max = admission::kReviewBytesMax;
      server = net::make_http_server(settings, handler_);
    });
  }
  void retire_connections() {
    server_.with([](std::unique_ptr<net::HttpServer>& server) {
      if (server) server->retire_connections();
    });
  }
  void stop() {
    server_.with([](std::unique_ptr<net::HttpServer>& server) {
      if (server) server->stop(std::chrono::seconds(8));
    });
  }

 private:
  int port_;
  int threads_;
  net::Handler handler_;
  base::Guarded<std::unique_ptr<net::HttpServer>> server_;
};

int wait_for_signal(const sigset_t& signals) {
  int signal = 0;
  sigwait(&signals, &signal);
  return signal;
}

// Goes on serving while /readyz says no, until the time is over or a second signal comes.
void drain(const Options& options, const sigset_t& signals) {
  const timespec time{.tv_sec = options.drain_seconds, .tv_nsec = 0};
  sigtimedwait(&signals, nullptr, &time);
}

void run(const Options& options, const sigset_t& signals) {
  const auto config = std::make_shared<kubernetes::Config>(kubernetes::load_config(options.kubeconfig));
  const std::string ns = options.ns.empty() ? config->ns : options.ns;
  const std::shared_ptr<kubernetes::ApiClient> client = kubernetes::make_api_client(config);
  const base::RealClock clock;
  net::Metrics metrics;
  admission::describe_metrics(metrics);
  std::atomic<Phase> phase = Phase::kStarting;

  admission::ClusterView view;
  const auto health = net::make_health_handler([&] { return not_ready_because(view, phase); }, metrics);
  const auto health_server = net::make_http_server(plain_listener("health", options.health_port), health);
  const auto metrics_server = net::make_http_server(plain_listener("metrics", options.metrics_port), health);
  admission::ScanRequests scan_requests({.client = client, .clock = clock, .metrics = metrics});
  admission::Webhook webhook(
      {.view = view,
       .clock = clock,
       .metrics = metrics,
       .kinds = policy::kubernetes_workload_kinds(),
       .ask_for_scan = [&](admission::ScanWish wish) { return scan_requests.ask(std::move(wish)); }});
  const Watches watches(client, view);
  WebhookServer server(options.port, options.threads, webhook.handler());
  admission::CertificateKeeper keeper(client, clock,
                                      {.ns = ns,
                                       .service_name = options.service_name,
                                       .webhook_configuration = options.webhook_configuration,
                                       .webhook_url = options.webhook_url});
  std::jthread certificates([&](std::stop_token stop) {
    admission::keep_certificate({.keeper = keeper,
                                 .on_change =
                                     [&](const admission::ServingCertificate& certificate) {
                                       server.serve(certificate);
                                       phase = Phase::kServing;
                                     }},
                                std::move(stop));
  });
  base::log(base::LogLevel::kInfo, "started", {{"version", PRATIQUE_VERSION}, {"port", std::int64_t{options.port}}});

  const int signal = wait_for_signal(signals);
  base::log(base::LogLevel::kInfo, "stopping", {{"signal", std::int64_t{signal}}});
  phase = Phase::kStopping;
  server.retire_connections();
  drain(options, signals);
  certificates = {};
  webhook.stop_waiting();
  server.stop();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Decides which pods may run, by the findings of their images.");
  declare_options(app, options);
  CLI11_PARSE(app, argc, argv);
  base::set_log_level(log_level_of(options.log_level));
  // Before the first thread: all of them leave the signals to main.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  try {
    run(options, signals);
    return 0;
  } catch (const std::exception& error) {
    base::log(base::LogLevel::kError, "failed", {{"error", std::string_view(error.what())}});
    std::cerr << "pratique-admission: " << error.what() << "\n";
    return 1;
  }
}
