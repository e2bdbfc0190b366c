// Watches, leases and events against a real kube-apiserver.
#include <gtest/gtest.h>

#include <atomic>

#include "base/guarded.h"
#include "kubernetes/event_recorder.h"
#include "kubernetes/lease.h"
#include "kubernetes/reflector.h"
#include "tests/support/control_plane.h"

namespace kubernetes {
namespace {

using tests::ControlPlane;
using tests::eventually;
using tests::kConfigMap;

struct Value {
  std::string text;
};

Value decode_value(const nlohmann::json& object) {
  return {object.at("data").at("value").get<std::string>()};
}

nlohmann::json config_map(const ObjectKey& key, const std::string& value) {
  return {{"metadata", {{"namespace", key.ns}, {"name", key.name}}}, {"data", {{"value", value}}}};
}

Reflector<Value>::Settings values_in(const std::string& ns) {
  Reflector<Value>::Settings settings;
  settings.type = kConfigMap;
  settings.watch.scope.ns = ns;
  settings.watch.scope.field_selector = "metadata.name!=kube-root-ca.crt";
  settings.decode = decode_value;
  return settings;
}

TEST(ReflectorOnRealServer, FollowsObjectsFromTheListOn) {
  const std::string ns = ControlPlane::instance().make_namespace("reflector");
  const std::shared_ptr<ApiClient> client = ControlPlane::instance().client();
  const ObjectKey early{.ns = ns, .name = "early"};
  const ObjectKey late{.ns = ns, .name = "late"};
  (void)client->create(kConfigMap, config_map(early, "1"));

  Reflector<Value> reflector(client, values_in(ns));
  const auto text = [&](const ObjectKey& key) {
    const std::shared_ptr<const Value> value = reflector.store().get(key);
    return value ? value->text : "absent";
  };
  ASSERT_TRUE(eventually([&] { return reflector.synced(); })) << reflector.status().last_error;
  EXPECT_EQ(text(early), "1");

  (void)client->create(kConfigMap, config_map(late, "1"));
  EXPECT_TRUE(eventually([&] { return text(late) == "1"; }));
  (void)client->merge_patch(kConfigMap, late, {{"data", {{"value", "2"}}}}, {});
  EXPECT_TRUE(eventually([&] { return text(late) == "2"; }));
  (void)client->remove(kConfigMap, early, {});
  EXPECT_TRUE(eventually([&] { return text(early) == "absent"; }));
  EXPECT_EQ(reflector.status().interruptions, 0U);
}

TEST(ReflectorOnRealServer, KeepsWhatItCannotDecodeInSight) {
  const std::string ns = ControlPlane::instance().make_namespace("reflector");
  const std::shared_ptr<ApiClient> client = ControlPlane::instance().client();
  const ObjectKey key{.ns = ns, .name = "odd"};
  Reflector<Value> reflector(client, values_in(ns));

  (void)client->create(kConfigMap, {{"metadata", {{"namespace", ns}, {"name", "odd"}}}});
  EXPECT_TRUE(eventually([&] { return reflector.store().invalid().contains(key); }));
  EXPECT_EQ(reflector.store().get(key), nullptr);

  (void)client->merge_patch(kConfigMap, key, {{"data", {{"value", "1"}}}}, {});
  EXPECT_TRUE(eventually([&] { return reflector.store().get(key) != nullptr; }));
  EXPECT_TRUE(reflector.store().invalid().empty());
}

TEST(ReflectorOnRealServer, StopsWithinASecondWhileNothingHappens) {
  const std::string ns = ControlPlane::instance().make_namespace("reflector");
  auto reflector = std::make_unique<Reflector<Value>>(ControlPlane::instance().client(), values_in(ns));
  ASSERT_TRUE(eventually([&] { return reflector->status().state == WatchState::kWatching; }));

  const auto start = std::chrono::steady_clock::now();
  reflector.reset();

  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

// A candidate that leads until it is stopped, in a thread.
class Candidate {
 public:
  Candidate(const ObjectKey& lease, const std::string& identity)
      : election_(ControlPlane::instance().client(),
                  {.key = lease,
                   .identity = identity,
                   .duration = std::chrono::milliseconds(3000),
                   .renew_deadline = std::chrono::milliseconds(2000),
                   .retry_period = std::chrono::milliseconds(100)},
                  nullptr),
        thread_([this](std::stop_token stop) {
          end_ = election_.run(
              [this](std::stop_token lead_stop) {
                leading_ = true;
                while (!lead_stop.stop_requested()) std::this_thread::yield();
                leading_ = false;
              },
              std::move(stop));
        }) {}

  [[nodiscard]] bool leading() const { return leading_; }
  [[nodiscard]] std::string last_error() const { return election_.last_error(); }
  void stop() {
    thread_.request_stop();
    thread_.join();
  }

 private:
  LeaderElection election_;
  std::atomic<bool> leading_{false};
  LeaseEnd end_ = LeaseEnd::kStopped;
  std::jthread thread_;
};

TEST(LeaseOnRealServer, HasOneHolderAndIsHandedOverWhenItStops) {
  const ObjectKey lease{.ns = ControlPlane::instance().make_namespace("lease"), .name = "leader"};
  Candidate first(lease, "first");
  ASSERT_TRUE(eventually([&] { return first.leading(); })) << first.last_error();
  Candidate second(lease, "second");
  const std::shared_ptr<ApiClient> client = ControlPlane::instance().client();
  const auto spec = [&] { return client->get(lease_type(), lease)->at("spec"); };
  const std::string renewed = spec().at("renewTime");
  ASSERT_TRUE(eventually([&] { return spec().at("renewTime") != renewed; }));
  EXPECT_EQ(spec().at("holderIdentity"), "first");
  EXPECT_FALSE(second.leading());

  first.stop();

  EXPECT_TRUE(eventually([&] { return second.leading(); })) << second.last_error();
  EXPECT_EQ(spec().at("holderIdentity"), "second");
  EXPECT_EQ(spec().at("leaseTransitions"), 1);
}

TEST(EventsOnRealServer, AreWrittenOnceForWhatRepeats) {
  const std::string ns = ControlPlane::instance().make_namespace("events");
  const std::shared_ptr<ApiClient> client = ControlPlane::instance().client();
  {
    EventRecorder recorder(client, {.controller = "pratique.dev/test", .instance = "test-0"}, nullptr);
    for (int i = 0; i < 5; ++i) {
      recorder.record({.regarding_type = kConfigMap,
                       .regarding = {.ns = ns, .name = "web"},
                       .regarding_uid = "0f1e",
                       .severity = EventSeverity::kWarning,
                       .reason = "ScanFailed",
                       .action = "Scan",
                       .note = "the registry \x1b[31mrefused"});
    }
  }

  std::vector<nlohmann::json> events;
  ListOptions options;
  options.ns = ns;
  (void)client->list(
      event_type(), options, [&](nlohmann::json item) { events.push_back(std::move(item)); }, [] {}, {});
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].at("type"), "Warning");
  EXPECT_EQ(events[0].at("regarding").at("name"), "web");
  EXPECT_EQ(events[0].at("note"), "the registry \\u{1b}[31mrefused");
}

}  // namespace
}  // namespace kubernetes
