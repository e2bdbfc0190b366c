// CPU to make advisories of OSV records: ours against nlohmann's DOM with the same rules behind it. Usage:
// bench_osv_parse EXPORT.zip...; prints one line.
#include <fmt/core.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/zip_reader.h"
#include "scanner/advisories/ecosystem.h"
#include "scanner/advisories/file_reader.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/osv_record.h"
#include "scanner/advisories/range_events.h"
#include "scanner/advisories/record_normaliser.h"
#include "scanner/advisories/vector_rating.h"

namespace {

using nlohmann::json;
using scanner::advisories::Advisory;
using scanner::advisories::EventKind;
using scanner::advisories::RangeEvent;

constexpr int kRounds = 5;

double cpu_seconds() {
  std::timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::vector<std::string> records_of(int count, char** files) {
  std::vector<std::string> records;
  for (int i = 1; i < count; ++i) {
    const scanner::advisories::FileReader file(files[i]);
    const base::ZipReader zip(file, {.members_max = scanner::advisories::kFilesMax,
                                     .directory_bytes_max = scanner::advisories::kDirectoryBytesMax});
    for (const base::ZipMember& member : zip.members())
      records.push_back(zip.read(member, scanner::advisories::kRecordBytesMax));
  }
  return records;
}

std::vector<std::string> texts(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_array()) return {};
  return found->get<std::vector<std::string>>();
}

std::string text(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void add_ranges(Advisory& advisory, const json& entry) {
  for (const json& range : entry.value("ranges", json::array())) {
    if (text(range, "type") == "GIT") continue;
    std::vector<RangeEvent> events;
    for (const json& event : range.value("events", json::array())) {
      if (event.contains("introduced")) events.push_back({EventKind::kIntroduced, text(event, "introduced")});
      if (event.contains("fixed")) events.push_back({EventKind::kFixed, text(event, "fixed")});
      if (event.contains("last_affected")) events.push_back({EventKind::kLastAffected, text(event, "last_affected")});
    }
    auto made = scanner::advisories::intervals_of_events(events, scanner::advisories::purl_type_of(advisory.ecosystem));
    std::ranges::move(made.intervals, std::back_inserter(advisory.intervals));
  }
  std::ranges::move(texts(entry, "versions"), std::back_inserter(advisory.versions));
}

void add_ratings(Advisory& advisory, const json& holder) {
  for (const json& severity : holder.value("severity", json::array())) {
    const std::string vector = text(severity, "score");
    if (vector.size() <= scanner::advisories::kVectorBytesMax)
      advisory.ratings.push_back(scanner::advisories::vector_rating("osv", vector));
  }
}

std::size_t parse_by_dom(const std::string& record) {
  const json root = json::parse(record);
  Advisory common;
  common.id = text(root, "id");
  common.aliases = texts(root, "aliases");
  common.title = text(root, "summary");
  common.published = text(root, "published");
  common.feed = "osv";
  add_ratings(common, root);
  std::map<std::pair<std::string, std::string>, Advisory> by_package;
  for (const json& entry : root.value("affected", json::array())) {
    const json package = entry.value("package", json::object());
    const std::optional<std::string> ecosystem = scanner::advisories::ecosystem_of_osv(text(package, "ecosystem"));
    if (!ecosystem) continue;
    const std::string name = scanner::advisories::normalised_package(*ecosystem, text(package, "name"));
    Advisory& advisory = by_package.try_emplace({*ecosystem, name}, common).first->second;
    advisory.ecosystem = *ecosystem;
    advisory.package = name;
    add_ranges(advisory, entry);
  }
  for (auto& [key, advisory] : by_package) scanner::advisories::normalise_record(advisory, "record");
  return by_package.size();
}

template <typename Parse>
std::pair<double, std::size_t> measured(const std::vector<std::string>& records, const Parse& parse) {
  const double began = cpu_seconds();
  std::size_t advisories = 0;
  for (const std::string& record : records) advisories += parse(record);
  return {cpu_seconds() - began, advisories};
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> records = records_of(argc, argv);
  double bytes = 0;
  for (const std::string& record : records) bytes += static_cast<double>(record.size());
  scanner::advisories::OsvRecordParser parser;
  const auto ours = [&](const std::string& record) { return parser.parse(record, "record").advisories.size(); };
  std::vector<double> our_times;
  std::vector<double> dom_times;
  for (int round = 0; round < kRounds; ++round) {
    const auto [our_time, our_count] = measured(records, ours);
    const auto [dom_time, dom_count] = measured(records, parse_by_dom);
    our_times.push_back(our_time);
    dom_times.push_back(dom_time);
    CHECK(our_count > 0 && dom_count > 0);
  }
  const double megabytes = bytes / 1e6;
  fmt::print("osv: {} records of {:.1f} MB; ours {:.4f} ms/MB, nlohmann {:.4f} ms/MB\n", records.size(), megabytes,
             median(our_times) / megabytes * 1e3, median(dom_times) / megabytes * 1e3);
  return 0;
}
