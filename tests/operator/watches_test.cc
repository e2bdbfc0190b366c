// What of the cluster's changes the leader is told, and what says nothing to it.
#include "operator/watches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>

#include "base/guarded.h"
#include "tests/operator/support/watched_api.h"
#include "tests/support/eventually.h"
#include "tests/support/layout_writer.h"

namespace pratique_operator {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const kubernetes::ResourceType kNamespaces{"", "v1", "Namespace", "namespaces", false};
const kubernetes::ResourceType kAccounts{"", "v1", "ServiceAccount", "serviceaccounts", true};

class ToldChanges final : public ChangeListener {
 public:
  void scan_changed(const crds::ImageScan*, const crds::ImageScan*) override {
    if (holds_scans) go_on.acquire();
    note("scan");
  }
  void report_changed(const crds::ImageReport*, const crds::ImageReport*) override { note("report"); }
  void uses_changed(const std::vector<reconcilers::WrittenImage>& images) override {
    note("uses " + std::to_string(images.size()));
  }
  void account_changed(const kubernetes::ObjectKey& account) override { note("account " + account.text()); }
  void namespace_changed(const std::string& ns) override { note("namespace " + ns); }
  void provider_changed(const kubernetes::ObjectKey& key) override { note("provider " + key.text()); }
  void vex_source_changed(const kubernetes::ObjectKey& key) override { note("vex source " + key.text()); }
  void registry_changed(const kubernetes::ObjectKey& key) override { note("registry " + key.text()); }
  void rows_changed() override { note("rows"); }

  // Whether it takes its time with scans, until it may go on.
  std::atomic<bool> holds_scans = false;
  std::binary_semaphore go_on{0};

  // Waits until so many were told; what comes wrongly before the last one shows as well.
  [[nodiscard]] std::vector<std::string> wait_for(std::size_t count) {
    EXPECT_TRUE(tests::eventually([&] { return lines().size() >= count; }));
    return lines();
  }

 private:
  void note(const std::string& line) {
    lines_.with([&](auto& lines) { lines.push_back(line); });
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    return lines_.with([](const auto& lines) { return lines; });
  }
  base::Guarded<std::vector<std::string>> lines_;
};

class WatchesTest : public testing::Test {
 protected:
  WatchesTest() {
    EXPECT_TRUE(tests::eventually([this] { return watches_.unsynced().empty(); }));
    watches_.set_listener(&told_);
  }
  ~WatchesTest() override { watches_.set_listener(nullptr); }

  std::shared_ptr<tests::WatchedApi> api_ = std::make_shared<tests::WatchedApi>();
  base::RealClock clock_;
  ToldChanges told_;
  const tests::TemporaryFolder folder_;
  Watches watches_{api_, clock_, std::make_unique<base::ColdFile>(folder_.path().string(), 1 << 20)};
};

json namespace_of(const std::string& name, const json& labels, const json& annotations = json::object()) {
  return {{"metadata", {{"name", name}, {"labels", labels}, {"annotations", annotations}}}};
}

TEST_F(WatchesTest, WhatIsSlowToTellOfOneKindHoldsNoOther) {
  told_.holds_scans = true;
  api_->put(crds::kImageScan, {{"metadata", {{"name", "web"}, {"namespace", "shop"}}}, {"spec", {{"image", "r/a:1"}}}});
  api_->put(crds::kScanRegistry,
            {{"metadata", {{"name", "main"}}}, {"spec", {{"server", "r"}, {"namespace", "shop"}}}});
  EXPECT_THAT(told_.wait_for(1), ElementsAre("registry main"));
  told_.go_on.release();
  EXPECT_THAT(told_.wait_for(2), ElementsAre("registry main", "scan"));
}

// Kubernetes and many tools touch namespaces; only labels choose policies.
TEST_F(WatchesTest, ANamespaceWhoseLabelsStayIsNoChange) {
  api_->put(kNamespaces, namespace_of("shop", {{"team", "a"}}));
  api_->put(kNamespaces, namespace_of("shop", {{"team", "a"}}, {{"touched", "today"}}));
  api_->put(kNamespaces, namespace_of("shop", {{"team", "b"}}));

  EXPECT_THAT(told_.wait_for(2), ElementsAre("namespace shop", "namespace shop"));
}

TEST_F(WatchesTest, TheStatusOfAPolicyIsNoChange) {
  const json policy = {{"metadata", {{"name", "team"}, {"namespace", "shop"}}},
                       {"spec", {{"mode", "Deny"}, {"rules", json::array()}}}};
  json counted = policy;
  counted["status"] = {{"wouldDeny", 3}};
  json warns = counted;
  warns["spec"]["mode"] = "Warn";
  api_->put(crds::kScanPolicy, policy);
  api_->put(crds::kScanPolicy, counted);
  api_->put(crds::kScanPolicy, warns);

  EXPECT_THAT(told_.wait_for(2), ElementsAre("namespace shop", "namespace shop"));
}

// A person accepts by an annotation what a list lacks.
TEST_F(WatchesTest, AnAnnotationOfARegistryProviderIsAChange) {
  const json provider = {{"metadata", {{"name", "harbor"}}},
                         {"spec",
                          {{"harbor", {{"url", "https://harbor.example.com"}}},
                           {"identity", {{"secretRef", {{"name", "login"}}}}},
                           {"template", {{"namespace", "shop"}}}}}};
  json listed = provider;
  listed["status"] = {{"registries", 3}};
  json accepted = listed;
  accepted["metadata"]["annotations"] = {{"pratique.dev/accepted-list", "0a1b2c3d4e"}};
  api_->put(crds::kRegistryProvider, provider);
  api_->put(crds::kRegistryProvider, listed);
  api_->put(crds::kRegistryProvider, accepted);
  api_->put(kNamespaces, namespace_of("shop", {{"team", "a"}}));

  EXPECT_THAT(told_.wait_for(3), UnorderedElementsAre("provider harbor", "provider harbor", "namespace shop"));
}

TEST_F(WatchesTest, AnAccountIsItsPullSecrets) {
  const json account = {{"metadata", {{"name", "builder"}, {"namespace", "shop"}}}};
  json with_secret = account;
  with_secret["imagePullSecrets"] = {{{"name", "login"}}};
  api_->put(kAccounts, account);
  api_->put(kAccounts, with_secret);

  EXPECT_THAT(told_.wait_for(1), ElementsAre("account shop/builder"));
  EXPECT_THAT(watches_.account_secrets({.ns = "shop", .name = "builder"}), ElementsAre("login"));

  api_->take_away(kAccounts, with_secret);
  EXPECT_THAT(told_.wait_for(2), ElementsAre("account shop/builder", "account shop/builder"));
  EXPECT_THAT(watches_.account_secrets({.ns = "shop", .name = "builder"}), IsEmpty());
}

}  // namespace
}  // namespace pratique_operator
