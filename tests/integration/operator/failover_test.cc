// Replicas of the operator that die or go: nothing that was asked for is lost, and nothing is done twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "crds/object_names.h"
#include "tests/integration/operator/installed_operator.h"
#include "tests/support/compress.h"
#include "tests/support/sample_image.h"
#include "tests/support/tar_builder.h"

namespace pratique_operator {
namespace {

using tests::eventually;
using tests::InstalledOperator;
using tests::state_of;

class Failover : public ::testing::Test {
 protected:
  ~Failover() override { cluster_.start_missing_replicas(); }
  // An image like no other, so that its report is made here.
  tests::FakeImage add_image(const std::string& tag) {
    return registry_.add_image(tests::gzip(tests::TarBuilder().file("of", ns_ + tag).bytes() + tests::sample_layer()),
                               tag);
  }
  kubernetes::ObjectKey create_scan(const std::string& tag) const {
    return tests::create_scan(ns_, tag, {{"image", registry_.host() + "/shop/web:" + tag}});
  }
  std::string scanned(const kubernetes::ObjectKey& key) const {
    return state_of(tests::stored_scan(key).status.conditions, crds::kScanned);
  }
  void expect_scanned_once(const kubernetes::ObjectKey& key, const tests::FakeImage& image) const {
    EXPECT_TRUE(eventually([&] { return scanned(key) == "True/Scanned"; })) << scanned(key);
    const kubernetes::ObjectKey row{
        ns_, crds::finding_name({.id = "CVE-2024-90001", .package_type = "npm", .source_package = "lodash"})};
    EXPECT_TRUE(eventually([&] { return tests::count_writes("findings/status", row) > 0; }));
    EXPECT_TRUE(tests::operator_rests(std::chrono::seconds(3)));
    EXPECT_EQ(tests::count_writes("imagereports", {"", crds::image_report_name(image.manifest)}), 1U);
    EXPECT_EQ(tests::count_writes("findings/status", row), 1U);
  }

  InstalledOperator& cluster_ = InstalledOperator::instance();
  tests::FollowedNamespace followed_{"failover"};
  const std::string& ns_ = followed_.name();
  tests::FakeRegistry& registry_ = followed_.registry();
};

TEST_F(Failover, AScanInWorkOutlivesTheKillingOfItsOperator) {
  const tests::FakeImage image = add_image("killed");
  registry_.hold("/v2/shop/web/blobs/" + image.layer.text());
  const kubernetes::ObjectKey key = create_scan("killed");
  ASSERT_TRUE(eventually([&] { return registry_.held() > 0 && scanned(key) == "Unknown/Scanning"; }));

  cluster_.end_leader(SIGKILL);

  const kubernetes::ObjectKey later = create_scan("asked-while-nobody-leads");
  registry_.release();
  (void)cluster_.leader();
  expect_scanned_once(key, image);
  EXPECT_TRUE(eventually([&] {
    return state_of(tests::stored_scan(later).status.conditions, crds::kResolved) == "False/NotFound";
  })) << "looked at as well";
}

TEST_F(Failover, ALeaderThatGoesHandsOverAndOnlyTheOtherWrites) {
  cluster_.end_leader(SIGTERM);
  const auto began = std::chrono::steady_clock::now();
  (void)cluster_.leader();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10)) << "it gave the Lease back";
  cluster_.start_missing_replicas();
  const tests::FakeImage image = add_image("handed");

  const kubernetes::ObjectKey key = create_scan("handed");

  expect_scanned_once(key, image);
  EXPECT_LE(tests::count_writes("imagescans/status", key), 4U);
}

}  // namespace
}  // namespace pratique_operator
