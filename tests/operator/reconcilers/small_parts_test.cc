#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/error.h"
#include "crds/object_names.h"
#include "operator/reconcilers/host_turns.h"
#include "operator/reconcilers/registry_resolver.h"
#include "operator/reconcilers/registry_settings.h"
#include "operator/reconcilers/scan_index.h"
#include "operator/reconcilers/workload_reconciler.h"
#include "tests/operator/support/memory_api.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

crds::ImageScan scan(const std::string& ns, const std::string& image, std::vector<std::string> digests) {
  crds::ImageScan scan;
  scan.metadata.ns = ns;
  scan.metadata.name = "web";
  scan.status.image = image;
  for (const std::string& digest : digests) {
    scan.status.platforms.push_back({.platform = "linux/amd64", .digest = digest, .report = ""});
  }
  return scan;
}

TEST(ScanIndex, FindsByManifestAndByTag) {
  ScanIndex index;
  const crds::ImageScan shop = scan("shop", "registry:5000/web:1", {"sha256:a", "sha256:b"});
  const crds::ImageScan other = scan("other", "registry:5000/web:1", {"sha256:a"});
  index.change(nullptr, &shop);
  index.change(nullptr, &other);

  EXPECT_THAT(index.of_manifest("sha256:a"),
              UnorderedElementsAre(kubernetes::ObjectKey{"shop", "web"}, kubernetes::ObjectKey{"other", "web"}));
  EXPECT_THAT(index.of_manifest("sha256:b"), ElementsAre(kubernetes::ObjectKey{"shop", "web"}));
  EXPECT_THAT(index.of_tag("registry:5000/web", "1"), testing::SizeIs(2));
  EXPECT_THAT(index.of_tag("registry:5000/web", "2"), IsEmpty());
  EXPECT_TRUE(index.knows_manifest("sha256:b"));
}

TEST(ScanIndex, FollowsChangesAndEnds) {
  ScanIndex index;
  const crds::ImageScan before = scan("shop", "registry:5000/web:1", {"sha256:a"});
  const crds::ImageScan after = scan("shop", "registry:5000/web:1", {"sha256:b"});
  index.change(nullptr, &before);
  index.change(&before, &after);
  EXPECT_FALSE(index.knows_manifest("sha256:a"));
  EXPECT_TRUE(index.knows_manifest("sha256:b"));

  index.change(&after, nullptr);
  EXPECT_FALSE(index.knows_manifest("sha256:b"));
  EXPECT_THAT(index.of_tag("registry:5000/web", "1"), IsEmpty());
}

std::shared_ptr<const crds::ScanRegistry> registry(const json& spec) {
  return std::make_shared<const crds::ScanRegistry>(
      json{{"metadata", {{"name", "r"}}}, {"spec", spec}}.get<crds::ScanRegistry>());
}

TEST(ScanIndex, FindsTheTagsOfADigest) {
  ScanIndex index;
  crds::ImageScan resolved = scan("shop", "registry:5000/team/web:1", {});
  resolved.status.digest = "sha256:index";
  index.change(nullptr, &resolved);

  EXPECT_THAT(index.of_digest("registry:5000/team/web", "sha256:index"), testing::SizeIs(1));
  EXPECT_THAT(index.of_digest("registry:5000/team/api", "sha256:index"), IsEmpty());
  index.change(&resolved, nullptr);
  EXPECT_THAT(index.of_digest("registry:5000/team/web", "sha256:index"), IsEmpty());
}

TEST(RepositoryOf, IsAllBeforeTagAndDigest) {
  for (const char* image : {"registry:5000/shop/web:1", "registry:5000/shop/web@sha256:aa",
                            "registry:5000/shop/web:1@sha256:aa", "registry:5000/shop/web"}) {
    EXPECT_EQ(repository_of(image), "registry:5000/shop/web") << image;
  }
  EXPECT_EQ(repository_of(""), "");
}

TEST(RegistrySettings, NameHostsWithTheirPorts) {
  struct Row {
    const char* server;
    bool plain;
    const char* authority;
  };
  const std::vector<Row> rows = {{"registry:5000", false, "registry:5000"},
                                 {"registry.example.com", false, "registry.example.com:443"},
                                 {"registry.example.com", true, "registry.example.com:80"},
                                 {"[::1]", false, "[::1]:443"},
                                 {"[::1]:5000", true, "[::1]:5000"}};
  for (const Row& row : rows) {
    const RegistrySettings settings =
        settings_for({registry({{"server", row.server}, {"namespace", "shop"}, {"tls", {{"plainHTTP", row.plain}}}})},
                     row.server, "shop");
    EXPECT_THAT(settings.policy.private_hosts, ElementsAre(row.authority));
    EXPECT_EQ(settings.policy.plain_http_hosts.contains(row.authority), row.plain);
  }
}

TEST(RegistrySettings, LendsCredentialsToItsOwnNamespaceAlone) {
  const ScanRegistries registries = {
      registry({{"server", "registry:5000"},
                {"namespace", "shop"},
                {"auth", {{"secretRef", {{"name", "login"}}}, {"realmHosts", {"auth:443"}}}},
                {"tls", {{"caBundle", "PEM"}}}})};

  EXPECT_EQ(settings_for(registries, "registry:5000", "shop").secrets.size(), 1u);
  EXPECT_THAT(settings_for(registries, "registry:5000", "other").secrets, IsEmpty());
  EXPECT_THAT(settings_for(registries, "elsewhere:5000", "shop").secrets, IsEmpty());
  EXPECT_EQ(settings_for(registries, "registry:5000", "other").ca_bundle_pem, "PEM");
  EXPECT_EQ(settings_for(registries, "elsewhere:5000", "shop").ca_bundle_pem, "");
  EXPECT_THAT(settings_for(registries, "elsewhere:5000", "shop").policy.trusted_realm_hosts, IsEmpty());
}

TEST(RegistrySettings, TheSmallestBoundOnScansCounts) {
  const auto bounded = [](const char* server, json limit) {
    return registry({{"server", server}, {"namespace", "shop"}, {"rateLimit", std::move(limit)}});
  };
  const ScanRegistries registries = {
      bounded("registry:5000", {{"concurrent", 5}}), bounded("registry:5000", {{"concurrent", 3}}),
      bounded("registry:5000", json::object()), bounded("other:5000", {{"concurrent", 1}})};
  EXPECT_EQ(settings_for(registries, "registry:5000", "shop").scans_at_once, 3u);
  EXPECT_EQ(settings_for(registries, "free:5000", "shop").scans_at_once, 0u);
}

TEST(HostTurns, AreCountedByHostAndGivenBack) {
  HostTurns turns;
  {
    const auto first = turns.take("a", 2);
    const auto second = turns.take("a", 2);
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(turns.take("a", 2));
    EXPECT_TRUE(turns.take("b", 2));
    EXPECT_TRUE(turns.take("a", 0)) << "nothing is bounded";
  }
  EXPECT_TRUE(turns.take("a", 1));
}

TEST(KeyringOf, ReadsBothTypesOfPullSecrets) {
  const std::string entry = R"({"registry:5000":{"username":"u","password":"p"}})";
  const json modern = {{"data", {{".dockerconfigjson", base::encode_base64(R"({"auths":)" + entry + "}")}}}};
  const json old = {{"data", {{".dockercfg", base::encode_base64(entry)}}}};

  for (const json& secret : {modern, old}) {
    const registry::Keyring keyring = keyring_of(secret, {"shop", "login"});
    ASSERT_EQ(keyring.size(), 1u);
    EXPECT_EQ(keyring[0].credential.password, "p");
  }
  EXPECT_THROW((void)keyring_of(json{{"data", {{"password", "cA=="}}}}, {"shop", "login"}), base::ConfigError);
  EXPECT_THROW((void)keyring_of(json::object(), {"shop", "login"}), base::ConfigError);
}

std::vector<std::string> no_secrets(const kubernetes::ObjectKey&) {
  return {};
}

kubernetes::Store<crds::ImageScan> image_scans() {
  return kubernetes::Store<crds::ImageScan>([](const json& object) { return object.get<crds::ImageScan>(); });
}

TEST(WorkloadReconciler, MakesAnImageScanForAnImageInUse) {
  tests::MemoryApi api;
  ImageUses uses;
  kubernetes::Store<crds::ImageScan> scans = image_scans();
  WorkloadReconciler reconciler(uses, no_secrets, scans, api);
  const WorkloadImages pod{
      .ns = "shop",
      .kind = "Pod",
      .name = "web",
      .used = std::make_shared<const UsedImages>(
          UsedImages{.images = {{.container = "main", .image = "nginx", .digest = {}}}, .pull_secrets = {"login"}})};
  const WrittenImage image{.ns = "shop", .name = "nginx"};
  uses.change(nullptr, &pod);

  static_cast<void>(reconciler.reconcile(image, {}));

  const std::string name = crds::image_scan_name(base::parse_image_reference("nginx"));
  const json made = api.at(crds::kImageScan, {.ns = "shop", .name = name});
  ASSERT_FALSE(made.is_null());
  EXPECT_EQ(made.at("spec").at("image"), "docker.io/library/nginx:latest");
  EXPECT_EQ(made.at("spec").at("pullSecrets"), json::array({"login"}));
  EXPECT_EQ(made.at("metadata").at("labels").at("app.kubernetes.io/managed-by"), "pratique");
  EXPECT_EQ(uses.used_by("shop", "docker.io/library/nginx:latest").pods, 1);
}

TEST(WorkloadReconciler, TakesWhatIsInUseOutOfTheBackground) {
  tests::MemoryApi api;
  ImageUses uses;
  kubernetes::Store<crds::ImageScan> scans = image_scans();
  WorkloadReconciler reconciler(uses, no_secrets, scans, api);
  const WorkloadImages pod{.ns = "shop",
                           .kind = "Pod",
                           .name = "web",
                           .used = std::make_shared<const UsedImages>(UsedImages{
                               .images = {{.container = "main", .image = "nginx", .digest = {}}}, .pull_secrets = {}})};
  uses.change(nullptr, &pod);
  const std::string name = crds::image_scan_name(base::parse_image_reference("nginx"));
  const auto becomes = [&](const char* priority) {
    api.put(crds::kImageScan, {{"metadata", {{"name", name}, {"namespace", "shop"}}},
                               {"spec", {{"image", "docker.io/library/nginx:latest"}, {"priority", priority}}}});
    api.feed(scans, crds::kImageScan);
    static_cast<void>(reconciler.reconcile({.ns = "shop", .name = "nginx"}, {}));
    return api.all(crds::kImageScan).at(0).at("spec").at("priority").get<std::string>();
  };

  EXPECT_EQ(becomes("Background"), "Normal");
  EXPECT_EQ(becomes("High"), "High");
  EXPECT_EQ(becomes("Admission"), "Admission");
}

TEST(WorkloadReconciler, TakesTheSecretsOfATemplatesAccount) {
  tests::MemoryApi api;
  ImageUses uses;
  std::vector<std::string> secrets = {"account-login"};
  const kubernetes::Store<crds::ImageScan> scans = image_scans();
  WorkloadReconciler reconciler(
      uses,
      [&](const kubernetes::ObjectKey& account) {
        EXPECT_EQ(account, (kubernetes::ObjectKey{"shop", "builder"}));
        return secrets;
      },
      scans, api);
  const WorkloadImages deployment{
      .ns = "shop",
      .kind = "Deployment",
      .name = "web",
      .used = std::make_shared<const UsedImages>(
          UsedImages{.images = {{.container = "main", .image = "nginx", .digest = {}}}, .account = "builder"})};
  uses.change(nullptr, &deployment);
  const auto made = [&] {
    static_cast<void>(reconciler.reconcile({.ns = "shop", .name = "nginx"}, {}));
    return api.all(crds::kImageScan).at(0).at("spec").value("pullSecrets", json::array());
  };

  EXPECT_EQ(made(), json::array({"account-login"}));
  EXPECT_THAT(uses.of_account({"shop", "builder"}), ElementsAre(WrittenImage{.ns = "shop", .name = "nginx"}));
  EXPECT_THAT(uses.of_account({"shop", "default"}), IsEmpty());
  EXPECT_THAT(uses.of_account({"other", "builder"}), IsEmpty());
}

// Pods come and go, and tell their digests; what they need of the ImageScan is there.
TEST(WorkloadReconciler, WritesWhenSomethingChangedAlone) {
  tests::MemoryApi api;
  ImageUses uses;
  std::vector<std::string> secrets = {"login"};
  kubernetes::Store<crds::ImageScan> scans = image_scans();
  WorkloadReconciler reconciler(
      uses, [&](const kubernetes::ObjectKey&) { return secrets; }, scans, api);
  const WorkloadImages deployment{
      .ns = "shop",
      .kind = "Deployment",
      .name = "web",
      .used = std::make_shared<const UsedImages>(
          UsedImages{.images = {{.container = "main", .image = "nginx", .digest = {}}}, .account = "builder"})};
  uses.change(nullptr, &deployment);
  const auto writes = [&] {
    api.forget_writes();
    static_cast<void>(reconciler.reconcile({.ns = "shop", .name = "nginx"}, {}));
    api.feed(scans, crds::kImageScan);
    return api.writes().size();
  };

  EXPECT_EQ(writes(), 1u);
  EXPECT_EQ(writes(), 0u);
  secrets = {"login", "another"};
  EXPECT_EQ(writes(), 1u);
  EXPECT_EQ(writes(), 0u);
  secrets = {};
  EXPECT_EQ(writes(), 1u) << "what was needed has to go";

  json by_hand = api.all(crds::kImageScan).at(0);
  by_hand["spec"].erase("pullSecrets");  // as server-side apply does it
  by_hand["metadata"]["labels"].erase(kMadeForWorkloadLabel);
  api.put(crds::kImageScan, by_hand);
  api.feed(scans, crds::kImageScan);
  EXPECT_EQ(writes(), 1u);
  EXPECT_EQ(writes(), 0u);
}

TEST(WorkloadReconciler, MakesNothingForWhatIsNotInUseOrNoReference) {
  tests::MemoryApi api;
  ImageUses uses;
  kubernetes::Store<crds::ImageScan> scans = image_scans();
  WorkloadReconciler reconciler(uses, no_secrets, scans, api);
  static_cast<void>(reconciler.reconcile({.ns = "shop", .name = "nginx"}, {}));
  EXPECT_THAT(api.writes(), IsEmpty());

  const WorkloadImages pod{
      .ns = "shop",
      .kind = "Pod",
      .name = "web",
      .used = std::make_shared<const UsedImages>(
          UsedImages{.images = {{.container = "main", .image = "Not A Reference", .digest = {}}}, .pull_secrets = {}})};
  uses.change(nullptr, &pod);
  EXPECT_THROW(static_cast<void>(reconciler.reconcile({.ns = "shop", .name = "Not A Reference"}, {})),
               base::ParseError);
  EXPECT_THAT(api.writes(), IsEmpty());
}

}  // namespace
}  // namespace pratique_operator::reconcilers
