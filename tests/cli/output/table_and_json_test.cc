#include "cli/output/formats.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/text_table.h"

namespace cli::output {
namespace {

using scanner::advisories::Severity;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

scanner::matching::Vulnerability vulnerability(const std::string& id, Severity severity) {
  scanner::matching::Vulnerability v;
  v.id = id;
  v.package_type = "deb";
  v.package = "openssl";
  v.installed = "3.0.9-1";
  v.severity = severity;
  v.title = "A title that is long enough to be cut when there is not much room left for it on the line of a terminal";
  return v;
}

ScanResult clean_result() {
  ScanResult result;
  result.image = "shop/web:1";
  result.inventory.digest = "sha256:aa";
  result.inventory.platform = "linux/amd64";
  result.inventory.distribution.pretty_name = "Debian GNU/Linux 12 (bookworm)";
  result.inventory.complete = true;
  result.complete = true;
  result.database.generation = 7;
  result.database.built_at = "2026-01-31T08:00:00Z";
  return result;
}

TEST(ScanTable, ACleanImageSaysWhatWasLookedAt) {
  EXPECT_EQ(write_table(clean_result()),
            "shop/web:1\n"
            "sha256:aa\n"
            "linux/amd64, Debian GNU/Linux 12 (bookworm)\n"
            "0 packages, 0 vulnerabilities\n"
            "Advisories: generation 7, built 2026-01-31T08:00:00Z\n");
}

TEST(ScanTable, CountsBySeverityAndFitsTheTerminal) {
  ScanResult result = clean_result();
  result.vulnerabilities = {vulnerability("CVE-2024-0001", Severity::kCritical),
                            vulnerability("CVE-2024-0002", Severity::kLow),
                            vulnerability("GHSA-aaaa-bbbb-cccc-and-more-than-fits", Severity::kLow)};
  result.vulnerabilities[0].fixed = "3.0.11-1~deb12u2";
  result.vulnerabilities[1].package = std::string(200, 'p');

  const std::string table = write_table(result);

  EXPECT_THAT(table, StartsWith("SEVERITY  ID "));
  EXPECT_THAT(table, HasSubstr("Critical  CVE-2024-0001 "));
  EXPECT_THAT(table, HasSubstr("3.0.11-1~deb12u2"));
  EXPECT_THAT(table, HasSubstr("no fix"));
  EXPECT_THAT(table, HasSubstr("3 vulnerabilities: 1 critical, 2 low\n"));
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), kTableColumns) << line;
}

TEST(ScanTable, WhatAttacksUseIsNamed) {
  ScanResult result = clean_result();
  result.vulnerabilities = {vulnerability("CVE-2024-0001", Severity::kHigh),
                            vulnerability("CVE-2024-0002", Severity::kMedium),
                            vulnerability("CVE-2024-0002", Severity::kMedium)};
  EXPECT_THAT(write_table(result), Not(HasSubstr("attacks")));
  result.vulnerabilities[1].threat.exploited_since = "2024-02-03";
  result.vulnerabilities[2].threat.exploited_since = "2024-02-03";
  EXPECT_THAT(write_table(result), HasSubstr("\nKnown to be used in attacks: CVE-2024-0002\n"));
  for (int number = 3; number < 10; ++number) {
    result.vulnerabilities.push_back(vulnerability("CVE-2024-000" + std::to_string(number), Severity::kLow));
    result.vulnerabilities.back().threat.exploited_since = "2024-02-03";
  }
  EXPECT_THAT(write_table(result), HasSubstr("CVE-2024-0006, ...\n"));
}

TEST(ScanTable, IncompleteIsSaidLoudly) {
  ScanResult result = clean_result();
  result.complete = false;
  result.warnings = {{.reason = "Unsupported", .path = "a.jar", .message = "jar: not read", .count = 3}};
  const std::string table = write_table(result);
  EXPECT_THAT(table, HasSubstr("\nINCOMPLETE: something in this image was not looked at."));
  EXPECT_THAT(table, HasSubstr("\n  Unsupported: a.jar: jar: not read (3 of them)\n"));
}

TEST(ScanTable, ManyWarningsAreCounted) {
  ScanResult result = clean_result();
  for (int i = 0; i < 30; ++i) {
    result.warnings.push_back({.reason = "Unreadable", .path = std::to_string(i), .message = "broken"});
  }
  EXPECT_THAT(write_table(result), HasSubstr("and 10 more; --output json tells them all"));
}

TEST(ScanTable, TextOfTheImageCannotDriveTheTerminal) {
  ScanResult result = clean_result();
  result.vulnerabilities = {vulnerability("CVE-2024-0001", Severity::kHigh)};
  result.vulnerabilities[0].title = "\x1b]0;owned\x07";
  result.warnings = {{.reason = "Unreadable", .path = "\x1b[2J", .message = "\x1b[2J"}};
  EXPECT_THAT(write_table(result), Not(HasSubstr("\x1b")));
}

TEST(ScanJson, HasTheDocumentedFieldsInTheirOrder) {
  ScanResult result = clean_result();
  result.vulnerabilities = {vulnerability("CVE-2024-0001", Severity::kHigh)};
  result.inventory.packages = {{.type = "deb",
                                .name = "libssl3",
                                .version = "3.0.9-1",
                                .source = "openssl",
                                .source_version = "",
                                .architecture = "amd64",
                                .purl = "pkg:deb/debian/libssl3@3.0.9-1",
                                .layer = "sha256:bb",
                                .path = "var/lib/dpkg/status"}};
  const auto document = nlohmann::ordered_json::parse(write_json(result));

  std::vector<std::string> fields;
  for (const auto& [name, value] : document.items()) fields.push_back(name);
  EXPECT_THAT(fields, testing::ElementsAre("image", "digest", "platform", "distribution", "complete", "warnings",
                                           "programs", "packages", "vulnerabilities", "fixPlan", "database"));
  EXPECT_TRUE(document["programs"].is_null()) << "nobody has looked";
  EXPECT_EQ(document["packages"][0]["source"], "openssl");
  EXPECT_EQ(document["packages"][0]["sourceVersion"], "3.0.9-1");
  EXPECT_EQ(document["vulnerabilities"][0]["severity"], "High");
  EXPECT_EQ(document["vulnerabilities"][0]["fixed"], "");
  EXPECT_EQ(document["vulnerabilities"][0]["aliases"], nlohmann::json::array());
  EXPECT_EQ(document["database"]["generation"], 7);
}

TEST(ScanJson, TellsHowMuchOfTheProgramsIsKnown) {
  ScanResult result = clean_result();
  result.inventory.programs =
      scanner::ProgramCoverage{.bytes = 1000, .known_bytes = 900, .unknown = {{.path = "opt/server", .bytes = 100}}};
  const auto programs = nlohmann::json::parse(write_json(result)).at("programs");
  EXPECT_EQ(programs, nlohmann::json::parse(R"({"bytes":1000,"knownBytes":900,"coverage":90,
                                               "unknown":[{"path":"opt/server","bytes":100}]})"));
}

TEST(ScanTable, NamesTheLargestProgramsThatNobodyKnows) {
  ScanResult result = clean_result();
  result.inventory.programs = scanner::ProgramCoverage{.bytes = 4000, .known_bytes = 4000};
  EXPECT_THAT(write_table(result), Not(HasSubstr("programs")));
  result.inventory.programs = scanner::ProgramCoverage{.bytes = 4000,
                                                       .known_bytes = 1000,
                                                       .unknown = {{.path = "opt/a", .bytes = 1500},
                                                                   {.path = "opt/b\n", .bytes = 1000},
                                                                   {.path = "opt/c", .bytes = 400},
                                                                   {.path = "opt/d", .bytes = 100}}};
  EXPECT_THAT(write_table(result), HasSubstr("25 % of 4.0 kB of programs belong to known packages; to none: opt/a (1.5 "
                                             "kB), opt/b\\u{a} (1.0 kB), opt/c (400 B), ...\n"));
}

TEST(ScanJson, BytesThatAreNoUtf8DoNotBreakIt) {
  ScanResult result = clean_result();
  result.image = "\xff";
  EXPECT_TRUE(nlohmann::json::accept(write_json(result)));
}

}  // namespace
}  // namespace cli::output
