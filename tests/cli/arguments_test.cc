#include "cli/arguments.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace cli {
namespace {

using scanner::advisories::Severity;
using testing::ElementsAre;
using testing::HasSubstr;

Command parse(std::vector<const char*> words) {
  words.insert(words.begin(), "pratique");
  return parse_arguments(static_cast<int>(words.size()), words.data());
}

std::string error_of(const std::vector<const char*>& words) {
  try {
    static_cast<void>(parse(words));
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Arguments, ScanHasDefaults) {
  const auto scan = std::get<ScanCommand>(parse({"scan", "nginx:1", "--database", "a.db"}));
  EXPECT_EQ(scan.query.image, "nginx:1");
  EXPECT_EQ(scan.query.database, "a.db");
  EXPECT_EQ(scan.output, OutputFormat::kTable);
  EXPECT_EQ(scan.fail_on, std::nullopt);
  EXPECT_EQ(scan.query.platform, "");
  EXPECT_TRUE(scan.query.hosts.plain_http.empty());
}

TEST(Arguments, ScanTakesAnSbomInsteadOfAnImage) {
  const auto scan = std::get<ScanCommand>(parse({"scan", "--sbom", "bom.json", "--database", "a.db"}));
  EXPECT_EQ(scan.query.image, "sbom:bom.json");
}

// Of a document no layer is read, and an option that does nothing would let a person think that it does.
TEST(Arguments, OptionsAboutLayersGoWithNoSbom) {
  for (const std::string option :
       {"--require-defences=landlock", "--verify-diff-ids", "--timeout=5", "--max-bytes=1GiB", "--budget=entries=5"}) {
    const auto names_it = HasSubstr(option.substr(0, option.find('=')));
    const char* word = option.c_str();
    EXPECT_THAT(error_of({"scan", "--sbom", "bom.json", "--database", "a.db", word}), names_it);
    EXPECT_THAT(error_of({"scan", "sbom:bom.json", "--database", "a.db", word}), names_it);
    EXPECT_THAT(error_of({"why", "sbom:bom.json", "CVE-1", "--database", "a.db", word}), names_it);
    EXPECT_THAT(error_of({"diff", "sbom:a.json", "sbom:b.json", "--database", "a.db", word}), names_it);
    EXPECT_EQ(error_of({"scan", "web:1", "--database", "a.db", word}), "no error") << word;
    EXPECT_EQ(error_of({"diff", "sbom:a.json", "web:1", "--database", "a.db", word}), "no error") << word;
    EXPECT_EQ(error_of({"diff", "web:1", "sbom:a.json", "--database", "a.db", word}), "no error") << word;
  }
}

TEST(Arguments, ScanTakesEverythingInAnyOrder) {
  const auto scan = std::get<ScanCommand>(
      parse({"scan", "--plain-http", "a:1", "--output", "JSON", "--plain-http", "b:2", "--database=x", "--fail-on",
             "High", "--database-keys", "k", "--allow-private", "c:3", "--platform", "linux/arm64/v8", "oci:dir:tag"}));
  EXPECT_EQ(scan.query.image, "oci:dir:tag");
  EXPECT_THAT(scan.query.hosts.plain_http, ElementsAre("a:1", "b:2"));
  EXPECT_THAT(scan.query.hosts.local, ElementsAre("c:3"));
  EXPECT_FALSE(scan.query.attached_sboms) << "what anybody may have attached";
  EXPECT_TRUE(std::get<ScanCommand>(parse({"scan", "x", "--database", "d", "--attached-sboms"})).query.attached_sboms);
  const auto with_key = parse({"scan", "--database", "d", "--attached-sboms", "--sbom-key", "k.pub", "x"});
  EXPECT_THAT(std::get<ScanCommand>(with_key).query.sbom_keys, testing::ElementsAre("k.pub"));
  EXPECT_THROW(static_cast<void>(parse({"scan", "x", "--database", "d", "--sbom-key", "k.pub"})), base::ConfigError)
      << "of SBOMs that nobody asked for";
  EXPECT_EQ(scan.output, OutputFormat::kJson);
  EXPECT_EQ(scan.fail_on, Severity::kHigh);
  EXPECT_EQ(scan.query.database_keys, "k");
  EXPECT_EQ(scan.query.platform, "linux/arm64/v8");
}

TEST(Arguments, BudgetsAreSetByName) {
  const auto scan = std::get<ScanCommand>(
      parse({"scan", "--database=x", "--budget", "entries=5", "--budget=file-bytes=1MiB", "a:1"}));
  EXPECT_EQ(scan.query.image, "a:1");
  EXPECT_EQ(scan.query.limits.budgets.entries_max, 5U);
  EXPECT_EQ(scan.query.limits.budgets.kept_file_bytes_max, std::size_t{1} << 20);
  EXPECT_THAT(error_of({"scan", "--database=x", "--budget", "entrys=5", "a:1"}),
              HasSubstr("there is none of this name"));
}

TEST(Arguments, DiffIdsAreVerifiedWhereAsked) {
  EXPECT_FALSE(std::get<ScanCommand>(parse({"scan", "--database=x", "a:1"})).query.verify_diff_ids);
  EXPECT_TRUE(std::get<ScanCommand>(parse({"scan", "--database=x", "--verify-diff-ids", "a:1"})).query.verify_diff_ids);
}

TEST(Arguments, DefencesAreRequiredByName) {
  const auto scan =
      std::get<ScanCommand>(parse({"scan", "--database=x", "--require-defences", "seccomp,landlock=4", "a:1"}));
  EXPECT_EQ(scan.query.image, "a:1");
  EXPECT_EQ(scan.query.required_defences.landlock_abi, 4);
  EXPECT_TRUE(scan.query.required_defences.seccomp);
  EXPECT_EQ(std::get<ScanCommand>(parse({"scan", "--database=x", "a:1"})).query.required_defences,
            scanner::worker::kAlwaysRequired);
  EXPECT_THAT(error_of({"scan", "--database=x", "--require-defences=moat", "a:1"}),
              HasSubstr("there is no defence \"moat\""));
}

TEST(Arguments, AScanIsBoundedInTimeAndBytes) {
  const auto scan =
      std::get<ScanCommand>(parse({"scan", "--database=x", "--timeout", "30", "--max-bytes", "64MiB", "a:1"}));
  EXPECT_EQ(scan.query.limits.timeout, std::chrono::seconds(30));
  EXPECT_EQ(scan.query.limits.compressed_bytes_max, std::uint64_t{64} << 20);
  const auto unsaid = std::get<ScanCommand>(parse({"scan", "--database=x", "a:1"}));
  EXPECT_EQ(unsaid.query.limits.timeout, scanner::ScanLimits{}.timeout);
  EXPECT_EQ(unsaid.query.limits.compressed_bytes_max, scanner::ScanLimits{}.compressed_bytes_max);
  for (const char* wrong : {"0", "-1", "86401", "soon"}) {
    EXPECT_THAT(error_of({"scan", "--database=x", "--timeout", wrong, "a:1"}), HasSubstr("--timeout")) << wrong;
  }
  EXPECT_THAT(error_of({"scan", "--database=x", "--max-bytes", "many", "a:1"}), HasSubstr("--max-bytes"));
}

TEST(Arguments, ARepeatableOptionTakesOneValueEachTime) {
  const auto scan = std::get<ScanCommand>(parse({"scan", "--database=x", "--plain-http", "a:1", "a:1/app:v1"}));
  EXPECT_THAT(scan.query.hosts.plain_http, ElementsAre("a:1"));
  EXPECT_EQ(scan.query.image, "a:1/app:v1");
}

TEST(Arguments, WhyAndDiffAskOfImagesAsScanDoes) {
  const auto why = std::get<WhyCommand>(parse(
      {"why", "oci:dir", "CVE-2021-44228", "--database", "a.db", "--platform", "linux/arm64", "--output", "json"}));
  EXPECT_EQ(why.query.image, "oci:dir");
  EXPECT_EQ(why.issue, "CVE-2021-44228");
  EXPECT_EQ(why.query.platform, "linux/arm64");
  EXPECT_EQ(why.output, OutputFormat::kJson);
  const auto diff = std::get<DiffCommand>(parse({"diff", "web:1", "sbom:web.json", "--database", "a.db"}));
  EXPECT_EQ(diff.query.image, "web:1");
  EXPECT_EQ(diff.newer, "sbom:web.json");
  EXPECT_EQ(diff.output, OutputFormat::kTable);
  EXPECT_THAT(error_of({"diff", "web:1", "--database", "a.db"}), HasSubstr("new"));
  EXPECT_THAT(error_of({"why", "web:1", "--database", "a.db"}), HasSubstr("issue"));
  EXPECT_THAT(error_of({"diff", "a", "b", "--database", "c", "--output", "sarif"}), HasSubstr("sarif"));
}

TEST(Arguments, ReportReadsTheClusterOrItsReportApi) {
  const auto report = std::get<ReportCommand>(
      parse({"report", "web:1", "-n", "shop", "--output", "sarif", "--fail-on", "high", "--platform", "linux/arm64"}));
  EXPECT_EQ(report.image, "web:1");
  EXPECT_EQ(report.ns, "shop");
  EXPECT_EQ(report.output, OutputFormat::kSarif);
  EXPECT_EQ(report.fail_on, Severity::kHigh);
  EXPECT_EQ(report.platform, "linux/arm64");
  EXPECT_FALSE(report.all_namespaces);
  EXPECT_TRUE(std::get<ReportCommand>(parse({"report", "web:1", "-A"})).all_namespaces);
  EXPECT_EQ(std::get<ReportCommand>(parse({"report", "web:1", "--server", "http://127.0.0.1:8090"})).server,
            "http://127.0.0.1:8090");
  EXPECT_THAT(error_of({"report", "web:1", "--server", "http://127.0.0.1:8090", "-A"}), HasSubstr("--all-namespaces"));
  EXPECT_THAT(error_of({"report"}), HasSubstr("image"));
}

TEST(Arguments, EveryDatabaseVerbIsTold) {
  EXPECT_EQ(std::get<DatabaseKeygenCommand>(parse({"database", "keygen", "--output", "k"})).output, "k");
  const auto build = std::get<DatabaseBuildCommand>(
      parse({"database", "build", "--source", "osv:a.zip", "--source", "osv:b", "--key", "k", "--output", "o"}));
  EXPECT_THAT(build.sources, ElementsAre("osv:a.zip", "osv:b"));
  EXPECT_EQ(build.key, "k");
  EXPECT_EQ(build.output, "o");
  const auto info = std::get<DatabaseInfoCommand>(parse({"database", "info", "f", "--output", "json"}));
  EXPECT_EQ(info.file, "f");
  EXPECT_EQ(info.output, OutputFormat::kJson);
  const auto verify = std::get<DatabaseVerifyCommand>(parse({"database", "verify", "f", "--database-keys", "d"}));
  EXPECT_EQ(verify.file, "f");
  EXPECT_EQ(verify.database_keys, "d");
  const auto push = std::get<DatabasePushCommand>(parse({"database", "push", "f", "r/db:1", "--plain-http", "r:1"}));
  EXPECT_EQ(push.file, "f");
  EXPECT_EQ(push.image, "r/db:1");
  EXPECT_THAT(push.hosts.plain_http, ElementsAre("r:1"));
  const auto pull = std::get<DatabasePullCommand>(
      parse({"database", "pull", "r/db:1", "--output", "f", "--database-keys", "d", "--allow-private", "r:1"}));
  EXPECT_EQ(pull.image, "r/db:1");
  EXPECT_EQ(pull.output, "f");
  EXPECT_EQ(pull.database_keys, "d");
  EXPECT_THAT(pull.hosts.local, ElementsAre("r:1"));
}

TEST(Arguments, HelpIsThatOfTheVerb) {
  EXPECT_THAT(std::get<ShowText>(parse({"--help"})).text, HasSubstr("Exit status: 0 clean"));
  EXPECT_THAT(std::get<ShowText>(parse({"-h"})).text, HasSubstr("database"));
  EXPECT_THAT(std::get<ShowText>(parse({"scan", "--help"})).text, HasSubstr("--fail-on SEVERITY"));
  EXPECT_THAT(std::get<ShowText>(parse({"scan", "x", "--help"})).text, HasSubstr("pratique scan"));
  EXPECT_THAT(std::get<ShowText>(parse({"database", "build", "-h"})).text, HasSubstr("pratique database build"));
}

TEST(Arguments, VersionIsTold) {
  EXPECT_EQ(std::get<ShowText>(parse({"--version"})).text, "pratique " PRATIQUE_VERSION "\n");
}

struct WrongRow {
  const char* name;
  std::vector<const char*> words;
  const char* message;
};

class WrongArguments : public testing::TestWithParam<WrongRow> {};

TEST_P(WrongArguments, NameTheThingAndTheWayOut) {
  EXPECT_THAT(error_of(GetParam().words), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, WrongArguments,
    testing::Values(
        WrongRow{"nothing",
                 {},
                 "pratique needs a verb: scan, why, diff, database, policy, explain, report; see pratique --help"},
        WrongRow{"typo", {"scna", "x"}, R"(pratique knows no "scna"; did you mean "scan"?)"},
        WrongRow{"foreign_verb",
                 {"frobnicate"},
                 R"(pratique knows no "frobnicate"; its verbs are scan, why, diff, database, policy, explain)"},
        WrongRow{"typo_below", {"database", "biuld"}, R"(pratique database knows no "biuld"; did you mean "build"?)"},
        WrongRow{
            "no_verb_below", {"database"}, "pratique database needs a verb: keygen, build, info, verify, push, pull"},
        WrongRow{"no_image", {"scan", "--database", "d"}, "scan needs one image, or --sbom FILE"},
        WrongRow{
            "image_and_sbom", {"scan", "x", "--sbom", "y", "--database", "d"}, "scan needs one image, or --sbom FILE"},
        WrongRow{"no_database", {"scan", "x"}, "--database is required"},
        WrongRow{"no_value", {"scan", "x", "--database"}, "--database"},
        WrongRow{"two_images", {"scan", "x", "y", "--database", "d"}, "y"},
        WrongRow{"unknown_option", {"scan", "x", "--database", "d", "--frob"}, "--frob"},
        WrongRow{"bad_format",
                 {"scan", "x", "--database", "d", "--output", "xml"},
                 "xml not in {table,json,cyclonedx,spdx,sarif,openvex,cosign-vuln}"},
        WrongRow{"bad_severity",
                 {"scan", "x", "--database", "d", "--fail-on", "awful"},
                 "awful not in {unknown,low,medium,high,critical}"},
        WrongRow{"no_key", {"database", "build", "--source", "osv:x", "--output", "o"}, "--key is required"},
        WrongRow{"control_characters", {"\x1b[31mscan"}, "\\u{1b}"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace cli
