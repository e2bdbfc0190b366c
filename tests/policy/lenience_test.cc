// What passes although a rule hits it: graces, ratchet, continuity.
#include "policy/lenience.h"

#include <gtest/gtest.h>

#include "tests/policy/policy_builders.h"

namespace policy {
namespace {

using crds::Severity;
using crds::Verdict;
using nlohmann::json;
using std::chrono::hours;
using testing::deny_high;
using testing::finding;
using testing::kNow;
using testing::policy_of;
using testing::Scene;

json with(const std::string& field, const json& value) {
  json spec = deny_high();
  spec[field] = value;
  return spec;
}

FirstSeen seen_at(base::SystemTime time) {
  return [time](const FindingFacts&) { return time; };
}

TEST(Grace, LastsItsTimeAndNoLonger) {
  json spec = deny_high();
  spec["rules"][0]["grace"] = {{"sinceFirstSeen", "2d"}};
  Scene scene({finding("CVE-1", Severity::kCritical)});
  scene.with(policy_of(spec));
  EXPECT_EQ(scene.verdict(), Verdict::kDeny) << "when it was first seen is not known";
  scene.question.first_seen = seen_at(kNow - hours(48) + std::chrono::seconds(1));
  EXPECT_EQ(scene.verdict(), Verdict::kAllow);
  scene.question.first_seen = seen_at(kNow - hours(48));
  EXPECT_EQ(scene.verdict(), Verdict::kDeny);
}

// A second image of the scene, whose findings the owner's pods have now.
struct RatchetScene : Scene {
  explicit RatchetScene(std::vector<FindingFacts> wanted, std::vector<FindingFacts> running)
      : Scene(std::move(wanted)) {
    add_image("registry:5000/web:0", std::move(running));
    question.images.pop_back();
    image().places = {{.container = "web", .runs_now = {&manifests.back()}}};
    with(policy_of(testing::deny_high()));
    book.policies.front().spec.ratchet = true;
  }
};

TEST(Ratchet, LetsPassWhatRunsAlready) {
  const FindingFacts old_one = finding("CVE-1", Severity::kCritical);
  const FindingFacts new_one = finding("CVE-2", Severity::kHigh);
  FindingFacts elsewhere = finding("CVE-1", Severity::kCritical);
  elsewhere.package = "curl";
  struct Row {
    const char* what;
    std::vector<FindingFacts> wanted;
    std::vector<FindingFacts> running;
    Verdict expected;
  };
  for (const Row& row : {
           Row{"the same", {old_one}, {old_one}, Verdict::kAllow},
           Row{"better", {old_one}, {old_one, new_one}, Verdict::kAllow},
           Row{"worse", {old_one, new_one}, {old_one}, Verdict::kDeny},
           Row{"another", {new_one}, {old_one}, Verdict::kDeny},
           Row{"the same vulnerability in another package", {elsewhere}, {old_one}, Verdict::kDeny},
           Row{"nothing bad ran", {old_one}, {}, Verdict::kDeny},
       }) {
    EXPECT_EQ(RatchetScene(row.wanted, row.running).verdict(), row.expected) << row.what;
  }
}

TEST(Ratchet, TellsOfTheNewFindingsAlone) {
  const RatchetScene scene({finding("CVE-1", Severity::kCritical), finding("CVE-2", Severity::kHigh)},
                           {finding("CVE-1", Severity::kCritical)});
  const Decision decision = scene.decide();
  ASSERT_EQ(decision.reasons.front().findings.size(), 1U);
  EXPECT_EQ(decision.reasons.front().findings.front()->id, "CVE-2");
}

TEST(Ratchet, NeedsSomethingThatRunsInEveryContainer) {
  RatchetScene scene({finding("CVE-1", Severity::kCritical)}, {finding("CVE-1", Severity::kCritical)});
  scene.image().places.push_back({.container = "new", .runs_now = {}});
  EXPECT_EQ(scene.verdict(), Verdict::kDeny);
  scene.image().places.clear();
  EXPECT_EQ(scene.verdict(), Verdict::kDeny) << "where it runs is not known";
}

TEST(Ratchet, IsOnlyForPoliciesThatHaveIt) {
  RatchetScene scene({finding("CVE-1", Severity::kCritical)}, {finding("CVE-1", Severity::kCritical)});
  scene.book.policies.front().spec.ratchet = false;
  EXPECT_EQ(scene.verdict(), Verdict::kDeny);
}

TEST(Ratchet, SaysNothingAboutWhatWasNotScanned) {
  RatchetScene scene({}, {});
  scene.image().unscanned_because = "linux/arm64 has no report yet";
  EXPECT_EQ(scene.verdict(), Verdict::kDeny);
}

TEST(Continuity, LetsADigestRunOnForItsWindowAfterANewerFinding) {
  struct Row {
    const char* what;
    std::optional<base::SystemTime> ran_since;
    std::optional<base::SystemTime> first_seen;
    std::optional<base::SystemTime> published;
    Verdict expected;
  };
  const auto ago = [](int how_many) { return kNow - hours(how_many); };
  for (const Row& row : {
           Row{"seen after it began to run", ago(100), ago(10), {}, Verdict::kAllow},
           Row{"the window is over", ago(100), ago(24), {}, Verdict::kDeny},
           Row{"seen before it began to run", ago(5), ago(10), {}, Verdict::kDeny},
           Row{"nothing ran", {}, ago(10), {}, Verdict::kDeny},
           Row{"published after it began to run", ago(100), {}, ago(10), Verdict::kAllow},
           Row{"published before", ago(100), {}, ago(200), Verdict::kDeny},
           Row{"an old one that was seen lately", ago(100), ago(10), ago(2000), Verdict::kAllow},
           Row{"nothing is known of it", ago(100), {}, {}, Verdict::kDeny},
       }) {
    FindingFacts facts = finding("CVE-1", Severity::kCritical);
    facts.published = row.published;
    Scene scene({facts});
    scene.image().ran_since = row.ran_since;
    if (row.first_seen) scene.question.first_seen = seen_at(*row.first_seen);
    scene.with(policy_of(with("continuity", {{"window", "24h"}})));
    EXPECT_EQ(scene.verdict(), row.expected) << row.what;
  }
}

TEST(Continuity, IsOnlyForPoliciesThatHaveIt) {
  Scene scene({finding("CVE-1", Severity::kCritical)});
  scene.image().ran_since = kNow - hours(100);
  scene.question.first_seen = seen_at(kNow - hours(1));
  EXPECT_EQ(scene.with(policy_of(deny_high())).verdict(), Verdict::kDeny);
}

}  // namespace
}  // namespace policy
