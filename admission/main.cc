// pratique-admission: the validating webhook.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <iostream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "admission/broken_glass.h"
#include "admission/certificate_directory.h"
#include "admission/certificate_loop.h"
#include "admission/certificates.h"
#include "admission/cluster_view.h"
#include "admission/denials.h"
#include "admission/failpoints.h"
#include "admission/limits.h"
#include "admission/scan_requests.h"
#include "admission/watches.h"
#include "admission/webhook.h"
#include "admission/webhook_rules.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "kubernetes/api_client.h"
#include "kubernetes/event_recorder.h"
#include "net/health.h"
#include "net/http_server.h"
#include "net/metrics.h"
#include "net/server_metrics.h"

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
  std::string tls_directory;
  int leaf_renewal_seconds = 0;
  int authority_renewal_seconds = 0;
  int trust_delay_seconds = 5;
  int snapshot_age_max_seconds = 600;
  int denial_interval_seconds = 60;
  int drain_seconds = 5;
  std::string log_level = "info";
  std::vector<std::string> pod_templates;
  std::vector<std::string> image_fields;
  bool print_webhook_rules = false;
};

void declare_certificate_options(CLI::App& app, Options& options) {
  app.add_option("--tls-dir", options.tls_directory,
                 "folder with tls.crt, tls.key and ca.crt that somebody else renews, such as a Secret of cert-manager; "
                 "default: made here and kept in the Secret pratique-admission-tls");
  app.add_option("--leaf-renewal-seconds", options.leaf_renewal_seconds,
                 "age at which the certificate is made anew; 0: at two thirds of its 90 days")
      ->check(CLI::Range(0, 60 * 86400));
  app.add_option("--authority-renewal-seconds", options.authority_renewal_seconds,
                 "age at which the authority is made anew; 0: at two thirds of its five years")
      ->check(CLI::Range(0, 1200 * 86400));
  app.add_option("--trust-delay-seconds", options.trust_delay_seconds,
                 "after which every API server knows a new authority, so that its certificate may be shown")
      ->capture_default_str()
      ->check(CLI::Range(0, 600));
}

void declare_options(CLI::App& app, Options& options) {
  app.set_version_flag("--version", std::string("pratique-admission ") + PRATIQUE_VERSION);
  app.add_option("--kubeconfig", options.kubeconfig, "kubeconfig file; default: KUBECONFIG, then the pod's account");
  app.add_option("--namespace", options.ns, "namespace of the Secret and the Service; default: the pod's");
  app.add_option("--port", options.port, "of the webhook")->capture_default_str();
  app.add_option("--metrics-port", options.metrics_port, "of /metrics")->capture_default_str();
  app.add_option("--health-port", options.health_port, "of /livez and /readyz")->capture_default_str();
  app.add_option("--threads", options.threads, "that answer requests")->capture_default_str()->check(CLI::Range(1, 64));
  CLI::Option* configuration = app.add_option("--webhook-configuration", options.webhook_configuration,
                                              "name of the ValidatingWebhookConfiguration whose caBundle is kept");
  configuration->capture_default_str();
  app.add_flag_callback(
         "--no-webhook-configuration", [&options] { options.webhook_configuration.clear(); },
         "somebody else keeps the caBundle, such as cert-manager")
      ->excludes(configuration);
  app.add_option("--webhook-url", options.webhook_url,
                 "where a control plane outside the cluster reaches us; put into the configuration");
  app.add_option("--service-name", options.service_name, "of the Service in front")->capture_default_str();
  declare_certificate_options(app, options);
  app.add_option("--snapshot-age-max-seconds", options.snapshot_age_max_seconds,
                 "without a word from the API server, after which what is known of images does not count as a scan")
      ->capture_default_str()
      ->check(CLI::Range(120, 7 * 86400));
  app.add_option("--drain-seconds", options.drain_seconds,
                 "between the signal to stop and the last new connection, so that the Service forgets us first")
      ->capture_default_str()
      ->check(CLI::Range(0, 60));
  app.add_option("--denial-interval-seconds", options.denial_interval_seconds,
                 "at most once in which a policy's status is told how often it denied")
      ->capture_default_str()
      ->check(CLI::Range(1, 3600));
  app.add_option("--pod-template", options.pod_templates,
                 "RESOURCE.GROUP=PATH of a further kind's pod template, such as rollouts.argoproj.io=spec.template");
  app.add_option("--image-field", options.image_fields,
                 "RESOURCE.GROUP=PATH of a further kind's image, such as tasks.tekton.dev=spec.steps[].image");
  app.add_flag("--print-webhook-rules", options.print_webhook_rules,
               "prints what the webhook configuration needs for the further kinds, as a JSON patch, and ends");
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

// The pod's.
std::string replica_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "pratique-admission";
}

policy::WorkloadKinds workload_kinds_of(const Options& options) {
  policy::WorkloadKinds kinds;
  for (const std::string& text : options.pod_templates) kinds.add_pod_template(text);
  for (const std::string& text : options.image_fields) kinds.add_image_field(text);
  return kinds;
}

enum class Phase { kStarting, kServing, kStopping };

std::string not_ready_because(const admission::ClusterView& view, Phase phase) {
  if (phase == Phase::kStopping) return "stopping";
  if (phase == Phase::kStarting) return "no certificate is served yet that the API server can know";
  std::string kinds;
  for (const std::string& kind : view.unsynced()) kinds += " " + kind;
  return kinds.empty() ? std::string() : "not listed yet:" + kinds;
}

net::ServerSettings plain_listener(const char* name, int port) {
  return {.name = name, .address = "0.0.0.0", .port = port, .threads = 1, .limits = {}, .tls = nullptr};
}

net::ServerSettings webhook_listener(const Options& options, const net::KeyPair& certificate) {
  net::ServerSettings settings{
      .name = "admission",
      .address = "0.0.0.0",
      .port = options.port,
      .threads = options.threads,
      .limits = {},
      .tls = std::make_shared<const net::ServerTls>(net::ServerTls{
          .certificate_chain_pem = certificate.certificate_pem, .key_pem = certificate.key_pem, .client_ca_pem = {}})};
  settings.limits.body_bytes_max = admission::kReviewBytesMax;
  settings.reserves_room = true;
  return settings;
}

// Until there is a certificate, the listener shows one that nobody trusts: so a port that is taken ends the program at
// once and not when the certificate comes.
net::KeyPair untrusted_certificate(base::SystemTime now) {
  const net::KeyPair authority = net::make_authority("pratique-admission-starting", now, std::chrono::hours(1));
  return net::issue_leaf(authority, {.common_name = "pratique-admission-starting"}, now);
}

std::unique_ptr<admission::CertificateSource> make_certificate_source(
    const Options& options, const std::string& ns, const std::shared_ptr<kubernetes::ApiClient>& client,
    const base::Clock& clock) {
  if (!options.tls_directory.empty()) {
    auto directory = std::make_unique<admission::CertificateDirectory>(options.tls_directory);
    // Missing files end the program here, with their names.
    (void)directory->current();
    return directory;
  }
  const auto renewal = [](int seconds) {
    return seconds > 0 ? std::optional(std::chrono::seconds(seconds)) : std::nullopt;
  };
  return std::make_unique<admission::CertificateKeeper>(
      client, clock,
      admission::CertificateSettings{.ns = ns,
                                     .service_name = options.service_name,
                                     .webhook_url = options.webhook_url,
                                     .authority_renewal = renewal(options.authority_renewal_seconds),
                                     .leaf_renewal = renewal(options.leaf_renewal_seconds)});
}

// As often as it takes to be in time, and by default every ten seconds.
std::chrono::milliseconds certificate_interval(const Options& options) {
  const std::chrono::milliseconds interval{10'000};
  if (options.leaf_renewal_seconds == 0) return interval;
  return std::min<std::chrono::milliseconds>(interval, std::chrono::milliseconds(options.leaf_renewal_seconds * 250));
}

struct Watched {
  const admission::Watches& watches;
  admission::ClusterView& view;
  const net::HttpServer& server;
  const base::Clock& clock;
  net::Metrics& metrics;
};

// Once a second, so that a decision reads a number and counts without a lock.
void keep_counting(const Watched& with, const std::stop_token& stop) {
  net::ServerMetrics server("admission", with.metrics);
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  do {
    const std::chrono::seconds age = with.watches.age(with.clock.steady_now());
    with.view.set_age(age);
    if (with.view.synced()) base::failpoint(admission::kSnapshotTaken);
    server.publish(with.server.counts());
    with.metrics.set("pratique_admission_snapshot_age_seconds", {}, static_cast<double>(age.count()));
  } while (!wake.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; }) && !stop.stop_requested());
}

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
  const policy::WorkloadKinds kinds = workload_kinds_of(options);
  const base::RealClock clock;
  net::Metrics metrics;
  const std::shared_ptr<kubernetes::ApiClient> client = kubernetes::make_api_client(config, &metrics);
  admission::describe_metrics(metrics);
  std::atomic<Phase> phase = Phase::kStarting;

  admission::ClusterView view({.age_max = std::chrono::seconds(options.snapshot_age_max_seconds)});
  const auto health = net::make_health_handler([&] { return not_ready_because(view, phase); }, metrics);
  const auto health_server = net::make_http_server(plain_listener("health", options.health_port), health);
  const auto metrics_server = net::make_http_server(plain_listener("metrics", options.metrics_port), health);
  admission::ScanRequests scan_requests({.client = client, .clock = clock, .metrics = metrics});
  admission::DenialReports denials({.client = client,
                                    .clock = clock,
                                    .metrics = metrics,
                                    .replica = replica_name(),
                                    .interval = std::chrono::seconds(options.denial_interval_seconds)});
  kubernetes::EventRecorder events(client, {.controller = "pratique.dev/admission", .instance = replica_name()},
                                   &metrics);
  const auto tell_of_glass = [&](const policy::BrokenGlass& glass, const admission::Review& review) {
    denials.broke_glass(glass.policy, review.ns, admission::glass_use(glass, review, clock.system_now()));
    events.record(admission::glass_event(glass, review));
  };
  admission::Webhook webhook(
      {.view = view,
       .clock = clock,
       .metrics = metrics,
       .kinds = kinds,
       .ask_for_scan = [&](admission::ScanWish wish) { return scan_requests.ask(std::move(wish)); },
       .on_denial = [&](const auto& policies, const std::string& where) { denials.denied(policies, where); },
       .on_broken_glass = tell_of_glass});
  const admission::Watches watches(client, view);
  const auto server =
      net::make_http_server(webhook_listener(options, untrusted_certificate(clock.system_now())), webhook.handler());
  const std::jthread counting([&](const std::stop_token& stop) {
    keep_counting({.watches = watches, .view = view, .server = *server, .clock = clock, .metrics = metrics}, stop);
  });
  const auto source = make_certificate_source(options, ns, client, clock);
  admission::WebhookTrust trust(
      client, {.webhook_configuration = options.webhook_configuration, .webhook_url = options.webhook_url});
  std::jthread certificates([&](std::stop_token stop) {
    admission::keep_certificate({.source = *source,
                                 .trust = trust,
                                 .clock = clock,
                                 .interval = certificate_interval(options),
                                 .trust_delay = std::chrono::seconds(options.trust_delay_seconds),
                                 .show =
                                     [&](const admission::ServingCertificate& shown) {
                                       server->set_tls(webhook_listener(options, shown.leaf).tls);
                                     },
                                 .on_ready = [&] { phase = Phase::kServing; }},
                                std::move(stop));
  });
  base::log(base::LogLevel::kInfo, "started", {{"version", PRATIQUE_VERSION}, {"port", std::int64_t{options.port}}});

  const int signal = wait_for_signal(signals);
  base::log(base::LogLevel::kInfo, "stopping", {{"signal", std::int64_t{signal}}});
  phase = Phase::kStopping;
  server->retire_connections();
  drain(options, signals);
  certificates = {};
  webhook.stop_waiting();
  server->stop(std::chrono::seconds(8));
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
    if (options.print_webhook_rules) {
      std::cout << admission::webhook_rules_patch(workload_kinds_of(options)) << "\n";
    } else {
      run(options, signals);
    }
    return 0;
  } catch (const std::exception& error) {
    base::log(base::LogLevel::kError, "failed", {{"error", std::string_view(error.what())}});
    std::cerr << "pratique-admission: " << error.what() << "\n";
    return 1;
  }
}
