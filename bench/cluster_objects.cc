// The objects of a cluster that has scanned many images, as etcd keeps them, and the advisory database that they were
// matched with.
// Usage: bench_cluster_objects FEEDS FOLDER IMAGES [AFFECTED [CONTENTS]], FEEDS being shared/data/feeds. FOLDER gets
//   objects.ndjson   one object a line: {"key": ..., "value": ...}, an ImageReport and an ImageScan of each image
//   1.db, 1.pub      the database, and the key that it is signed with
//   2.db             the same with one advisory more, of a package that AFFECTED (5 %) of the images have
// An image is one of twenty base images of 200 packages, ten of which have vulnerabilities, and 100 packages of its own
// without; so are CONTENTS of them (all), and the rest repeat what these hold.
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>

#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/image_reference.h"
#include "bench/made_images.h"
#include "crds/object_names.h"
#include "operator/reconcilers/report_building.h"
#include "scanner/matching/matcher.h"
#include "scanner/report_version.h"

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using pratique_operator::reconcilers::Matched;
using scanner::Inventory;
using scanner::Package;

constexpr std::size_t kDistinctPackages = 60'000;
constexpr std::size_t kBaseImages = 20;
constexpr std::size_t kVulnerableOfABase = 10;
constexpr std::size_t kSoundOfABase = 190;
constexpr std::size_t kOwnPackages = 100;
constexpr std::size_t kNamespaces = 10;
constexpr const char* kAffected = "pratique-bench";

// What a vulnerable package adds is bounded: a few have hundreds of records.
constexpr std::size_t kRowsOfAPackageMax = 5;

struct Pools {
  std::vector<Package> sound;
  std::vector<Package> vulnerable;
};

Pools sorted_by_soundness(const std::vector<Package>& packages, scanner::matching::Matcher& matcher) {
  Pools pools;
  for (const Package& package : packages) {
    Inventory alone = bench::empty_image();
    alone.packages = {package};
    const scanner::matching::MatchResult found = matcher.match(alone);
    if (!found.warnings.empty()) continue;
    const std::size_t rows = found.vulnerabilities.size();
    if (rows == 0) pools.sound.push_back(package);
    if (rows > 0 && rows <= kRowsOfAPackageMax) pools.vulnerable.push_back(package);
  }
  return pools;
}

std::vector<Inventory> base_images(const Pools& pools, std::mt19937& random) {
  std::vector<Inventory> images(kBaseImages, bench::empty_image());
  for (Inventory& image : images) {
    bench::add_packages(image, pools.vulnerable, kVulnerableOfABase, random);
    bench::add_packages(image, pools.sound, kSoundOfABase, random);
  }
  return images;
}

Package affected_package() {
  Package package;
  package.type = "pypi";
  package.name = kAffected;
  package.version = "1.0";
  package.purl = fmt::format("pkg:pypi/{}@1.0", kAffected);
  package.path = "usr/lib/python3/dist-packages/pratique_bench-1.0.dist-info/METADATA";
  return package;
}

void write_advisory(const fs::path& directory) {
  fs::create_directory(directory);
  const json advisory = {
      {"id", "PYSEC-2026-1"},
      {"aliases", json::array({"CVE-2026-99999"})},
      {"modified", "2026-11-01T00:00:00Z"},
      {"summary", "what the benchmark waits for"},
      {"severity", json::array({{{"type", "CVSS_V3"}, {"score", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}})},
      {"affected",
       json::array(
           {{{"package", {{"ecosystem", "PyPI"}, {"name", kAffected}}},
             {"ranges", json::array({{{"type", "ECOSYSTEM"},
                                      {"events", json::array({{{"introduced", "0"}}, {{"fixed", "1.1"}}})}}})}}})}};
  std::ofstream(directory / "PYSEC-2026-1.json") << advisory.dump();
}

// What the API server adds to what it stores.
void give_identity(json& object, const std::string& digest) {
  json& metadata = object["metadata"];
  metadata["uid"] = fmt::format("{}-0000-4000-8000-{}", digest.substr(7, 8), digest.substr(15, 12));
  metadata["creationTimestamp"] = "2026-11-01T00:00:00Z";
  metadata["generation"] = 1;
  metadata.erase("resourceVersion");
}

void write_object(std::ofstream& out, const std::string& key, const json& value) {
  out << json{{"key", "/registry/pratique.dev/" + key}, {"value", value}}.dump() << '\n';
}

crds::ImageScan scan_of(const crds::ImageReport& report, std::size_t number) {
  crds::ImageScan scan;
  scan.spec.image = fmt::format("registry.invalid:5000/apps/app-{}@{}", number, report.spec.digest);
  scan.metadata.name = crds::image_scan_name(base::parse_image_reference(scan.spec.image));
  scan.metadata.ns = fmt::format("apps-{}", number % kNamespaces);
  scan.metadata.generation = 1;
  const base::SystemTime now = base::RealClock().system_now();
  scan.status = pratique_operator::reconcilers::begin_status(scan, now);
  pratique_operator::reconcilers::set_resolved(
      scan.status,
      {.image = scan.spec.image,
       .digest = report.spec.digest,
       .platforms = {{report.spec.platform, report.spec.digest, report.metadata.name}}},
      now);
  pratique_operator::reconcilers::set_scanned(scan.status,
                                              {.platforms = {pratique_operator::reconcilers::platform_result(report)},
                                               .excepted = {},
                                               .policy = {.status = "True", .reason = "Passed", .message = {}}},
                                              now);
  scan.status.last_scan_time = base::format_rfc3339(now);
  return scan;
}

class Writer {
 public:
  Writer(const fs::path& folder, std::size_t images, std::size_t affected)
      : out_(folder / "objects.ndjson"), images_(images), affected_(affected) {}

  [[nodiscard]] bool is_affected(std::size_t number) const {
    return number * affected_ / images_ != (number + 1) * affected_ / images_;
  }

  void write(crds::ImageReport report, std::size_t number) {
    const std::string digest = base::Digest::of(fmt::format("image {}", number)).text();
    report.spec.digest = digest;
    report.metadata.name = crds::image_report_name(*base::Digest::parse(digest));
    const crds::ImageScan scan = scan_of(report, number);
    json report_json = report;
    json scan_json = scan;
    give_identity(report_json, digest);
    give_identity(scan_json, digest);
    write_object(out_, "imagereports/" + report.metadata.name, report_json);
    write_object(out_, "imagescans/" + scan.metadata.ns + "/" + scan.metadata.name, scan_json);
  }

 private:
  std::ofstream out_;
  std::size_t images_;
  std::size_t affected_;
};

int run(const std::string& feeds, const fs::path& folder, std::size_t images, std::size_t affected,
        std::size_t contents) {
  const bench::Workplace workplace;
  auto sources = bench::feed_sources(feeds);
  const auto database = bench::built_database(sources, workplace.path, folder / "1.db");
  fs::copy_file(workplace.path / "key.pub", folder / "1.pub", fs::copy_options::overwrite_existing);
  write_advisory(workplace.path / "more");
  sources.push_back({"osv", workplace.path / "more"});
  fs::copy_file(folder / "1.db", folder / "2.db", fs::copy_options::overwrite_existing);  // whose generation it follows
  static_cast<void>(bench::built_database(sources, workplace.path, folder / "2.db"));

  std::mt19937 random(1);
  scanner::matching::Matcher matcher(database);
  const Pools pools = sorted_by_soundness(bench::distinct_packages(feeds, kDistinctPackages), matcher);
  const std::vector<Inventory> bases = base_images(pools, random);
  Writer writer(folder, images, affected);
  std::vector<crds::ImageReport> reports;
  std::size_t rows = 0;
  for (std::size_t number = 0; number < images; ++number) {
    if (number >= contents) {
      writer.write(reports[number % contents], number);
      continue;
    }
    Inventory image = bases[number % kBaseImages];
    bench::add_packages(image, pools.sound, kOwnPackages, random);
    if (writer.is_affected(number)) image.packages.push_back(affected_package());
    std::ranges::sort(image.packages);
    image.packages.erase(std::ranges::unique(image.packages).begin(), image.packages.end());
    image.digest = base::Digest::of(fmt::format("image {}", number)).text();
    image.platform = "linux/amd64";
    image.complete = true;
    image.scanner_version = scanner::scanner_version();
    Matched matched{.generation = database->info().generation,
                    .result = matcher.match(image),
                    .fingerprint = matcher.fingerprint(image)};
    rows += matched.result.vulnerabilities.size();
    crds::ImageReport report = pratique_operator::reconcilers::build_report(image, matched);
    writer.write(report, number);
    if (contents < images) reports.push_back(std::move(report));
  }
  std::cout << json{{"images", images}, {"rows", rows}, {"generation", database->info().generation}}.dump() << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) {
    fmt::print(stderr, "usage: bench_cluster_objects FEEDS FOLDER IMAGES [AFFECTED [CONTENTS]]\n");
    return 1;
  }
  const std::size_t images = std::strtoul(argv[3], nullptr, 10);
  const std::size_t affected = argc > 4 ? std::strtoul(argv[4], nullptr, 10) : images / 20;
  const std::size_t contents = argc > 5 ? std::strtoul(argv[5], nullptr, 10) : images;
  return run(argv[1], argv[2], images, affected, contents);
} catch (const base::Error& error) {
  fmt::print(stderr, "bench_cluster_objects: {}\n", error.what());
  return 1;
}
