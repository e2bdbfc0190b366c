#include "scanner/advisories/advisory.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "scanner/advisories/advisory_codec.h"
#include "scanner/advisories/ecosystem.h"

namespace scanner::advisories {
namespace {

TEST(ParseSeverity, KnowsTheWordsOfVendors) {
  EXPECT_EQ(parse_severity("CRITICAL"), Severity::kCritical);
  EXPECT_EQ(parse_severity("important"), Severity::kHigh);
  EXPECT_EQ(parse_severity("MODERATE"), Severity::kMedium);
  EXPECT_EQ(parse_severity("Unimportant"), Severity::kLow);
  EXPECT_EQ(parse_severity("unknown"), Severity::kUnknown);
  EXPECT_EQ(parse_severity("not yet assigned"), std::nullopt);
  EXPECT_EQ(parse_severity(""), std::nullopt);
  for (const Severity severity :
       {Severity::kUnknown, Severity::kLow, Severity::kMedium, Severity::kHigh, Severity::kCritical}) {
    EXPECT_EQ(parse_severity(severity_name(severity)), severity);
  }
}

TEST(EcosystemOfOsv, NamesDatabaseKeys) {
  EXPECT_EQ(ecosystem_of_osv("PyPI"), "pypi");
  EXPECT_EQ(ecosystem_of_osv("Debian:12"), "deb:debian:12");
  EXPECT_EQ(ecosystem_of_osv("Alpine:v3.20"), "apk:alpine:3.20");
  EXPECT_EQ(ecosystem_of_osv("Alpine:edge"), "apk:alpine:edge");
  EXPECT_EQ(ecosystem_of_osv("Ubuntu:22.04:LTS"), "deb:ubuntu:22.04");
  EXPECT_EQ(ecosystem_of_osv("crates.io"), "cargo");
  for (const char* unknown :
       {"", "Debian", "Debian:", "Alpine:v", "Ubuntu:Pro:FIPS:22.04:LTS", "pypi", "Android", "Debian:sid"}) {
    EXPECT_EQ(ecosystem_of_osv(unknown), std::nullopt) << unknown;
  }
}

TEST(NormalisedPackage, FollowsTheEcosystem) {
  EXPECT_EQ(normalised_package("pypi", "Flask_SQL.-Alchemy"), "flask-sql-alchemy");
  EXPECT_EQ(normalised_package("npm", "JSONStream"), "JSONStream");
  EXPECT_EQ(normalised_package("nuget", "Newtonsoft.Json"), "newtonsoft.json");
  EXPECT_EQ(normalised_package("deb:debian:12", "libstdc++"), "libstdc++");
}

Advisory full_advisory() {
  return {.id = "GHSA-1",
          .aliases = {"CVE-1", "PYSEC-1"},
          .ecosystem = {},
          .package = {},
          .module = "nodejs:18",
          .status = Status::kNotAffected,
          .justification = "vulnerable_code_not_present",
          .intervals = {{"1.0", "2.0", ""}, {"", "", "0.5"}},
          .versions = {"0.1", std::string(300, 'x')},
          .ratings = {{"ghsa", Severity::kHigh, "CVSS:3.1/..."}, {"nvd", Severity::kUnknown, ""}},
          .title = "t\xc3\xa9xt",
          .url = "https://example.org",
          .published = "2024-01-01T00:00:00Z",
          .fix_date = "2024-01-02T00:00:00Z",
          .feed = "osv"};
}

TEST(AdvisoryCodec, ReadsWhatItWrote) {
  EXPECT_EQ(decode_advisory(encode_advisory(full_advisory())), full_advisory());
  EXPECT_EQ(decode_advisory(encode_advisory({})), Advisory{});
  EXPECT_EQ(decode_ratings(encode_ratings(full_advisory().ratings)), full_advisory().ratings);
}

TEST(AdvisoryCodec, RefusesEveryTruncation) {
  const std::string whole = encode_advisory(full_advisory());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW(static_cast<void>(decode_advisory(std::string_view(whole).substr(0, size))), base::ParseError) << size;
  }
  EXPECT_THROW(static_cast<void>(decode_advisory(whole + "x")), base::ParseError);
}

TEST(AdvisoryCodec, RefusesLiesAboutLengthsAndWords) {
  EXPECT_THROW(static_cast<void>(decode_list("\xff\xff\xff\xff\xff\xff\xff\xff\x7f")), base::ParseError)
      << "a count of 2^63";
  EXPECT_THROW(static_cast<void>(decode_list("\x01\x7f"
                                             "abc")),
               base::ParseError)
      << "a text of 127 bytes";
  EXPECT_THROW(static_cast<void>(decode_list("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")), base::ParseError)
      << "a number without end";
  std::string other_version = encode_advisory(full_advisory());
  other_version[0] = 9;
  EXPECT_THROW(static_cast<void>(decode_advisory(other_version)), base::ParseError);
  EXPECT_THROW(static_cast<void>(decode_ratings(std::string("\x01\x00\x09\x00", 4))), base::ParseError) << "severity 9";
}

}  // namespace
}  // namespace scanner::advisories
