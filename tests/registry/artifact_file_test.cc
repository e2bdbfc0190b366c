#include "registry/artifact_file.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <limits>
#include <random>

#include "base/byte_source.h"
#include "base/error.h"
#include "base/file.h"
#include "registry/artifact.h"
#include "registry/content_chunks.h"
#include "registry/limits.h"
#include "tests/support/fake_registry.h"
#include "tests/support/layout_writer.h"

namespace registry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kChunkType = "application/vnd.example.thing.chunk.v1";
constexpr const char* kWholeType = "application/vnd.example.thing.v1";
constexpr std::uint64_t kBytesMax = std::uint64_t{64} << 20;

std::string noise(std::size_t size) {
  std::mt19937 random(7);
  std::string bytes(size, '\0');
  std::ranges::generate(bytes, [&] { return static_cast<char>(random() & 0xff); });
  return bytes;
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const base::Error& error) {
    return error.what();
  }
  return "(nothing was thrown)";
}

class ArtifactFileTest : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<ImageSource> source() {
    return make_registry_source({.reference = registry_.reference("thing:v1"), .policy = registry_.policy()}, clock_);
  }
  [[nodiscard]] FoundFile find(std::uint64_t bytes_max = kBytesMax) {
    return find_file(*source(), {.chunk_type = kChunkType, .whole_type = kWholeType, .bytes_max = bytes_max}, {});
  }
  void push(const std::string& content) {
    registry_.take_pushes(false);
    static_cast<void>(push_artifact(
        {.reference = registry_.reference("thing:v1"), .policy = registry_.policy()},
        {.type = kWholeType, .layer_type = kChunkType, .content = content, .in_chunks = true}, clock_, {}));
  }
  // A layer as a manifest names it.
  std::string layer(const std::string& content, const std::string& type = kChunkType) {
    return tests::descriptor_json(type, registry_.add_blob(content), content.size());
  }
  void publish(const std::vector<std::string>& layers) {
    std::string text = R"({"schemaVersion":2,"config":)" +
                       tests::descriptor_json("application/vnd.oci.empty.v1+json", registry_.add_blob("{}"), 2) +
                       R"(,"layers":[)";
    for (const std::string& one : layers) text += (text.ends_with('[') ? "" : ",") + one;
    registry_.add_manifest(text + "]}", tests::kOciManifestType, "v1");
  }
  std::string refusal(const std::vector<std::string>& layers, std::uint64_t bytes_max = kBytesMax) {
    publish(layers);
    const std::size_t before = blobs_asked_for().size();
    const std::string message = message_of([&] { static_cast<void>(find(bytes_max)); });
    EXPECT_EQ(blobs_asked_for().size(), before) << "nothing is fetched of what is refused";
    return message;
  }
  std::uint64_t fetch(const base::ByteSource* present = nullptr) {
    std::filesystem::remove(path());
    return fetch_file(*source(), find(), path(), present, [this](std::uint64_t bytes) { received_.push_back(bytes); },
                      {});
  }
  // The first `times` requests for the layer are refused.
  void throttle(const std::string& content, int times) {
    const std::string digest = base::Digest::of(content).text();
    registry_.intercept(
        [digest, times](const net::ServerRequest& request) mutable -> std::optional<net::ServerResponse> {
          if (request.target.find(digest) == std::string::npos || times-- <= 0) return std::nullopt;
          return net::ServerResponse{.status = 429, .headers = {{"Retry-After", "7"}}};
        });
  }
  std::uint64_t fetch_patiently(const std::stop_token& stop = {}) {
    return fetch_file(*source(), find(), path(), nullptr, {}, stop,
                      [this](std::chrono::seconds time, const std::stop_token&) { waits_.push_back(time); });
  }
  [[nodiscard]] std::string path() const { return folder_.file("out"); }
  [[nodiscard]] std::string content() const { return base::read_file(path(), kBytesMax); }
  // But for the empty config.
  [[nodiscard]] std::vector<std::string> blobs_asked_for() const {
    const std::string config = base::Digest::of("{}").text();
    std::vector<std::string> targets;
    for (const auto& seen : registry_.seen()) {
      const bool is_blob = seen.target.find("/blobs/") != std::string::npos && !seen.target.ends_with(config);
      if (seen.method == "GET" && is_blob) targets.push_back(seen.target);
    }
    return targets;
  }

  tests::FakeRegistry registry_;
  base::RealClock clock_;
  tests::TemporaryFolder folder_;
  std::vector<std::uint64_t> received_;
  std::vector<std::chrono::seconds> waits_;
};

TEST_F(ArtifactFileTest, ComesBackAsItWasPushed) {
  const std::string pushed = noise(std::size_t{5} << 20);
  push(pushed);
  const FoundFile found = find();
  EXPECT_EQ(found.bytes, pushed.size());
  EXPECT_GT(found.layers.size(), 2U);
  EXPECT_EQ(fetch(), pushed.size());
  EXPECT_EQ(content(), pushed);
  ASSERT_FALSE(received_.empty());
  EXPECT_TRUE(std::ranges::is_sorted(received_));
  EXPECT_EQ(received_.back(), pushed.size());
}

TEST_F(ArtifactFileTest, WhatTheFileAtHandHasIsNotFetched) {
  const std::string before = noise(std::size_t{16} << 20);
  std::string after = before;
  after.insert(after.size() / 2, "one record more");
  push(after);
  const base::MemorySource present("before", before);
  const std::uint64_t fetched = fetch(&present);
  EXPECT_EQ(content(), after);
  EXPECT_GT(fetched, 0U);
  EXPECT_LT(fetched, after.size() / 4);
  EXPECT_LE(blobs_asked_for().size(), 4U);

  const base::MemorySource same("after", after);
  EXPECT_EQ(fetch(&same), 0U);
  EXPECT_EQ(content(), after);

  const base::MemorySource other("other", "something else");
  EXPECT_EQ(fetch(&other), after.size());
  EXPECT_EQ(content(), after);
}

TEST_F(ArtifactFileTest, OneLayerIsAFileToo) {
  publish({layer("hello", kWholeType)});
  EXPECT_EQ(fetch(), 5U);
  EXPECT_EQ(content(), "hello");
  publish({layer("hello")});
  EXPECT_EQ(fetch(), 5U);
  EXPECT_EQ(content(), "hello");
}

TEST_F(ArtifactFileTest, AWholeFileMayBeLongerThanAChunk) {
  const std::string large(kChunkBytesMax + 1, 'x');
  publish({layer(large, kWholeType)});
  EXPECT_EQ(fetch(), large.size());
  EXPECT_EQ(content(), large);
}

TEST_F(ArtifactFileTest, LayersAreTakenInTheManifestsOrderAndAsOftenAsItSays) {
  publish({layer("b"), layer("a"), layer("b")});
  static_cast<void>(fetch());
  EXPECT_EQ(content(), "bab");
}

TEST_F(ArtifactFileTest, WhatIsNoFileIsRefusedByItsManifest) {
  EXPECT_THAT(refusal({}), HasSubstr("no layers, where a file is expected"));
  EXPECT_THAT(refusal({layer("a", tests::kOciLayerType)}),
              HasSubstr(std::string("a layer of type ") + tests::kOciLayerType + ", where " + kChunkType));
  EXPECT_THAT(refusal({layer("a"), layer("b", tests::kOciLayerType)}), HasSubstr("a layer of type"));
  EXPECT_THAT(refusal({layer("a", kWholeType), layer("b", kWholeType)}), HasSubstr("a layer of type"))
      << "a whole file has nothing beside it";
  EXPECT_THAT(refusal({layer("a"), layer("")}), HasSubstr(base::Digest::of("").text() + " is empty"));
  EXPECT_THAT(refusal({layer("a"), "7"}), HasSubstr("manifest sha256:"));
}

TEST_F(ArtifactFileTest, WhatIsPastABoundIsRefusedByItsManifest) {
  const base::Digest digest = base::Digest::of("a");
  const auto claimed = [&](std::uint64_t size, const char* type) { return tests::descriptor_json(type, digest, size); };
  EXPECT_THAT(refusal({claimed(kChunkBytesMax + 1, kChunkType)}), HasSubstr(digest.text() + " has more than 4194304"));
  EXPECT_THAT(refusal({claimed(101, kWholeType)}, 100), HasSubstr("its layers have more than 100 bytes"));
  EXPECT_THAT(refusal({claimed(60, kChunkType), claimed(41, kChunkType)}, 100),
              HasSubstr("its layers have more than 100 bytes"));
  EXPECT_THAT(refusal({claimed(std::numeric_limits<std::uint64_t>::max(), kWholeType)}), HasSubstr("have more than"));
  EXPECT_THAT(
      refusal({claimed(kChunkBytesMax, kChunkType), claimed(std::numeric_limits<std::uint64_t>::max(), kWholeType)}),
      HasSubstr("a layer of type"));
  EXPECT_THAT(refusal(std::vector<std::string>(kLayersMax + 1, claimed(1, kChunkType))), HasSubstr("1001 layers"));
  publish({claimed(60, kChunkType), claimed(40, kChunkType)});
  EXPECT_EQ(find(100).bytes, 100U);
}

TEST_F(ArtifactFileTest, ALayerWithOtherBytesIsRefused) {
  publish({layer("a"), layer("hello")});
  registry_.intercept([](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
    if (request.target.find(base::Digest::of("hello").text()) == std::string::npos) return std::nullopt;
    return net::ServerResponse{.status = 200, .body = "hellO"};
  });
  EXPECT_THAT(message_of([&] { static_cast<void>(fetch()); }), HasSubstr(base::Digest::of("hello").text()));
}

TEST_F(ArtifactFileTest, ALayerOfAnotherSizeThanClaimedIsRefused) {
  const base::Digest digest = registry_.add_blob("hello");
  for (const std::uint64_t size : {4, 6}) {
    publish({tests::descriptor_json(kChunkType, digest, size)});
    EXPECT_THROW(static_cast<void>(fetch()), base::ParseError) << size;
    const base::MemorySource present("present", "hello");
    EXPECT_THROW(static_cast<void>(fetch(&present)), base::ParseError) << "a claim is no chunk of another size";
  }
}

TEST_F(ArtifactFileTest, ALayerThatIsNotThereIsNamed) {
  const base::Digest gone = base::Digest::of("gone");
  publish({layer("a"), tests::descriptor_json(kChunkType, gone, 4), layer("b")});
  EXPECT_THAT(message_of([&] { static_cast<void>(fetch()); }), HasSubstr(gone.text()));
  EXPECT_THAT(blobs_asked_for(), ElementsAre(HasSubstr(base::Digest::of("a").text()), HasSubstr(gone.text())))
      << "what follows is not asked for";
}

TEST_F(ArtifactFileTest, ALayerThatIsThrottledIsWaitedForAndWhatCameBeforeStays) {
  publish({layer("a"), layer("hello"), layer("b")});
  throttle("hello", 2);
  EXPECT_EQ(fetch_patiently(), 7U);
  EXPECT_EQ(content(), "ahellob");
  EXPECT_THAT(waits_, ElementsAre(std::chrono::seconds(7), std::chrono::seconds(7)));
  EXPECT_EQ(blobs_asked_for().size(), 5U) << "the first layer is asked for once";
}

TEST_F(ArtifactFileTest, ARegistryThatThrottlesOnIsNotWaitedForForEver) {
  publish({layer("a"), layer("hello")});
  throttle("hello", 1000);
  EXPECT_THROW(static_cast<void>(fetch_patiently()), base::HttpError);
  EXPECT_EQ(waits_.size(), 5U);
}

TEST_F(ArtifactFileTest, AWaitEndsWhenItIsToStop) {
  std::stop_source stop;
  stop.request_stop();
  wait_or_stop(std::chrono::hours(24), stop.get_token());
}

TEST_F(ArtifactFileTest, AFileIsNotWrittenOver) {
  publish({layer("hello")});
  static_cast<void>(fetch());
  EXPECT_THROW(static_cast<void>(fetch_file(*source(), find(), path(), nullptr, {}, {})), base::ConfigError);
  EXPECT_EQ(content(), "hello");
}

}  // namespace
}  // namespace registry
