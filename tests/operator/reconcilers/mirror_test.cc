// Mirrors of a registry: who of them is asked for what, and what is held against one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>

#include "base/error.h"
#include "tests/operator/support/registry_resolver_fixture.h"

namespace pratique_operator::reconcilers {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr auto kPull = crds::MirrorCapability::kPull;
constexpr auto kResolve = crds::MirrorCapability::kResolve;

// A second registry, which has what the first has under "hub/", or not.
class MirrorTest : public tests::RegistryResolverTest {
 protected:
  MirrorTest() { name_mirrors({{.location = mirror_.host() + "/hub"}}); }

  // Each by its location alone, or with its capabilities.
  void name_mirrors(std::vector<crds::RegistryMirror> mirrors) {
    name_registry({});
    crds::ScanRegistry main = *registries_.front();
    main.spec.mirrors = std::move(mirrors);
    registries_ = {std::make_shared<const crds::ScanRegistry>(main), known(mirror_), known(second_)};
  }
  // With a ScanRegistry of its own, as plain http needs.
  [[nodiscard]] static std::shared_ptr<const crds::ScanRegistry> known(const tests::FakeRegistry& mirror) {
    crds::ScanRegistry registry;
    registry.spec.server = mirror.host();
    registry.spec.ns = "shop";
    registry.spec.tls.plain_http = true;
    return std::make_shared<const crds::ScanRegistry>(registry);
  }
  // "HEAD tag", "GET manifest": what it was asked for, without repeats.
  [[nodiscard]] static std::set<std::string> asked(const tests::FakeRegistry& registry) {
    std::set<std::string> lines;
    for (const auto& seen : registry.seen()) {
      const bool by_digest = seen.target.find("/manifests/sha256:") != std::string::npos;
      const bool is_blob = seen.target.find("/blobs/") != std::string::npos;
      lines.insert(seen.method + (is_blob ? " blob" : by_digest ? " digest" : " tag"));
    }
    return lines;
  }

  tests::FakeRegistry mirror_;
  tests::FakeRegistry second_;
  std::atomic<int> heads_ = 0;
};

TEST_F(MirrorTest, IsAskedFirstAndTheRegistryNotAtAll) {
  const tests::FakeImage image = mirror_.add_image("layer", "1");

  const ResolvedReference resolved = resolve();

  EXPECT_EQ(resolved.image.digest, image.manifest);
  EXPECT_EQ(resolved.source.text(), mirror_.host() + "/hub/shop/web:1");
  EXPECT_THAT(registry_.seen(), IsEmpty());
  ASSERT_THAT(mirror_.seen(), Not(IsEmpty()));
  EXPECT_THAT(mirror_.seen().front().target, testing::StartsWith("/v2/hub/shop/web/"));
}

TEST_F(MirrorTest, ConfirmsWhatATagMeans) {
  const tests::FakeImage image = mirror_.add_image("layer", "1");
  EXPECT_TRUE(still_means(image.manifest));
  EXPECT_TRUE(registry_.seen().empty());
  registry_.add_image("layer", "1");
  mirror_.intercept([](const net::ServerRequest&) { return net::ServerResponse{.status = 429}; });
  EXPECT_TRUE(still_means(image.manifest)) << "who cannot tell is passed over";
}

TEST_F(MirrorTest, WhatItHasNotGotTheRegistryIsAskedFor) {
  const tests::FakeImage image = registry_.add_image("layer", "1");

  const ResolvedReference resolved = resolve();

  EXPECT_EQ(resolved.image.digest, image.manifest);
  EXPECT_EQ(resolved.source, registry_.reference("shop/web:1"));
}

// Of an image for several platforms, some mirrors copy one.
TEST_F(MirrorTest, WithoutTheWantedPlatformItIsPassedOver) {
  const tests::FakeImage other = mirror_.add_image("layer", "", R"({"os":"linux","architecture":"s390x"})");
  static_cast<void>(mirror_.add_manifest(
      R"({"schemaVersion":2,"manifests":[)" +
          tests::descriptor_json(tests::kOciManifestType, other.manifest, other.manifest_bytes.size(),
                                 R"(,"platform":{"os":"linux","architecture":"s390x"})") +
          "]}",
      tests::kOciIndexType, "1"));
  const tests::FakeImage image = registry_.add_image("layer", "1");

  const ResolvedReference resolved = resolve();

  EXPECT_EQ(resolved.image.digest, image.manifest);
  EXPECT_EQ(resolved.source, registry_.reference("shop/web:1"));
}

TEST_F(MirrorTest, TheRegistrysOwnRefusalIsTheOneThatIsTold) {
  mirror_.intercept(
      [](const net::ServerRequest&) { return net::ServerResponse{.status = 500, .body = "of the mirror"}; });
  answer(403);
  EXPECT_EQ(failure().reason, "Forbidden");
  EXPECT_THAT(failure().message, HasSubstr(registry_.host()));
}

TEST_F(MirrorTest, GetsNoCredentialThatIsForTheRegistry) {
  mirror_.add_image("layer", "1");
  put_secret("shop", "login", docker_config());
  static_cast<void>(resolve("shop/web:1", {"login"}));
  for (const auto& seen : mirror_.seen()) EXPECT_EQ(seen.authorization, "");
}

TEST_F(MirrorTest, ALieAboutADigestIsNotBelieved) {
  const tests::FakeImage image = registry_.add_image("layer");
  mirror_.intercept([](const net::ServerRequest&) {
    return net::ServerResponse{
        .body = R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"})",
        .content_type = "application/vnd.oci.image.manifest.v1+json"};
  });

  const ResolvedReference resolved = resolve("shop/web@" + image.manifest.text());

  EXPECT_EQ(resolved.source.host, registry_.host());
  EXPECT_EQ(resolved.image.digest, image.manifest);
}

TEST_F(MirrorTest, WhatDoesNotAnswerIsLeftAloneForAWhile) {
  const tests::FakeImage image = registry_.add_image("layer", "1");
  name_mirrors({{.location = "127.0.0.1:1/hub"}, {.location = mirror_.host()}});
  EXPECT_EQ(resolve().source.host, registry_.host());
  EXPECT_THAT(mirror_.seen(), Not(IsEmpty())) << "the next one is asked";

  mirror_.add_image("layer", "1");
  EXPECT_EQ(resolve().source.host, mirror_.host());

  resolver_.avoid(resolve().source);  // its layers could not be read
  EXPECT_EQ(resolve().source.host, registry_.host());
  clock_.advance(std::chrono::minutes(5));
  EXPECT_EQ(resolve().source.host, mirror_.host());
}

// The Secret for it could not be read: that says nothing of the mirror.
TEST_F(MirrorTest, WhatTheApiServerFailsAtIsNotHeldAgainstIt) {
  const tests::FakeImage image = mirror_.add_image("layer", "1");
  registry_.add_image("another layer", "1");
  put_secret("shop", "login", docker_config());
  api_.be_away(true);
  EXPECT_THROW(static_cast<void>(resolve("shop/web:1", {"login"})), base::NetworkError);
  EXPECT_THROW(static_cast<void>(still_means(image.manifest, {"login"})), base::NetworkError);
  EXPECT_THAT(mirror_.seen(), IsEmpty());

  api_.be_away(false);
  EXPECT_EQ(resolve("shop/web:1", {"login"}).source.host, mirror_.host()) << "it is not left alone";
  EXPECT_TRUE(still_means(image.manifest, {"login"}));
  EXPECT_THAT(registry_.seen(), IsEmpty());
}

TEST_F(MirrorTest, OneThatMayNotResolveIsAskedForDigestsAlone) {
  const tests::FakeImage image = registry_.add_image("layer", "1");
  mirror_.add_image("layer");
  mirror_.add_image("what it says the tag is", "1");
  name_mirrors({{.location = mirror_.host(), .capabilities = {kPull}}});

  const ResolvedReference resolved = resolve();

  EXPECT_EQ(resolved.image.digest, image.manifest) << "as the registry says";
  EXPECT_EQ(resolved.source.host, mirror_.host());
  EXPECT_EQ(resolved.told_by, "");
  EXPECT_THAT(asked(registry_), ElementsAre("HEAD tag"));
  EXPECT_THAT(asked(mirror_), Not(Contains(testing::EndsWith(" tag"))));
}

TEST_F(MirrorTest, OneThatMayNotResolveConfirmsNothing) {
  const tests::FakeImage old = mirror_.add_image("layer", "1");
  registry_.add_image("another layer", "1");
  name_mirrors({{.location = mirror_.host(), .capabilities = {kPull}}});
  EXPECT_FALSE(still_means(old.manifest));
  EXPECT_THAT(mirror_.seen(), IsEmpty());
}

TEST_F(MirrorTest, WhatOneThatMayNotResolveHasNotGotTheRegistryServes) {
  const tests::FakeImage image = registry_.add_image("layer", "1");
  name_mirrors({{.location = mirror_.host(), .capabilities = {kPull}}});
  const ResolvedReference resolved = resolve();
  EXPECT_EQ(resolved.image.digest, image.manifest);
  EXPECT_EQ(resolved.source.host, registry_.host());
}

TEST_F(MirrorTest, WhereTheRegistrySaysNoDigestItServesTheTag) {
  const tests::FakeImage image = registry_.add_image("layer", "1");
  mirror_.add_image("layer");
  name_mirrors({{.location = mirror_.host(), .capabilities = {kPull}}});
  heads_ = 0;
  registry_.intercept([this](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
    if (request.method != "HEAD" || ++heads_ > 1) return std::nullopt;
    return net::ServerResponse{.status = 404};
  });
  const ResolvedReference resolved = resolve();
  EXPECT_EQ(resolved.image.digest, image.manifest);
  EXPECT_EQ(resolved.source.host, registry_.host());
}

TEST_F(MirrorTest, AReferenceByDigestNeedsNobodyWhoResolves) {
  const tests::FakeImage image = mirror_.add_image("layer");
  name_mirrors({{.location = mirror_.host(), .capabilities = {kPull}}});
  EXPECT_EQ(resolve("shop/web@" + image.manifest.text()).source.host, mirror_.host());
  EXPECT_THAT(registry_.seen(), IsEmpty());
}

TEST_F(MirrorTest, OneThatMayNotPullSaysWhatATagMeansAndServesNothing) {
  const tests::FakeImage old = registry_.add_image("old layer");
  registry_.add_image("new layer", "1");
  mirror_.add_image("old layer", "1");
  name_mirrors({{.location = mirror_.host(), .capabilities = {kResolve}}});

  const ResolvedReference resolved = resolve();

  EXPECT_EQ(resolved.image.digest, old.manifest);
  EXPECT_EQ(resolved.source.host, registry_.host());
  EXPECT_EQ(resolved.told_by, mirror_.host());
  EXPECT_THAT(asked(mirror_), ElementsAre("HEAD tag"));
  EXPECT_THAT(asked(registry_), Not(Contains(testing::EndsWith(" tag"))));
  EXPECT_TRUE(still_means(old.manifest));
}

TEST_F(MirrorTest, OneTellsAndTheOneBeforeItServes) {
  const tests::FakeImage image = second_.add_image("layer", "1");
  mirror_.add_image("layer");
  name_mirrors({{.location = mirror_.host(), .capabilities = {kPull}}, {.location = second_.host()}});

  const ResolvedReference resolved = resolve();

  EXPECT_EQ(resolved.image.digest, image.manifest);
  EXPECT_EQ(resolved.source.host, mirror_.host());
  EXPECT_EQ(resolved.told_by, second_.host());
  EXPECT_THAT(registry_.seen(), IsEmpty());
  EXPECT_THAT(asked(second_), ElementsAre("HEAD tag"));
}

// Caches that answer a HEAD without saying the digest.
class SilentMirrorTest : public MirrorTest {
 protected:
  SilentMirrorTest() { silence({}); }
  // A GET is answered with this, or as it should be.
  void silence(std::optional<net::ServerResponse> get) {
    mirror_.intercept([get](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
      if (request.method == "HEAD") return net::ServerResponse{.content_type = tests::kOciManifestType};
      return get;
    });
  }
};

// In an air-gapped cluster the registry does not answer, and the image would be in trouble every five minutes.
TEST_F(SilentMirrorTest, IsReadAndTheRegistryNotAsked) {
  const tests::FakeImage image = mirror_.add_image("layer", "1");
  EXPECT_TRUE(still_means(image.manifest));
  EXPECT_FALSE(still_means(base::Digest::of("what it was")));
  EXPECT_THAT(asked(mirror_), ElementsAre("GET tag", "HEAD tag"));
  EXPECT_THAT(registry_.seen(), IsEmpty());
}

TEST_F(SilentMirrorTest, SaysWhatATagMeansWhereItServesNothing) {
  const tests::FakeImage old = registry_.add_image("old layer");
  registry_.add_image("new layer", "1");
  mirror_.add_image("old layer", "1");
  name_mirrors({{.location = mirror_.host(), .capabilities = {kResolve}}});
  const ResolvedReference resolved = resolve();
  EXPECT_EQ(resolved.image.digest, old.manifest);
  EXPECT_EQ(resolved.told_by, mirror_.host());
}

TEST_F(SilentMirrorTest, WhatIsNoManifestTellsNothing) {
  const tests::FakeImage image = registry_.add_image("layer", "1");
  for (const auto& answer : {net::ServerResponse{.body = "<html>log in</html>", .content_type = "text/html"},
                             net::ServerResponse{.body = "{}"}, net::ServerResponse{.status = 404}}) {
    silence(answer);
    EXPECT_TRUE(still_means(image.manifest)) << "by the registry's word";
  }
}

TEST(InMirror, KeepsWhatTheImageIs) {
  const base::ImageReference image = base::parse_image_reference("nginx:1");
  EXPECT_EQ(in_mirror("mirror:5000", image).text(), "mirror:5000/library/nginx:1");
  EXPECT_EQ(in_mirror("mirror:5000/hub/", image).text(), "mirror:5000/hub/library/nginx:1");
  EXPECT_EQ(in_mirror("[::1]:5000/a/b", image).name(), "[::1]:5000/a/b/library/nginx");
  const base::Digest digest = base::Digest::of("x");
  EXPECT_EQ(in_mirror("mirror", image.at(digest)).text(), "mirror/library/nginx@" + digest.text());
}

}  // namespace
}  // namespace pratique_operator::reconcilers
