// Policies and exceptions as the operator tells of them: judges of rows, and the statuses of the rules themselves.
#include "operator/reconcilers/rule_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "crds/object_names.h"
#include "operator/reconcilers/judged_image.h"
#include "operator/reconcilers/namespace_judges.h"
#include "operator/reconcilers/rule_status_reconciler.h"
#include "tests/operator/support/fake_clock.h"
#include "tests/operator/support/memory_api.h"
#include "tests/operator/support/rules.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;

const std::string kDigest = "sha256:" + std::string(64, 'a');

json policy(const std::string& mode) {
  return {{"metadata", {{"name", "default"}, {"generation", 2}}},
          {"spec", {{"mode", mode}, {"rules", {{{"name", "high"}, {"severityAtLeast", "High"}}}}}}};
}

json exception(const std::string& name, const std::string& expires_at) {
  return {{"metadata",
           {{"name", name}, {"namespace", "shop"}, {"creationTimestamp", "2026-01-31T07:00:00Z"}, {"generation", 1}}},
          {"spec",
           {{"vulnerabilities", {{{"id", "CVE-1"}, {"status", "accepted"}}}},
            {"reason", "accepted for now"},
            {"expiresAt", expires_at}}}};
}

crds::ReportRow row(const std::string& id, crds::Severity severity) {
  crds::ReportRow row;
  row.id = id;
  row.package_type = "deb";
  row.package = "openssl";
  row.severity = severity;
  return row;
}

PlatformResult platform(std::vector<crds::ReportRow> rows) {
  PlatformResult result;
  result.platform = {.platform = "linux/amd64", .digest = kDigest, .report = ""};
  result.complete = true;
  result.database_generation = 7;
  result.rows = std::move(rows);
  return result;
}

crds::ImageScan scan() {
  crds::ImageScan scan;
  scan.metadata.name = "web";
  scan.metadata.ns = "shop";
  scan.spec.image = "registry:5000/web:1";
  scan.status.image = "registry:5000/web:1";
  scan.status.digest = kDigest;
  scan.status.platforms = {platform({}).platform};
  scan.status.resolved_at = "2026-01-31T08:00:00Z";
  scan.status.last_scan_time = "2026-01-31T08:00:00Z";
  return scan;
}

class NamespaceJudgesTest : public testing::Test {
 protected:
  NamespaceJudgesTest() {
    api_.put(tests::kNamespaceType, {{"metadata", {{"name", "shop"}, {"labels", {{"team", "shop"}}}}}});
    feed();
  }
  void feed() { rules_.feed(api_); }
  // In "shop", which saw the row at the start of the clock.
  bool blocks(const crds::ReportRow& row, const NamespaceImage& image) {
    const auto from = judges_.judges_of("shop").denied_from(policy::facts_of(row), image, tests::FakeClock::kStart);
    return from && *from <= clock_.system_now();
  }

  tests::MemoryApi api_;
  tests::FakeClock clock_;
  tests::Rules rules_{clock_};
  NamespaceJudges& judges_ = rules_.judges();
  const NamespaceImage image_{.reference = "registry:5000/web:1", .digest = kDigest, .workloads = {}, .rows = {}};
};

TEST_F(NamespaceJudgesTest, WithoutPoliciesNothingBlocks) {
  EXPECT_FALSE(blocks(row("CVE-1", crds::Severity::kCritical), image_));
  EXPECT_EQ(judges_.judge(scan(), {platform({row("CVE-1", crds::Severity::kCritical)})}, {}).reason, "NoPolicy");
}

TEST_F(NamespaceJudgesTest, APolicyThatDeniesBlocks) {
  api_.put(crds::kClusterScanPolicy, policy("Deny"));
  feed();

  EXPECT_TRUE(blocks(row("CVE-1", crds::Severity::kHigh), image_));
  EXPECT_FALSE(blocks(row("CVE-1", crds::Severity::kMedium), image_));
  const PolicyVerdict verdict = judges_.judge(scan(), {platform({row("CVE-1", crds::Severity::kCritical)})}, {});
  EXPECT_EQ(verdict.status + " " + verdict.reason, "False Denied");
  EXPECT_THAT(verdict.message, testing::HasSubstr("ClusterScanPolicy/default rule \"high\""));
  EXPECT_EQ(judges_.judge(scan(), {platform({row("CVE-1", crds::Severity::kLow)})}, {}).reason, "Passed");
}

TEST_F(NamespaceJudgesTest, AGraceFromTheFirstSightEndsWhereAdmissionEndsIt) {
  json lenient = policy("Deny");
  lenient["spec"]["rules"][0]["grace"]["sinceFirstSeen"] = "24h";
  api_.put(crds::kClusterScanPolicy, lenient);
  const crds::ReportRow high = row("CVE-1", crds::Severity::kHigh);
  crds::Finding finding;
  finding.metadata.name = crds::finding_name({high.id, high.package_type, high.package});
  finding.metadata.ns = "shop";
  finding.status = crds::FindingStatus{};
  finding.status->first_seen = "2026-01-31T08:00:00Z";
  api_.put(crds::kFinding, finding);
  feed();

  const auto from = judges_.judges_of("shop").denied_from(policy::facts_of(high), image_, tests::FakeClock::kStart);
  EXPECT_EQ(from, tests::FakeClock::kStart + std::chrono::hours(24));
  EXPECT_EQ(judges_.judge(scan(), {platform({high})}, {}).reason, "Passed");

  clock_.advance(std::chrono::hours(24));
  EXPECT_TRUE(blocks(high, image_));
  EXPECT_EQ(judges_.judge(scan(), {platform({high})}, {}).reason, "Denied");
}

TEST_F(NamespaceJudgesTest, AnAuditPolicyBlocksNothingAndTells) {
  api_.put(crds::kClusterScanPolicy, policy("Audit"));
  feed();

  EXPECT_FALSE(blocks(row("CVE-1", crds::Severity::kHigh), image_));
  const PolicyVerdict verdict = judges_.judge(scan(), {platform({row("CVE-1", crds::Severity::kCritical)})}, {});
  EXPECT_EQ(verdict.status + " " + verdict.reason, "True Audited");
}

TEST_F(NamespaceJudgesTest, AnExceptionCoversUntilItEnds) {
  api_.put(crds::kClusterScanPolicy, policy("Deny"));
  api_.put(crds::kFindingException, exception("ok", "2026-01-31T09:00:00Z"));
  feed();

  const RowJudges now = judges_.judges_of("shop");
  const auto covered = now.exception_of(policy::facts_of(row("CVE-1", crds::Severity::kHigh)), image_);
  ASSERT_TRUE(covered.has_value());
  EXPECT_EQ(covered->title, "FindingException/ok");
  EXPECT_EQ(covered->state, crds::FindingState::kExcepted);
  EXPECT_FALSE(now.exception_of(policy::facts_of(row("CVE-2", crds::Severity::kHigh)), image_).has_value());
  EXPECT_EQ(now.next_change, tests::FakeClock::kStart + std::chrono::hours(1));
  EXPECT_EQ(judges_.judge(scan(), {platform({row("CVE-1", crds::Severity::kHigh)})}, {}).reason, "Passed");

  clock_.advance(std::chrono::hours(2));
  EXPECT_FALSE(judges_.judges_of("shop")
                   .exception_of(policy::facts_of(row("CVE-1", crds::Severity::kHigh)), image_)
                   .has_value());
  EXPECT_FALSE(judges_.judges_of("shop").next_change.has_value());
}

TEST_F(NamespaceJudgesTest, AnExceptionOfOneNamespaceSaysNothingInAnother) {
  api_.put(crds::kFindingException, exception("ok", "2026-01-31T09:00:00Z"));
  feed();
  EXPECT_FALSE(judges_.judges_of("other")
                   .exception_of(policy::facts_of(row("CVE-1", crds::Severity::kHigh)), image_)
                   .has_value());
}

TEST_F(NamespaceJudgesTest, AnExceptionForSomePodsLeavesTheFindingOpenInTheOthers) {
  api_.put(crds::kClusterScanPolicy, policy("Deny"));
  json for_jobs = exception("ok", "2026-01-31T09:00:00Z");
  for_jobs["spec"]["match"]["objectSelector"]["matchLabels"]["kind"] = "job";
  api_.put(crds::kFindingException, for_jobs);
  feed();
  const RowJudges judges = judges_.judges_of("shop");
  const crds::ReportRow high = row("CVE-1", crds::Severity::kHigh);
  NamespaceImage image = image_;

  image.labels = {crds::Labels{{"kind", "job"}}};
  EXPECT_TRUE(judges.exception_of(policy::facts_of(high), image).has_value());
  EXPECT_FALSE(blocks(high, image));
  image.labels = {crds::Labels{{"kind", "job"}}, crds::Labels{{"kind", "web"}}};
  EXPECT_FALSE(judges.exception_of(policy::facts_of(high), image).has_value());
  EXPECT_TRUE(blocks(high, image));
}

TEST_F(NamespaceJudgesTest, APolicyForSomePodsBlocksWhereTheyRun) {
  json for_web = policy("Deny");
  for_web["metadata"]["namespace"] = "shop";
  for_web["spec"]["match"]["objectSelector"]["matchLabels"]["kind"] = "web";
  api_.put(crds::kScanPolicy, for_web);
  feed();
  const std::vector<PlatformResult> high = {platform({row("CVE-1", crds::Severity::kHigh)})};

  EXPECT_EQ(judges_.judge(scan(), high, {crds::Labels{{"kind", "job"}}}).status, "True");
  EXPECT_EQ(judges_.judge(scan(), high, {crds::Labels{{"kind", "job"}}, crds::Labels{{"kind", "web"}}}).reason,
            "Denied");
  NamespaceImage image = image_;
  image.labels = {crds::Labels{{"kind", "web"}}};
  EXPECT_TRUE(blocks(high[0].rows[0], image));
}

TEST_F(NamespaceJudgesTest, AnUnreadablePolicyDenies) {
  json broken = policy("Deny");
  broken["spec"]["rules"] = "none";
  api_.put(crds::kClusterScanPolicy, broken);
  feed();

  EXPECT_EQ(judges_.judge(scan(), {platform({})}, {}).reason, "Denied");
}

class RuleStatusTest : public testing::Test {
 protected:
  // Where these are all that run.
  [[nodiscard]] crds::ScanPolicyStatus status_of(const crds::ScanPolicy& policy,
                                                 const std::vector<RunningWorkload>& workloads) const {
    PolicyTally tally;
    KnownOfFindings known;
    add_workloads(known, workloads);
    add_workloads(tally, book_of(policy, {}), workloads, now_);
    return policy_status(policy, tally, known, now_);
  }
  RunningWorkload workload(const JudgedImage& judged) const {
    return {.subject = {.ns = "shop", .namespace_labels = crds::Labels{}, .labels = {}}, .images = {judged.image}};
  }
  [[nodiscard]] static std::string condition(const std::vector<kubernetes::Condition>& conditions, const char* type) {
    const kubernetes::Condition* found = kubernetes::find_condition(conditions, type);
    return found == nullptr ? "absent" : found->status + " " + found->reason;
  }

  JudgedImage bad_{scan(), {platform({row("CVE-1", crds::Severity::kHigh)})}};
  JudgedImage good_{scan(), {platform({})}};
  const base::SystemTime now_ = tests::FakeClock::kStart;
};

TEST_F(RuleStatusTest, ReplaysOverWhatRunsInAuditToo) {
  for (const std::string mode : {"Deny", "Audit"}) {
    const auto parsed = policy(mode).get<crds::ScanPolicy>();

    const crds::ScanPolicyStatus status = status_of(parsed, {workload(bad_), workload(good_), workload(bad_)});

    EXPECT_EQ(status.matched_workloads, 3) << mode;
    EXPECT_EQ(status.would_deny, 2) << mode;
    EXPECT_EQ(status.observed_generation, 2);
    EXPECT_EQ(status.rules, 1);
    EXPECT_FALSE(status.denied_last_24h.has_value()) << "nobody counts";
    ASSERT_EQ(status.top_reasons.size(), 1u);
    EXPECT_EQ(status.top_reasons[0].reason, "rule high");
    EXPECT_EQ(status.top_reasons[0].count, 2);
    EXPECT_EQ(condition(status.conditions, "Ready"), "True Compiled");
    EXPECT_EQ(condition(status.conditions, "Enforced"), mode == "Deny" ? "True Deny" : "False Audit");
  }
}

TEST_F(RuleStatusTest, ARulesOwnModeStaysWhatItIs) {
  struct Row {
    const char* mode;
    const char* rule_mode;
    const char* enforced;
    std::int64_t would_deny;
    std::int64_t would_warn;
  };
  for (const Row& row : {Row{"Deny", "Audit", "True Deny", 0, 0}, Row{"Deny", "Warn", "True Deny", 0, 1},
                         Row{"Audit", "Deny", "True RulesDeny", 1, 0}, Row{"Audit", "Warn", "False Audit", 0, 1}}) {
    json own = policy(row.mode);
    own["spec"]["rules"][0]["mode"] = row.rule_mode;

    const auto status = status_of(own.get<crds::ScanPolicy>(), {workload(bad_)});

    EXPECT_EQ(condition(status.conditions, "Enforced"), row.enforced) << row.mode << " " << row.rule_mode;
    EXPECT_EQ(status.would_deny, row.would_deny) << row.mode << " " << row.rule_mode;
    EXPECT_EQ(status.would_warn, row.would_warn) << row.mode << " " << row.rule_mode;
  }
}

TEST_F(RuleStatusTest, ARuleThatAsksForWhatNobodyTellsIsNamed) {
  for (const json& asks : {json{{"exploited", "Only"}}, json{{"epssAtLeast", 0.1}}}) {
    json silent = policy("Deny");
    silent["spec"]["rules"][0].update(asks);

    const auto status = status_of(silent.get<crds::ScanPolicy>(), {workload(bad_)});

    EXPECT_EQ(condition(status.conditions, "Ready"), "True RuleCannotFire") << asks;
  }
}

// As the operator does it, which has not all of them in memory at once.
TEST_F(RuleStatusTest, CountsSomeAtATime) {
  const auto parsed = policy("Deny").get<crds::ScanPolicy>();
  PolicyTally tally;
  KnownOfFindings known;
  for (const JudgedImage* image : {&bad_, &good_, &bad_}) {
    add_workloads(known, {workload(*image)});
    add_workloads(tally, book_of(parsed, {}), {workload(*image)}, now_);
  }
  EXPECT_EQ(policy_status(parsed, tally, known, now_),
            status_of(parsed, {workload(bad_), workload(good_), workload(bad_)}));
}

TEST_F(RuleStatusTest, CountsNothingOfOtherNamespaces) {
  json other = policy("Deny");
  other["metadata"]["namespace"] = "other";

  const crds::ScanPolicyStatus status = status_of(other.get<crds::ScanPolicy>(), {workload(bad_)});

  EXPECT_EQ(status.matched_workloads, 0);
  EXPECT_EQ(status.would_deny, 0);
}

TEST_F(RuleStatusTest, AddsUpWhatTheReplicasDenied) {
  json counted = policy("Deny");
  counted["status"]["replicas"] = {{{"name", "a"}, {"deniedLast24h", 3}}, {{"name", "b"}, {"deniedLast24h", 4}}};

  EXPECT_EQ(status_of(counted.get<crds::ScanPolicy>(), {}).denied_last_24h, 7);
}

TEST_F(RuleStatusTest, APolicyForSomeImagesSaysSo) {
  json some = policy("Deny");
  some["spec"]["match"]["images"] = {"registry:5000/*"};

  const auto status = status_of(some.get<crds::ScanPolicy>(), {});

  EXPECT_EQ(condition(status.conditions, "Ready"), "True SomeImagesOnly");
}

TEST_F(RuleStatusTest, SaysWhetherAnExceptionStillCounts) {
  struct Row {
    const char* name;
    const char* expires_at;
    ExceptionMatches matches;
    crds::NamespacedExceptions namespaced;
    const char* active;
    const char* expired;
  };
  constexpr auto kAllow = crds::NamespacedExceptions::kAllow;
  const std::vector<Row> rows = {
      {"active", "2026-01-31T09:00:00Z", {2, 1}, kAllow, "True Active", "False NotYet"},
      {"matches nothing", "2026-01-31T09:00:00Z", {}, kAllow, "True MatchesNothing", "False NotYet"},
      {"expired", "2026-01-31T07:59:59Z", {}, kAllow, "False Expired", "True Date"},
      {"forbidden", "2026-01-31T09:00:00Z", {}, crds::NamespacedExceptions::kForbid, "False Forbidden", "False NotYet"},
  };
  for (const Row& row : rows) {
    const auto parsed = exception("ok", row.expires_at).get<crds::FindingException>();
    policy::ExceptionTerms terms;
    terms.namespaced = row.namespaced;

    const crds::FindingExceptionStatus status = exception_status(parsed, row.matches, terms, now_);

    EXPECT_EQ(condition(status.conditions, "Active"), row.active) << row.name;
    EXPECT_EQ(condition(status.conditions, "Expired"), row.expired) << row.name;
    EXPECT_EQ(status.matched_findings, row.matches.findings) << row.name;
    EXPECT_EQ(status.ends_at, row.expires_at) << row.name;
  }
}

TEST_F(RuleStatusTest, TheClustersLongestDurationEndsAnExceptionEarlier) {
  const auto parsed = exception("ok", "2026-12-31T09:00:00Z").get<crds::FindingException>();
  policy::ExceptionTerms terms;
  terms.duration_max = std::chrono::minutes(30);

  const auto status = exception_status(parsed, {}, terms, now_);

  EXPECT_EQ(status.ends_at, "2026-01-31T07:30:00Z");
  EXPECT_EQ(condition(status.conditions, "Active"), "False Expired");
}

// The look at everything that runs: how much of the time it takes, and that it ends when it has to.
class RuleStatusReconcilerTest : public testing::Test {
 protected:
  RuleStatusReconcilerTest() {
    api_.put(crds::kClusterScanPolicy, policy("Deny"));
    api_.put(crds::kFindingException, exception("ok", "2026-01-31T09:00:00Z"));
    rules_.feed(api_);
  }
  // Each write takes so long.
  void slow_down(std::chrono::seconds write) {
    api_.refuse(
        [this, write](const std::string& line) {
          if (!line.starts_with("get ")) clock_.advance(write);
          return false;
        },
        0, "");
  }

  tests::MemoryApi api_;
  tests::FakeClock clock_;
  tests::Rules rules_{clock_};
  kubernetes::Store<crds::ImageScan> scans_{tests::decode_object<crds::ImageScan>};
  kubernetes::Store<crds::ImageReport> reports_{tests::decode_object<crds::ImageReport>};
  kubernetes::Store<KnownRow> rows_{[](const json& object) { return known_row(object.get<crds::Finding>()); }};
  ImageUses uses_;
  RuleStatusReconciler reconciler_{
      {.running = {.judges = rules_.judges(),
                   .scans = scans_,
                   .uses = uses_,
                   .workloads = [] { return std::vector<std::shared_ptr<const WorkloadImages>>(); }},
       .reports = reports_,
       .rows = rows_,
       .api = api_,
       .clock = clock_}};
};

TEST_F(RuleStatusReconcilerTest, LooksOnceAMinuteAndSoonerWhenItIsAsked) {
  EXPECT_EQ(reconciler_.reconcile({}, {}).requeue_after, std::chrono::minutes(1));
  EXPECT_EQ(api_.writes().size(), 2u);
  rules_.feed(api_);
  EXPECT_EQ(reconciler_.reconcile({}, {}).requeue_after, std::chrono::minutes(1));
  EXPECT_EQ(api_.writes().size(), 2u) << "it says so already";
}

TEST_F(RuleStatusReconcilerTest, WorksATenthOfTheTimeHoweverOftenItIsAsked) {
  slow_down(std::chrono::seconds(10));
  EXPECT_EQ(reconciler_.reconcile({}, {}).requeue_after, std::chrono::seconds(180)) << "it took 20 seconds";
  api_.put(crds::kClusterScanPolicy, policy("Audit"));
  rules_.feed(api_);
  const std::size_t written = api_.writes().size();
  clock_.advance(std::chrono::seconds(100));
  EXPECT_EQ(reconciler_.reconcile({}, {}).requeue_after, std::chrono::seconds(80));
  EXPECT_EQ(api_.writes().size(), written);
  clock_.advance(std::chrono::seconds(80));
  static_cast<void>(reconciler_.reconcile({}, {}));
  EXPECT_GT(api_.writes().size(), written);
}

TEST_F(RuleStatusReconcilerTest, WhatFailedIsNotBegunAnewAtOnce) {
  std::size_t tries = 0;
  api_.refuse(
      [&](const std::string& line) {
        if (line.starts_with("get ")) return false;
        ++tries;
        clock_.advance(std::chrono::seconds(10));
        return true;
      },
      404, "NotFound");
  EXPECT_THROW(static_cast<void>(reconciler_.reconcile({}, {})), kubernetes::ApiError);
  EXPECT_EQ(reconciler_.reconcile({}, {}).requeue_after, std::chrono::seconds(90));
  EXPECT_EQ(tries, 1u);
}

TEST_F(RuleStatusReconcilerTest, EndsWhenItIsAskedTo) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(static_cast<void>(reconciler_.reconcile({}, stop.get_token())), base::NetworkError);
  EXPECT_TRUE(api_.writes().empty());
}

}  // namespace
}  // namespace pratique_operator::reconcilers
