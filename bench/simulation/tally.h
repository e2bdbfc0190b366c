// What a simulated day cost, and how long what happened took to be seen.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "bench/simulation/simulated_api.h"
#include "bench/simulation/software.h"

namespace bench::simulation {

// Simulated durations of one day, or of all.
class Durations {
 public:
  void add(std::chrono::nanoseconds duration);
  void add_all(const Durations& other);
  [[nodiscard]] std::size_t count() const { return seconds_.size(); }
  // 0 without any. The share is above 0 and at most 1: the least value that so many are no longer than.
  [[nodiscard]] double percentile(double share) const;
  // {"count", "p50", "p99", "max"}, seconds.
  [[nodiscard]] nlohmann::json json() const;

 private:
  std::vector<double> seconds_;
};

// Watches the API's writes. What it waits for is told by who makes it happen.
class Tally {
 public:
  Tally(SimulatedTime& time, const SimulatedApi& api) : time_(time), api_(api) {}

  // From the API.
  void note_request(const kubernetes::ResourceType& type, const char* verb);
  void note_change(const ApiChange& change);
  // From the clock: so many keys waited for so long.
  void note_depth(std::size_t depth, std::chrono::nanoseconds passed);

  // An image came into a namespace: it is right once its ImageScan is scanned with this digest, and each of the
  // findings has a row.
  void expect_image(const kubernetes::ObjectKey& image_scan, const std::string& digest, std::set<std::string> findings);
  // An advisory was published that says something new of this manifest: right once its report is written.
  void expect_verdict(const std::string& report);

  // What is waited for still, and since when at the longest.
  [[nodiscard]] std::size_t images_awaited() const { return images_.size(); }
  [[nodiscard]] std::size_t verdicts_awaited() const { return verdicts_.size(); }

  // The day so far as a line of the curves, and a new day begins.
  [[nodiscard]] nlohmann::json end_day(int day);
  // Requests of the operator to write, of the day so far.
  [[nodiscard]] std::uint64_t writes() const;
  [[nodiscard]] const Durations& all_images() const { return all_images_; }
  [[nodiscard]] const Durations& all_verdicts() const { return all_verdicts_; }

 private:
  struct Awaited {
    base::SteadyTime since;
    std::string digest;
    bool scanned = false;
    std::set<std::string> findings;  // without a row yet
  };
  struct Day {
    std::map<std::string, std::uint64_t> writes;     // requests, by kind
    std::map<std::string, std::uint64_t> changes;    // of them those that changed something, by kind
    std::map<std::string, std::uint64_t> deletions;  // by kind
    std::uint64_t watch_bytes = 0;
    std::size_t depth_max = 0;
    double depth_seconds = 0;
    std::chrono::nanoseconds oldest_unscanned{0};
    Durations images;
    Durations verdicts;
  };

  void note_scan(const ApiChange& change);
  void note_row(const ApiChange& change);
  void finish_if_right(std::map<kubernetes::ObjectKey, Awaited>::iterator place);
  void note_unscanned(base::SteadyTime since);

  SimulatedTime& time_;
  const SimulatedApi& api_;
  std::map<kubernetes::ObjectKey, Awaited> images_;              // by ImageScan
  std::map<std::string, base::SteadyTime> verdicts_;             // by ImageReport
  std::map<kubernetes::ObjectKey, base::SteadyTime> unscanned_;  // ImageScans
  Day day_;
  Durations all_images_;
  Durations all_verdicts_;
};

}  // namespace bench::simulation
