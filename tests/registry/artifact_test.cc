#include "registry/artifact.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "tests/support/fake_registry.h"
#include "tests/support/layout_writer.h"

namespace registry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tests::FakeRegistry;

constexpr const char* kType = "application/vnd.example.thing.v1";
constexpr const char* kLayerType = "application/vnd.example.thing.v1+text";

std::string manifest_json(const std::vector<std::string>& layers) {
  std::string text = R"({"schemaVersion":2,"config":)" +
                     tests::descriptor_json("application/vnd.oci.empty.v1+json", base::Digest::of("{}"), 2) +
                     R"(,"layers":[)";
  for (const std::string& layer : layers) text += (text.ends_with('[') ? "" : ",") + layer;
  return text + "]}";
}

class ArtifactTest : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<ImageSource> source() {
    return make_registry_source({.reference = registry_.reference("thing:v1"), .policy = registry_.policy()}, clock_);
  }
  std::string error_of_find(const std::string& manifest) {
    registry_.add_blob("{}");
    registry_.add_manifest(manifest, tests::kOciManifestType, "v1");
    try {
      static_cast<void>(find_artifact(*source(), kLayerType, {}));
    } catch (const base::ParseError& error) {
      return error.what();
    }
    return "found";
  }
  std::string layer(const std::string& content, const std::string& type = kLayerType) {
    return tests::descriptor_json(type, registry_.add_blob(content), content.size());
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
  tests::TemporaryFolder folder_;
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

TEST_F(ArtifactTest, IsFoundAndFetched) {
  registry_.add_artifact("hello", kLayerType, "v1");
  const auto image = source();
  const FoundArtifact found = find_artifact(*image, kLayerType, {});
  std::vector<std::uint64_t> received;
  fetch_layer(*image, found.layer, folder_.file("out"), 5, [&](std::uint64_t bytes) { received.push_back(bytes); }, {});
  EXPECT_EQ(base::read_file(folder_.file("out"), 100), "hello");
  ASSERT_FALSE(received.empty());
  EXPECT_EQ(received.back(), 5U);
}

TEST_F(ArtifactTest, WhatIsNoneIsNamed) {
  EXPECT_THAT(error_of_find(manifest_json({})), HasSubstr("0 layers, where one is expected"));
  EXPECT_THAT(error_of_find(manifest_json({layer("a"), layer("b")})), HasSubstr("2 layers"));
  EXPECT_THAT(error_of_find(manifest_json({layer("a", tests::kOciLayerType)})), HasSubstr("a layer of type"));
}

TEST_F(ArtifactTest, ALayerPastTheBoundIsNotAskedFor) {
  registry_.add_artifact("hello", kLayerType, "v1");
  const auto image = source();
  const FoundArtifact found = find_artifact(*image, kLayerType, {});
  const std::size_t asked = registry_.seen().size();
  EXPECT_THROW(fetch_layer(*image, found.layer, folder_.file("out"), 4, {}, {}), base::LimitExceeded);
  EXPECT_EQ(registry_.seen().size(), asked);
  EXPECT_FALSE(std::filesystem::exists(folder_.file("out")));
}

TEST_F(ArtifactTest, ALayerWithOtherBytesIsRefused) {
  registry_.add_artifact("hello", kLayerType, "v1");
  const auto image = source();
  const FoundArtifact found = find_artifact(*image, kLayerType, {});
  registry_.intercept([](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
    if (request.target.find("/blobs/") == std::string::npos) return std::nullopt;
    return net::ServerResponse{.status = 200, .body = "hellO"};
  });
  EXPECT_THROW(fetch_layer(*image, found.layer, folder_.file("out"), 100, {}, {}), base::ParseError);
}

}  // namespace
}  // namespace registry
