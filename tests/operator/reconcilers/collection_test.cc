#include "operator/reconcilers/collection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/reconcilers/discovery_round.h"
#include "operator/reconcilers/workload_reconciler.h"
#include "tests/operator/support/fake_clock.h"
#include "tests/operator/support/memory_api.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kDigest = "sha256:" + std::string(64, 'a');

class CollectionTest : public testing::Test {
 protected:
  void put_scan(const std::string& name, const json& labels, const std::string& image = "registry:5000/shop/web:1",
                const std::string& pushed = "2026-01-31T08:00:00Z") {
    const json scan = {
        {"metadata",
         {{"name", name},
          {"namespace", "shop"},
          {"labels", labels},
          {"annotations", {{std::string(crds::kRescanRequestedAt), pushed}}}}},
        {"spec", {{"image", image}}},
        {"status",
         {{"platforms",
           {{{"platform", "linux/amd64"}, {"digest", kDigest}, {"report", "sha256-" + kDigest.substr(7)}}}}}}};
    api_.put(crds::kImageScan, scan);
    api_.feed(scans_, crds::kImageScan);
    const auto decoded = scan.get<crds::ImageScan>();
    index_.change(nullptr, &decoded);
  }
  void put_report(const std::string& name) {
    api_.put(crds::kImageReport, {{"metadata", {{"name", name}}}, {"spec", {{"digest", kDigest}}}});
    api_.feed(reports_, crds::kImageReport);
  }
  // What the last resolution gave.
  void say_of(const std::string& name, const std::string& reason, const std::string& status = "False") {
    json scan = api_.at(crds::kImageScan, {.ns = "shop", .name = name});
    scan["status"]["conditions"] = {{{"type", "Resolved"}, {"status", status}, {"reason", reason}}};
    api_.put(crds::kImageScan, scan);
    api_.feed(scans_, crds::kImageScan);
  }
  void sweep() {
    static_cast<void>(collection_.reconcile({}, {}));
    feed();
  }
  void feed() {
    api_.feed(scans_, crds::kImageScan);
    api_.feed(reports_, crds::kImageReport);
  }
  [[nodiscard]] std::size_t left() { return api_.all(crds::kImageScan).size(); }

  tests::MemoryApi api_;
  tests::FakeClock clock_;
  ScanIndex index_;
  crds::UsedBy used_by_;
  ScanRegistries registries_;
  kubernetes::Store<crds::ImageScan> scans_{[](const json& object) { return object.get<crds::ImageScan>(); }};
  kubernetes::Store<crds::ImageReport> reports_{[](const json& object) { return object.get<crds::ImageReport>(); }};
  CollectionReconciler collection_{{.scans = scans_,
                                    .reports = reports_,
                                    .index = index_,
                                    .used_by = [this](const crds::ImageScan&) { return used_by_; },
                                    .registries = [this] { return registries_; },
                                    .api = api_,
                                    .clock = clock_}};
  const json of_workload_ = {{"app.kubernetes.io/managed-by", "pratique"}, {kMadeForWorkloadLabel, "true"}};
  const json of_event_ = {{"app.kubernetes.io/managed-by", "pratique"}, {kMadeForEventLabel, "true"}};
};

TEST_F(CollectionTest, WorkloadsImageScansGoAnHourAfterTheLastUse) {
  put_scan("web", of_workload_);
  sweep();
  clock_.advance(std::chrono::minutes(59));
  sweep();
  EXPECT_EQ(left(), 1u);
  clock_.advance(std::chrono::minutes(1));
  sweep();
  EXPECT_EQ(left(), 0u);
}

TEST_F(CollectionTest, AnImageThatIsUsedAgainStartsAnew) {
  put_scan("web", of_workload_);
  sweep();
  clock_.advance(std::chrono::minutes(50));
  used_by_.pods = 1;
  sweep();
  used_by_.pods = 0;
  sweep();
  clock_.advance(std::chrono::minutes(50));
  sweep();
  EXPECT_EQ(left(), 1u);
}

TEST_F(CollectionTest, APersonsOwnIsNeverCollected) {
  put_scan("mine", json::object());
  put_scan("theirs", {{"app.kubernetes.io/managed-by", "helm"}});
  sweep();
  clock_.advance(std::chrono::hours(24 * 365));
  sweep();
  EXPECT_EQ(left(), 2u);
}

TEST_F(CollectionTest, AnEventsImageScanOutlivesItsWorkload) {
  json both = of_workload_;
  both[kMadeForEventLabel] = "true";
  put_scan("web", both);
  sweep();
  clock_.advance(std::chrono::hours(24 * 29));
  sweep();
  EXPECT_EQ(left(), 1u);
  clock_.advance(std::chrono::hours(25));
  sweep();
  clock_.advance(std::chrono::hours(1));
  sweep();
  EXPECT_EQ(left(), 0u);
}

TEST_F(CollectionTest, WhatDiscoveryKeepsStays) {
  json found = of_event_;
  found[kMadeForDiscoveryLabel] = "main";
  put_scan("web", found);
  crds::ScanRegistry main;
  main.metadata.name = "main";
  main.spec.server = "registry:5000";
  main.spec.ns = "shop";
  main.spec.discovery.emplace();
  registries_ = {std::make_shared<crds::ScanRegistry>(main)};
  sweep();
  clock_.advance(std::chrono::hours(24 * 365));
  sweep();
  EXPECT_EQ(left(), 1u) << "however long ago it was pushed";

  main.spec.discovery.reset();
  registries_ = {std::make_shared<crds::ScanRegistry>(main)};
  sweep();
  clock_.advance(std::chrono::hours(1));
  sweep();
  EXPECT_EQ(left(), 0u) << "until nobody walks through the registry any more";
}

TEST_F(CollectionTest, AnEventsImageScanGoesAnHourAfterItsTag) {
  put_scan("web", of_event_);
  put_scan("mine", json::object());
  for (const char* name : {"web", "mine"}) {
    say_of(name, "NotFound");
  }
  sweep();
  clock_.advance(std::chrono::minutes(59));
  sweep();
  EXPECT_EQ(left(), 2u);
  clock_.advance(std::chrono::minutes(1));
  sweep();

  ASSERT_EQ(left(), 1u);
  EXPECT_EQ(api_.all(crds::kImageScan)[0].at("metadata").at("name"), "mine");
}

TEST_F(CollectionTest, WhatAnEventNamedAndIsNoImageGoes) {
  put_scan("signature", of_event_);
  put_scan("mine", json::object());
  for (const char* name : {"signature", "mine"}) say_of(name, "NotAnImage");
  sweep();

  ASSERT_EQ(left(), 1u) << "at once: it will never be an image";
  EXPECT_EQ(api_.all(crds::kImageScan)[0].at("metadata").at("name"), "mine");
}

// Something else was pushed under its tag: what runs is still what the ImageScan is about.
TEST_F(CollectionTest, WhatIsInUseStaysWhateverWasPushedUnderItsTag) {
  put_scan("web", of_event_);
  say_of("web", "NotAnImage");
  used_by_.pods = 1;
  sweep();
  EXPECT_EQ(left(), 1u);

  used_by_.pods = 0;
  sweep();
  EXPECT_EQ(left(), 0u);
}

TEST_F(CollectionTest, ARegistryThatIsAwayTakesNothing) {
  put_scan("web", of_event_);
  for (const char* reason : {"RegistryUnreachable", "Unauthorized", "RateLimited"}) {
    say_of("web", reason);
    sweep();
    clock_.advance(std::chrono::hours(24));
    sweep();
    EXPECT_EQ(left(), 1u) << reason;
  }
}

TEST_F(CollectionTest, ATagThatComesBackStartsAnew) {
  put_scan("web", of_event_);
  say_of("web", "NotFound");
  sweep();
  clock_.advance(std::chrono::minutes(50));
  say_of("web", "Resolved", "True");
  sweep();
  say_of("web", "NotFound");
  sweep();
  clock_.advance(std::chrono::minutes(50));
  sweep();
  EXPECT_EQ(left(), 1u);
}

TEST_F(CollectionTest, ReportsGoADayAfterTheLastImageScan) {
  api_.put(crds::kImageReport,
           {{"metadata", {{"name", "sha256-" + kDigest.substr(7)}}}, {"spec", {{"digest", kDigest}}}});
  api_.put(crds::kImageReport, {{"metadata", {{"name", "orphan"}}}, {"spec", {{"digest", "sha256:b"}}}});
  api_.feed(reports_, crds::kImageReport);
  put_scan("mine", json::object());

  sweep();
  clock_.advance(std::chrono::hours(23));
  sweep();
  EXPECT_EQ(api_.all(crds::kImageReport).size(), 2u);
  clock_.advance(std::chrono::hours(1));
  sweep();

  ASSERT_EQ(api_.all(crds::kImageReport).size(), 1u);
  EXPECT_EQ(api_.all(crds::kImageReport)[0].at("spec").at("digest"), kDigest);
}

// An object that cannot be removed must not keep those behind it for ever.
TEST_F(CollectionTest, OneThatIsRefusedKeepsNoOther) {
  for (const char* name : {"a", "b", "c"}) put_scan(name, of_workload_);
  for (const char* name : {"orphan1", "orphan2"}) put_report(name);
  sweep();
  clock_.advance(std::chrono::hours(24));
  for (const int status : {403, 409, 500}) {
    api_.refuse([](const std::string& line) { return line.ends_with("shop/b") || line.ends_with("orphan1"); }, status,
                "No");
    EXPECT_THROW(sweep(), kubernetes::ApiError) << status << ": it is told, and tried again";
    feed();
    ASSERT_EQ(left(), 1u) << status;
    EXPECT_EQ(api_.all(crds::kImageScan)[0].at("metadata").at("name"), "b") << status;
    EXPECT_EQ(api_.all(crds::kImageReport).size(), 1u) << status;
  }
}

TEST_F(CollectionTest, AnApiServerThatWantsToBeLeftAloneIs) {
  for (const char* name : {"a", "b", "c"}) put_scan(name, of_workload_);
  sweep();
  clock_.advance(std::chrono::hours(1));
  int asked = 0;
  api_.refuse([&](const std::string&) { return ++asked > 0; }, 429, "TooManyRequests");
  EXPECT_THROW(sweep(), kubernetes::ApiError);
  EXPECT_EQ(asked, 1);
}

// A Lease that is lost waits for nobody.
TEST_F(CollectionTest, EndsWhenAStopIsRequested) {
  for (const char* name : {"a", "b", "c"}) put_scan(name, of_workload_);
  put_report("orphan");
  sweep();
  clock_.advance(std::chrono::hours(24));
  std::stop_source stop;
  api_.refuse(
      [&](const std::string&) {
        stop.request_stop();
        return false;
      },
      0, "");
  static_cast<void>(collection_.reconcile({}, stop.get_token()));
  EXPECT_EQ(left(), 2u);
  EXPECT_EQ(api_.all(crds::kImageReport).size(), 1u);
}

// While another one was removed.
TEST_F(CollectionTest, WhatIsUsedAgainMeanwhileStays) {
  for (const char* name : {"a", "b"}) put_scan(name, of_workload_);
  sweep();
  clock_.advance(std::chrono::hours(1));
  api_.refuse([&](const std::string&) { return ++used_by_.pods == 0; }, 0, "");
  sweep();
  EXPECT_EQ(left(), 1u);
}

TEST_F(CollectionTest, AReportThatIsNamedMeanwhileStays) {
  put_report("orphan");
  put_report("sha256-" + kDigest.substr(7));
  sweep();
  clock_.advance(std::chrono::hours(24));
  const crds::ImageScan scan = json{{"metadata", {{"name", "web"}, {"namespace", "shop"}}},
                                    {"spec", {{"image", "registry:5000/shop/web:1"}}},
                                    {"status", {{"platforms", {{{"platform", "linux/amd64"}, {"digest", kDigest}}}}}}}
                                   .get<crds::ImageScan>();
  api_.refuse(
      [&](const std::string& line) {
        if (line.ends_with("orphan")) index_.change(nullptr, &scan);
        return false;
      },
      0, "");
  sweep();
  ASSERT_EQ(api_.all(crds::kImageReport).size(), 1u);
  EXPECT_NE(api_.all(crds::kImageReport)[0].at("metadata").at("name"), "orphan");
}

PushedTag pushed(const std::string& name, const std::string& image, const std::string& time,
                 const std::string& ns = {}) {
  crds::ImageScan scan;
  scan.metadata.name = name;
  scan.metadata.ns = ns;
  scan.spec.image = image;
  scan.metadata.annotations[std::string(crds::kRescanRequestedAt)] = time;
  return pushed_tag(scan, tests::FakeClock::kStart);
}

TEST(PastRetention, KeepsTheNewestTagsOfEachRepository) {
  auto registry = std::make_shared<crds::ScanRegistry>();
  registry->spec.server = "registry:5000";
  registry->spec.retention.tags = 2;
  const base::SystemTime now = tests::FakeClock::kStart;

  const auto gone = past_retention({pushed("web-1", "registry:5000/shop/web:1", "2026-01-28T08:00:00.5Z"),
                                    pushed("web-2", "registry:5000/shop/web:2", "2026-01-29T08:00:00Z"),
                                    pushed("web-3", "registry:5000/shop/web:3", "2026-01-30T08:00:00Z"),
                                    pushed("api-1", "registry:5000/shop/api:1", "2026-01-20T08:00:00Z")},
                                   {registry}, now);

  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].name, "web-1");
}

// Two teams may follow one registry, each with its own patience.
TEST(PastRetention, IsThatOfTheScanRegistryOfTheNamespace) {
  auto strict = std::make_shared<crds::ScanRegistry>();
  strict->spec.server = "registry:5000";
  strict->spec.ns = "lab";
  strict->spec.retention.tags = 1;
  auto patient = std::make_shared<crds::ScanRegistry>();
  patient->spec.server = "registry:5000";
  patient->spec.ns = "shop";
  std::vector<PushedTag> scans;
  for (const char* ns : {"lab", "shop"}) {
    for (const std::string tag : {"1", "2"}) {
      scans.push_back(pushed("web-" + tag, "registry:5000/web:" + tag, "2026-01-30T08:00:0" + tag + "Z", ns));
    }
  }

  EXPECT_THAT(past_retention(scans, {strict, patient}, tests::FakeClock::kStart),
              ElementsAre(kubernetes::ObjectKey{.ns = "lab", .name = "web-1"}));
}

TEST(PastRetention, KeepsWhatIsYoungEnough) {
  auto registry = std::make_shared<crds::ScanRegistry>();
  registry->spec.server = "registry:5000";
  registry->spec.retention.age = "2d";

  const auto gone = past_retention({pushed("old", "registry:5000/shop/web:1", "2026-01-29T07:59:59Z"),
                                    pushed("young", "registry:5000/shop/web:2", "2026-01-29T08:00:01Z"),
                                    pushed("of-no-registry", "elsewhere/web:1", "2026-01-02T08:00:01Z")},
                                   {registry}, tests::FakeClock::kStart);

  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].name, "old");
}

}  // namespace
}  // namespace pratique_operator::reconcilers
