#include "registry/known_platforms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/clock.h"
#include "base/error.h"
#include "registry/registry_client.h"
#include "tests/support/fake_registry.h"

namespace registry {
namespace {

using tests::FakeImage;
using tests::FakeRegistry;

class KnownPlatformsTest : public ::testing::Test {
 protected:
  // Each by a source of its own, as each scan has one.
  std::string platform_of(const std::string& reference) {
    const ResolvedImage image = make_registry_source({.reference = registry_.reference(reference),
                                                      .policy = registry_.policy(),
                                                      .platforms = platforms_},
                                                     clock_)
                                    ->resolve({}, {});
    return image.manifests.empty() ? "none" : image.manifests[0].platform.text();
  }
  [[nodiscard]] std::ptrdiff_t blobs_asked_for() const {
    const auto seen = registry_.seen();
    return std::ranges::count_if(seen, [](const auto& one) { return one.target.find("/blobs/") != std::string::npos; });
  }

  base::RealClock clock_;
  FakeRegistry registry_;
  std::shared_ptr<KnownPlatforms> platforms_ = std::make_shared<PlatformMemory>();
};

TEST_F(KnownPlatformsTest, AConfigIsReadOnce) {
  registry_.add_image("layer", "v1");
  EXPECT_EQ(platform_of("app:v1"), "linux/amd64");
  EXPECT_EQ(blobs_asked_for(), 1);
  EXPECT_EQ(platform_of("app:v1"), "linux/amd64");
  EXPECT_EQ(platform_of("app:v1"), "linux/amd64");
  EXPECT_EQ(blobs_asked_for(), 1);
}

TEST_F(KnownPlatformsTest, AnotherConfigIsAnotherPlatform) {
  registry_.add_image("layer", "v1");
  registry_.add_image("layer", "v2", R"({"os":"linux","architecture":"arm64"})");
  EXPECT_EQ(platform_of("app:v1"), "linux/amd64");
  EXPECT_EQ(platform_of("app:v2"), "linux/arm64");
  EXPECT_EQ(platform_of("app:v1"), "linux/amd64");
  EXPECT_EQ(blobs_asked_for(), 2);
}

// Else a registry could say of any digest which platform it is, for every other repository.
TEST_F(KnownPlatformsTest, WhatIsNotTheConfigIsNotKept) {
  const FakeImage image = registry_.add_image("layer", "v1");
  registry_.intercept([](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
    if (request.target.find("/blobs/") == std::string::npos) return std::nullopt;
    return net::ServerResponse{.status = 200, .body = R"({"os":"linux","architecture":"s390x"})"};
  });
  EXPECT_THROW(platform_of("app:v1"), base::ParseError);
  EXPECT_EQ(platforms_->find(image.config), std::nullopt);
}

TEST_F(KnownPlatformsTest, WhatIsNoImageIsAskedForAgain) {
  registry_.add_image("layer", "chart", R"({"name":"chart"})");
  EXPECT_EQ(platform_of("app:chart"), "none");
  EXPECT_EQ(platform_of("app:chart"), "none");
  EXPECT_EQ(blobs_asked_for(), 2);
}

TEST(PlatformMemory, BeginsAnewWhenItIsFull) {
  PlatformMemory memory(2);
  const Platform arm{.os = "linux", .architecture = "arm64"};
  const base::Digest digests[] = {base::Digest::of("1"), base::Digest::of("2"), base::Digest::of("3")};
  memory.keep(digests[0], arm);
  memory.keep(digests[1], arm);
  EXPECT_EQ(memory.find(digests[0]), arm);
  memory.keep(digests[2], arm);
  EXPECT_EQ(memory.find(digests[0]), std::nullopt);
  EXPECT_EQ(memory.find(digests[2]), arm);
}

}  // namespace
}  // namespace registry
