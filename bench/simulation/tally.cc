#include "bench/simulation/tally.h"

#include <algorithm>
#include <cmath>

#include "crds/finding.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"

namespace bench::simulation {

using kubernetes::ObjectKey;
using nlohmann::json;

namespace {

constexpr double kSecondsOfADay = 86'400;

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

bool is_scanned(const json& scan) {
  const json conditions = scan.value("/status/conditions"_json_pointer, json::array());
  return std::ranges::any_of(conditions, [](const json& condition) {
    return condition.at("type") == crds::kScanned && condition.at("status") == "True";
  });
}

// A row that says that somebody has it.
bool is_listed(const json* row) {
  const std::string state = row == nullptr ? "Fixed" : row->value("/status/state"_json_pointer, std::string("Fixed"));
  return state != "Fixed" && state != "Withdrawn";
}

std::uint64_t sum(const std::map<std::string, std::uint64_t>& counts) {
  std::uint64_t all = 0;
  for (const auto& [kind, count] : counts) all += count;
  return all;
}

}  // namespace

void Durations::add(std::chrono::nanoseconds duration) {
  seconds_.push_back(seconds(duration));
}

void Durations::add_all(const Durations& other) {
  seconds_.insert(seconds_.end(), other.seconds_.begin(), other.seconds_.end());
}

double Durations::percentile(double share) const {
  if (seconds_.empty()) return 0;
  std::vector<double> sorted = seconds_;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  const auto place = sorted.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::ranges::nth_element(sorted, place);
  return *place;
}

json Durations::json() const {
  return {{"count", count()}, {"p50", percentile(0.5)}, {"p99", percentile(0.99)}, {"max", percentile(1)}};
}

void Tally::note_request(const kubernetes::ResourceType& type, const char* verb) {
  ++day_.writes[type.plural];
  if (std::string_view(verb) == "remove") ++day_.deletions[type.plural];
}

void Tally::note_change(const ApiChange& change) {
  day_.watch_bytes += change.bytes;
  if (!change.by_others) ++day_.changes[change.type.plural];
  if (change.type == crds::kImageScan) note_scan(change);
  if (change.type == crds::kFinding) note_row(change);
  if (change.type == crds::kImageReport) {
    const auto awaited = verdicts_.find(change.key.name);
    if (awaited == verdicts_.end()) return;
    if (change.after != nullptr) day_.verdicts.add(time_.steady_now() - awaited->second);
    verdicts_.erase(awaited);
  }
}

void Tally::note_scan(const ApiChange& change) {
  if (change.after == nullptr) {
    unscanned_.erase(change.key);
    images_.erase(change.key);
    return;
  }
  if (!is_scanned(*change.after)) {
    unscanned_.try_emplace(change.key, time_.steady_now());
    return;
  }
  if (const auto known = unscanned_.find(change.key); known != unscanned_.end()) {
    note_unscanned(known->second);
    unscanned_.erase(known);
  }
  const auto awaited = images_.find(change.key);
  if (awaited == images_.end()) return;
  awaited->second.scanned = change.after->value("/status/digest"_json_pointer, std::string()) == awaited->second.digest;
  finish_if_right(awaited);
}

void Tally::note_row(const ApiChange& change) {
  if (!is_listed(change.after)) return;
  for (auto place = images_.lower_bound({.ns = change.key.ns, .name = {}});
       place != images_.end() && place->first.ns == change.key.ns;) {
    const auto awaited = place++;
    if (awaited->second.findings.erase(change.key.name) > 0) finish_if_right(awaited);
  }
}

void Tally::finish_if_right(std::map<ObjectKey, Awaited>::iterator place) {
  const Awaited& awaited = place->second;
  if (!awaited.scanned || !awaited.findings.empty()) return;
  day_.images.add(time_.steady_now() - awaited.since);
  images_.erase(place);
}

void Tally::note_unscanned(base::SteadyTime since) {
  day_.oldest_unscanned = std::max<std::chrono::nanoseconds>(day_.oldest_unscanned, time_.steady_now() - since);
}

void Tally::note_depth(std::size_t depth, std::chrono::nanoseconds passed) {
  day_.depth_max = std::max(day_.depth_max, depth);
  day_.depth_seconds += static_cast<double>(depth) * seconds(passed);
}

void Tally::expect_image(const ObjectKey& image_scan, const std::string& digest, std::set<std::string> findings) {
  std::erase_if(findings, [&](const std::string& name) {
    return is_listed(api_.find(crds::kFinding, {.ns = image_scan.ns, .name = name}));
  });
  images_.insert_or_assign(
      image_scan,
      Awaited{.since = time_.steady_now(), .digest = digest, .scanned = false, .findings = std::move(findings)});
}

void Tally::expect_verdict(const std::string& report) {
  verdicts_.try_emplace(report, time_.steady_now());
}

std::uint64_t Tally::writes() const {
  return sum(day_.writes);
}

json Tally::end_day(int day) {
  for (const auto& [key, since] : unscanned_) note_unscanned(since);
  json objects;
  json bytes;
  for (const auto* type : {&crds::kImageReport, &crds::kImageScan, &crds::kFinding}) {
    const Kept kept = api_.kept(*type);
    objects[type->plural] = kept.objects;
    bytes[type->plural] = kept.bytes;
  }
  const json line = {{"day", day},
                     {"writes", day_.writes},
                     {"changes", day_.changes},
                     {"deletions", day_.deletions},
                     {"watch_bytes", day_.watch_bytes},
                     {"depth", {{"max", day_.depth_max}, {"mean", day_.depth_seconds / kSecondsOfADay}}},
                     {"images", day_.images.json()},
                     {"verdicts", day_.verdicts.json()},
                     {"oldest_unscanned", seconds(day_.oldest_unscanned)},
                     {"objects", objects},
                     {"bytes", bytes}};
  all_images_.add_all(day_.images);
  all_verdicts_.add_all(day_.verdicts);
  day_ = {};
  return line;
}

}  // namespace bench::simulation
