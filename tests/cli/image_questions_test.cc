// `pratique why` and `pratique diff` from end to end: the built program on images and SBOMs.
#include <gmock/gmock.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/cli/program_fixture.h"

namespace tests {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ImageQuestions : public ProgramTest {
 protected:
  ImageQuestions() {
    build_database(
        {R"({"id":"GHSA-1","aliases":["CVE-2024-1"],"summary":"It breaks.","affected":[{"package":
      {"ecosystem":"npm","name":"left"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"2.0.0"}]}]}]})",
         R"({"id":"GHSA-2","aliases":["CVE-2024-2"],"affected":[{"package":{"ecosystem":"npm","name":"right"},
      "ranges":[{"type":"SEMVER","events":[{"introduced":"2.0.0"}]}]}]})"});
    database_.write("old.json", sbom({{"left", "1.0.0"}, {"right", "1.0.0"}, {"gone", "1.0.0"}}));
    database_.write("new.json", sbom({{"left", "2.0.0"}, {"right", "2.0.0"}}));
  }

  static std::string sbom(const std::vector<std::pair<std::string, std::string>>& packages) {
    json components = json::array();
    for (const auto& [name, version] : packages) {
      components.push_back(
          {{"type", "library"}, {"name", name}, {"version", version}, {"purl", "pkg:npm/" + name + "@" + version}});
    }
    return json{{"bomFormat", "CycloneDX"}, {"specVersion", "1.6"}, {"components", components}}.dump();
  }

  ProgramRun ask(std::vector<std::string> words) {
    words.insert(words.end(), {"--database", database_.database()});
    return pratique(words);
  }
};

TEST_F(ImageQuestions, WhyTellsWhatEachRecordSays) {
  const ProgramRun told = ask({"why", "sbom:old.json", "CVE-2024-1"});
  EXPECT_EQ(told.exit_code, 0) << told.err;
  EXPECT_THAT(told.out, AllOf(HasSubstr("CVE-2024-1 is told of sbom:old.json"), HasSubstr("left 1.0.0 (npm)"),
                              HasSubstr("GHSA-1 of osv: affected: before 2.0.0")));
  const ProgramRun mended = ask({"why", "sbom:new.json", "GHSA-1"});
  EXPECT_THAT(mended.out, AllOf(HasSubstr("is not told"), HasSubstr("affected is before 2.0.0")));
  const ProgramRun unknown = ask({"why", "sbom:new.json", "CVE-1999-1"});
  EXPECT_THAT(unknown.out, HasSubstr("no record of the database names it"));
}

TEST_F(ImageQuestions, WhyIsToldToProgramsToo) {
  const ProgramRun run = ask({"why", "sbom:old.json", "CVE-2024-1", "--output", "json"});
  const json document = json::parse(run.out);
  EXPECT_EQ(document["told"], true);
  EXPECT_EQ(document["records"][0]["verdict"], "Affected");
  EXPECT_EQ(document["records"][0]["record"], "GHSA-1");
}

TEST_F(ImageQuestions, DiffTellsWhatIsMendedBroughtAndChanged) {
  const ProgramRun run = ask({"diff", "sbom:old.json", "sbom:new.json"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out,
              AllOf(HasSubstr("Mended: 1"), HasSubstr("CVE-2024-1"), HasSubstr("Brought: 1"), HasSubstr("CVE-2024-2"),
                    HasSubstr("In both: 0"), HasSubstr("Packages that changed: 3"), HasSubstr("gone (npm)")));

  const json document = json::parse(ask({"diff", "sbom:old.json", "sbom:new.json", "--output", "json"}).out);
  EXPECT_EQ(document["mended"][0]["id"], "CVE-2024-1");
  EXPECT_EQ(document["brought"][0]["package"], "right");
  for (const char* wholly : {"complete", "beforeComplete", "afterComplete"})
    EXPECT_EQ(document.at(wholly), true) << wholly;
  EXPECT_EQ(document["packages"].size(), 3U);
  EXPECT_EQ(document["packages"][0]["after"], "");
  EXPECT_TRUE(document["inBoth"].empty());
}

TEST_F(ImageQuestions, DiffCountsBySeverityAndTellsWhatMends) {
  write_image({sample_layer()});
  build_database(sample_osv_records());
  database_.write("none.json", sbom({{"other", "1.0.0"}}));
  const ProgramRun run = ask({"diff", "sbom:none.json", "oci:image"});
  EXPECT_THAT(run.out, AllOf(HasSubstr("Brought: 3 (1 critical, 1 medium, 1 unknown)\nSEVERITY "),
                             HasSubstr("4.17.11  4.17.12  lodash may set"), HasSubstr("3.0.9-1  no fix")));
  const json both = json::parse(ask({"diff", "oci:image", "oci:image", "--output", "json"}).out);
  EXPECT_EQ(both["inBoth"].size(), 3U);
  EXPECT_EQ(both["inBoth"][0]["fixed"], "4.17.12");
  EXPECT_TRUE(both["mended"].empty());
}

// An image that was not wholly read seems to have mended what was not seen in it.
TEST_F(ImageQuestions, DiffSaysWhichImageWasNotWhollyLookedAt) {
  database_.write("unread.json", R"({"bomFormat":"CycloneDX","components":[{"type":"library","name":"x"}]})");
  const ProgramRun run = ask({"diff", "sbom:old.json", "sbom:unread.json"});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.out, HasSubstr("Mended: 1"));
  EXPECT_THAT(run.out, HasSubstr("INCOMPLETE: something in sbom:unread.json was not looked at. What is not listed"));
  EXPECT_THAT(run.out, Not(HasSubstr("something in sbom:old.json")));

  json document = json::parse(ask({"diff", "sbom:old.json", "sbom:unread.json", "--output", "json"}).out);
  EXPECT_EQ(document["complete"], false);
  EXPECT_EQ(document.at("beforeComplete"), true);
  EXPECT_EQ(document.at("afterComplete"), false);
  document = json::parse(ask({"diff", "sbom:unread.json", "sbom:old.json", "--output", "json"}).out);
  EXPECT_EQ(document["complete"], false);
  EXPECT_EQ(document.at("beforeComplete"), false);
  EXPECT_EQ(document.at("afterComplete"), true);
}

TEST_F(ImageQuestions, DiffOfTheSameIsEmpty) {
  const ProgramRun run = ask({"diff", "sbom:old.json", "sbom:old.json"});
  EXPECT_THAT(run.out, AllOf(HasSubstr("Mended: 0"), HasSubstr("Brought: 0"), HasSubstr("In both: 1"),
                             HasSubstr("Packages that changed: 0"), Not(HasSubstr("SEVERITY"))));
}

TEST_F(ImageQuestions, ADockerArchiveIsAskedAsALayoutIs) {
  write_image({sample_layer()});
  ASSERT_EQ(std::system(("cd " + path("") +
                         " && skopeo --insecure-policy copy --quiet oci:image:v1 "
                         "docker-archive:image.tar:shop/web:1")
                            .c_str()),
            0);
  const ProgramRun layout = ask({"scan", "oci:image:v1", "--output", "json"});
  const ProgramRun archive = ask({"scan", "docker-archive:image.tar", "--output", "json"});
  EXPECT_EQ(archive.exit_code, layout.exit_code) << archive.err;
  const json expected = json::parse(layout.out);
  const json found = json::parse(archive.out);
  EXPECT_EQ(found["packages"].size(), expected["packages"].size());
  EXPECT_EQ(found["vulnerabilities"].size(), expected["vulnerabilities"].size());
  EXPECT_THAT(ask({"scan", "docker-archive:image.tar:shop/other:1"}).err, HasSubstr("shop/web:1"));
}

TEST_F(ImageQuestions, MistakesSayTheWayOut) {
  EXPECT_THAT(ask({"why", "sbom:nowhere.json", "CVE-1"}).err, HasSubstr("nowhere.json"));
  EXPECT_THAT(ask({"diff", "sbom:old.json"}).err, HasSubstr("pratique --help"));
  EXPECT_THAT(pratique({"wy", "x"}).err, HasSubstr("did you mean \"why\""));
}

}  // namespace
}  // namespace tests
