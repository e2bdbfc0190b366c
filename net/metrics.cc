#include "net/metrics.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <string_view>

#include "base/error.h"

namespace net {

namespace {

// Seconds; from an admission decision to a scan.
constexpr std::array kBounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                0.25,   0.5,     1.0,    2.5,   5.0,    10.0,  30.0, 60.0,  300.0};

enum class Kind { kCounter, kGauge, kHistogram };

struct Sample {
  double value = 0;  // of a histogram: the sum
  std::uint64_t count = 0;
  std::vector<std::uint64_t> buckets{};  // not cumulative; of a histogram alone
};

struct Family {
  Kind kind = Kind::kGauge;
  std::string help{};
  std::vector<double> bounds{kBounds.begin(), kBounds.end()};  // of a histogram's buckets
  std::map<std::string, Sample> samples{};                     // by rendered labels without braces
};

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kCounter:
      return "counter";
    case Kind::kGauge:
      return "gauge";
    case Kind::kHistogram:
      return "histogram";
  }
  return "untyped";
}

// The naming rules of Prometheus say what a metric is before its first sample.
Kind kind_by_name(std::string_view name) {
  if (name.ends_with("_total")) return Kind::kCounter;
  return name.ends_with("_seconds") ? Kind::kHistogram : Kind::kGauge;
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
}

std::string render_labels(const MetricLabels& labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    if (!out.empty()) out += ',';
    out.append(name).append("=\"");
    append_escaped(out, value);
    out += '"';
  }
  return out;
}

void append_line(std::string& out, std::string_view name, std::string_view labels, std::string_view value) {
  out += name;
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out.append(" ").append(value).append("\n");
}

void append_histogram(std::string& out, const std::string& name, const std::string& labels,
                      const std::vector<double>& bounds, const Sample& sample) {
  const std::string prefix = labels.empty() ? "le=\"" : labels + ",le=\"";
  std::uint64_t cumulative = 0;
  for (std::size_t index = 0; index < bounds.size(); ++index) {
    cumulative += sample.buckets[index];
    append_line(out, name + "_bucket", prefix + fmt::format("{}", bounds[index]) + '"', std::to_string(cumulative));
  }
  append_line(out, name + "_bucket", prefix + "+Inf\"", std::to_string(sample.count));
  append_line(out, name + "_sum", labels, fmt::format("{}", sample.value));
  append_line(out, name + "_count", labels, std::to_string(sample.count));
}

void append_family(std::string& out, const std::string& name, const Family& family) {
  if (!family.help.empty()) {
    out.append("# HELP ").append(name).append(" ");
    append_escaped(out, family.help);
    out += '\n';
  }
  out.append("# TYPE ").append(name).append(" ").append(kind_name(family.kind)).append("\n");
  for (const auto& [labels, sample] : family.samples) {
    if (family.kind == Kind::kHistogram) {
      append_histogram(out, name, labels, family.bounds, sample);
    } else {
      append_line(out, name, labels, fmt::format("{}", sample.value));
    }
  }
}

double start_time_seconds() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(since_epoch).count();
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double open_file_descriptors() {
  const std::filesystem::directory_iterator entries("/proc/self/fd");
  return static_cast<double>(std::distance(begin(entries), end(entries)));
}

void append_process(std::string& out, double started_at) {
  const auto append = [&out](std::string_view name, Kind kind, double value) {
    out.append("# TYPE ").append(name).append(" ").append(kind_name(kind)).append("\n");
    append_line(out, name, "", fmt::format("{}", value));
  };
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  append("process_cpu_seconds_total", Kind::kCounter, seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime));
  append("process_open_fds", Kind::kGauge, open_file_descriptors());
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  append("process_max_fds", Kind::kGauge, static_cast<double>(files.rlim_cur));
  double virtual_pages = 0;
  double resident_pages = 0;
  std::ifstream("/proc/self/statm") >> virtual_pages >> resident_pages;
  const auto page_bytes = static_cast<double>(sysconf(_SC_PAGESIZE));
  append("process_resident_memory_bytes", Kind::kGauge, resident_pages * page_bytes);
  append("process_virtual_memory_bytes", Kind::kGauge, virtual_pages * page_bytes);
  append("process_start_time_seconds", Kind::kGauge, started_at);
}

}  // namespace

struct Metrics::State {
  const double started_at = start_time_seconds();
  mutable std::mutex mutex{};
  std::map<std::string, Family> families{};  // protected by mutex

  // The sample of these labels, made at zero. The mutex is held.
  Sample& sample(Family& family, const MetricLabels& labels, Kind kind) {
    const bool first_sample = family.samples.empty();
    // A described metric without labels stands there at zero until its real samples come.
    const bool only_placeholder = family.samples.size() == 1 && family.samples.count("") == 1 && !labels.empty();
    if (only_placeholder) family.samples.clear();
    CHECK(first_sample || only_placeholder || family.kind == kind);
    family.kind = kind;
    return family.samples[render_labels(labels)];
  }
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::add(const std::string& name, const MetricLabels& labels, double amount) {
  const std::lock_guard lock(state_->mutex);
  state_->sample(state_->families[name], labels, Kind::kCounter).value += amount;
}

void Metrics::set(const std::string& name, const MetricLabels& labels, double value) {
  const std::lock_guard lock(state_->mutex);
  state_->sample(state_->families[name], labels, Kind::kGauge).value = value;
}

void Metrics::replace(const std::string& name, const std::vector<std::pair<MetricLabels, double>>& samples) {
  const std::lock_guard lock(state_->mutex);
  Family& family = state_->families[name];
  family.kind = Kind::kGauge;
  family.samples.clear();
  for (const auto& [labels, value] : samples) family.samples[render_labels(labels)].value = value;
}

void Metrics::observe(const std::string& name, const MetricLabels& labels, double seconds) {
  const std::lock_guard lock(state_->mutex);
  Family& family = state_->families[name];
  Sample& sample = state_->sample(family, labels, Kind::kHistogram);
  sample.value += seconds;
  ++sample.count;
  sample.buckets.resize(family.bounds.size());
  const auto bucket = std::ranges::lower_bound(family.bounds, seconds);
  if (bucket != family.bounds.end()) ++sample.buckets[static_cast<std::size_t>(bucket - family.bounds.begin())];
}

void Metrics::describe(const std::string& name, const std::string& help) {
  const std::lock_guard lock(state_->mutex);
  Family& family = state_->families[name];
  family.help = help;
  if (!family.samples.empty()) return;
  family.kind = kind_by_name(name);
  if (family.kind != Kind::kHistogram) family.samples[""];
}

void Metrics::describe_histogram(const std::string& name, const std::string& help, std::vector<double> bounds) {
  const std::lock_guard lock(state_->mutex);
  Family& family = state_->families[name];
  CHECK(family.samples.empty() && std::ranges::is_sorted(bounds));
  family.help = help;
  family.kind = Kind::kHistogram;
  family.bounds = std::move(bounds);
}

std::string Metrics::expose() const {
  std::string out;
  {
    const std::lock_guard lock(state_->mutex);
    for (const auto& [name, family] : state_->families) append_family(out, name, family);
  }
  append_process(out, state_->started_at);
  return out;
}

}  // namespace net
