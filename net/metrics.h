// Counters, gauges and histograms in Prometheus' text form. Label values come from closed sets: never an image, a CVE
// or anything else from outside. Thread-safe.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace net {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

class Metrics {
 public:
  Metrics();
  ~Metrics();

  void add(const std::string& name, const MetricLabels& labels, double amount = 1);   // counter
  void set(const std::string& name, const MetricLabels& labels, double value);        // gauge
  void observe(const std::string& name, const MetricLabels& labels, double seconds);  // histogram
  // The whole gauge at once: labels that are not among the samples are gone.
  void replace(const std::string& name, const std::vector<std::pair<MetricLabels, double>>& samples);
  // Help text; a counter (..._total) or gauge is then visible at zero before its first sample.
  void describe(const std::string& name, const std::string& help);
  // A histogram with buckets of its own, in rising order, where the usual ones (100 us to 5 min) do not fit. To be
  // called before the first observation.
  void describe_histogram(const std::string& name, const std::string& help, std::vector<double> bounds);

  // Text exposition format 0.0.4, names in order, process_* included.
  [[nodiscard]] std::string expose() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace net
