#include "scanner/matching/module_streams.h"

#include <gtest/gtest.h>

namespace scanner::matching {
namespace {

advisories::Advisory record(const char* fixed, const char* module) {
  advisories::Advisory advisory;
  advisory.ecosystem = "rpm:almalinux:9";
  advisory.package = "nodejs";
  advisory.module = module;
  advisory.intervals = {{.introduced = "", .fixed = fixed, .last_affected = ""}};
  return advisory;
}

constexpr const char* kModularFix = "1:18.14.2-2.module_el9.1.0+29+de583a0e";
constexpr const char* kModularVersion = "1:16.19.1-1.module_el9.1.0+29+de583a0e";
constexpr const char* kPlainFix = "1:16.20.0-1.el9";

struct Row {
  const char* name;
  const char* fixed;
  const char* module_of_record;
  const char* version;
  const char* module;
  bool is_about;
};

class Streams : public testing::TestWithParam<Row> {};

TEST_P(Streams, AreToldApart) {
  const Row& row = GetParam();
  EXPECT_EQ(is_about_stream(record(row.fixed, row.module_of_record), {.version = row.version, .module = row.module}),
            row.is_about);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Streams,
    testing::Values(Row{"the_same_stream", kModularFix, "nodejs:18", kModularVersion, "nodejs:18", true},
                    Row{"another_stream", kModularFix, "nodejs:18", kModularVersion, "nodejs:16", false},
                    Row{"record_without_stream", kModularFix, "", kModularVersion, "nodejs:16", true},
                    Row{"package_without_label", kModularFix, "nodejs:18", kModularVersion, "", true},
                    Row{"plain_package", kModularFix, "nodejs:18", "1:16.19.1-1.el9", "", false},
                    Row{"plain_record", kPlainFix, "", kModularVersion, "nodejs:16", false},
                    Row{"both_plain", kPlainFix, "", "1:16.19.1-1.el9", "", true},
                    Row{"no_version_told", "", "", kModularVersion, "nodejs:16", true},
                    Row{"stream_alone_told", "", "nodejs:18", kModularVersion, "nodejs:18", true},
                    Row{"stream_alone_told_of_plain_package", "", "nodejs:18", "1:16.19.1-1.el9", "", false}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(OraclesBuilds, AreToldApart) {
  struct Build {
    const char* fixed;
    const char* installed;
    bool is_about;
  };
  const Build rows[] = {
      {"2:2.34-100.0.1.ksplice1.el9_4.3", "2.34-100.0.1.el9_4.2", false},
      {"2:2.34-100.0.1.ksplice1.el9_4.3", "2:2.34-100.0.1.ksplice1.el9_4.2", true},
      {"2.34-100.0.1.el9_4.3", "2:2.34-100.0.1.ksplice1.el9_4.2", false},
      {"2.34-100.0.1.el9_4.3", "2.34-100.0.1.el9_4.2", true},
      {"10:3.0.7-27.0.1.el9_4_fips", "1:3.0.7-24.0.1.el9", false},
      {"10:3.0.7-27.0.1.el9_4_fips", "10:3.0.7-20.el9_fips", true},
      {"1:3.0.7-27.0.1.el9_4", "10:3.0.7-20.el9_fips", false},
      {"", "10:3.0.7-20.el9_fips", true},
  };
  for (const Build& row : rows) {
    advisories::Advisory advisory = record(row.fixed, "");
    advisory.ecosystem = "rpm:ol:9";
    EXPECT_EQ(is_about_stream(advisory, {.version = row.installed, .module = ""}), row.is_about)
        << row.fixed << " and " << row.installed;
  }
}

TEST(Streams, AreNoMatterOutsideRpm) {
  advisories::Advisory advisory = record("1.0.module", "a:1");
  advisory.ecosystem = "npm";
  EXPECT_TRUE(is_about_stream(advisory, {.version = "1.0", .module = ""}));
}

}  // namespace
}  // namespace scanner::matching
