// What a tag means, read from the manifest itself.
#include "registry/digest_reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/fake_registry.h"

namespace registry {
namespace {

class DigestReading : public testing::Test {
 protected:
  base::Digest read(const std::string& rest) {
    return read_digest({.reference = registry_.reference(rest), .policy = registry_.policy()}, clock_, {});
  }

  base::RealClock clock_;
  tests::FakeRegistry registry_;
};

TEST_F(DigestReading, IsOfTheManifestsBytes) {
  const tests::FakeImage image = registry_.add_image("layer", "v1");
  EXPECT_EQ(read("app:v1"), image.manifest);
  EXPECT_EQ(read("app@" + image.manifest.text()), image.manifest);
  ASSERT_EQ(registry_.seen().size(), 2U);
  EXPECT_EQ(registry_.seen().front().method, "GET");
}

TEST_F(DigestReading, WhatIsNotThereIsTold) {
  EXPECT_THROW(static_cast<void>(read("app:nope")), base::HttpError);
}

TEST_F(DigestReading, WhatIsNoManifestMeansNothing) {
  for (const std::string body : {"<html>log in</html>", "{}", ""}) {
    registry_.intercept([=](const net::ServerRequest&) { return net::ServerResponse{.body = body}; });
    EXPECT_THROW(static_cast<void>(read("app:v1")), base::ParseError) << body;
  }
}

}  // namespace
}  // namespace registry
