// A registry that never falls silent and never comes to an end: a byte now and then, for ever. Each wait for it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "base/error.h"
#include "registry/registry_client.h"
#include "registry/registry_listing.h"
#include "tests/operator/controller/manual_clock.h"
#include "tests/support/fake_registry.h"

namespace registry {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBetweenBytes{50};

class SlowRegistry : public ::testing::Test {
 protected:
  std::unique_ptr<ImageSource> source(const Pace& pace) {
    return make_registry_source(
        {.reference = registry_.reference("app:v1"), .policy = registry_.policy(), .pace = pace}, clock_);
  }
  // An index of these many images, none of which says for which platform it is.
  void add_index(int images) {
    std::string entries;
    for (int number = 0; number < images; ++number) {
      const tests::FakeImage image = registry_.add_image("layer " + std::to_string(number));
      entries += (entries.empty() ? "" : ",") +
                 tests::descriptor_json(tests::kOciManifestType, image.manifest, image.manifest_bytes.size());
    }
    registry_.add_manifest(R"({"schemaVersion":2,"manifests":[)" + entries + "]}", tests::kOciIndexType, "v1");
  }
  static std::string too_slow(const std::function<void()>& step) {
    const auto began = std::chrono::steady_clock::now();
    try {
      step();
    } catch (const base::NetworkError& error) {
      EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20));
      return error.what();
    }
    return "it waited to the end";
  }

  base::RealClock clock_;
  tests::FakeRegistry registry_;
};

TEST_F(SlowRegistry, ABlobHasItsTime) {
  const tests::FakeImage image = registry_.add_image(std::string(2000, 'x'), "v1");
  registry_.drip("/v2/app/blobs/", kBetweenBytes);
  const Pace pace{.blob_base_max = milliseconds(200), .blob_bytes_per_second_min = 10'000};
  const auto slow = source(pace);
  const Descriptor layer{.digest = image.layer, .size = 2000};

  EXPECT_THAT(too_slow([&] { static_cast<void>(slow->resolve({}, {})); }), testing::HasSubstr("too slow"))
      << "its config";
  EXPECT_THAT(too_slow([&] { static_cast<void>(read_blob(*slow, layer, 4000, {})); }), testing::HasSubstr("too slow"));
  EXPECT_THAT(too_slow([&] { slow->stream_blob(layer, [](std::span<const std::byte>) {}, {}); }),
              testing::HasSubstr("too slow"));
}

TEST_F(SlowRegistry, AnErrorAndARefusalHaveTheTimeOfTheBlob) {
  const tests::FakeImage image = registry_.add_image("layer", "v1");
  registry_.drip("/v2/app/blobs/", kBetweenBytes);
  const Pace pace{.blob_base_max = milliseconds(200), .blob_bytes_per_second_min = 10'000};
  for (const int status : {500, 401, 307}) {
    registry_.intercept([&](const net::ServerRequest&) {
      return net::ServerResponse{
          .status = status, .headers = {{"Location", "/v2/app/blobs/again"}}, .body = std::string(2000, 'x')};
    });
    const Descriptor layer{.digest = image.layer, .size = 5};
    EXPECT_THAT(too_slow([&] { static_cast<void>(read_blob(*source(pace), layer, 100, {})); }),
                testing::HasSubstr("too slow"))
        << status;
  }
}

TEST_F(SlowRegistry, AResolutionHasOneDeadlineForAllThatItAsks) {
  add_index(20);
  registry_.drip("/v2/app/blobs/", kBetweenBytes);
  const Pace pace{.resolution_max = milliseconds(1000), .blob_base_max = std::chrono::seconds(30)};
  EXPECT_NE(too_slow([&] { static_cast<void>(source(pace)->resolve({}, {})); }), "it waited to the end");
}

TEST_F(SlowRegistry, ManifestsOfAResolutionHaveItToo) {
  add_index(20);
  registry_.drip("/v2/app/manifests/sha256:", kBetweenBytes);
  const Pace pace{.resolution_max = milliseconds(500)};
  EXPECT_NE(too_slow([&] { static_cast<void>(source(pace)->resolve({}, {})); }), "it waited to the end");
}

TEST_F(SlowRegistry, WhoeverAsksMayHaveLessPatience) {
  const tests::FakeImage image = registry_.add_image(std::string(2000, 'x'), "v1");
  registry_.drip("/v2/app/", kBetweenBytes);
  const auto slow = source({});
  const auto soon = [&] { return base::Patience({}, clock_.steady_now() + milliseconds(300)); };
  const Descriptor layer{.digest = image.layer, .size = 2000};
  for (const std::function<void()>& step : std::vector<std::function<void()>>{
           [&] { static_cast<void>(slow->resolve({}, soon())); },
           [&] { static_cast<void>(slow->manifest(image.manifest, soon())); },
           [&] { static_cast<void>(slow->referrers(image.manifest, soon())); },
           [&] { static_cast<void>(slow->tagged_attachment(image.manifest, ".att", soon())); },
           [&] { static_cast<void>(slow->attestations(image.manifest, image.manifest, soon())); },
           [&] { static_cast<void>(read_blob(*slow, layer, 4000, soon())); },
       }) {
    EXPECT_NE(too_slow(step), "it waited to the end");
  }
}

// Each page comes within its own time, and there is always one more.
TEST_F(SlowRegistry, AListHasOneDeadlineForItsPages) {
  pratique_operator::controller::ManualClock clock;
  int pages = 0;
  registry_.intercept([&](const net::ServerRequest&) {
    clock.advance(std::chrono::seconds(50));
    const std::string name = "name" + std::to_string(++pages);
    return net::ServerResponse{.headers = {{"Link", "</v2/_catalog?last=" + name + ">; rel=\"next\""}},
                               .body = R"({"repositories":[")" + name + "\"]}"};
  });
  const Names names =
      RegistryListing({.server = registry_.host(), .policy = registry_.policy()}, clock).repositories({});
  EXPECT_FALSE(names.complete);
  EXPECT_EQ(names.names.size(), 12U);
}

}  // namespace
}  // namespace registry
