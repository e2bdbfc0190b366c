#include "operator/reconcilers/scan_backlog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/operator/support/fake_clock.h"
#include "tests/operator/support/memory_api.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using testing::HasSubstr;

class ScanBacklogTest : public testing::Test {
 protected:
  // `scanned`: the status of that condition; empty: nobody has looked at it yet.
  void put(const std::string& name, const std::string& scanned, const json& spec = json::object()) {
    json object = {{"metadata",
                    {{"name", name},
                     {"namespace", "shop"},
                     {"creationTimestamp", base::format_rfc3339(clock_.system_now() - seconds(100))}}},
                   {"spec", {{"image", "registry:5000/web:1"}}}};
    object["spec"].update(spec);
    if (!scanned.empty()) {
      object["status"] = {{"digest", "sha256:" + std::string(64, 'a')},
                          {"conditions",
                           {{{"type", "Scanned"},
                             {"status", scanned},
                             {"reason", "Because"},
                             {"message", ""},
                             {"lastTransitionTime", base::format_rfc3339(clock_.system_now() - seconds(7))}}}}};
    }
    api_.put(crds::kImageScan, object);
    api_.feed(scans_, crds::kImageScan);
  }
  ScanBacklog backlog() { return backlog_of(scans_, since_, clock_.system_now()); }

  tests::MemoryApi api_;
  tests::FakeClock clock_;
  net::Metrics metrics_;
  UnscannedSince since_;
  kubernetes::Store<crds::ImageScan> scans_{[](const json& object) { return object.get<crds::ImageScan>(); }};
};

TEST_F(ScanBacklogTest, NothingToDoIsNoBacklog) {
  EXPECT_EQ(backlog(), (ScanBacklog{}));
  put("web", "True");
  EXPECT_EQ(backlog(), (ScanBacklog{}));
}

TEST_F(ScanBacklogTest, CountsFromTheBirthOfWhatNobodyLookedAt) {
  put("web", "");
  EXPECT_EQ(backlog(), (ScanBacklog{.unscanned = 1, .oldest = seconds(100)}));
}

TEST_F(ScanBacklogTest, CountsFromTheLossOfAScan) {
  put("moved-tag", "Unknown");
  EXPECT_EQ(backlog(), (ScanBacklog{.unscanned = 1, .oldest = seconds(7)}));
}

// Each try sets the condition to Unknown and back to False.
TEST_F(ScanBacklogTest, FailedTriesDoNotMakeItYounger) {
  put("broken", "False");
  EXPECT_EQ(backlog().oldest, seconds(7));
  clock_.advance(seconds(60));
  put("broken", "Unknown");
  EXPECT_EQ(backlog().oldest, seconds(67));
  put("broken", "True");
  EXPECT_EQ(backlog(), (ScanBacklog{}));
  put("broken", "False");
  EXPECT_EQ(backlog().oldest, seconds(7));
}

TEST_F(ScanBacklogTest, WhatIsSuspendedWaitsForNobody) {
  put("held", "", {{"suspend", true}});
  EXPECT_EQ(backlog(), (ScanBacklog{}));
}

TEST_F(ScanBacklogTest, IsPublishedAgainAndAgain) {
  put("web", "");
  ScanBacklogReconciler reconciler(scans_, clock_, metrics_);

  const controller::Result result = reconciler.reconcile({}, {});

  EXPECT_EQ(result.requeue_after, seconds(15));
  EXPECT_THAT(metrics_.expose(), HasSubstr("pratique_unscanned_images 1\n"));
  EXPECT_THAT(metrics_.expose(), HasSubstr("pratique_oldest_unscanned_image_age_seconds 100\n"));
}

}  // namespace
}  // namespace pratique_operator::reconcilers
