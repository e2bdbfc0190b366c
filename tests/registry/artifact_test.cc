#include "registry/artifact.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/byte_source.h"
#include "base/error.h"
#include "registry/content_chunks.h"
#include "tests/support/fake_registry.h"

namespace registry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tests::FakeRegistry;

constexpr const char* kType = "application/vnd.example.thing.v1";
constexpr const char* kLayerType = "application/vnd.example.thing.v1+text";

class ArtifactTest : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<ImageSource> source() {
    return make_registry_source({.reference = registry_.reference("thing:v1"), .policy = registry_.policy()}, clock_);
  }
  base::Digest push() {
    return push_artifact({.reference = registry_.reference("thing:v1"), .policy = registry_.policy()},
                         {.type = kType, .layer_type = kLayerType, .content = "hello"}, clock_, {});
  }
  // A registry that takes uploads at this Location.
  void take_uploads(const std::string& location) {
    registry_.intercept([this, location](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
      if (request.method == "POST") {
        return net::ServerResponse{.status = 202, .headers = {{"Location", location}}};
      }
      if (request.method != "PUT") return std::nullopt;
      puts_.push_back(request.target);
      bodies_.push_back(request.body);
      return net::ServerResponse{.status = 201};
    });
  }

  FakeRegistry registry_;
  base::RealClock clock_;
  std::vector<std::string> puts_;
  std::vector<std::string> bodies_;
};

TEST_F(ArtifactTest, IsPushedAsAManifestOfOneLayer) {
  take_uploads("/elsewhere/on/this/host?session=7");
  const base::Digest digest = push();
  ASSERT_EQ(puts_.size(), 3U);
  const std::string hello = net::percent_encode(base::Digest::of("hello").text());
  EXPECT_EQ(puts_[0], "/elsewhere/on/this/host?session=7&digest=" + hello);
  EXPECT_EQ(bodies_[0], "hello");
  EXPECT_EQ(bodies_[1], "{}");
  EXPECT_EQ(puts_[2], "/v2/thing/manifests/v1");
  EXPECT_EQ(base::Digest::of(bodies_[2]), digest);
  const auto manifest = nlohmann::json::parse(bodies_[2]);
  EXPECT_EQ(manifest.at("artifactType"), kType);
  EXPECT_EQ(manifest.at("layers").at(0).at("mediaType"), kLayerType);
  EXPECT_FALSE(manifest.contains("annotations"));
}

TEST_F(ArtifactTest, WhatTheRegistryHasIsNotSent) {
  registry_.add_blob("hello");
  registry_.add_blob("{}");
  take_uploads("/v2/thing/blobs/uploads/1");
  static_cast<void>(push());
  EXPECT_THAT(puts_, ElementsAre("/v2/thing/manifests/v1"));
}

TEST_F(ArtifactTest, AnUploadThatLeadsToAnotherHostIsRefused) {
  take_uploads("https://other.example.com/upload");
  EXPECT_THROW(static_cast<void>(push()), base::ParseError);
  EXPECT_TRUE(puts_.empty());
}

TEST_F(ArtifactTest, AnUploadWithoutAPlaceIsRefused) {
  registry_.intercept([](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
    if (request.method == "POST") return net::ServerResponse{.status = 202};
    return std::nullopt;
  });
  EXPECT_THROW(static_cast<void>(push()), base::ParseError);
}

TEST_F(ArtifactTest, ARegistryThatTakesNothingIsNamed) {
  registry_.intercept([](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
    if (request.method == "POST") return net::ServerResponse{.status = 405, .body = "read only"};
    return std::nullopt;
  });
  try {
    static_cast<void>(push());
    FAIL() << "it was pushed";
  } catch (const base::HttpError& error) {
    EXPECT_THAT(error.what(), HasSubstr("read only"));
  }
}

class AttachedArtifactTest : public ArtifactTest {
 protected:
  base::Digest attach(const std::string& content) {
    return push_artifact({.reference = registry_.reference("thing:v1"), .policy = registry_.policy()},
                         {.type = kType, .layer_type = kLayerType, .content = content, .subject = image_.manifest},
                         clock_, {});
  }
  [[nodiscard]] std::vector<std::string> attached() {
    std::vector<std::string> found;
    for (const Referrer& one : source()->referrers(image_.manifest, {}).list) {
      EXPECT_EQ(one.artifact_type, kType);
      EXPECT_EQ(source()->manifest(one.digest, {}).subject, image_.manifest);
      found.push_back(one.digest.text());
    }
    return found;
  }
  [[nodiscard]] std::string list_tag() const { return "sha256-" + image_.manifest.hex(); }

  const tests::FakeImage image_ = registry_.add_image("layer", "v1");
};

TEST_F(AttachedArtifactTest, IsListedByARegistryThatHasTheApi) {
  registry_.take_pushes(true);
  const base::Digest first = attach("one");
  const base::Digest second = attach("two");
  EXPECT_THAT(attached(), ElementsAre(first.text(), second.text()));
  for (const FakeRegistry::Seen& seen : registry_.seen()) {
    EXPECT_EQ(seen.target.find(list_tag()), std::string::npos) << "no tag is needed";
    EXPECT_FALSE(seen.method == "PUT" && seen.target.ends_with("/manifests/v1")) << "the image's tag stays";
  }
}

TEST_F(AttachedArtifactTest, IsListedUnderATagWhereThereIsNoApi) {
  registry_.take_pushes(false);
  const base::Digest first = attach("one");
  const base::Digest second = attach("two");
  EXPECT_EQ(attach("two"), second);
  EXPECT_THAT(attached(), ElementsAre(first.text(), second.text()));
}

TEST_F(AttachedArtifactTest, AListThatIsNoneIsNotOverwritten) {
  registry_.take_pushes(false);
  registry_.add_manifest("an image, somebody's own", tests::kOciManifestType, list_tag());
  EXPECT_THROW(static_cast<void>(attach("one")), base::ParseError);
  for (const FakeRegistry::Seen& seen : registry_.seen()) {
    EXPECT_FALSE(seen.method == "PUT" && seen.target.find(list_tag()) != std::string::npos);
  }
}

TEST_F(AttachedArtifactTest, ASubjectThatIsNotThereIsNamed) {
  registry_.take_pushes(true);
  const base::Digest nobody = base::Digest::of("nobody");
  try {
    static_cast<void>(push_artifact({.reference = registry_.reference("thing:v1"), .policy = registry_.policy()},
                                    {.type = kType, .layer_type = kLayerType, .content = "x", .subject = nobody},
                                    clock_, {}));
    FAIL() << "it was attached to nothing";
  } catch (const base::HttpError& error) {
    EXPECT_EQ(error.status(), 404);
    EXPECT_THAT(error.what(), HasSubstr(nobody.text()));
  }
}

TEST_F(ArtifactTest, ALargeFileIsPushedInChunks) {
  registry_.take_pushes(false);
  std::string content;
  for (int line = 0; content.size() < 3 * kChunkBytesMax; ++line) content += std::to_string(line) + "\n";
  std::vector<std::pair<std::uint64_t, bool>> stored;
  const auto push_chunks = [&] {
    stored.clear();
    return push_artifact({.reference = registry_.reference("thing:v1"), .policy = registry_.policy()},
                         {.type = kType, .layer_type = kLayerType, .content = content, .in_chunks = true}, clock_, {},
                         [&](std::uint64_t bytes, bool was_sent) { stored.emplace_back(bytes, was_sent); });
  };
  const base::Digest digest = push_chunks();
  const Manifest manifest = source()->manifest(digest, {});
  const std::vector<Chunk> chunks = chunks_of(base::MemorySource("test", content), chunk_sizes(content.size()));
  ASSERT_GT(chunks.size(), 3U);
  ASSERT_EQ(manifest.layers.size(), chunks.size());
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    EXPECT_EQ(manifest.layers[i],
              (Descriptor{.media_type = kLayerType, .digest = chunks[i].digest, .size = chunks[i].size}));
    EXPECT_EQ(stored.at(i), std::pair(chunks[i].size, true));
  }

  content.insert(content.size() / 2, "and this");
  static_cast<void>(push_chunks());
  EXPECT_LE(std::ranges::count_if(stored, [](const auto& one) { return one.second; }), 4)
      << "what the registry has is not sent";
}

}  // namespace
}  // namespace registry
