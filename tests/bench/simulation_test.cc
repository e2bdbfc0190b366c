// A small cluster for a few days: what must be so is so, and the same happens again; and what is not so is told.
#include "bench/simulation/simulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/log.h"
#include "bench/simulation/checks.h"
#include "crds/finding.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"
#include "crds/object_names.h"

namespace bench::simulation {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::Gt;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Folder {
 public:
  explicit Folder(const std::string& name)
      : path_(std::filesystem::temp_directory_path() / ("pratique-" + name + "-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct Told {
  std::vector<json> days;
  Outcome outcome;
};

Told run(std::uint32_t seed) {
  base::set_log_level(base::LogLevel::kError);
  const Folder folder("simulation");
  Told told;
  told.outcome = simulate({.images = 60, .days = 6, .seed = seed}, folder.path(),
                          [&](const json& day) { told.days.push_back(day); });
  return told;
}

TEST(Simulation, KeepsWhatMustBeSo) {
  const Told told = run(1);
  EXPECT_THAT(told.outcome.broken, IsEmpty());
  ASSERT_EQ(told.days.size(), 13u) << "6 days, 6 to settle and a quiet one";
  const json& first = told.days.front();
  EXPECT_EQ(first.at("objects").at("imagescans"), 60);
  EXPECT_EQ(first.at("objects").at("imagereports"), 60);
  EXPECT_THAT(first.at("objects").at("findings").get<int>(), Gt(20));
  EXPECT_THAT(told.outcome.summary.at("image_seconds").at("count").get<int>(), Gt(20));
  EXPECT_THAT(told.outcome.summary.at("verdict_seconds").at("count").get<int>(), Gt(60)) << "the great advisory";
}

TEST(Simulation, HappensAgainFromTheSameSeed) {
  const Told told = run(2);
  const Told again = run(2);
  EXPECT_EQ(told.days, again.days);
  EXPECT_EQ(told.outcome.summary, again.outcome.summary);
  EXPECT_NE(told.days, run(3).days);
}

// A world without an operator: everything is wrong until a test writes it.
class ChecksTest : public testing::Test {
 protected:
  ChecksTest() { world_.install(); }
  ~ChecksTest() override { time_.end(); }

  [[nodiscard]] Checked checked() const {
    return {.api = api_, .software = software_, .world = world_, .now = time_.system_now()};
  }
  [[nodiscard]] static std::string scan_name(const Application& application) {
    return crds::image_scan_name(base::parse_image_reference(application.image()));
  }
  void put_scan(const Application& application, const std::string& digest, const char* scanned = "True") {
    const std::string report = crds::image_report_name(*base::Digest::parse(digest));
    api_.put(crds::kImageScan,
             {{"metadata", {{"name", scan_name(application)}, {"namespace", application.ns}}},
              {"spec", {{"image", application.image()}}},
              {"status",
               {{"digest", digest},
                {"platforms", json::array({{{"platform", "linux/amd64"}, {"digest", digest}, {"report", report}}})},
                {"conditions", json::array({{{"type", "Scanned"}, {"status", scanned}}})}}}});
  }

  Folder folder_{"checks"};
  SimulatedTime time_{base::SystemTime(seconds(1'798'761'600))};
  SimulatedApi api_{time_, ApiCosts{}};
  Tally tally_{time_, api_};
  AdvisoryFeed feed_{folder_.path()};
  Software software_{1};
  MadeRegistries registries_{time_, StandInCosts{}};
  World world_{
      {.images = 2, .days = 1, .seed = 1},
      {.time = time_, .api = api_, .software = software_, .feed = feed_, .registries = registries_, .tally = tally_}};
};

TEST_F(ChecksTest, AnImageWithoutAScanIsTold) {
  EXPECT_THAT(wrong_findings(checked()), Contains(HasSubstr("has no ImageScan")).Times(2));
  for (const Application& application : world_.applications()) put_scan(application, application.digest);
  EXPECT_THAT(wrong_findings(checked()), Not(Contains(HasSubstr("ImageScan"))));
  put_scan(world_.applications()[0], world_.applications()[1].digest);
  EXPECT_THAT(wrong_findings(checked()), Contains(HasSubstr("runs")));
  put_scan(world_.applications()[0], world_.applications()[0].digest, "False");
  EXPECT_THAT(wrong_findings(checked()), Contains(HasSubstr("is not scanned")));
}

TEST_F(ChecksTest, ARowThatIsMissingOrOfNothingIsTold) {
  const Application& application = world_.applications()[0];
  for (const Application& one : world_.applications()) put_scan(one, one.digest);
  const MadeAdvisory& advisory = software_.find_vulnerability(application.recipe.own.front());
  const std::string name = finding_name_of(advisory);
  EXPECT_THAT(wrong_findings(checked()), Contains("Finding " + application.ns + "/" + name + " is missing"));

  const auto put_row = [&](const std::string& called, int images, const char* state) {
    api_.put(crds::kFinding, {{"metadata", {{"name", called}, {"namespace", application.ns}}},
                              {"spec", {{"imageCount", images}}},
                              {"status", {{"state", state}}}});
  };
  put_row(name, 1, "Open");
  EXPECT_THAT(wrong_findings(checked()), Not(Contains(HasSubstr(name))));
  put_row(name, 2, "Open");
  EXPECT_THAT(wrong_findings(checked()), Contains(HasSubstr("counts 2 images and there are 1")));
  put_row(name, 1, "Excepted");
  EXPECT_THAT(wrong_findings(checked()), Contains(HasSubstr("is Excepted and should be Open")));
  put_row("cve-other", 1, "Open");
  EXPECT_THAT(wrong_findings(checked()), Contains("Finding " + application.ns + "/cve-other is of no image"));
}

TEST_F(ChecksTest, WhatNothingAsksForIsAnOrphan) {
  for (const Application& one : world_.applications()) put_scan(one, one.digest);
  EXPECT_THAT(orphans(checked()), IsEmpty());
  const std::string digest = software_.build(software_.new_recipe());
  const std::string report = crds::image_report_name(*base::Digest::parse(digest));
  api_.put(crds::kImageReport, {{"metadata", {{"name", report}}}, {"spec", {{"digest", digest}}}});
  EXPECT_THAT(orphans(checked()), ElementsAre("ImageReport " + report + " is of no ImageScan"));
  Application other = world_.applications()[0];
  other.digest = digest;
  other.follows_tag = false;
  put_scan(other, digest);
  EXPECT_THAT(orphans(checked()), ElementsAre(HasSubstr("is used by nobody")));
}

TEST(Durations, ThePercentileIsAValueThatWasSeen) {
  Durations durations;
  EXPECT_EQ(durations.percentile(0.99), 0);
  for (int second = 100; second > 0; --second) durations.add(seconds(second));
  EXPECT_EQ(durations.percentile(0.5), 50);
  EXPECT_EQ(durations.percentile(0.99), 99);
  EXPECT_EQ(durations.percentile(1), 100);
}

TEST(Software, ANewBuildHasWhatIsMended) {
  Software software(1);
  const Recipe recipe = software.new_recipe();
  const std::string old_build = software.build(recipe);
  const MadeAdvisory own = software.find_vulnerability(recipe.own.front());
  const MadeAdvisory everywhere = software.find_vulnerability(Software::kEverywhere);
  EXPECT_EQ(software.findings_of(old_build).size(), 2u);
  EXPECT_EQ(software.findings_of(software.build(recipe)), std::set<std::string>{finding_name_of(everywhere)})
      << "its base image has not followed yet";
  software.renew_bases();
  EXPECT_THAT(software.findings_of(software.build(recipe)), IsEmpty());
  EXPECT_TRUE(software.has(old_build, own));
}

}  // namespace
}  // namespace bench::simulation
