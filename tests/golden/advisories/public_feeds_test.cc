// The public feeds, whole, and what other people know about packages: every record is read, and the answers agree.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "crds/report_rows.h"
#include "operator/reconcilers/report_building.h"
#include "scanner/advisories/ecosystem.h"
#include "scanner/inventory/extractor.h"
#include "scanner/matching/matcher.h"
#include "scanner/matching/package_matcher.h"
#include "tests/scanner/advisories/database_fixture.h"
#include "tests/support/shared_data.h"

namespace {

using nlohmann::json;
using scanner::advisories::Advisory;
using scanner::matching::PackageIssue;

// All feeds in one database, built once for the whole program.
class PublicFeeds : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::filesystem::path feeds = tests::shared_path("data/feeds");
    if (!std::filesystem::exists(feeds)) return;
    fixture_ = new tests::DatabaseFixture;
    const std::string secdb = fixture_->path("secdb");
    std::filesystem::create_directory(secdb);
    const std::string unpack =
        fmt::format("tar --zstd -xf {}/alpine/alpine-secdb-2024-12-31.tar.zst -C {}", feeds.string(), secdb);
    ASSERT_EQ(std::system(unpack.c_str()), 0);
    std::vector<std::string> sources{"alpine-secdb:" + secdb};
    for (const char* name :
         {"ConanCenter", "Go", "Maven", "NuGet", "Packagist", "PyPI", "RubyGems", "crates.io", "npm"}) {
      sources.push_back(fmt::format("osv:{}/osv/{}.zip", feeds.string(), name));
    }
    for (const char* release : {"bookworm", "bullseye", "buster"}) {
      sources.push_back(
          fmt::format("debian-oval:{}/debian/oval-definitions-{}-2023-07-14.xml.bz2", feeds.string(), release));
    }
    sources.push_back(fmt::format("kev:{}/kev/known_exploited_vulnerabilities.json", feeds.string()));
    sources.push_back(fmt::format("epss:{}/epss/epss-sample.csv", feeds.string()));
    const auto started = std::chrono::steady_clock::now();
    result_ = fixture_->build(sources);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    fmt::print("{} advisories, {} bytes, {} notes, built in {:.1f} s\n", result_.info.advisories, result_.info.bytes,
               result_.notes, took.count());
    database_ = fixture_->open();
  }
  static void TearDownTestSuite() {
    database_.reset();
    delete fixture_;
  }

  static std::vector<PackageIssue> issues(const std::string& ecosystem, const std::string& package,
                                          const std::string& version) {
    const auto* order = scanner::versions::order_for(scanner::advisories::purl_type_of(ecosystem));
    if (order == nullptr || !order->readable(version)) return {};
    return scanner::matching::match_package(
        database_->find(ecosystem, scanner::advisories::normalised_package(ecosystem, package)), version, *order);
  }
  static std::set<std::string> names(const std::vector<PackageIssue>& issues) {
    std::set<std::string> result;
    for (const PackageIssue& issue : issues) {
      result.insert(issue.id);
      result.insert(issue.aliases.begin(), issue.aliases.end());
    }
    return result;
  }
  // Whether a feed says anything about this package and id.
  static bool knows(const std::string& ecosystem, const std::string& package, const std::string& id) {
    for (const Advisory& record :
         database_->find(ecosystem, scanner::advisories::normalised_package(ecosystem, package))) {
      if (record.id == id || std::ranges::find(record.aliases, id) != record.aliases.end()) return true;
    }
    return false;
  }

  static inline tests::DatabaseFixture* fixture_ = nullptr;
  static inline scanner::advisories::BuildResult result_;
  static inline std::shared_ptr<const scanner::advisories::Database> database_;
};

TEST_F(PublicFeeds, EveryRecordIsRead) {
  REQUIRE_SHARED_DATA(feeds, "data/feeds/osv");
  std::map<std::string, std::uint64_t> records;
  for (const auto& source : result_.info.sources) records[source.name] = source.records;

  EXPECT_EQ(records["osv:npm.zip"], 3'097U);
  EXPECT_EQ(records["osv:PyPI.zip"], 4'093U);
  EXPECT_EQ(records["osv:Go.zip"], 4'952U);
  EXPECT_EQ(records["debian-oval:oval-definitions-bookworm-2023-07-14.xml.bz2"], 25'932U);
  EXPECT_LT(result_.notes, 100U);
  EXPECT_LT(result_.info.bytes, std::uint64_t{64} << 20);
  EXPECT_TRUE(database_->covers("apk:alpine:3.20"));
  EXPECT_TRUE(database_->covers("apk:alpine:edge"));
}

TEST_F(PublicFeeds, SayWhatIsExploited) {
  REQUIRE_SHARED_DATA(feeds, "data/feeds/kev");
  const scanner::advisories::Threat log4shell = database_->threat_of("CVE-2021-44228");
  EXPECT_EQ(log4shell.exploited_since, "2021-12-10");
  EXPECT_TRUE(log4shell.ransomware);
  EXPECT_EQ(database_->threat_of("CVE-1999-0016").epss, "0.957");
}

TEST_F(PublicFeeds, KnowTheWellKnown) {
  REQUIRE_SHARED_DATA(feeds, "data/feeds/osv");
  EXPECT_TRUE(names(issues("pypi", "requests", "2.19.0")).contains("CVE-2018-18074"));
  EXPECT_FALSE(names(issues("pypi", "requests", "2.20.0")).contains("CVE-2018-18074"));
  EXPECT_TRUE(names(issues("npm", "lodash", "4.17.11")).contains("CVE-2019-10744"));
  EXPECT_TRUE(names(issues("npm", "minimist", "1.2.0")).contains("CVE-2021-44906"));
  EXPECT_FALSE(names(issues("npm", "qs", "6.10.1")).contains("CVE-2021-44907")) << "disputed; no version is affected";
  EXPECT_TRUE(names(issues("deb:debian:12", "net-tools", "2.10-0.1")).contains("CVE-2002-1976"))
      << "no fix: every version";
}

// https://www.debian.org/security/: what Debian's own changelogs say is fixed is silent; what they fix later is
// reported, as far as the feed (of July 2023) knows it.
TEST_F(PublicFeeds, AgreeWithDebiansChangelogs) {
  REQUIRE_SHARED_DATA(folder, "data/corpora/distro-truth");
  for (const char* file : {"debian-12-minbase.json", "debian-12-apps.json"}) {
    const json truth = json::parse(std::ifstream(folder / file));
    for (const json& row : truth["expect_fixed"]) {
      // Fixed in bookworm after the feed was made.
      if (row["installed"].get<std::string>().find("~deb12u") != std::string::npos) continue;
      if (row["mentioned_in"].get<std::string>().find("deb12u") != std::string::npos) continue;
      const auto found = names(issues("deb:debian:12", row["source"], row["installed"]));
      EXPECT_FALSE(found.contains(row["cve"].get<std::string>())) << row;
    }
    int known = 0;
    for (const json& row : truth["expect_vulnerable"]) {
      if (!knows("deb:debian:12", row["source"], row["cve"])) continue;
      ++known;
      EXPECT_TRUE(
          names(issues("deb:debian:12", row["source"], row["installed"])).contains(row["cve"].get<std::string>()))
          << row;
    }
    fmt::print("{}: {} fixed, {} of {} vulnerable known to the feed\n", file, truth["expect_fixed"].size(), known,
               truth["expect_vulnerable"].size());
  }
}

// What the public OSV service answered, as far as a feed here has the record for that package.
TEST_F(PublicFeeds, AgreeWithThePublicOsvService) {
  REQUIRE_SHARED_DATA(folder, "data/corpora/osv-api-oracle");
  const json oracle = json::parse(std::ifstream(folder / "oracle.json"));
  int judged = 0;
  int missed = 0;
  for (const json& row : oracle) {
    const json& query = row["query"];
    if (!query.contains("package") || !query["package"].contains("ecosystem") || !query.contains("version")) continue;
    const auto ecosystem = scanner::advisories::ecosystem_of_osv(query["package"]["ecosystem"].get<std::string>());
    if (!ecosystem || scanner::versions::order_for(scanner::advisories::purl_type_of(*ecosystem)) == nullptr) continue;
    const std::string package = query["package"]["name"];
    const auto found = names(issues(*ecosystem, package, query["version"]));
    for (const json& answer : row["ids"]) {
      std::string id = answer[0];
      for (const char* prefix : {"ALPINE-", "DEBIAN-", "UBUNTU-"}) {
        if (id.starts_with(prefix)) id.erase(0, std::string_view(prefix).size());
      }
      if (!knows(*ecosystem, package, id)) continue;
      ++judged;
      if (!found.contains(id)) {
        ++missed;
        ADD_FAILURE() << "missed: " << query << " " << id;
      }
    }
  }
  fmt::print("osv-api-oracle: {} answers judged, {} missed\n", judged, missed);
  EXPECT_GT(judged, 20);
}

struct LabelledImage {
  const char* file;
  const char* ecosystem;
  int found_min;
};

// Real Alpine images, judged by people: everything that the feed knows is found, and nothing false.
TEST_F(PublicFeeds, AgreeWithLabelsOfAlpineImages) {
  REQUIRE_SHARED_DATA(folder, "data/corpora/vulnerability-match-labels");
  const std::map<std::string, std::string> source_of_binary{{"libcurl", "curl"},
                                                            {"ssl_client", "busybox"},
                                                            {"libcrypto1.0", "openssl"},
                                                            {"libssl1.0", "openssl"},
                                                            {"musl-utils", "musl"}};
  for (const LabelledImage& image : {LabelledImage{"a287a0ff98ac.jsonl", "apk:alpine:3.8", 14},
                                     LabelledImage{"ddac200f3ebc.jsonl", "apk:alpine:3.2", 1}}) {
    std::ifstream file(folder / image.file);
    int found_true = 0;
    int all_true = 0;
    for (std::string line; std::getline(file, line);) {
      const json label = json::parse(line);
      const std::string binary = label["package"]["name"];
      const auto source = source_of_binary.find(binary);
      const std::string package = source == source_of_binary.end() ? binary : source->second;
      const std::string id = label["effective_cve"];
      const bool found = names(issues(image.ecosystem, package, label["package"]["version"])).contains(id);
      const bool is_true = label["label"] == "TP";
      all_true += is_true ? 1 : 0;
      found_true += is_true && found ? 1 : 0;
      EXPECT_TRUE(found || !is_true || !knows(image.ecosystem, package, id)) << line;
      EXPECT_FALSE(found && label["label"] == "FP") << line;
    }
    fmt::print("labels of {}: {} of {} true ones are known to the feed and found\n", image.ecosystem, found_true,
               all_true);
    EXPECT_GE(found_true, image.found_min);
  }
}

// What an image of 300 packages takes of etcd: a real package list, as its Debian release was when the feed was made.
TEST_F(PublicFeeds, AReportOf300PackagesIsAFewKilobytes) {
  REQUIRE_SHARED_DATA(status, "data/corpora/claircore/dpkg/testdata/texlive.status");
  const std::string os_release = "ID=debian\nVERSION_ID=12\nVERSION_CODENAME=bookworm\n";
  const std::string content = tests::read_test_file(status);
  const std::string layer = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const auto os = scanner::inventory::read_file({.path = "etc/os-release", .content = os_release});
  const auto dpkg = scanner::inventory::read_file({.path = "var/lib/dpkg/status", .content = content});
  scanner::inventory::ImageContent image;
  image.files = {{.path = "etc/os-release", .layer = layer, .extraction = &os},
                 {.path = "var/lib/dpkg/status", .layer = layer, .extraction = &dpkg}};
  const scanner::inventory::ImageInventory extracted = scanner::inventory::inventory_of(image);
  scanner::Inventory inventory;
  inventory.digest = layer;
  inventory.platform = "linux/amd64";
  inventory.scanner_version = "1";
  inventory.complete = true;
  inventory.distribution = extracted.distribution;
  inventory.packages = extracted.packages;
  ASSERT_GT(inventory.packages.size(), 300U);
  inventory.packages.resize(300);

  const pratique_operator::reconcilers::Matched matched{
      .generation = database_->info().generation, .result = scanner::matching::Matcher(database_).match(inventory)};
  const crds::ImageReport report = pratique_operator::reconcilers::build_report(inventory, matched);

  const std::size_t rows = matched.result.vulnerabilities.size();
  fmt::print(
      "300 packages: inventory {} bytes; {} rows: {} bytes, {:.1f} a row\n", report.spec.inventory.size(), rows,
      report.spec.vulnerabilities.size(),
      static_cast<double>(report.spec.vulnerabilities.size()) / static_cast<double>(std::max<std::size_t>(rows, 1)));
  EXPECT_EQ(crds::unpack_report_rows(report.spec.vulnerabilities).size(), rows);
  EXPECT_LT(report.spec.inventory.size(), 6'144U);
}

}  // namespace
