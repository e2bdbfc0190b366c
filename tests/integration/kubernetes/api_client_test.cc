// ApiClient against a real kube-apiserver.
#include "kubernetes/api_client.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "tests/support/control_plane.h"

namespace kubernetes {
namespace {

using tests::kConfigMap;
using tests::kSecret;

class ApiClientOnRealServer : public testing::Test {
 protected:
  nlohmann::json config_map(const std::string& name, const std::string& value) const {
    return {{"metadata", {{"namespace", ns_}, {"name", name}}}, {"data", {{"value", value}}}};
  }
  ObjectKey key(const std::string& name) const { return {.ns = ns_, .name = name}; }

  std::string ns_ = tests::ControlPlane::instance().make_namespace("api-client");
  std::shared_ptr<ApiClient> client_ = tests::ControlPlane::instance().client();
};

ApiError error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const ApiError& error) {
    return error;
  }
  return ApiError("no error", 0, "", {});
}

TEST_F(ApiClientOnRealServer, WritesReadsAndRemovesAnObject) {
  const nlohmann::json created = client_->create(kConfigMap, config_map("a", "1"));
  EXPECT_EQ(key_of(created), key("a"));
  EXPECT_EQ(client_->get(kConfigMap, key("a"))->at("data").at("value"), "1");

  nlohmann::json changed = created;
  changed["data"]["value"] = "2";
  EXPECT_EQ(client_->replace(kConfigMap, changed, {}).at("data").at("value"), "2");
  EXPECT_EQ(client_->merge_patch(kConfigMap, key("a"), {{"data", {{"more", "3"}}}}, {}).at("data").size(), 2U);

  EXPECT_TRUE(client_->remove(kConfigMap, key("a"), {}));
  EXPECT_EQ(client_->get(kConfigMap, key("a")), std::nullopt);
  EXPECT_FALSE(client_->remove(kConfigMap, key("a"), {}));
}

TEST_F(ApiClientOnRealServer, AppliesWithoutAWriteWhenNothingChanges) {
  const ApplyOptions options{.field_manager = "test", .subresource = {}, .force = true};
  const std::string first = resource_version_of(client_->apply(kConfigMap, config_map("a", "1"), options));

  EXPECT_EQ(resource_version_of(client_->apply(kConfigMap, config_map("a", "1"), options)), first);
  EXPECT_NE(resource_version_of(client_->apply(kConfigMap, config_map("a", "2"), options)), first);
}

TEST_F(ApiClientOnRealServer, SaysWhyTheServerRefused) {
  const nlohmann::json created = client_->create(kConfigMap, config_map("a", "1"));
  (void)client_->merge_patch(kConfigMap, key("a"), {{"data", {{"value", "2"}}}}, {});

  const ApiError exists = error_of([&] { (void)client_->create(kConfigMap, config_map("a", "1")); });
  EXPECT_EQ(exists.reason(), "AlreadyExists");
  EXPECT_TRUE(exists.conflict());
  const ApiError stale = error_of([&] { (void)client_->replace(kConfigMap, created, {}); });
  EXPECT_EQ(stale.reason(), "Conflict");
  const ApiError precondition =
      error_of([&] { (void)client_->remove(kConfigMap, key("a"), resource_version_of(created)); });
  EXPECT_EQ(precondition.status(), 409);
  const ApiError invalid = error_of([&] { (void)client_->create(kConfigMap, config_map("A_b", "1")); });
  EXPECT_EQ(invalid.reason(), "Invalid");
  EXPECT_NE(std::string(invalid.what()).find("metadata.name"), std::string::npos) << invalid.what();
  const ApiError missing = error_of([&] { (void)client_->merge_patch(kConfigMap, key("b"), {{"data", {}}}, {}); });
  EXPECT_EQ(missing.reason(), "NotFound");
}

TEST_F(ApiClientOnRealServer, ListsEveryPage) {
  std::set<std::string> expected{"kube-root-ca.crt"};
  for (int i = 0; i < 7; ++i) expected.insert("map-" + std::to_string(i));
  for (const std::string& name : expected) {
    if (name != "kube-root-ca.crt") (void)client_->create(kConfigMap, config_map(name, "1"));
  }
  ASSERT_TRUE(tests::eventually([&] { return client_->get(kConfigMap, key("kube-root-ca.crt")).has_value(); }));

  ListOptions options;
  options.ns = ns_;
  options.limit = 3;
  std::set<std::string> names;
  const std::string version = client_->list(
      kConfigMap, options, [&](const nlohmann::json& item) { names.insert(key_of(item).name); }, [] { FAIL(); }, {});

  EXPECT_EQ(names, expected);
  EXPECT_FALSE(version.empty());
}

TEST_F(ApiClientOnRealServer, UsesATokenFileAndMeetsItsLimits) {
  const tests::CommandResult token = tests::ControlPlane::instance().kubectl({"-n", ns_, "create", "token", "default"});
  ASSERT_EQ(token.exit_code, 0) << token.output;
  const std::string path = testing::TempDir() + "/" + ns_ + ".token";
  std::ofstream(path) << token.output;
  auto config = std::make_shared<Config>(*tests::ControlPlane::instance().config());
  config->tls.client_certificate_pem.clear();
  config->tls.client_key_pem.clear();
  config->token_file = path;
  const std::shared_ptr<ApiClient> client = make_api_client(config);

  const ApiError forbidden = error_of([&] { (void)client->get(kSecret, key("any")); });

  EXPECT_EQ(forbidden.status(), 403);
  EXPECT_EQ(forbidden.reason(), "Forbidden");
  EXPECT_NE(std::string(forbidden.what()).find("system:serviceaccount:" + ns_ + ":default"), std::string::npos)
      << forbidden.what();
}

}  // namespace
}  // namespace kubernetes
