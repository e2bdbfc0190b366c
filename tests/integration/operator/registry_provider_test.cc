// One object covers every registry of an account, by the real programs, a real kube-apiserver and its tokens of service
// accounts; the cloud is an emulator of its published APIs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crds/registry_provider.h"
#include "tests/integration/operator/installed_operator.h"
#include "tests/support/cloud_emulator.h"

namespace pratique_operator {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using tests::eventually;
using tests::InstalledOperator;
using tests::state_of;

const kubernetes::ResourceType kServiceAccount{"", "v1", "ServiceAccount", "serviceaccounts", true};

class RegistryProviderInCluster : public ::testing::Test {
 protected:
  RegistryProviderInCluster() {
    (void)cluster_.admin()->apply(
        kServiceAccount,
        {{"apiVersion", "v1"},
         {"kind", "ServiceAccount"},
         {"metadata", {{"name", "pratique-registry-provider"}, {"namespace", "pratique-system"}}}},
        {.field_manager = "test", .subresource = {}});
  }
  ~RegistryProviderInCluster() override { remove(); }

  void create() {
    (void)cluster_.admin()->create(
        crds::kRegistryProvider,
        {{"metadata", {{"name", name_}}},
         {"spec",
          {{"azure",
            {{"subscription", "11111111-2222-3333-4444-555555555555"},
             {"tenant", "11111111-2222-3333-4444-555555555555"},
             {"clientID", "11111111-2222-3333-4444-555555555555"}}},
           {"identity", {{"serviceAccountName", "pratique-registry-provider"}}},
           {"endpoints", {{"login", cloud_.url()}, {"management", cloud_.url()}, {"caBundle", cloud_.ca_bundle()}}},
           {"interval", "1m"},
           {"template", {{"namespace", "default"}}}}}});
  }
  void remove() { (void)cluster_.admin()->remove(crds::kRegistryProvider, {{}, name_}, {}); }
  [[nodiscard]] crds::RegistryProviderStatus status() const {
    return cluster_.admin()->get(crds::kRegistryProvider, {{}, name_})->get<crds::RegistryProvider>().status;
  }
  [[nodiscard]] bool covers(const std::string& server) const {
    return cluster_.admin()->get(crds::kScanRegistry, {{}, name_ + "-" + server}).has_value();
  }

  InstalledOperator& cluster_ = InstalledOperator::instance();
  tests::CloudEmulator cloud_;
  const std::string name_ = tests::unique_name("azure");
};

TEST_F(RegistryProviderInCluster, CoversWhatTheAccountHoldsUntilItIsDeleted) {
  create();
  ASSERT_TRUE(eventually([&] { return state_of(status().conditions, "Ready") == "True/Listed"; }))
      << tests::message_of(status().conditions, "Ready");
  EXPECT_EQ(status().registries, 3);
  for (const char* server : {"shop.azurecr.io", "bank.azurecr.io", "lab.azurecr.io"})
    EXPECT_TRUE(covers(server)) << server;
  EXPECT_THAT(tests::kubectl_or_throw({"get", "registryproviders", name_}), HasSubstr("REGISTRIES"));

  remove();
  EXPECT_TRUE(eventually([&] { return !covers("shop.azurecr.io") && !covers("lab.azurecr.io"); }))
      << "Kubernetes removes what the provider owned";
}

// A switch that somebody forgot to arm must say so.
TEST_F(RegistryProviderInCluster, SaysWhoMayNotAsk) {
  cloud_.change([](auto& account) {
    account.refusal =
        net::ServerResponse{.status = 403, .body = R"({"error":{"code":"AuthorizationFailed","message":"no role"}})"};
  });
  create();
  ASSERT_TRUE(eventually([&] { return state_of(status().conditions, "Ready") == "False/LoginFailed"; }));
  EXPECT_THAT(tests::message_of(status().conditions, "Ready"), HasSubstr("AuthorizationFailed: no role"));
}

}  // namespace
}  // namespace pratique_operator
