// The registry client against Debian's docker-registry, with images that skopeo has pushed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "registry/artifact.h"
#include "registry/artifact_file.h"
#include "registry/oci_layout.h"
#include "registry/registry_client.h"
#include "registry/registry_listing.h"
#include "tests/integration/registry/real_registry.h"
#include "tests/support/control_plane.h"
#include "tests/support/layout_writer.h"

namespace registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using tests::RealRegistry;

class RegistryIntegration : public ::testing::Test {
 protected:
  // Writes an image of one layer and pushes it; `options` are skopeo's.
  base::Digest push(const RealRegistry& registry, const std::string& rest, std::vector<std::string> options = {}) {
    tests::LayoutWriter layout(folder_.path() / "layout");
    const base::Digest digest = layout.add_image("v1", {layer_});
    std::vector<std::string> words = {"skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false",
                                      "--preserve-digests"};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back("oci:" + folder_.file("layout") + ":v1");
    words.push_back("docker://" + registry.host() + "/" + rest);
    const tests::CommandResult result = tests::run_command(words);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return digest;
  }
  void expect_layer(ImageSource& source, const base::Digest& digest) {
    const ResolvedImage image = source.resolve({parse_platform("linux/amd64")}, {});
    EXPECT_EQ(image.digest, digest);
    ASSERT_THAT(image.manifests, SizeIs(1));
    const Manifest manifest = source.manifest(image.manifests[0].digest, {});
    ASSERT_THAT(manifest.layers, SizeIs(1));
    EXPECT_EQ(base::Digest::of(read_blob(source, manifest.layers[0], 64 << 20, {})), base::Digest::of(layer_));
  }
  static net::UrlPolicy plain(const RealRegistry& registry) { return {.plain_http_hosts = {registry.host()}}; }

  tests::TemporaryFolder folder_;
  base::RealClock clock_;
  // Bytes that skopeo takes for an uncompressed layer and so keeps as they are; larger than every buffer on the way.
  std::string layer_ = std::string(5 << 20, '\0');
};

TEST_F(RegistryIntegration, ReadsAPublicImage) {
  const RealRegistry registry({});
  const base::Digest digest = push(registry, "team/app:v1");

  const auto by_tag =
      make_registry_source({.reference = registry.reference("team/app:v1"), .policy = plain(registry)}, clock_);
  const auto by_digest = make_registry_source(
      {.reference = registry.reference("team/app@" + digest.text()), .policy = plain(registry)}, clock_);

  expect_layer(*by_tag, digest);
  expect_layer(*by_digest, digest);
}

TEST_F(RegistryIntegration, ReadsAPrivateImageWithItsCredentials) {
  const RealRegistry registry({"REGISTRY_USER=alice", "REGISTRY_PASSWORD=hunter2"});
  const base::Digest digest = push(registry, "app:v1", {"--dest-creds", "alice:hunter2"});
  RegistryClientSettings settings{
      .reference = registry.reference("app:v1"),
      .credentials = {{.username = "alice", .password = "wrong"}, {.username = "alice", .password = "hunter2"}},
      .policy = plain(registry)};

  expect_layer(*make_registry_source(settings, clock_), digest);
  settings.authorization = pull_authorization(settings, clock_, {});
  settings.credentials.clear();
  expect_layer(*make_registry_source(settings, clock_), digest);
}

TEST_F(RegistryIntegration, AnArtifactComesBackAsItWasPushed) {
  const RealRegistry registry({"REGISTRY_USER=alice", "REGISTRY_PASSWORD=hunter2"});
  RegistryClientSettings settings{.reference = registry.reference("team/advisories:latest"),
                                  .credentials = {{.username = "alice", .password = "hunter2"}},
                                  .policy = plain(registry)};
  Artifact artifact{.type = "application/vnd.example.v1", .layer_type = "application/vnd.example.v1+raw"};
  artifact.content = layer_;
  const base::Digest digest = push_artifact(settings, artifact, clock_, {});
  EXPECT_EQ(push_artifact(settings, artifact, clock_, {}), digest) << "a second time nothing changes";

  const auto source = make_registry_source(settings, clock_);
  const FoundFile found = find_file(
      *source, {.chunk_type = artifact.layer_type, .whole_type = artifact.layer_type, .bytes_max = layer_.size()}, {});
  EXPECT_EQ(found.digest, digest);
  EXPECT_EQ(fetch_file(*source, found, folder_.file("fetched"), nullptr, {}, {}), layer_.size());
  EXPECT_EQ(base::read_file(folder_.file("fetched"), layer_.size()), layer_);

  settings.credentials.clear();
  EXPECT_THROW(static_cast<void>(push_artifact(settings, artifact, clock_, {})), base::HttpError);
}

// Debian's registry is of before the referrers API.
TEST_F(RegistryIntegration, WhatIsAttachedIsListedAndComesBack) {
  const RealRegistry registry({});
  const base::Digest image = push(registry, "team/app:v1");
  const RegistryClientSettings settings{.reference = registry.reference("team/app:v1"), .policy = plain(registry)};
  std::vector<base::Digest> attached;
  for (const std::string content : {"one", "two", "two"}) {
    attached.push_back(push_artifact(
        settings,
        {.type = "application/vnd.example.v1", .layer_type = "text/plain", .content = content, .subject = image},
        clock_, {}));
  }
  EXPECT_EQ(attached[1], attached[2]) << "a second time nothing changes";

  const auto source = make_registry_source(settings, clock_);
  const std::vector<Referrer> found = source->referrers(image, {}).list;
  ASSERT_THAT(found, SizeIs(2));
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].digest, attached[i]);
    EXPECT_EQ(found[i].artifact_type, "application/vnd.example.v1");
    const Manifest manifest = source->manifest(found[i].digest, {});
    EXPECT_EQ(manifest.subject, image);
    EXPECT_EQ(read_blob(*source, manifest.layers.at(0), 100, {}), i == 0 ? "one" : "two");
  }
  expect_layer(*make_registry_source(settings, clock_), image);
}

TEST_F(RegistryIntegration, SaysWhatIsWrongWithTheCredentials) {
  const RealRegistry registry({"REGISTRY_USER=alice", "REGISTRY_PASSWORD=hunter2"});
  const auto message = [&](std::vector<Credential> credentials) -> std::string {
    try {
      static_cast<void>(make_registry_source({.reference = registry.reference("app:v1"),
                                              .credentials = std::move(credentials),
                                              .policy = plain(registry)},
                                             clock_)
                            ->resolve({}, {}));
    } catch (const base::HttpError& error) {
      EXPECT_EQ(error.status(), 401);
      return error.what();
    }
    return "nothing was thrown";
  };

  EXPECT_THAT(message({}), HasSubstr("no credentials were given"));
  EXPECT_THAT(message({{.username = "alice", .password = "wrong"}}), HasSubstr("the credentials were refused"));
}

TEST_F(RegistryIntegration, ReadsOverTlsWithTheRegistrysOwnAuthority) {
  const RealRegistry registry({"REGISTRY_TLS=1"});
  const base::Digest digest = push(registry, "app:v1");
  RegistryClientSettings settings{.reference = registry.reference("app:v1"),
                                  .policy = {.private_hosts = {registry.host()}},
                                  .ca_bundle_pem = registry.ca_bundle()};

  expect_layer(*make_registry_source(settings, clock_), digest);
  settings.ca_bundle_pem.clear();
  EXPECT_THROW(static_cast<void>(make_registry_source(settings, clock_)->resolve({}, {})), base::NetworkError);
}

TEST_F(RegistryIntegration, ListsWhatItHolds) {
  const RealRegistry registry({"REGISTRY_USER=alice", "REGISTRY_PASSWORD=hunter2"});
  const std::vector<std::string> login = {"--dest-creds", "alice:hunter2"};
  const base::Digest digest = push(registry, "team/app:v1", login);
  push(registry, "team/app:v2", login);
  push(registry, "other:v1", login);
  const std::string config = R"({"auths":{")" + registry.host() + R"(":{"username":"alice","password":"hunter2"}}})";
  RegistryListing listing(
      {.server = registry.host(), .keyring = parse_docker_config_json(config, "test"), .policy = plain(registry)},
      clock_);

  EXPECT_THAT(listing.repositories({}).names, ElementsAre("other", "team/app"));
  EXPECT_THAT(listing.tags("team/app", {}).names, UnorderedElementsAre("v1", "v2"));
  EXPECT_THAT(listing.tags("gone", {}).names, IsEmpty());
  EXPECT_EQ(listing.digest_of("team/app", "v1", {}), digest);
  EXPECT_EQ(listing.digest_of("team/app", "v3", {}), std::nullopt);

  RegistryListing nobody({.server = registry.host(), .policy = plain(registry)}, clock_);
  EXPECT_THROW((void)nobody.repositories({}), base::HttpError);
}

TEST_F(RegistryIntegration, NamesAnUnknownTag) {
  const RealRegistry registry({});
  push(registry, "app:v1");

  try {
    static_cast<void>(
        make_registry_source({.reference = registry.reference("app:v2"), .policy = plain(registry)}, clock_)
            ->resolve({}, {}));
    FAIL() << "nothing was thrown";
  } catch (const base::HttpError& error) {
    EXPECT_EQ(error.status(), 404);
    EXPECT_THAT(error.what(), HasSubstr("MANIFEST_UNKNOWN"));
  }
}

TEST_F(RegistryIntegration, ReadsALayoutThatSkopeoWrote) {
  const RealRegistry registry({});
  push(registry, "app:v1");

  const tests::CommandResult copied =
      tests::run_command({"skopeo", "--insecure-policy", "copy", "--src-tls-verify=false",
                          "docker://" + registry.host() + "/app:v1", "oci:" + folder_.file("copy") + ":v1"});
  ASSERT_EQ(copied.exit_code, 0) << copied.output;
  const auto source = make_oci_layout_source({.directory = folder_.file("copy"), .tag = "v1"});

  EXPECT_THAT(source->resolve({}, {}).manifests, SizeIs(1));
}

}  // namespace
}  // namespace registry
