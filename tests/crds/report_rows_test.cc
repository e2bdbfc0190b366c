#include "crds/report_rows.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/error.h"
#include "crds/columns.h"
#include "crds/derived_text.h"
#include "crds/packing.h"

namespace crds {
namespace {

using nlohmann::json;

json from_columns(const json& columns) {
  return json::parse(expand_columns(columns.dump()));
}

ReportRow full_row(int number) {
  ReportRow row;
  row.id = "CVE-2024-" + std::to_string(number);
  row.aliases = {"GHSA-1", "PYSEC-1"};
  row.package_type = "deb";
  row.package = "openssl";
  row.installed = "3.0.8-1";
  row.fixed = "3.0.9-1";
  row.fix_date = "2024-01-02";
  row.published = "2024-01-01T00:00:00Z";
  row.severity = Severity::kHigh;
  row.severity_source = "debian";
  row.ratings = {{"debian", Severity::kHigh, ""}, {"nvd", Severity::kCritical, "CVSS:3.1/AV:N"}};
  row.url = "https://example.org/t\xc3\xa9xt";
  row.purls = {"pkg:deb/debian/libssl3@3.0.8-1", "pkg:deb/debian/openssl@3.0.8-1"};
  row.layer = "sha256:layer";
  row.path = "var/lib/dpkg/status";
  row.exploited_since = "2021-12-10";
  row.ransomware = true;
  row.epss = "0.97";
  row.epss_percentile = "0.99";
  return row;
}

ReportRow bare_row() {
  ReportRow row;
  row.id = "CVE-1";
  row.package = "p";
  return row;
}

TEST(ReportRows, AreReadAsTheyWereWritten) {
  const std::vector<ReportRow> rows{full_row(1), bare_row(), full_row(2)};
  EXPECT_EQ(unpack_report_rows(pack_report_rows(rows)), rows);
  EXPECT_TRUE(unpack_report_rows(pack_report_rows({})).empty());
}

TEST(ReportRows, TheSameRowsPackToTheSameText) {
  EXPECT_EQ(pack_report_rows({full_row(1), bare_row()}), pack_report_rows({full_row(1), bare_row()}));
}

TEST(ReportRows, InvalidUtf8IsReplacedNotThrown) {
  ReportRow row = bare_row();
  row.url = "\xff\xfe";
  EXPECT_NO_THROW(static_cast<void>(unpack_report_rows(pack_report_rows({row}))));
}

TEST(ReportRows, RefuseWhatIsNoneOfTheirs) {
  const json documents[] = {
      json(nullptr),
      json::array(),
      {{"version", 2}, {"rows", json::array()}},
      {{"rows", json::array()}},
      {{"version", 1}},
      {{"version", 1}, {"rows", "x"}},
      {{"version", 1}, {"rows", {1, 2}}},
      {{"version", 1}, {"rows", {{{"id", "CVE-1"}}}}},
      {{"version", 1}, {"rows", {{{"id", 7}, {"package", "p"}}}}},
      {{"version", 1}, {"rows", {{{"id", "CVE-1"}, {"package", "p"}, {"severity", 9}}}}},
      {{"version", 1}, {"rows", {{{"id", "CVE-1"}, {"package", "p"}, {"severity", -1}}}}},
      {{"version", 1}, {"rows", {{{"id", "CVE-1"}, {"package", "p"}, {"aliases", "x"}}}}},
      {{"version", 1}, {"rows", {{{"id", "CVE-1"}, {"package", "p"}, {"ratings", {{"nvd", 1}}}}}}},
  };
  for (const json& document : documents)
    EXPECT_THROW(static_cast<void>(unpack_report_rows(pack_json(document))), base::ParseError) << document;
}

TEST(Packing, RefusesDamage) {
  const std::string packed = pack_report_rows({full_row(1)});
  EXPECT_THROW(static_cast<void>(unpack_json("")), base::ParseError);
  EXPECT_THROW(static_cast<void>(unpack_json("!!!!")), base::ParseError);
  EXPECT_THROW(static_cast<void>(unpack_json(base::encode_base64("not zstd"))), base::ParseError);
  std::string bytes = *base::decode_base64(packed);
  EXPECT_THROW(static_cast<void>(unpack_json(base::encode_base64(bytes.substr(0, bytes.size() / 2)))),
               base::ParseError);
}

TEST(Packing, ABombIsRefusedByItsOwnWord) {
  EXPECT_THROW(static_cast<void>(unpack_json(pack_json(json(std::string(kPackedBytesMax + 1, 'a'))))),
               base::LimitExceeded);
}

TEST(Columns, HoldAnyJson) {
  const json values[] = {
      json::array(),
      {{"a", 1}},
      {{{"a", 1}, {"b", "x"}}, {{"a", 2}}},
      {{"list", {{{"deep", {{{"x", 1}}, {{"x", 2}}}}}}}, {"mixed", {1, {{"a", 1}}}}},
      {{"empty", json::array()}, {"objects", {json::object(), json::object()}}},
      "text",
      true,
  };
  for (const json& value : values) EXPECT_EQ(from_columns(to_columns(value)), value);
}

TEST(Columns, NullMembersAreAbsent) {
  EXPECT_EQ(from_columns(to_columns({{{"a", nullptr}, {"b", 1}}})), json({{{"b", 1}}}));
}

TEST(Columns, KeepNumbersAndStrangeTexts) {
  const json table = {{{"number", -5}, {"part", 0.25}, {"large", 18446744073709551615U}},
                      {{"text", "quote \" back \\ line \n tab \t nul " + std::string(1, '\0')},
                       {"url", "https://example.org/\x01"},
                       {"t\xc3\xa9xt \"", "\xe2\x80\xae"}}};
  EXPECT_EQ(from_columns(to_columns(table)), table);
}

TEST(Columns, RefuseWhatIsNotJson) {
  for (const std::string text : {"", "{", "[1,]", "{\"a\":\"\xff\"}", "nul", "1 2"}) {
    EXPECT_THROW(static_cast<void>(expand_columns(text)), base::ParseError) << text;
  }
}

TEST(DerivedText, RefersToItsNeighbours) {
  const std::vector<std::string> others{"openssl", "3.0.8-1+deb12u1", "ab", "libssl3"};

  const std::string shortened = shorten("pkg:deb/debian/libssl3@3.0.8-1%2Bdeb12u1?upstream=openssl", others);

  EXPECT_EQ(shortened,
            "pkg:deb/debian/\x01"
            "d@\x02"
            "b?upstream=\x01"
            "a");
  EXPECT_EQ(lengthen(shortened, others), "pkg:deb/debian/libssl3@3.0.8-1%2Bdeb12u1?upstream=openssl");
}

TEST(DerivedText, ComesBackWhateverItHolds) {
  const std::vector<std::string> others{"aaa",
                                        "aaaa",
                                        "a\x01"
                                        "b",
                                        "",
                                        "%2B",
                                        "+++"};
  for (const std::string value : {"", "aaaaaaa",
                                  "\x01"
                                  "a",
                                  "\x02\x02",
                                  "a\x01"
                                  "b",
                                  "%2B%2B%2B", "+++", "plain"}) {
    EXPECT_EQ(lengthen(shorten(value, others), others), value);
  }
}

TEST(DerivedText, RefusesReferencesToNothing) {
  for (const std::string value : {"\x01",
                                  "\x01"
                                  "z",
                                  "\x02"
                                  "A",
                                  "x\x01"
                                  "b"}) {
    EXPECT_THROW(static_cast<void>(lengthen(value, {"one"})), base::ParseError) << value;
  }
}

TEST(DerivedText, StaysBounded) {
  const std::string long_text(kDerivedBytesMax + 1, 'x');
  EXPECT_EQ(lengthen(shorten(long_text, {"xxx"}), {"xxx"}), long_text) << "written whole";
  std::string bomb;
  for (int count = 0; count < 1000; ++count)
    bomb +=
        "\x01"
        "a";
  EXPECT_THROW(static_cast<void>(lengthen(bomb, {std::string(1000, 'y')})), base::LimitExceeded);
  EXPECT_THROW(static_cast<void>(lengthen("\x01"
                                          "a",
                                          {long_text})),
               base::LimitExceeded);
}

TEST(Columns, ReferencesTogetherStayBounded) {
  std::string reference;
  for (int count = 0; count < 4; ++count)
    reference +=
        "\x01"
        "a";
  json names = json::array();
  json urls = json::array();
  for (int row = 0; row < 20'000; ++row) {
    names.push_back(std::string(1000, 'y'));
    urls.push_back(reference);
  }
  EXPECT_THROW(static_cast<void>(from_columns({{"$rows", 20'000U}, {"$columns", {{"name", names}, {"url", urls}}}})),
               base::LimitExceeded);
}

TEST(Columns, DerivedMembersComeBack) {
  const json table = {{{"name", "openssl"}, {"version", "1+2"}, {"purl", "pkg:deb/openssl@1%2B2"}},
                      {{"name", "bash"}, {"purls", {"pkg:deb/bash", 7}}, {"url", "https://example.org/bash"}},
                      {{"purl", 9}}};
  EXPECT_EQ(from_columns(to_columns(table)), table);
}

TEST(Columns, RefuseLiesAboutRows) {
  EXPECT_THROW(static_cast<void>(from_columns({{"$rows", 3U}, {"$columns", {{"a", {1, 2}}}}})), base::ParseError);
  EXPECT_THROW(static_cast<void>(from_columns({{"$rows", -1}, {"$columns", json::object()}})), base::ParseError);
  EXPECT_THROW(static_cast<void>(from_columns({{"$columns", json::object()}})), base::ParseError);
  EXPECT_THROW(static_cast<void>(from_columns({{"$rows", 1U}, {"$columns", {{"a", 7}}}})), base::ParseError);
  EXPECT_THROW(static_cast<void>(from_columns({{"$rows", 4'000'000'000U}, {"$columns", json::object()}})),
               base::LimitExceeded)
      << "rows without columns cost nothing to write";
  json deep = 1;
  for (int level = 0; level < 100; ++level) deep = json::array({deep});
  EXPECT_THROW(static_cast<void>(from_columns(deep)), base::LimitExceeded);
}

}  // namespace
}  // namespace crds
