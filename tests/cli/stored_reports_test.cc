// The same reports read from a cluster's objects and from the report API: whatever way, the same result.
#include "cli/stored_reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/output/formats.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"
#include "crds/object_names.h"
#include "net/http_server.h"
#include "operator/reconcilers/report_building.h"
#include "operator/report_api/report_documents.h"
#include "tests/operator/support/memory_api.h"

namespace cli {
namespace {

using nlohmann::json;
using pratique_operator::reconcilers::build_report;
using pratique_operator::reconcilers::Matched;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kReference = "registry:5000/shop/web:1";
const base::Digest kIndex = base::Digest::of("index");
const base::Digest kAmd = base::Digest::of("amd64");
const base::Digest kArm = base::Digest::of("arm64");

scanner::matching::Vulnerability vulnerability() {
  scanner::matching::Vulnerability found;
  found.id = "CVE-2018-18074";
  found.aliases = {"GHSA-x84v-xcm2-53pg", "PYSEC-2018-28"};
  found.package_type = "pypi";
  found.package = "requests";
  found.installed = "2.19.0";
  found.fixed = "2.20.0";
  found.fix_date = "2018-10-18T00:00:00Z";
  found.published = "2018-10-29T00:00:00Z";
  found.severity = scanner::advisories::Severity::kHigh;
  found.severity_source = "ghsa";
  found.ratings = {{.source = "ghsa", .severity = scanner::advisories::Severity::kHigh, .vector = {}},
                   {.source = "nvd",
                    .severity = scanner::advisories::Severity::kCritical,
                    .vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}};
  found.url = "https://example.com/CVE-2018-18074";
  found.purls = {"pkg:pypi/requests@2.19.0"};
  found.layer = base::Digest::of("layer").text();
  found.path = "usr/lib/python3/dist-packages/requests-2.19.0.dist-info/METADATA";
  found.threat = {.exploited_since = "2021-12-10", .ransomware = true, .epss = "0.975", .epss_percentile = "0.99"};
  return found;
}

scanner::Inventory inventory(const base::Digest& digest, const std::string& platform) {
  scanner::Inventory inventory;
  inventory.digest = digest.text();
  inventory.platform = platform;
  inventory.complete = false;
  inventory.scanner_version = PRATIQUE_VERSION;
  scanner::Package package;
  package.type = "pypi";
  package.name = "requests";
  package.version = "2.19.0";
  package.purl = "pkg:pypi/requests@2.19.0";
  inventory.packages = {package};
  inventory.warnings = {{"Unsupported", "usr/lib/x.rpm", "not read yet", 2, true}};
  return inventory;
}

// What the operator's report API answers from.
class Served final : public pratique_operator::report_api::ReportSource {
 public:
  std::vector<std::shared_ptr<const crds::ImageReport>> list(const std::string& after,
                                                             std::size_t limit) const override {
    std::vector<std::shared_ptr<const crds::ImageReport>> found;
    for (const auto& [name, report] : reports) {
      if (name > after && found.size() < std::min(limit, page_max)) found.push_back(report);
    }
    return found;
  }
  std::shared_ptr<const crds::ImageReport> get(const std::string& name) const override {
    const auto found = reports.find(name);
    return found == reports.end() ? nullptr : found->second;
  }
  std::vector<std::string> references(const std::string& digest) const override {
    return digest == kAmd.text() || digest == kArm.text() ? std::vector<std::string>{kReference}
                                                          : std::vector<std::string>{};
  }
  std::vector<pratique_operator::report_api::ImageUser> users(const std::string&) const override { return {}; }

  std::map<std::string, std::shared_ptr<const crds::ImageReport>> reports;
  std::size_t page_max = 500;
};

class StoredReportsTest : public testing::Test {
 protected:
  StoredReportsTest() {
    put(kAmd, "linux/amd64", true);
    put(kArm, "linux/arm64", false);
    api_.put(crds::kImageScan, {{"metadata", {{"name", "web"}, {"namespace", "shop"}}},
                                {"spec", {{"image", kReference}}},
                                {"status",
                                 {{"image", kReference},
                                  {"digest", kIndex.text()},
                                  {"platforms", {platform(kAmd, "linux/amd64"), platform(kArm, "linux/arm64")}}}}});
    server_ = net::make_http_server(
        {.name = "reports", .address = "127.0.0.1"},
        [this](const net::ServerRequest& request, net::Responder responder) {
          const std::size_t mark = request.target.find('?');
          const pratique_operator::report_api::ReportAnswer answer = pratique_operator::report_api::answer_report(
              served_, {.path = request.target.substr(0, mark),
                        .query = mark == std::string::npos ? "" : request.target.substr(mark + 1)});
          responder.respond({.status = answer.status, .body = answer.body});
        });
    cluster_ = make_cluster_reports(api_, "shop");
    served_reports_ =
        make_served_reports(*http_, net::parse_url("http://127.0.0.1:" + std::to_string(server_->port())));
  }
  static json platform(const base::Digest& digest, const char* name) {
    return {{"platform", name}, {"digest", digest.text()}, {"report", crds::image_report_name(digest)}};
  }
  void put(const base::Digest& digest, const std::string& platform, bool matched) {
    std::optional<Matched> result;
    if (matched)
      result = Matched{.generation = 1'795'392'000, .result = {.vulnerabilities = {vulnerability()}, .warnings = {}}};
    const crds::ImageReport report = build_report(inventory(digest, platform), result);
    api_.put(crds::kImageReport, report);
    served_.reports[report.metadata.name] = std::make_shared<const crds::ImageReport>(report);
  }
  std::vector<StoredReports*> ways() { return {cluster_.get(), served_reports_.get()}; }
  template <typename Step>
  static std::string refusal(Step step) {
    try {
      static_cast<void>(step());
    } catch (const base::Error& error) {
      return error.what();
    }
    return "no refusal";
  }

  tests::MemoryApi api_;
  Served served_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<net::HttpClient> http_ = net::make_http_client();
  std::unique_ptr<StoredReports> cluster_;
  std::unique_ptr<StoredReports> served_reports_;
};

TEST_F(StoredReportsTest, AnImageIsFoundByItsNameAndByEachDigest) {
  const StoredManifest amd{kAmd.text(), "linux/amd64"};
  const StoredManifest arm{kArm.text(), "linux/arm64"};
  for (StoredReports* reports : ways()) {
    EXPECT_THAT(reports->find(WantedImage(kReference)), testing::UnorderedElementsAre(amd, arm));
    EXPECT_THAT(reports->find(WantedImage(kAmd.text())), ElementsAre(amd));
    EXPECT_THAT(reports->find(WantedImage("registry:5000/shop/web@" + kArm.text())), ElementsAre(arm));
    EXPECT_THAT(reports->find(WantedImage("registry:5000/shop/web:2")), IsEmpty());
  }
  EXPECT_THAT(cluster_->find(WantedImage(kIndex.text())), testing::UnorderedElementsAre(amd, arm));
}

TEST_F(StoredReportsTest, OneNamespaceAloneIsLookedAt) {
  EXPECT_THAT(make_cluster_reports(api_, "bank")->find(WantedImage(kReference)), IsEmpty());
  EXPECT_EQ(make_cluster_reports(api_, "")->find(WantedImage(kReference)).size(), 2u);
}

TEST_F(StoredReportsTest, BothWaysTellAllThatTheScanTold) {
  for (StoredReports* reports : ways()) {
    const ScanResult result = reports->read(WantedImage(kReference), {kAmd.text(), "linux/amd64"});
    EXPECT_EQ(result.image, kReference);
    ASSERT_EQ(result.vulnerabilities.size(), 1u);
    EXPECT_EQ(result.vulnerabilities[0], vulnerability());
    EXPECT_EQ(result.inventory.packages, inventory(kAmd, "linux/amd64").packages);
    EXPECT_FALSE(result.complete);
    ASSERT_EQ(result.warnings.size(), 1u);
    EXPECT_EQ(result.warnings[0].path, "usr/lib/x.rpm");
    EXPECT_EQ(result.warnings[0].count, 2u);
    EXPECT_TRUE(result.warnings[0].makes_incomplete);
    EXPECT_EQ(result.database.generation, 1'795'392'000u);
    EXPECT_EQ(result.database.built_at, "2026-11-23T00:00:00Z");
  }
}

TEST_F(StoredReportsTest, EveryFormIsTheSameWhicheverWay) {
  const StoredManifest manifest{kAmd.text(), "linux/amd64"};
  const ScanResult one = cluster_->read(WantedImage(kReference), manifest);
  const ScanResult other = served_reports_->read(WantedImage(kReference), manifest);
  for (const OutputFormat format : {OutputFormat::kTable, OutputFormat::kJson, OutputFormat::kCycloneDx,
                                    OutputFormat::kSpdx, OutputFormat::kSarif, OutputFormat::kOpenVex}) {
    EXPECT_EQ(output::write_result(one, format), output::write_result(other, format));
  }
}

// No list is not an empty list.
TEST_F(StoredReportsTest, AReportWithoutADatabaseIsRefused) {
  for (StoredReports* reports : ways()) {
    EXPECT_THAT(refusal([&] {
                  return reports->read(WantedImage(kReference), {kArm.text(), "linux/arm64"});
                }),
                HasSubstr("no advisory database was asked"));
  }
}

TEST_F(StoredReportsTest, WhatIsGoneIsNamed) {
  const StoredManifest gone{base::Digest::of("gone").text(), "linux/amd64"};
  for (StoredReports* reports : ways()) {
    EXPECT_THAT(refusal([&] { return reports->read(WantedImage(kReference), gone); }), HasSubstr(gone.digest));
  }
}

TEST_F(StoredReportsTest, WhoMayNotReadIsToldWhatGivesTheRight) {
  api_.refuse([](const std::string& line) { return line.starts_with("get imagereports"); }, 403, "Forbidden");
  EXPECT_THAT(refusal([&] {
                return cluster_->read(WantedImage(kReference), {kAmd.text(), "linux/amd64"});
              }),
              HasSubstr("pratique-explain"));
}

TEST_F(StoredReportsTest, AllPagesOfTheReportApiAreRead) {
  for (int i = 0; i < 600; ++i) put(base::Digest::of("other " + std::to_string(i)), "linux/amd64", false);
  EXPECT_EQ(served_reports_->find(WantedImage(kReference)).size(), 2u);
}

TEST(WantedImage, IsNoReferenceOfNothing) {
  EXPECT_THROW(WantedImage("UPPER/case:?"), base::ParseError);
  EXPECT_TRUE(WantedImage("nginx").is_called("docker.io/library/nginx:latest"));
}

}  // namespace
}  // namespace cli
