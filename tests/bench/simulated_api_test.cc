// The simulated API server does what the real one does, as far as the operator relies on it.
#include "bench/simulation/simulated_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "bench/simulation/server_side_apply.h"
#include "kubernetes/store.h"

namespace bench::simulation {
namespace {

using kubernetes::ApiError;
using kubernetes::ObjectKey;
using kubernetes::WatchEventType;
using nlohmann::json;
using std::chrono::milliseconds;
using testing::ElementsAre;

const kubernetes::ResourceType kThing{"pratique.dev", "v1", "Thing", "things", true};
const ObjectKey kOne{.ns = "shop", .name = "one"};

json thing(json spec) {
  return {{"metadata", {{"name", "one"}, {"namespace", "shop"}}}, {"spec", std::move(spec)}};
}

class SimulatedApiTest : public testing::Test {
 protected:
  SimulatedApiTest() {
    api_.on_write([this](const kubernetes::ResourceType& type, const char* verb) {
      requests_.push_back(std::string(verb) + " " + type.plural);
    });
    api_.on_change([this](const ApiChange& change) {
      changes_.push_back((change.by_others ? "others " : "") + change.key.text());
    });
  }
  ~SimulatedApiTest() override { time_.end(); }

  [[nodiscard]] const json& stored() const { return *api_.find(kThing, kOne); }
  json apply(const char* manager, json object, const char* subresource = "") {
    return api_.apply(kThing, object, {.field_manager = manager, .subresource = subresource});
  }
  template <typename Request>
  int status_of(Request&& request) {
    try {
      request();
      return 200;
    } catch (const ApiError& error) {
      return error.status();
    }
  }

  std::vector<std::string> requests_;
  std::vector<std::string> changes_;
  SimulatedTime time_{base::SystemTime(std::chrono::seconds(1'798'761'600))};
  SimulatedApi api_{time_, {.write = milliseconds(100), .read = milliseconds(10), .watch_delay = milliseconds(5)}};
};

TEST_F(SimulatedApiTest, GivesWhatIsNewAnIdentity) {
  json object = thing({{"a", 1}});
  object["status"] = {{"forged", true}};
  const json made = api_.create(kThing, object);
  EXPECT_EQ(made.at("metadata").at("generation"), 1);
  EXPECT_EQ(made.at("metadata").at("creationTimestamp"), "2027-01-01T00:00:00Z");
  EXPECT_FALSE(made.at("metadata").at("uid").get<std::string>().empty());
  EXPECT_FALSE(made.contains("status"));
  EXPECT_EQ(status_of([&] { api_.create(kThing, object); }), 409);
  EXPECT_EQ(api_.get(kThing, kOne), made);
  EXPECT_EQ(api_.get(kThing, {.ns = "shop", .name = "two"}), std::nullopt);
}

TEST_F(SimulatedApiTest, AStatusIsWrittenByItsSubresourceAlone) {
  json object = api_.create(kThing, thing({{"a", 1}}));
  object["status"] = {{"b", 2}};
  object["spec"]["a"] = 7;
  api_.replace(kThing, object, "status");
  EXPECT_EQ(stored().at("spec").at("a"), 1);
  EXPECT_EQ(stored().at("status").at("b"), 2);
  EXPECT_EQ(stored().at("metadata").at("generation"), 1) << "a status is no new generation";

  object = stored();
  object.erase("status");
  object["spec"]["a"] = 7;
  api_.replace(kThing, object, "");
  EXPECT_EQ(stored().at("spec").at("a"), 7);
  EXPECT_EQ(stored().at("status").at("b"), 2);
  EXPECT_EQ(stored().at("metadata").at("generation"), 2);

  api_.merge_patch(kThing, kOne, {{"spec", {{"a", 8}}}, {"status", {{"b", 3}}}}, "status");
  EXPECT_EQ(stored().at("spec").at("a"), 7);
  EXPECT_EQ(stored().at("status").at("b"), 3);
  api_.merge_patch(kThing, kOne, {{"spec", {{"a", nullptr}}}, {"status", {{"b", 4}}}}, "");
  EXPECT_FALSE(stored().at("spec").contains("a"));
  EXPECT_EQ(stored().at("status").at("b"), 3);
}

TEST_F(SimulatedApiTest, WhoReadAnOlderVersionLosesTheRace) {
  const json old = api_.create(kThing, thing({{"a", 1}}));
  api_.merge_patch(kThing, kOne, {{"spec", {{"a", 2}}}}, "");
  EXPECT_EQ(status_of([&] { api_.replace(kThing, old, ""); }), 409);
  const std::string old_version = kubernetes::resource_version_of(old);
  EXPECT_EQ(status_of([&] { api_.remove(kThing, kOne, old_version); }), 409);
  EXPECT_TRUE(api_.remove(kThing, kOne, kubernetes::resource_version_of(stored())));
  EXPECT_FALSE(api_.remove(kThing, kOne, {}));
  EXPECT_EQ(status_of([&] { api_.replace(kThing, old, ""); }), 404);
  EXPECT_EQ(status_of([&] { api_.merge_patch(kThing, kOne, json::object(), ""); }), 404);
}

TEST_F(SimulatedApiTest, WhatIsSoAlreadyIsNotWrittenAgain) {
  const json made = apply("us", thing({{"a", 1}}));
  EXPECT_EQ(apply("us", thing({{"a", 1}})), made);
  EXPECT_THAT(requests_, ElementsAre("apply things", "apply things"));
  EXPECT_THAT(changes_, ElementsAre("shop/one"));
}

TEST_F(SimulatedApiTest, AnApplyOfAStatusLeavesTheRest) {
  apply("us", thing({{"a", 1}}));
  json object = thing({{"a", 9}});
  object["status"] = {{"b", 2}};
  apply("us", object, "status");
  EXPECT_EQ(stored().at("spec").at("a"), 1);
  EXPECT_EQ(stored().at("status").at("b"), 2);
  apply("us", thing({{"c", 1}}));
  EXPECT_EQ(stored().at("spec"), json({{"c", 1}})) << "what is applied no more is gone";
  EXPECT_EQ(stored().at("status").at("b"), 2);
}

TEST_F(SimulatedApiTest, WritesAreServedOneAfterTheOther) {
  const base::SteadyTime begin = time_.steady_now();
  std::vector<std::int64_t> done;
  for (int i = 0; i < 2; ++i) {
    time_.add_process([&, i](const std::stop_token&) {
      api_.create(kThing, {{"metadata", {{"name", std::to_string(i)}, {"namespace", "shop"}}}});
      done.push_back(std::chrono::duration_cast<milliseconds>(time_.steady_now() - begin).count());
    });
  }
  time_.wait_for(std::chrono::seconds(1));
  EXPECT_THAT(done, ElementsAre(100, 200));
}

TEST_F(SimulatedApiTest, CountsWhatItKeeps) {
  api_.create(kThing, thing({{"a", 1}}));
  EXPECT_EQ(api_.kept(kThing).objects, 1u);
  EXPECT_EQ(api_.kept(kThing).bytes, stored().dump().size());
  api_.merge_patch(kThing, kOne, {{"spec", {{"a", "longer"}}}}, "");
  EXPECT_EQ(api_.kept(kThing).bytes, stored().dump().size());
  api_.take_away(kThing, kOne);
  EXPECT_EQ(api_.kept(kThing).objects, 0u);
  EXPECT_EQ(api_.kept(kThing).bytes, 0u);
  EXPECT_EQ(changes_.back(), "others shop/one");
}

TEST_F(SimulatedApiTest, WatchesAreToldLaterAndInOrder) {
  std::vector<std::string> told;
  const auto on_event = [&](const kubernetes::WatchEvent& event) {
    const char* type = event.type == WatchEventType::kAdded      ? "added"
                       : event.type == WatchEventType::kModified ? "modified"
                                                                 : "deleted";
    told.push_back(std::string(type) + " " + kubernetes::resource_version_of(event.object));
    return true;
  };
  std::jthread watcher([&](const std::stop_token& stop) { api_.watch(kThing, {}, on_event, stop); });
  api_.wait_for_watches(1);
  api_.put(kThing, thing({{"a", 1}}));
  api_.put(kThing, thing({{"a", 2}}));
  api_.take_away(kThing, kOne);
  time_.wait_for(milliseconds(4));
  EXPECT_TRUE(told.empty());
  time_.wait_for(milliseconds(4));
  EXPECT_THAT(told, ElementsAre("added 1", "modified 2", "deleted 3"));
}

json conditions(std::initializer_list<json> list) {
  return {{"status", {{"conditions", std::vector<json>(list)}}}};
}

TEST(ServerSideApply, ConditionsAreMergedByTheirTypes) {
  const json ready = {{"type", "Ready"}, {"status", "True"}};
  const json listed = {{"type", "Listed"}, {"status", "False"}};
  const json listed_now = {{"type", "Listed"}, {"status", "True"}};
  EXPECT_EQ(applied(conditions({ready, listed}), {}, conditions({listed_now}), {}), conditions({ready, listed_now}));
  EXPECT_EQ(applied(conditions({ready}), {}, conditions({listed}), {}), conditions({ready, listed}));
}

TEST(ServerSideApply, OtherListsAreReplaced) {
  const json before = {{"a", json::array({1, 2})}};
  const json next = {{"a", json::array({3})}};
  EXPECT_EQ(applied(before, before, next, {}), next);
}

TEST(ServerSideApply, WhatAManagerLeavesOutGoesUnlessAnotherHasIt) {
  const json before = {{"labels", {{"mine", "1"}, {"ours", "1"}, {"theirs", "1"}}}};
  const json last = {{"labels", {{"mine", "1"}, {"ours", "1"}}}};
  const json others = {{"labels", {{"ours", "1"}}}};
  EXPECT_EQ(applied(before, last, json::object(), {others}), json({{"labels", {{"ours", "1"}, {"theirs", "1"}}}}));
  EXPECT_EQ(applied(before, last, {{"labels", {{"mine", "2"}}}}, {others}),
            json({{"labels", {{"mine", "2"}, {"ours", "1"}, {"theirs", "1"}}}}));
}

}  // namespace
}  // namespace bench::simulation
