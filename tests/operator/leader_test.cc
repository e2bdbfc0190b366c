// What the leader puts into its queues when the cluster changes, and what it leaves out.
#include "operator/leader.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "crds/object_names.h"
#include "tests/operator/support/told_events.h"
#include "tests/operator/support/watched_api.h"
#include "tests/support/eventually.h"

namespace pratique_operator {
namespace {

using nlohmann::json;

class NoScanners final : public reconcilers::InventorySource {
 public:
  scanner::Inventory scan(const scanner::ScanRequest&, std::string_view, std::stop_token) override {
    throw base::NetworkError("no scanner");
  }
};

class LeaderTest : public testing::Test {
 protected:
  ~LeaderTest() override { watches_.set_listener(nullptr); }

  void begin() {
    ASSERT_TRUE(tests::eventually([this] { return watches_.unsynced().empty(); }));
    leader_.begin();
  }
  // How many keys wait in a controller's queue.
  [[nodiscard]] std::size_t waiting(const std::string& controller) { return queue(controller).depth(); }
  void work_off(const std::string& controller) {
    while (queue(controller).step({})) {
    }
  }
  void put_scan() {
    api_->put(crds::kImageScan, {{"metadata", {{"name", "web"}, {"namespace", "shop"}}},
                                 {"spec", {{"image", kImage}}},
                                 {"status",
                                  {{"image", kImage},
                                   {"platforms",
                                    {{{"platform", "linux/amd64"},
                                      {"digest", kDigest.text()},
                                      {"report", crds::image_report_name(kDigest)}}}}}}});
    ASSERT_TRUE(tests::eventually([this] { return watches_.scans().size() == 1; }));
  }
  void put_report() {
    crds::ImageReport report;
    report.metadata.name = crds::image_report_name(kDigest);
    report.spec.digest = kDigest.text();
    report.spec.platform = "linux/amd64";
    api_->put(crds::kImageReport, report);
    // Which is queued behind what is looked at for attestations.
    ASSERT_TRUE(tests::eventually([this] { return waiting("image_report") == 1; }));
  }
  void put_registry(const json& attestations) {
    api_->put(crds::kScanRegistry,
              {{"metadata", {{"name", "main"}}},
               {"spec", {{"server", "registry:5000"}, {"namespace", "shop"}, {"attestations", attestations}}}});
  }

  const base::Digest kDigest = base::Digest::of("web:1");
  const std::string kImage = "registry:5000/shop/web:1";
  const json kPush = {{"push", {{"signingKeyRef", {{"name", "key"}}}, {"secretRef", {{"name", "login"}}}}}};

  std::shared_ptr<tests::WatchedApi> api_ = std::make_shared<tests::WatchedApi>();
  base::RealClock clock_;
  net::Metrics metrics_;
  tests::ToldEvents events_;
  NoScanners scanners_;
  Watches watches_{api_, clock_, nullptr};
  Leader leader_{{.database = {}, .operator_namespace = "pratique-system"},
                 {.watches = watches_,
                  .api = *api_,
                  .scanners = scanners_,
                  .clock = clock_,
                  .metrics = metrics_,
                  .events = events_,
                  .credential_plugins = nullptr}};

 private:
  controller::Controller& queue(const std::string& name) {
    for (controller::Controller* one : leader_.controllers()) {
      if (one->name() == name) return *one;
    }
    throw std::runtime_error("no controller " + name);
  }
};

TEST_F(LeaderTest, WhereNobodyAsksForAttestationsNothingIsQueuedForThem) {
  put_registry({{"acceptKeys", {"PEM"}}});
  ASSERT_TRUE(tests::eventually([this] { return watches_.registries().size() == 1; }));
  put_scan();
  begin();
  EXPECT_EQ(waiting("image_scan"), 1U);
  EXPECT_EQ(waiting("attestation"), 0U);

  put_report();
  EXPECT_EQ(waiting("attestation"), 0U);
}

TEST_F(LeaderTest, WhereOneAsksEveryChangeIsLookedAt) {
  put_registry(kPush);
  ASSERT_TRUE(tests::eventually([this] { return watches_.registries().size() == 1; }));
  put_scan();
  begin();
  EXPECT_EQ(waiting("attestation"), 1U) << "what was scanned before";
  work_off("attestation");
  put_report();
  EXPECT_EQ(waiting("attestation"), 1U);
}

TEST_F(LeaderTest, ANewScanIsLookedAtWhereOneAsks) {
  begin();
  put_registry(kPush);
  ASSERT_TRUE(tests::eventually([this] { return waiting("scan_registry") == 1; }));
  EXPECT_EQ(waiting("attestation"), 0U);
  put_scan();
  EXPECT_TRUE(tests::eventually([this] { return waiting("attestation") == 1; }));
}

// Also where it asks no more: what failed of it is forgotten by a look.
TEST_F(LeaderTest, ARegistryThatChangesHasItsImagesLookedAtOnce) {
  put_scan();
  begin();
  EXPECT_EQ(waiting("attestation"), 0U);
  for (const json& attestations : {kPush, json::object()}) {
    put_registry(attestations);
    ASSERT_TRUE(tests::eventually([this] { return waiting("change") == 1; }));
    EXPECT_EQ(waiting("attestation"), 0U) << "not on the watch's thread: there may be a hundred thousand";
    work_off("change");
    EXPECT_EQ(waiting("attestation"), 1U);
    work_off("attestation");
  }
}

// Of all namespaces where the key is empty; once for however many rules change.
TEST_F(LeaderTest, ARuleThatChangesIsFollowedOnAWorker) {
  put_scan();
  begin();
  work_off("finding");
  for (const char* mode : {"Audit", "Deny"}) {
    api_->put(crds::kClusterScanPolicy,
              {{"metadata", {{"name", "default"}}}, {"spec", {{"mode", mode}, {"rules", json::array()}}}});
    ASSERT_TRUE(tests::eventually([this] { return waiting("change") == 1; }));
  }
  EXPECT_EQ(waiting("finding"), 0U);
  work_off("change");
  EXPECT_EQ(waiting("finding"), 1U);
}

// The workload reconciler writes nothing where it sees the ImageScan, which may be gone by then.
TEST_F(LeaderTest, AnImageInUseIsLookedAtAgainWhenItsScanIsDeleted) {
  const kubernetes::ResourceType pods{"", "v1", "Pod", "pods", true};
  api_->put(pods, {{"metadata", {{"name", "web-0"}, {"namespace", "shop"}}},
                   {"spec", {{"containers", {{{"name", "main"}, {"image", kImage}}}}}}});
  json scan = reconcilers::scan_for_workloads("shop", base::parse_image_reference(kImage), {});
  scan["status"]["image"] = kImage;
  api_->put(crds::kImageScan, scan);
  ASSERT_TRUE(tests::eventually([this] { return watches_.scans().size() == 1 && !watches_.uses().all().empty(); }));
  begin();
  ASSERT_EQ(waiting("workload"), 1U);
  work_off("workload");
  ASSERT_EQ(waiting("workload"), 0U) << "there is nothing to write";

  api_->take_away(crds::kImageScan, scan);

  EXPECT_TRUE(tests::eventually([this] { return waiting("workload") == 1; }));
}

}  // namespace
}  // namespace pratique_operator
