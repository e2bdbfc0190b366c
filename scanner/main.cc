// pratique-scanner: turns images into inventories for the operator.
#include <signal.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "base/error.h"
#include "scanner/layers/budgets.h"
#include "scanner/server/serve.h"
#include "scanner/worker/defences.h"
#include "scanner/worker/worker_main.h"

namespace {

// serve() takes these by sigtimedwait; every thread inherits the mask.
void block_stop_signals() {
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
}

void add_serve_options(CLI::App& serve, scanner::server::ServeSettings& settings, long& timeout_seconds) {
  serve.add_option("--listen", settings.address, "Where scans are asked for, ADDRESS:PORT")->capture_default_str();
  serve.add_option("--tls-dir", settings.tls_directory,
                   "Directory with tls.crt, tls.key and ca.crt, read again when they change");
  serve.add_option("--client-name", settings.client_name,
                   "Common name that a caller's certificate must have (default: any that ca.crt signed)");
  serve.add_option("--metrics-address", settings.metrics_address, "Where /metrics is served")->capture_default_str();
  serve.add_option("--health-address", settings.health_address, "Where /livez and /readyz are served")
      ->capture_default_str();
  serve.add_option("--slots", settings.slots, "Scans that run at the same time")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  serve.add_option("--queue", settings.queue, "Scans that may wait for a slot")
      ->capture_default_str()
      ->check(CLI::Range(0, 4096));
  serve.add_option("--layers", settings.layers_at_once, "Layers of a scan that are read at the same time")
      ->capture_default_str()
      ->check(CLI::Range(1, 16));
  serve
      .add_option("--memory", settings.memory_bytes,
                  "What the processes that read layers may take together, in bytes or as 1GiB: each may take 256 MiB")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(scanner::MemoryBudget::kChildBytes, std::uint64_t{1} << 40))
      ->capture_default_str();
  serve.add_option("--timeout", timeout_seconds, "Seconds that one scan may take")
      ->capture_default_str()
      ->check(CLI::Range(1, 86400));
  serve.add_option("--cache", settings.cache,
                   "Directory where it is kept what layers hold, so that each is read once (default: nothing is kept)");
  serve.add_option("--cache-bytes", settings.cache_bytes, "What the layer cache may take")
      ->capture_default_str()
      ->check(CLI::Range(std::uint64_t{1} << 20, std::uint64_t{1} << 40));
  serve
      .add_option("--max-bytes", settings.limits.compressed_bytes_max, "Compressed size of an image that is still read")
      ->transform(CLI::AsSizeValue(false))
      ->capture_default_str();
  serve
      .add_option_function<std::vector<std::string>>(
          "--require-defences",
          [&settings](const std::vector<std::string>& words) {
            for (const std::string& word : words) scanner::worker::require_defence(settings.required_defences, word);
          },
          "What the kernel must have to confine the processes that read layers, such as landlock=4 (default: seccomp, "
          "no-new-privileges and resource-limits, which are always required)")
      ->delimiter(',')
      ->take_all()
      ->allow_extra_args(false);
  serve.add_flag("--verify-diff-ids", settings.verify_diff_ids,
                 "Compare what layers are uncompressed with what image configurations say, too");
  serve
      .add_option_function<std::vector<std::string>>(
          "--budget",
          [&settings](const std::vector<std::string>& words) {
            for (const std::string& word : words) scanner::layers::set_budget(settings.limits.budgets, word);
          },
          "NAME=VALUE of a bound on what layers hold, repeatable: docs/limits.md")
      ->take_all()
      ->allow_extra_args(false);
}

int run(int argc, char** argv) {
  CLI::App app("Scans container images for Pratique's operator.", "pratique-scanner");
  app.set_version_flag("--version", "pratique-scanner " PRATIQUE_VERSION);
  app.require_subcommand(1);
  scanner::server::ServeSettings settings;
  long timeout_seconds = settings.limits.timeout.count();
  CLI::App* const serve = app.add_subcommand("serve", "Serves POST /v1/inventories over mutual TLS");
  add_serve_options(*serve, settings, timeout_seconds);
  CLI11_PARSE(app, argc, argv);
  settings.limits.timeout = std::chrono::seconds(timeout_seconds);
  block_stop_signals();
  scanner::server::serve(settings);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (scanner::worker::is_worker(argc, argv)) return scanner::worker::run(argv);
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pratique-scanner: %s\n", error.what());
    return 1;
  }
}
