#include "scanner/advisories/end_of_life_feed.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/calendar_day.h"
#include "base/error.h"
#include "base/log.h"
#include "scanner/advisories/ecosystem.h"
#include "scanner/advisories/json_document.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/record_files.h"
#include "scanner/advisories/record_normaliser.h"

namespace scanner::advisories {

namespace {

// Products that are distributions, and the IDs that their os-releases have, each product's one after the other. Of
// CentOS what is called a stream has the ID of what is not: matching::Matcher tells them apart.
using Product = std::pair<std::string_view, std::string_view>;
constexpr std::array kDistributions{Product{"debian", "debian"},
                                    Product{"ubuntu", "ubuntu"},
                                    Product{"alpine-linux", "alpine"},
                                    Product{"alpine", "alpine"},
                                    Product{"rhel", "rhel"},
                                    Product{"centos", "centos"},
                                    Product{"centos-stream", "centos-stream"},
                                    Product{"almalinux", "almalinux"},
                                    Product{"rocky-linux", "rocky"},
                                    Product{"oracle-linux", "ol"},
                                    Product{"amazon-linux", "amzn"},
                                    Product{"azure-linux", "azurelinux"},
                                    Product{"azure-linux", "mariner"},
                                    Product{"fedora", "fedora"},
                                    Product{"mageia", "mageia"},
                                    Product{"opensuse", "opensuse-leap"},
                                    Product{"opensuse", "opensuse"},
                                    Product{"sles", "sles"},
                                    Product{"sles", "sles_sap"},
                                    Product{"sles", "sled"},
                                    Product{"sles", "sle_hpc"},
                                    Product{"sle-micro", "sle-micro"},
                                    Product{"sle-micro", "sle-micro-rancher"},
                                    Product{"sle-micro", "suse-microos"},
                                    Product{"sle-micro", "sl-micro"},
                                    Product{"photon", "photon"}};

std::vector<std::string_view> os_release_ids(std::string_view product) {
  std::vector<std::string_view> ids;
  for (const auto& [name, id] : kDistributions) {
    if (name == product) ids.push_back(id);
  }
  return ids;
}

// One release that ends; the severity is ours: nothing more is mended, and nothing may be broken yet.
Advisory advisory_of(std::string_view product, std::string_view id, std::string_view release, std::string_view day) {
  Advisory advisory;
  advisory.id = fmt::format("EOL-{}-{}", id, release);
  advisory.ecosystem = end_of_life_ecosystem(id);
  advisory.package = release;
  advisory.intervals.push_back({});
  advisory.ratings.push_back({.source = "endoflife", .severity = Severity::kMedium, .vector = {}});
  advisory.title = fmt::format("{} {} gets no security updates since {}", product, release, day);
  advisory.url = fmt::format("https://endoflife.date/{}", product);
  advisory.published = fmt::format("{}T00:00:00Z", day);
  advisory.feed = "endoflife";
  return advisory;
}

std::uint64_t read_product(const dom::object& product, const std::string& place, const FeedReader& reader) {
  const std::string_view name = text_of(product, "name");
  const std::vector<std::string_view> ids = os_release_ids(name);
  std::uint64_t records = 0;
  for (const dom::object& release : objects_of(product, "releases")) {
    const std::string_view day = text_of(release, "eolFrom");
    const std::string_view cycle = text_of(release, "name");
    if (ids.empty() || day.empty() || cycle.empty()) continue;
    if (!base::is_calendar_day(day)) {
      throw base::ParseError(fmt::format("reading {}: eolFrom of {} {} is no day such as 2026-06-10", place,
                                         base::escape_text(name), base::escape_text(cycle)));
    }
    for (const std::string_view id : ids) {
      Advisory advisory = advisory_of(name, id, cycle, day);
      normalise_record(advisory, place);
      reader.on_advisory(std::move(advisory));
    }
    ++records;
  }
  return records;
}

}  // namespace

FeedSummary EndOfLifeFeed::read(const std::string& path, const FeedReader& reader) const {
  JsonDocument document(kRecordBytesMax);
  FeedSummary summary;
  const auto read_document = [&](const std::string& place, std::string_view json) {
    const dom::object root = document.parse(json, place);
    summary.newest = std::max(summary.newest, std::string(text_of(root, "generated_at")));
    if (const auto product = object_of(root, "result")) {
      summary.records += read_product(*product, place, reader);
      return;
    }
    const std::vector<dom::object> products = objects_of(root, "result");
    if (products.empty())
      throw base::ParseError(fmt::format("reading {}: no \"result\": not of endoflife.date's API v1", place));
    for (const dom::object& product : products) summary.records += read_product(product, place, reader);
  };
  read_record_files(path, {.on_record = read_document, .on_progress = reader.on_progress});
  return summary;
}

}  // namespace scanner::advisories
