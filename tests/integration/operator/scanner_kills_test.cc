// The scanner is killed at each step of a scan, and while it hands over what it found: the operator asks again, and the
// image gets the report that it would have had.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <iostream>

#include "crds/image_report.h"
#include "tests/integration/operator/installed_operator.h"
#include "tests/support/compress.h"
#include "tests/support/sample_image.h"
#include "tests/support/tar_builder.h"

namespace pratique_operator {
namespace {

using tests::eventually;
using tests::InstalledOperator;
using tests::state_of;

constexpr std::chrono::seconds kPatience{60};

// A request of the scanner during which it dies, by what the registry sees of it.
struct Step {
  const char* name;
  const char* method;
  std::string (*target)(const tests::FakeImage& image);
};

const Step kSteps[] = {
    {"before it has the manifest", "GET",
     [](const tests::FakeImage& image) { return "/manifests/" + image.manifest.text(); }},
    {"before it has the layer", "GET", [](const tests::FakeImage& image) { return "/blobs/" + image.layer.text(); }},
};

class ScannerKills : public ::testing::Test {
 protected:
  ~ScannerKills() override { cluster_.start_scanner(); }

  // An image like no other.
  tests::FakeImage add_image(const std::string& tag) {
    tests::TarBuilder tar;
    tar.file("of", followed_.name() + tag);
    return registry_.add_image(tests::gzip(tar.bytes() + tests::sample_layer()), tag);
  }
  kubernetes::ObjectKey create(const std::string& tag) {
    return tests::create_scan(followed_.name(), tag, {{"image", registry_.host() + "/shop/web:" + tag}});
  }
  void expect_scanned(const kubernetes::ObjectKey& key, const tests::FakeImage& image) {
    ASSERT_TRUE(eventually(
        [&] { return state_of(tests::stored_scan(key).status.conditions, crds::kScanned) == "True/Scanned"; },
        kPatience))
        << tests::message_of(tests::stored_scan(key).status.conditions, crds::kScanned);
    const crds::ImageScanStatus status = tests::stored_scan(key).status;
    EXPECT_EQ(status.digest, image.manifest.text());
    EXPECT_EQ(status.complete, true);
    EXPECT_EQ(status.packages, 3);
  }
  // Kills the scanner when the first such request comes, before it is answered.
  void die_at(const Step& step, const tests::FakeImage& image) {
    const std::string target = step.target(image);
    struck_ = false;
    claimed_ = false;
    registry_.intercept([=, this](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
      const bool is_it = request.method == step.method && request.target.ends_with(target);
      if (is_it && !claimed_.exchange(true)) {
        cluster_.end_scanner(SIGKILL);
        struck_ = true;
      }
      return std::nullopt;
    });
  }

  InstalledOperator& cluster_ = InstalledOperator::instance();
  tests::FollowedNamespace followed_{"scanner-kills"};
  tests::FakeRegistry& registry_ = followed_.registry();
  std::atomic<bool> claimed_ = false;  // by the request that it dies of
  std::atomic<bool> struck_ = false;   // it is dead
};

TEST_F(ScannerKills, AtEachStepAnotherTryGivesTheReport) {
  int number = 0;
  for (const Step& step : kSteps) {
    SCOPED_TRACE(step.name);
    std::cout << "killed " << step.name << std::endl;
    const std::string tag = "v" + std::to_string(++number);
    const tests::FakeImage image = add_image(tag);
    die_at(step, image);
    const kubernetes::ObjectKey key = create(tag);
    ASSERT_TRUE(eventually([&] { return struck_.load(); }, kPatience));
    EXPECT_TRUE(eventually([&] {
      return state_of(tests::stored_scan(key).status.conditions, crds::kScanned) == "False/ScannerUnavailable";
    })) << tests::message_of(tests::stored_scan(key).status.conditions, crds::kScanned);
    cluster_.start_scanner();
    expect_scanned(key, image);
  }
}

// The layer was asked for by then; whether it was read, and kept, differs from try to try.
TEST_F(ScannerKills, WhatItDidNotHandOverIsAskedForAgain) {
  for (int number = 0; number < 5; ++number) {
    const std::string tag = "w" + std::to_string(number);
    const tests::FakeImage image = add_image(tag);
    const kubernetes::ObjectKey key = create(tag);
    const std::string layer = "/blobs/" + image.layer.text();
    ASSERT_TRUE(eventually([&] {
      return std::ranges::any_of(registry_.seen(), [&](const auto& seen) { return seen.target.ends_with(layer); });
    }));
    cluster_.end_scanner(SIGKILL);
    cluster_.start_scanner();
    expect_scanned(key, image);
  }
}

}  // namespace
}  // namespace pratique_operator
