#include "operator/reconcilers/finding_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/operator/support/fake_clock.h"

namespace pratique_operator::reconcilers {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

crds::Finding row(crds::Severity severity, crds::FindingState state = crds::FindingState::kOpen) {
  crds::Finding finding;
  finding.spec.severity = severity;
  finding.status = crds::FindingStatus{};
  finding.status->state = state;
  return finding;
}

class FindingMetricsTest : public testing::Test {
 protected:
  base::SystemTime now() { return clock_.system_now(); }
  std::string shown() { return metrics_.expose(); }

  net::Metrics metrics_;
  tests::FakeClock clock_;
  FindingMetrics told_{metrics_, clock_.system_now()};
};

TEST_F(FindingMetricsTest, CountsOpenRowsBySeverityAndNamespace) {
  told_.note_open("shop", {row(crds::Severity::kHigh), row(crds::Severity::kHigh), row(crds::Severity::kCritical),
                           row(crds::Severity::kLow, crds::FindingState::kExcepted)});
  told_.note_open("bank", {row(crds::Severity::kHigh)});
  EXPECT_THAT(shown(), HasSubstr("pratique_findings_open{namespace=\"bank\",severity=\"High\"} 1\n"
                                 "pratique_findings_open{namespace=\"shop\",severity=\"Critical\"} 1\n"
                                 "pratique_findings_open{namespace=\"shop\",severity=\"High\"} 2\n"));
  EXPECT_THAT(shown(), Not(HasSubstr("Low")));

  told_.note_open("shop", {});
  EXPECT_THAT(shown(), Not(HasSubstr("shop")));
}

// However many namespaces there are, the number of samples has a bound.
TEST_F(FindingMetricsTest, TheSmallestNamespacesShareASample) {
  for (int i = 0; i < 205; ++i) {
    told_.note_open("n" + std::to_string(i),
                    std::vector<crds::Finding>(static_cast<std::size_t>(i) + 1, row(crds::Severity::kHigh)));
  }
  EXPECT_THAT(shown(), HasSubstr("{namespace=\"(others)\",severity=\"High\"} 15\n"));  // 1 + 2 + 3 + 4 + 5
  EXPECT_THAT(shown(), HasSubstr("{namespace=\"n5\",severity=\"High\"} 6\n"));
  EXPECT_THAT(shown(), Not(HasSubstr("{namespace=\"n4\",")));
}

TEST_F(FindingMetricsTest, TimesTheFixOfWhatWasOpen) {
  KnownRow open;
  open.severity = crds::Severity::kHigh;
  open.first_seen = base::format_rfc3339(now() - seconds(7200));
  told_.note_fixed(open, now());
  open.state = crds::FindingState::kExcepted;
  told_.note_fixed(open, now());

  EXPECT_THAT(shown(), HasSubstr("pratique_finding_time_to_fix_seconds_count{severity=\"High\"} 1\n"));
  EXPECT_THAT(shown(), HasSubstr("pratique_finding_time_to_fix_seconds_sum{severity=\"High\"} 7200\n"));
  EXPECT_THAT(shown(), HasSubstr("{severity=\"High\",le=\"3600\"} 0\n"));
}

TEST_F(FindingMetricsTest, TimesEachPushOnce) {
  const base::SystemTime asked = now() + seconds(1);
  told_.note_written("shop", {{"web", base::format_rfc3339(asked)}}, now() + seconds(4));
  told_.note_written("shop", {{"web", base::format_rfc3339(asked)}}, now() + seconds(400));
  EXPECT_THAT(shown(), HasSubstr("pratique_push_to_findings_seconds_count 1\n"));
  EXPECT_THAT(shown(), HasSubstr("pratique_push_to_findings_seconds_sum 3\n"));

  told_.note_written("shop", {{"web", base::format_rfc3339(asked + seconds(10))}}, now() + seconds(12));
  EXPECT_THAT(shown(), HasSubstr("pratique_push_to_findings_seconds_count 2\n"));
}

// What a former leader has seen is no news, and what nobody asked for has no beginning.
TEST_F(FindingMetricsTest, OldRequestsAndNoneDoNotCount) {
  told_.note_written("shop", {{"web", base::format_rfc3339(now() - seconds(1))}, {"unasked", ""}}, now() + seconds(4));
  EXPECT_THAT(shown(), Not(HasSubstr("pratique_push_to_findings_seconds_count 1")));
}

}  // namespace
}  // namespace pratique_operator::reconcilers
