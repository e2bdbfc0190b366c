#include "kubernetes/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/fake_api_server.h"

namespace kubernetes {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using tests::object_of;

struct Value {
  std::string text;
};

Value decode(const nlohmann::json& object) {
  const std::string text = object.at("data").at("value");
  if (text == "bad") throw base::ParseError("value: bad");
  return {text};
}

class StoreTest : public testing::Test {
 protected:
  void init() { store_.apply({.type = ObjectEventType::kInit, .object = nullptr}); }
  void list(const nlohmann::json& object) { store_.apply({.type = ObjectEventType::kInitApply, .object = object}); }
  void done() { store_.apply({.type = ObjectEventType::kInitDone, .object = nullptr}); }
  void apply(const nlohmann::json& object) { store_.apply({.type = ObjectEventType::kApply, .object = object}); }
  void remove(const nlohmann::json& object) { store_.apply({.type = ObjectEventType::kDelete, .object = object}); }

  static ObjectKey key(const std::string& name) { return {.ns = "shop", .name = name}; }
  std::string text(const std::string& name) const {
    const std::shared_ptr<const Value> value = store_.get(key(name));
    return value ? value->text : "absent";
  }
  // What was told since the last call: "a: 1 -> 2".
  std::vector<std::string> changes() { return std::exchange(changes_, {}); }

  std::vector<std::string> changes_;
  std::vector<std::string> invalid_;
  Store<Value> store_{
      decode,
      {.on_change =
           [this](const ObjectKey& key, const auto& before, const auto& after) {
             changes_.push_back(key.name + ": " + (before ? before->text : "-") + " -> " + (after ? after->text : "-"));
           },
       .on_invalid = [this](const ObjectKey& key,
                            const std::string& error) { invalid_.push_back(key.name + ": " + error); }}};
};

TEST_F(StoreTest, ShowsAListOnlyWhenItIsComplete) {
  init();
  list(object_of("a", "1"));
  EXPECT_EQ(text("a"), "absent");
  EXPECT_FALSE(store_.synced());

  done();

  EXPECT_EQ(text("a"), "1");
  EXPECT_TRUE(store_.synced());
  EXPECT_THAT(changes(), ElementsAre("a: - -> 1"));
}

TEST_F(StoreTest, FollowsChangesAfterTheList) {
  init();
  done();
  apply(object_of("a", "1", "one"));
  apply(object_of("a", "2", "two"));
  apply(object_of("b", "3"));
  remove(object_of("a", "4"));

  EXPECT_EQ(text("a"), "absent");
  EXPECT_EQ(store_.size(), 1U);
  EXPECT_THAT(changes(), ElementsAre("a: - -> one", "a: one -> two", "b: - -> 1", "a: two -> -"));
}

TEST_F(StoreTest, TellsOfARelistOnlyWhatDiffers) {
  init();
  list(object_of("same", "1"));
  list(object_of("changed", "2", "old"));
  list(object_of("deleted", "3"));
  done();
  (void)changes();
  const std::shared_ptr<const Value> same = store_.get(key("same"));

  init();
  EXPECT_EQ(text("deleted"), "1") << "the old list stays until the new one is complete";
  list(object_of("same", "1"));
  list(object_of("changed", "9", "new"));
  list(object_of("added", "8"));
  done();

  EXPECT_THAT(changes(), ElementsAre("added: - -> 1", "changed: old -> new", "deleted: 1 -> -"));
  EXPECT_EQ(store_.get(key("same")), same) << "an unchanged object keeps its identity";
}

// A server that was restored from a backup counts from there on, and comes by the same versions again.
TEST_F(StoreTest, TellsTheSameVersionWithOtherContentFromTheSame) {
  init();
  list(object_of("a", "7", "before"));
  done();

  init();
  list(object_of("a", "7", "after"));
  done();

  EXPECT_EQ(text("a"), "after");
}

// Items of a list have neither.
TEST_F(StoreTest, KindAndApiVersionMakeNoOtherObject) {
  nlohmann::json watched = object_of("a", "7");
  watched["kind"] = "ConfigMap";
  watched["apiVersion"] = "v1";
  apply(watched);
  const std::shared_ptr<const Value> before = store_.get(key("a"));

  init();
  list(object_of("a", "7"));
  done();

  EXPECT_EQ(store_.get(key("a")), before);
}

TEST_F(StoreTest, DropsAListThatIsBegunAnew) {
  init();
  list(object_of("stale", "1"));
  init();
  list(object_of("a", "2"));
  done();

  EXPECT_EQ(text("stale"), "absent");
  EXPECT_EQ(store_.size(), 1U);
}

TEST_F(StoreTest, NeverLosesSightOfWhatItCannotDecode) {
  init();
  list(object_of("a", "1", "bad"));
  list(object_of("b", "2"));
  done();
  EXPECT_THAT(store_.invalid(), ElementsAre(Pair(key("a"), "value: bad")));
  EXPECT_TRUE(store_.is_invalid(key("a")));
  EXPECT_FALSE(store_.is_invalid(key("b")));
  EXPECT_THAT(invalid_, ElementsAre("a: value: bad"));
  EXPECT_THAT(changes(), ElementsAre("b: - -> 1"));

  apply(object_of("b", "3", "bad"));
  EXPECT_EQ(store_.invalid().size(), 2U);
  EXPECT_THAT(changes(), ElementsAre("b: 1 -> -")) << "an index must forget the old content";

  apply(object_of("a", "4", "good"));
  remove(object_of("b", "5"));
  EXPECT_THAT(store_.invalid(), IsEmpty());
  EXPECT_THAT(changes(), ElementsAre("a: - -> good"));
}

TEST_F(StoreTest, KeepsWhatARelistCannotDecodeInSight) {
  init();
  list(object_of("a", "1"));
  done();
  (void)changes();

  init();
  list(object_of("a", "2", "bad"));
  done();

  EXPECT_THAT(changes(), ElementsAre("a: 1 -> -"));
  EXPECT_TRUE(store_.invalid().contains(key("a")));

  init();
  done();
  EXPECT_THAT(store_.invalid(), IsEmpty());
}

TEST_F(StoreTest, ListsOneNamespaceInOrder) {
  init();
  for (const char* name : {"b", "a"}) list(object_of(name, "1"));
  nlohmann::json other = object_of("a", "1");
  other["metadata"]["namespace"] = "shop-2";
  list(other);
  nlohmann::json cluster = object_of("c", "1");
  cluster["metadata"].erase("namespace");
  list(cluster);
  done();

  std::vector<std::string> names;
  for (const auto& [key, object] : store_.list("shop")) names.push_back(key.text());
  EXPECT_THAT(names, ElementsAre("shop/a", "shop/b"));
  EXPECT_EQ(store_.list().size(), 4U);
  EXPECT_THAT(store_.keys("shop"), ElementsAre(key("a"), key("b")));
  EXPECT_TRUE(store_.contains(key("a")));
  EXPECT_FALSE(store_.contains(key("c")));
  EXPECT_EQ(store_.keys().size(), 4U);
  std::vector<ObjectKey> visited;
  store_.for_each([&](const ObjectKey& one, const Value&) { visited.push_back(one); });
  EXPECT_EQ(visited, store_.keys());
  visited.clear();
  store_.for_each([&](const ObjectKey& one, const Value&) { visited.push_back(one); }, "shop");
  EXPECT_EQ(visited, store_.keys("shop"));
}

// However many there are, and whatever happens to others meanwhile.
TEST_F(StoreTest, AWalkSeesWhatIsThereAllTheTimeOnce) {
  constexpr int kCount = 1'000;
  const auto name = [](int number) { return "n" + std::to_string(10'000 + number); };
  init();
  for (int number = 0; number < kCount; ++number) list(object_of(name(number), "1"));
  done();

  std::map<ObjectKey, int> seen;
  store_.for_each([&](const ObjectKey& one, const Value&) {
    ++seen[one];
    // Each takes its neighbours away and puts another in.
    const int number = std::stoi(one.name.substr(1)) - 10'000;
    if (number % 2 == 0) remove(object_of(name(number + 1), "2"));
    apply(object_of("a" + std::to_string(number), "3"));
  });

  for (int number = 0; number < kCount; number += 2) EXPECT_EQ(seen[key(name(number))], 1) << number;
  for (const auto& [one, times] : seen) EXPECT_EQ(times, 1) << one.text();
}

TEST_F(StoreTest, TellsWhenReadersSeeTheChangeAlready) {
  std::string seen;
  Store<Value>* reader = nullptr;
  Store<Value> store(
      decode, {.on_change = [&](const ObjectKey& key, const auto&, const auto&) { seen = reader->get(key)->text; },
               .on_invalid = {}});
  reader = &store;

  store.apply({.type = ObjectEventType::kApply, .object = object_of("a", "1", "new")});

  EXPECT_EQ(seen, "new");
}

}  // namespace
}  // namespace kubernetes
