#include "kubernetes/leader_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_api_server.h"

namespace kubernetes {
namespace {

using tests::FakeApiServer;
using tests::object_of;

const ResourceType kType{.group = "", .version = "v1", .kind = "ConfigMap", .plural = "configmaps", .namespaced = true};
const ObjectKey kKey{.ns = "shop", .name = "web"};

class LeaderClientTest : public testing::Test {
 protected:
  std::vector<std::function<void()>> writes() {
    return {[&] { (void)leader_.create(kType, object_of("web", "7")); },
            [&] {
              (void)leader_.create_subresource(kType, kKey, "token", {{"kind", "TokenRequest"}});
            },
            [&] { (void)leader_.replace(kType, object_of("web", "7"), "status"); },
            [&] { (void)leader_.apply(kType, object_of("web", "7"), {.field_manager = "tests", .subresource = {}}); },
            [&] {
              (void)leader_.merge_patch(kType, kKey, {{"data", {{"a", "b"}}}}, {});
            },
            [&] { (void)leader_.remove(kType, kKey, {}); }};
  }

  FakeApiServer server_;
  std::unique_ptr<ApiClient> client_ = make_api_client(server_.config());
  bool holds_ = true;
  LeaderClient leader_{*client_, [this] { return holds_; }};
};

TEST_F(LeaderClientTest, WritesWhileTheLeaseIsItsOwn) {
  for (const auto& write : writes()) {
    server_.then_object(object_of("web", "8"));
    write();
  }
  EXPECT_EQ(server_.requests().size(), writes().size());
}

TEST_F(LeaderClientTest, WritesNothingWhenItMayBeAnothers) {
  holds_ = false;
  for (const auto& write : writes()) EXPECT_THROW(write(), base::NetworkError);
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(LeaderClientTest, ReadsAllTheSame) {
  holds_ = false;
  server_.then_object(object_of("web", "7")).then_list("9", {}).then_watch("", tests::WatchEnd::kClosed);

  EXPECT_TRUE(leader_.get(kType, kKey).has_value());
  EXPECT_EQ(leader_.list(
                kType, {}, [](const nlohmann::json&) {}, [] {}, {}),
            "9");
  leader_.watch(kType, {}, [](const WatchEvent&) { return true; }, {});
  EXPECT_EQ(server_.requests().size(), 3U);
}

}  // namespace
}  // namespace kubernetes
