// Each way in which a registry or a Secret says no, with the condition that tells of it.
#include "operator/reconcilers/registry_resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/operator/support/registry_resolver_fixture.h"
#include "tests/support/layout_writer.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using tests::RegistryResolverTest;

const std::string kBasic = "Basic " + base::encode_base64("robot:s3cret");

TEST_F(RegistryResolverTest, ResolvesATagToItsManifest) {
  const tests::FakeImage image = registry_.add_image("layer", "1");

  const ResolvedReference resolved = resolve();
  EXPECT_EQ(resolved.image.digest, image.manifest);
  ASSERT_EQ(resolved.image.manifests.size(), 1u);
  EXPECT_EQ(resolved.image.manifests[0].digest, image.manifest);
  EXPECT_THAT(resolved.access.plain_http_hosts, testing::ElementsAre(registry_.host()));
}

TEST_F(RegistryResolverTest, KeysOfAttestationsAreThoseOfAttachedSboms) {
  registry_.add_image("layer", "1");
  crds::ScanRegistry main = *registries_.front();
  main.spec.attestations.accept_keys = {"PEM"};
  main.spec.attached_sboms = true;
  registries_ = {std::make_shared<const crds::ScanRegistry>(main)};
  EXPECT_THAT(resolve().access.sbom_keys, testing::ElementsAre("PEM"));
}

// Registries count a GET of a manifest as a pull, and a HEAD not.
TEST_F(RegistryResolverTest, WhetherATagStillMeansItIsAskedByAHeadAlone) {
  const tests::FakeImage image = registry_.add_image("layer", "1");
  EXPECT_TRUE(still_means(image.manifest));
  for (const auto& seen : registry_.seen()) EXPECT_EQ(seen.method, "HEAD") << seen.target;
  registry_.add_image("another layer", "1");
  EXPECT_FALSE(still_means(image.manifest));
}

TEST_F(RegistryResolverTest, WhoSaysNothingUsableDoesNotConfirm) {
  const tests::FakeImage image = registry_.add_image("layer", "1");
  for (const int status : {200, 401, 403, 404, 405, 500}) {
    answer(status);
    EXPECT_FALSE(still_means(image.manifest)) << status;
  }
  answer(200, {{"Docker-Content-Digest", "md5:1"}});
  EXPECT_FALSE(still_means(image.manifest));
  answer(429, {{"Retry-After", "7"}});
  EXPECT_THROW(static_cast<void>(still_means(image.manifest)), base::HttpError) << "and is not asked again at once";
}

TEST_F(RegistryResolverTest, ItIsConfirmedWithTheNamespacesCredentials) {
  const tests::FakeImage image = registry_.add_image("layer", "1");
  put_secret("shop", "login", docker_config());
  let_in(kBasic);
  EXPECT_TRUE(still_means(image.manifest, {"login"}));
  EXPECT_FALSE(still_means(image.manifest)) << "without them the registry says nothing";
}

// Whoever was answered it, and with whatever credentials: the registry means its client.
TEST_F(RegistryResolverTest, ARegistryThatAsksForItIsLeftAloneByAll) {
  registry_.add_image("layer", "1");
  net::Metrics metrics;
  RegistryPauses pauses(clock_, metrics, [](const std::string&) {});
  RegistryResolver resolver(
      api_, clock_, [this] { return registries_; }, {}, nullptr, &pauses);
  const auto request = [&](const std::string& ns, const std::string& rest) {
    return ResolveRequest{
        .reference = registry_.reference(rest), .platforms = {{"linux", "amd64", ""}}, .ns = ns, .pull_secrets = {}};
  };
  answer(429, {{"Retry-After", "40"}});
  EXPECT_THROW(static_cast<void>(resolver.resolve(request("shop", "shop/web:1"), {})), base::HttpError);
  registry_.intercept({});
  const std::size_t asked = registry_.seen().size();
  EXPECT_EQ(asked, 1u);

  const ResolveRequest other = request("bank", "bank/api:1");
  EXPECT_GE(resolver.rest_of(other, "bank/api"), std::chrono::seconds(40));
  EXPECT_THROW(static_cast<void>(resolver.resolve(other, {})), base::HttpError);
  EXPECT_THROW(static_cast<void>(resolver.still_means(other, base::Digest::of("x"), {})), base::HttpError);
  EXPECT_EQ(registry_.seen().size(), asked) << "nothing was sent";

  clock_.advance(std::chrono::seconds(40));
  EXPECT_EQ(resolver.rest_of(other, "bank/api"), std::nullopt);
  EXPECT_EQ(resolver.resolve(other, {}).image.manifests.size(), 1u);
}

TEST_F(RegistryResolverTest, WhoHasAMirrorNeedNotWait) {
  net::Metrics metrics;
  RegistryPauses pauses(clock_, metrics, [](const std::string&) {});
  RegistryResolver resolver(
      api_, clock_, [this] { return registries_; }, {}, nullptr, &pauses);
  const ResolveRequest request{
      .reference = registry_.reference("shop/web:1"), .platforms = {}, .ns = "shop", .pull_secrets = {}};
  resolver.note_throttled(request.reference, std::chrono::seconds(40));
  EXPECT_NE(resolver.rest_of(request, "shop/web"), std::nullopt);
  crds::ScanRegistry main = *registries_.front();
  main.spec.mirrors = {{.location = "mirror:5000"}};
  registries_ = {std::make_shared<const crds::ScanRegistry>(main)};
  EXPECT_EQ(resolver.rest_of(request, "shop/web"), std::nullopt);
}

// What the cluster's nodes would pull with.
TEST_F(RegistryResolverTest, APluginOfTheNodesLetsInWhoHasNoSecret) {
  registry_.add_image("layer", "1");
  let_in(kBasic);
  const tests::TemporaryFolder folder;
  const auto plugin = [&](const std::string& script) {
    const std::string path = folder.file("plugin");
    std::ofstream(path) << "#!/bin/sh\n" << script;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return credential_plugins::CredentialPlugins({{.name = "plugin",
                                                   .api_version = "credentialprovider.kubelet.k8s.io/v1",
                                                   .match_images = {registry_.host()},
                                                   .default_cache_duration = {},
                                                   .arguments = {},
                                                   .environment = {}}},
                                                 folder.path().string(), clock_);
  };
  const json answer = {{"kind", "CredentialProviderResponse"},
                       {"apiVersion", "credentialprovider.kubelet.k8s.io/v1"},
                       {"cacheKeyType", "Registry"},
                       {"auth", {{registry_.host(), {{"username", "robot"}, {"password", "s3cret"}}}}}};
  const ResolveRequest request{.reference = registry_.reference("shop/web:1"),
                               .platforms = {{"linux", "amd64", ""}},
                               .ns = "shop",
                               .pull_secrets = {"nothing"}};
  auto good = plugin("echo '" + answer.dump() + "'\n");
  RegistryResolver with_good(
      api_, clock_, [this] { return registries_; }, {}, &good);
  EXPECT_EQ(with_good.resolve(request, {}).image.manifests.size(), 1U);

  auto broken = plugin("echo no identity >&2; exit 1\n");
  RegistryResolver with_broken(
      api_, clock_, [this] { return registries_; }, {}, &broken);
  try {
    static_cast<void>(with_broken.resolve(request, {}));
    FAIL() << "it was let in";
  } catch (const CredentialsMissing& error) {
    EXPECT_THAT(error.what(), HasSubstr("credential plugin plugin: "));
    EXPECT_THAT(error.what(), HasSubstr("it ended with status 1")) << "each that was tried is told";
    EXPECT_THAT(error.what(), Not(HasSubstr("no identity"))) << "and what the program said is not";
    EXPECT_THAT(error.what(), HasSubstr("pull secret shop/nothing does not exist"));
  }
}

TEST_F(RegistryResolverTest, PullsWithTheSecretsOfTheNamespaceAndLendsThem) {
  registry_.add_image("layer", "1");
  let_in(kBasic);
  put_secret("shop", "login", docker_config());

  const ResolvedReference resolved = resolve("shop/web:1", {"login"});

  EXPECT_EQ(resolved.access.username, "robot");
  EXPECT_EQ(resolved.access.password, "s3cret");
}

TEST_F(RegistryResolverTest, TheRegistrysOwnSecretIsForItsNamespaceAlone) {
  registry_.add_image("layer", "1");
  let_in(kBasic);
  put_secret("shop", "robot", docker_config());
  put_secret("other", "robot", docker_config());
  name_registry({{"secretRef", {{"name", "robot"}}}});

  EXPECT_EQ(resolve().access.username, "robot");
  EXPECT_THROW(static_cast<void>(resolver_.resolve({.reference = registry_.reference("shop/web:1"),
                                                    .platforms = {{"linux", "amd64", ""}},
                                                    .ns = "other",
                                                    .pull_secrets = {}},
                                                   {})),
               base::HttpError);
}

struct AnswerRow {
  int status;
  const char* reason;
  Remedy remedy;
};

TEST_F(RegistryResolverTest, EachAnswerHasItsReason) {
  const std::vector<AnswerRow> rows = {{401, "Unauthorized", Remedy::kIntervene},
                                       {403, "Forbidden", Remedy::kIntervene},
                                       {404, "NotFound", Remedy::kIntervene},
                                       {429, "RateLimited", Remedy::kRetry},
                                       {500, "RegistryError", Remedy::kRetry}};
  for (const AnswerRow& row : rows) {
    answer(row.status);
    const Failure said = failure();
    EXPECT_EQ(said.reason, row.reason) << row.status;
    EXPECT_EQ(said.remedy, row.remedy) << row.status;
    EXPECT_THAT(said.message, HasSubstr(registry_.host())) << "it names the registry";
  }
}

TEST_F(RegistryResolverTest, ComesBackWhenTheRegistrySaysSo) {
  answer(429, {{"Retry-After", "17"}});
  EXPECT_EQ(failure().retry_after, std::chrono::seconds(17));
}

TEST_F(RegistryResolverTest, AnUnknownImageIsNotFound) {
  EXPECT_EQ(failure("shop/nothing:1").reason, "NotFound");
}

TEST_F(RegistryResolverTest, AManifestThatIsNotWhatItsDigestSaysIsRefused) {
  const tests::FakeImage image = registry_.add_image("layer", "1");
  registry_.intercept([](const net::ServerRequest&) {
    return net::ServerResponse{
        .status = 200, .body = R"({"schemaVersion":2})", .content_type = tests::kOciManifestType};
  });
  EXPECT_EQ(failure("shop/web@" + image.manifest.text()).reason, "InvalidManifest");
}

TEST_F(RegistryResolverTest, WhatIsNoManifestIsRefused) {
  registry_.add_manifest("<html>", tests::kOciManifestType, "1");
  EXPECT_EQ(failure().reason, "InvalidManifest");
}

TEST_F(RegistryResolverTest, AManifestBeyondTheBoundIsRefused) {
  registry_.add_manifest(std::string(5 << 20, ' '), tests::kOciManifestType, "1");
  EXPECT_EQ(failure().reason, "LimitExceeded");
}

TEST_F(RegistryResolverTest, APrivateAddressThatNoScanRegistryNamesIsNotAsked) {
  registries_.clear();
  EXPECT_EQ(failure().reason, "RegistryUnreachable");
  EXPECT_THAT(failure().message, HasSubstr("ScanRegistry"));
  EXPECT_THAT(registry_.seen(), IsEmpty());
}

TEST_F(RegistryResolverTest, AStrangersTokenServiceGetsNoPassword) {
  tests::FakeRegistry stranger;
  stranger.intercept(
      [](const net::ServerRequest&) { return net::ServerResponse{.status = 200, .body = R"({"token":"anonymous"})"}; });
  crds::ScanRegistry named;
  named.spec.server = stranger.host();
  named.spec.tls.plain_http = true;
  registries_.push_back(std::make_shared<const crds::ScanRegistry>(named));
  answer(401, {{"WWW-Authenticate", "Bearer realm=\"" + stranger.url() + "/token\",service=\"s\""}});
  put_secret("shop", "login", docker_config());

  const Failure said = failure("shop/web:1", {"login"});

  EXPECT_EQ(said.reason, "RealmNotTrusted");
  EXPECT_THAT(said.message, HasSubstr("auth.realmHosts"));
  EXPECT_THAT(stranger.all_authorizations(), Not(HasSubstr("Basic")));
}

struct SecretRow {
  const char* name;
  std::string key;
  std::string content;
};

TEST_F(RegistryResolverTest, ASecretThatCannotBeUsedIsNamed) {
  const std::vector<SecretRow> rows = {{"of another type", "password", "s3cret"},
                                       {"no JSON", ".dockerconfigjson", "s3cret"},
                                       {"no list of registries", ".dockerconfigjson", R"({"auths":7})"}};
  answer(401);
  for (const SecretRow& row : rows) {
    put_secret("shop", "login", row.content, row.key);
    const Failure said = failure("shop/web:1", {"login"});
    EXPECT_EQ(said.reason, "CredentialsMissing") << row.name << ": " << said.message;
    EXPECT_EQ(said.remedy, Remedy::kIntervene) << row.name;
    EXPECT_THAT(said.message, HasSubstr("shop/login")) << row.name;
    EXPECT_THAT(said.message, HasSubstr("tried without credentials")) << row.name;
    EXPECT_THAT(said.message, Not(HasSubstr("s3cret"))) << row.name;
  }
}

// What a kubelet would pull is scanned, whatever else a pod or its account names.
TEST_F(RegistryResolverTest, AnUnusableSecretDoesNotMatterWhereNoneIsNeeded) {
  registry_.add_image("layer", "1");
  EXPECT_NO_THROW(static_cast<void>(resolve("shop/web:1", {"nothing"})));
  api_.refuse([](const std::string& line) { return line == "get secrets/shop/locked"; }, 403, "Forbidden");
  EXPECT_NO_THROW(static_cast<void>(resolve("shop/web:1", {"locked"})));

  let_in(kBasic);
  put_secret("shop", "login", docker_config());
  EXPECT_EQ(resolve("shop/web:1", {"nothing", "locked", "login"}).access.username, "robot");
}

TEST_F(RegistryResolverTest, EachSecretThatDidNotDoIsNamedWithItsReason) {
  answer(401);
  put_secret("shop", "elsewhere", json{{"auths", {{"quay.io", {{"username", "ann"}, {"password", "s3cret"}}}}}}.dump());
  api_.refuse([](const std::string& line) { return line == "get secrets/shop/locked"; }, 403, "Forbidden");

  const Failure said = failure("shop/web:1", {"nothing", "locked", "elsewhere"});

  EXPECT_EQ(said.reason, "CredentialsMissing");
  EXPECT_THAT(said.message, HasSubstr("the pull secret shop/nothing does not exist"));
  EXPECT_THAT(said.message, HasSubstr("Secret shop/locked may not be read by the operator"));
  EXPECT_THAT(said.message, HasSubstr("Secret shop/elsewhere has no entry for " + registry_.host() + "/shop/web"));
  EXPECT_THAT(said.message, Not(testing::AnyOf(HasSubstr("quay.io"), HasSubstr("ann"), HasSubstr("s3cret"))));
}

TEST_F(RegistryResolverTest, WhatWasRefusedIsToldApartFromWhatWasMissing) {
  answer(401);
  put_secret("shop", "login", docker_config());
  EXPECT_EQ(failure("shop/web:1", {"login"}).reason, "Unauthorized") << "it was sent, and refused";
  EXPECT_THAT(failure("shop/web:1", {"login", "nothing"}).message, HasSubstr("the other credentials were refused"));
  EXPECT_EQ(failure("shop/web:1", {}).reason, "Unauthorized");
  // The registry may have said so of what one may not see.
  answer(404);
  EXPECT_EQ(failure("shop/web:1", {"nothing"}).reason, "NotFound");
  EXPECT_THAT(failure("shop/web:1", {"nothing"}).message, HasSubstr("shop/nothing does not exist"));
  // Nothing of it is about credentials.
  answer(429);
  EXPECT_EQ(failure("shop/web:1", {"nothing"}).reason, "RateLimited");
}

// An API server in trouble says nothing of the Secret.
TEST_F(RegistryResolverTest, ASecretThatCannotBeAskedForIsTriedAgain) {
  registry_.add_image("layer", "1");
  api_.refuse([](const std::string& line) { return line.starts_with("get secrets/"); }, 500, "InternalError");
  EXPECT_EQ(failure("shop/web:1", {"login"}).reason, "ClusterError");
}

TEST_F(RegistryResolverTest, PullsAsTheAccountOfAProvider) {
  registry_.add_image("layer", "1");
  let_in("Basic " + base::encode_base64("azure:of-the-account"));
  name_registry({{"provider", "azure"}});
  EXPECT_EQ(resolve().access.username, "azure");
}

TEST_F(RegistryResolverTest, LendsAnAccountToNoOtherNamespace) {
  registry_.add_image("layer", "1");
  let_in("Basic " + base::encode_base64("azure:of-the-account"));
  name_registry({{"provider", "azure"}});
  EXPECT_THROW((void)resolver_.resolve({.reference = registry_.reference("shop/web:1"),
                                        .platforms = {{"linux", "amd64", ""}},
                                        .ns = "bank",
                                        .pull_secrets = {}},
                                       {}),
               base::HttpError);
  EXPECT_THAT(registry_.all_authorizations(), Not(HasSubstr("Basic")));
}

}  // namespace
}  // namespace pratique_operator::reconcilers
