#include "operator/reconcilers/image_scan_reconciler.h"

#include <gmock/gmock.h>

#include "tests/operator/support/image_scan_fixture.h"

namespace pratique_operator::reconcilers {
namespace {

using kubernetes::ObjectKey;
using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using tests::ImageScanReconcilerTest;
using tests::kDigest;
using tests::kNewDigest;
using tests::kWeb;

TEST_F(ImageScanReconcilerTest, ResolvesScansAndStoresTheReport) {
  make_scan();

  reconcile();

  ASSERT_EQ(scanner_.requests.size(), 1u);
  EXPECT_EQ(scanner_.requests[0].digest, kDigest.text());
  EXPECT_EQ(scanner_.requests[0].index, "") << "the tag means the manifest itself";
  EXPECT_EQ(scanner_.requests[0].access.bearer_token, "token");
  EXPECT_EQ(scanner_.requests[0].reference, "registry:5000/shop/web:1");
  EXPECT_EQ(api_.all(crds::kImageReport).size(), 1u);
  EXPECT_EQ(status().digest, kDigest.text());
  EXPECT_EQ(status().bytes_fetched, 1234);
  EXPECT_EQ(condition(crds::kResolved), "True Resolved");
}

TEST_F(ImageScanReconcilerTest, SaysWhichIndexLedToTheManifest) {
  resolver_.index = base::Digest::of("index");
  make_scan();
  reconcile();
  ASSERT_EQ(scanner_.requests.size(), 1u);
  EXPECT_EQ(scanner_.requests[0].digest, kDigest.text());
  EXPECT_EQ(scanner_.requests[0].index, base::Digest::of("index").text());
}

// The inventory alone tells nothing about vulnerabilities.
TEST_F(ImageScanReconcilerTest, SaysWhichLayerIsTheLargest) {
  const auto layer = [](const char* content, std::uint64_t size) {
    return registry::Descriptor{.digest = base::Digest::of(content), .size = size};
  };
  resolver_.layers = {layer("base", 30'000'000), layer("packages", 200'000'000), layer("code", 1'000)};
  make_scan();
  reconcile();
  EXPECT_THAT(scanner_.largest_layers, testing::ElementsAre(base::Digest::of("packages").text()));
}

TEST_F(ImageScanReconcilerTest, IsNotScannedWithoutADatabase) {
  make_scan();

  reconcile();

  EXPECT_EQ(condition(crds::kScanned), "False NoDatabase");
  EXPECT_EQ(condition(crds::kReady), "False NoDatabase");
  EXPECT_FALSE(status().counts.has_value());

  match_report();
  reconcile();

  EXPECT_EQ(condition(crds::kScanned), "True Scanned");
  EXPECT_EQ(status().counts->critical, 0);
  EXPECT_EQ(scanner_.requests.size(), 1u) << "matching needs no second scan";
}

TEST_F(ImageScanReconcilerTest, WritesNothingWhenNothingChanged) {
  make_scan();
  reconcile();
  match_report();
  reconcile();
  api_.forget_writes();
  clock_.advance(std::chrono::hours(1));

  const controller::Result result = reconcile();

  EXPECT_THAT(api_.writes(), IsEmpty());
  EXPECT_FALSE(result.requeue_after.has_value());
  EXPECT_EQ(resolver_.requests.size(), 1u);
}

TEST_F(ImageScanReconcilerTest, SharesTheReportOfADigestButProvesThePullRight) {
  make_scan();
  reconcile();
  api_.put(crds::kImageScan, {{"metadata", {{"name", "web"}, {"namespace", "other"}}},
                              {"spec", {{"image", "registry:5000/shop/web:1"}}}});
  api_.feed(scans_, crds::kImageScan);

  static_cast<void>(reconciler_.reconcile({.ns = "other", .name = "web"}, {}));

  EXPECT_EQ(scanner_.requests.size(), 1u);
  ASSERT_EQ(resolver_.requests.size(), 2u);
  EXPECT_EQ(resolver_.requests[1].ns, "other");
}

TEST_F(ImageScanReconcilerTest, UsesAReportThatTheStoreDoesNotHaveYet) {
  make_scan();
  static_cast<void>(reconciler_.reconcile(kWeb, {}));
  api_.feed(scans_, crds::kImageScan);

  static_cast<void>(reconciler_.reconcile(kWeb, {}));

  EXPECT_EQ(scanner_.requests.size(), 1u);
}

TEST_F(ImageScanReconcilerTest, TakesTheReportOfAScannerOfAnotherVersion) {
  make_scan();
  scanner_.version = "9.9.9+" + std::to_string(scanner::kExtractorsVersion);

  reconcile();
  reconcile();

  EXPECT_EQ(scanner_.requests.size(), 1u);
}

TEST_F(ImageScanReconcilerTest, ResolvesAgainWhenAsked) {
  make_scan();
  reconcile();
  request_rescan("2026-01-31T08:00:00.5Z");
  resolver_.digest = kNewDigest;

  reconcile();

  EXPECT_EQ(status().digest, kNewDigest.text());
  EXPECT_EQ(status().rescan_handled, "2026-01-31T08:00:00.5Z");
  EXPECT_EQ(scanner_.requests.size(), 2u);
  reconcile();
  EXPECT_EQ(resolver_.requests.size(), 2u) << "the same request is obeyed once";
}

// A registry notifies before the tag that was pushed can be seen.
TEST_F(ImageScanReconcilerTest, LooksAgainSoonAfterAPush) {
  make_scan();
  reconcile();
  match_report();
  clock_.advance(std::chrono::minutes(1));
  request_rescan("2026-01-31T08:01:00.500000000Z");

  const controller::Result result = reconcile();
  resolver_.digest = kNewDigest;

  EXPECT_EQ(status().digest, kDigest.text()) << "the tag is where it was";
  EXPECT_EQ(result.requeue_after, std::chrono::seconds(3));
  clock_.advance(std::chrono::seconds(3));
  reconcile();
  EXPECT_EQ(status().digest, kNewDigest.text());
  const std::size_t asked = resolver_.requests.size();
  clock_.advance(std::chrono::minutes(1));
  EXPECT_EQ(reconcile().requeue_after, std::nullopt);
  EXPECT_EQ(resolver_.requests.size(), asked) << "and then no more";
}

TEST_F(ImageScanReconcilerTest, ResolvesATagInUseEveryFiveMinutes) {
  make_scan();
  used_by_.pods = 1;

  const controller::Result first = reconcile();
  EXPECT_EQ(first.requeue_after, std::chrono::seconds(300));
  clock_.advance(std::chrono::seconds(299));
  reconcile();
  EXPECT_EQ(resolver_.confirmations.size(), 0u);
  clock_.advance(std::chrono::seconds(1));
  reconcile();
  EXPECT_EQ(resolver_.confirmations.size(), 1u);
  EXPECT_EQ(status().used_by->pods, 1);
}

TEST_F(ImageScanReconcilerTest, FollowsTheIntervalOfATagAndNeverThatOfADigest) {
  make_scan({{"image", "registry:5000/shop/web:1"}, {"interval", "1h"}});
  EXPECT_EQ(reconcile().requeue_after, std::chrono::hours(1));
  EXPECT_EQ(status().next_scan_time, "2026-01-31T09:00:00Z");

  make_scan({{"image", "registry:5000/shop/web@" + kDigest.text()}, {"interval", "1h"}});
  EXPECT_FALSE(reconcile().requeue_after.has_value());
}

TEST_F(ImageScanReconcilerTest, AsksForThePlatformsOfTheSpecElseOfTheNodes) {
  make_scan({{"image", "registry:5000/shop/web:1"}, {"platforms", {"linux/arm64"}}, {"pullSecrets", {"login"}}});

  reconcile();

  ASSERT_EQ(resolver_.requests.size(), 1u);
  EXPECT_EQ(resolver_.requests[0].platforms, (std::vector<registry::Platform>{{"linux", "arm64", ""}}));
  EXPECT_EQ(resolver_.requests[0].pull_secrets, (std::vector<std::string>{"login"}));
}

TEST_F(ImageScanReconcilerTest, DoesNothingWhileSuspended) {
  make_scan({{"image", "registry:5000/shop/web:1"}, {"suspend", true}});

  reconcile();

  EXPECT_THAT(resolver_.requests, IsEmpty());
  EXPECT_EQ(condition(crds::kStalled), "True Suspended");
}

TEST_F(ImageScanReconcilerTest, IgnoresWhatIsGone) {
  EXPECT_FALSE(reconcile().requeue_after.has_value());
  EXPECT_THAT(api_.writes(), IsEmpty());
}

TEST_F(ImageScanReconcilerTest, SaysWhyAReferenceCannotBeResolved) {
  struct Row {
    std::function<void()> error;
    std::string resolved;
    std::string stalled;
  };
  const std::vector<Row> rows = {
      {[] { throw base::HttpError("GET manifest: 404", 404); }, "False NotFound", "True NotFound"},
      {[] { throw base::HttpError("GET manifest: 401", 401); }, "False Unauthorized", "True Unauthorized"},
      {[] { throw base::NetworkError("connect: refused"); }, "False RegistryUnreachable", "False RegistryUnreachable"},
      {[] { throw base::HttpError("GET manifest: 429", 429); }, "False RateLimited", "False RateLimited"},
      {[] { throw base::ParseError("digest differs"); }, "False InvalidManifest", "True InvalidManifest"},
  };
  for (const Row& row : rows) {
    make_scan();
    resolver_.error = row.error;
    reconcile_and_fail();
    EXPECT_EQ(condition(crds::kResolved), row.resolved);
    EXPECT_EQ(condition(crds::kStalled), row.stalled);
    EXPECT_THAT(condition(crds::kReady), HasSubstr("False"));
    EXPECT_EQ(condition(crds::kScanned), "Unknown Pending") << "never clean";
    EXPECT_EQ(status().image, "registry:5000/shop/web:1") << "so that a push event finds it";
  }
}

TEST_F(ImageScanReconcilerTest, SaysThatAReferenceIsMalformed) {
  make_scan({{"image", "Not/A/Reference"}});
  reconcile_and_fail();
  EXPECT_EQ(condition(crds::kResolved), "False InvalidReference");
}

TEST_F(ImageScanReconcilerTest, SaysThatNoPlatformFits) {
  make_scan();
  resolver_.platforms.clear();
  reconcile_and_fail();
  EXPECT_EQ(condition(crds::kResolved), "False NoPlatform");
}

TEST_F(ImageScanReconcilerTest, SaysThatItIsNoImage) {
  make_scan();
  resolver_.platforms.clear();
  resolver_.is_artifact = true;
  reconcile_and_fail();
  EXPECT_EQ(condition(crds::kResolved), "False NotAnImage");
  EXPECT_EQ(condition(crds::kScanned), "Unknown Pending") << "never clean";
}

TEST_F(ImageScanReconcilerTest, SaysWhyAScanFailedAndTriesAgain) {
  make_scan();
  scanner_.on_scan = [] {
    throw scanner::ScanFailed({.reason = "InvalidImage", .message = "layer is truncated", .retry_after = {}});
  };
  reconcile_and_fail();
  EXPECT_EQ(condition(crds::kScanned), "False InvalidImage");
  EXPECT_EQ(condition(crds::kResolved), "True Resolved");
  EXPECT_THAT(api_.all(crds::kImageReport), IsEmpty());

  scanner_.on_scan = nullptr;
  reconcile();
  EXPECT_EQ(api_.all(crds::kImageReport).size(), 1u);
}

TEST_F(ImageScanReconcilerTest, TheScannerReadsWhereItWasResolved) {
  make_scan();
  resolver_.mirror = "mirror:5000/hub";

  reconcile();

  ASSERT_EQ(scanner_.requests.size(), 1u);
  EXPECT_EQ(scanner_.requests.front().reference, "mirror:5000/hub/shop/web:1");
  EXPECT_EQ(status().image, "registry:5000/shop/web:1");
  const auto now = status();
  EXPECT_THAT(kubernetes::find_condition(now.conditions, crds::kResolved)->message,
              testing::EndsWith("as its mirror mirror:5000 says"));
}

TEST_F(ImageScanReconcilerTest, AMirrorThatFailsAScannerIsAvoided) {
  make_scan();
  resolver_.mirror = "mirror:5000/hub";
  for (const char* reason : {"NotFound", "InvalidImage", "Overloaded"}) {
    scanner_.on_scan = [reason] {
      throw scanner::ScanFailed({.reason = reason, .message = "no such layer", .retry_after = {}});
    };
    reconcile_and_fail();
  }
  EXPECT_THAT(resolver_.avoided, testing::ElementsAre("mirror:5000/hub/shop/web:1", "mirror:5000/hub/shop/web:1"))
      << "a busy scanner is no fault of it";

  resolver_.mirror.clear();
  scanner_.on_scan = [] {
    throw scanner::ScanFailed({.reason = "NotFound", .message = "no such layer", .retry_after = {}});
  };
  reconcile_and_fail();
  EXPECT_EQ(resolver_.avoided.size(), 2u) << "there is nobody else than the registry itself";
}

TEST_F(ImageScanReconcilerTest, KeepsAnOldResultWhenTheRegistryIsAway) {
  make_scan({{"image", "registry:5000/shop/web:1"}, {"interval", "1h"}});
  reconcile();
  match_report();
  reconcile();
  clock_.advance(std::chrono::hours(2));
  resolver_.error = [] { throw base::NetworkError("connect: refused"); };

  reconcile_and_fail();

  EXPECT_EQ(condition(crds::kResolved), "False RegistryUnreachable");
  EXPECT_EQ(condition(crds::kScanned), "True Scanned");
  EXPECT_THAT(condition(crds::kReady), HasSubstr("False"));
  EXPECT_EQ(status().resolved_at, "2026-01-31T08:00:00Z") << "its age tells admission not to trust the tag";
}

TEST_F(ImageScanReconcilerTest, RefusesAnAnswerForAnotherDigest) {
  make_scan();
  scanner_.answer_for = kNewDigest.text();
  reconcile_and_fail();
  EXPECT_THAT(condition(crds::kScanned), HasSubstr("False"));
  EXPECT_THAT(api_.all(crds::kImageReport), IsEmpty());
}

TEST_F(ImageScanReconcilerTest, ItsOwnLimitsNeverShapeWhatOthersSee) {
  make_scan({{"image", "registry:5000/shop/web:1"}, {"limits", {{"maxBytes", 10}}}});
  scanner_.complete = false;

  reconcile_and_fail();

  EXPECT_EQ(scanner_.requests.at(0).compressed_bytes_max, 10u);
  EXPECT_EQ(condition(crds::kScanned), "False LimitExceeded");
  EXPECT_THAT(api_.all(crds::kImageReport), IsEmpty());
}

TEST_F(ImageScanReconcilerTest, IsNotDisturbedBySomebodyWhoTouchesItDuringTheScan) {
  make_scan();
  scanner_.on_scan = [this] {
    api_.merge_patch(crds::kImageScan, kWeb, {{"metadata", {{"labels", {{"a", "b"}}}}}}, {});
  };

  reconcile();

  EXPECT_EQ(condition(crds::kResolved), "True Resolved");
  EXPECT_EQ(status().bytes_fetched, 1234);
}

TEST_F(ImageScanReconcilerTest, AConflictIsNoFailureOfTheImage) {
  make_scan();
  api_.forget_writes();
  reconciler_.report_failure(kWeb, kubernetes::ApiError("modified", 409, "Conflict", {}));
  EXPECT_THAT(api_.writes(), IsEmpty());
}

TEST_F(ImageScanReconcilerTest, SaysWhatTheCapOnRowsLeftOut) {
  make_scan();
  reconcile();
  match_report();
  left_out_ = 31;

  reconcile();

  EXPECT_EQ(condition(crds::kFindingsListed), "False CapReached");
  EXPECT_EQ(condition(crds::kScanned), "True Scanned");
  EXPECT_THAT(events_.lines(), Contains("Warning FindingsLeftOut on shop/web"));
}

// Who waits asks neither the registry nor the API server for anything meanwhile.
TEST_F(ImageScanReconcilerTest, NoMoreOfARegistryAreScannedAtOnceThanItAllows) {
  make_scan();
  api_.put(crds::kImageScan, {{"metadata", {{"name", "next"}, {"namespace", "shop"}}},
                              {"spec", {{"image", "registry:5000/shop/next:1"}}}});
  api_.feed(scans_, crds::kImageScan);
  const kubernetes::ObjectKey next{.ns = "shop", .name = "next"};
  scans_at_once_ = 1;
  std::optional<std::chrono::milliseconds> pause;
  std::size_t requests = 0;
  std::size_t gets = 0;
  api_.refuse(
      [&](const std::string& line) {
        gets += line.starts_with("get ") ? 1 : 0;
        return false;
      },
      500, "");
  scanner_.on_scan = [&] {
    resolver_.digest = kNewDigest;
    static_cast<void>(reconciler_.reconcile(next, {}));
    api_.feed(scans_, crds::kImageScan);
    requests = resolver_.requests.size();
    gets = 0;
    pause = reconciler_.reconcile(next, {}).requeue_after;
    requests = resolver_.requests.size() - requests + gets;
  };

  reconcile();
  scanner_.on_scan = {};

  EXPECT_EQ(pause, std::chrono::seconds(5));
  EXPECT_EQ(requests, 0u);
  EXPECT_THAT(api_.at(crds::kImageScan, next).dump(),
              HasSubstr("waits for its turn: rateLimit.concurrent of registry:5000"));
  EXPECT_EQ(scanner_.requests.size(), 1u);
  static_cast<void>(reconciler_.reconcile(next, {}));
  EXPECT_EQ(scanner_.requests.size(), 2u) << "the turn was given back";
}

TEST_F(ImageScanReconcilerTest, OneDigestIsScannedByOneWorker) {
  make_scan();
  api_.put(crds::kImageScan, {{"metadata", {{"name", "web"}, {"namespace", "other"}}},
                              {"spec", {{"image", "registry:5000/shop/web:1"}}}});
  api_.feed(scans_, crds::kImageScan);
  std::optional<std::chrono::milliseconds> second;
  scanner_.on_scan = [&] { second = reconciler_.reconcile({.ns = "other", .name = "web"}, {}).requeue_after; };

  reconcile();

  EXPECT_TRUE(second.has_value());
  EXPECT_EQ(scanner_.requests.size(), 1u);
  const json other = api_.at(crds::kImageScan, {.ns = "other", .name = "web"});
  EXPECT_THAT(other.dump(), HasSubstr("for another ImageScan"));
}

}  // namespace
}  // namespace pratique_operator::reconcilers
