#include "kubernetes/kept_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "kubernetes/store.h"
#include "tests/support/fake_api_server.h"
#include "tests/support/layout_writer.h"

namespace kubernetes {
namespace {

using testing::ElementsAre;
using tests::object_of;

struct Whole {
  std::string text;
};

// Of a kind of which there are many.
struct Packed {
  std::string text;
};
std::string pack_object(const Packed& object) {
  return "packed " + object.text;
}
void unpack_object(std::string_view bytes, Packed& object) {
  if (!bytes.starts_with("packed ")) throw base::ParseError("not packed");
  object.text = bytes.substr(7);
}

static_assert(Packable<Packed>);
static_assert(!Packable<Whole>);

TEST(KeptObject, AWholeOneIsTheSameForAllReaders) {
  const KeptObject<Whole> kept(Whole{"a"}, nullptr);
  EXPECT_EQ(kept.object(), kept.object());
  EXPECT_EQ(kept.object()->text, "a");
}

TEST(KeptObject, APackedOneIsMadeAnewForEach) {
  const KeptObject<Packed> kept(Packed{"a"}, nullptr);
  EXPECT_NE(kept.object(), kept.object());
  EXPECT_EQ(kept.object()->text, "a");
}

template <typename T>
class EitherKept : public testing::Test {};
using Either = testing::Types<Whole, Packed>;
TYPED_TEST_SUITE(EitherKept, Either);

TYPED_TEST(EitherKept, CopiesAreEqualAndNothingElse) {
  const KeptObject<TypeParam> one(TypeParam{"a"}, nullptr);
  const KeptObject<TypeParam> same_text(TypeParam{"a"}, nullptr);
  const KeptObject<TypeParam> copy = one;  // NOLINT: what is tested
  EXPECT_EQ(copy, one);
  EXPECT_NE(same_text, one);
}

TYPED_TEST(EitherKept, AnEmptyOneHoldsNothing) {
  const KeptObject<TypeParam> none;
  EXPECT_FALSE(none);
  EXPECT_EQ(none.object(), nullptr);
  EXPECT_TRUE(KeptObject<TypeParam>(TypeParam{""}, nullptr));
}

// A store's readers and its listener see the same, whichever way its objects are kept.
class PackedStoreTest : public testing::Test {
 protected:
  void list(const std::vector<nlohmann::json>& objects) {
    store_.apply({.type = ObjectEventType::kInit, .object = nullptr});
    for (const nlohmann::json& object : objects) {
      store_.apply({.type = ObjectEventType::kInitApply, .object = object});
    }
    store_.apply({.type = ObjectEventType::kInitDone, .object = nullptr});
  }
  std::vector<std::string> changes() { return std::exchange(changes_, {}); }

  const tests::TemporaryFolder folder_;
  base::ColdFile cold_{folder_.path().string(), 1 << 20};
  std::vector<std::string> changes_;
  Store<Packed> store_{
      [](const nlohmann::json& object) -> Packed { return {object.at("data").at("value")}; },
      {.on_change =
           [this](const ObjectKey& key, const auto& before, const auto& after) {
             changes_.push_back(key.name + ": " + (before ? before->text : "-") + " -> " + (after ? after->text : "-"));
           },
       .on_invalid = {}},
      &cold_};
};

TEST_F(PackedStoreTest, IsReadAsAnyOther) {
  list({object_of("a", "1", "one"), object_of("b", "2", "two")});
  EXPECT_EQ(store_.get({.ns = "shop", .name = "a"})->text, "one");
  EXPECT_EQ(store_.get({.ns = "shop", .name = "c"}), nullptr);
  EXPECT_EQ(store_.list().at(1).second->text, "two");
  std::vector<std::string> texts;
  store_.for_each([&](const ObjectKey&, const Packed& object) { texts.push_back(object.text); });
  EXPECT_THAT(texts, ElementsAre("one", "two"));
}

TEST_F(PackedStoreTest, TellsOfARelistWhatDiffers) {
  list({object_of("same", "1", "one"), object_of("changed", "2", "old"), object_of("gone", "3", "three")});
  EXPECT_EQ(changes().size(), 3u);
  const std::uint64_t size = cold_.size();

  list({object_of("same", "1", "one"), object_of("changed", "9", "new")});
  EXPECT_THAT(changes(), ElementsAre("changed: old -> new", "gone: three -> -"));
  EXPECT_LE(cold_.size(), size + 256) << "what was replaced has made room";
}

TEST_F(PackedStoreTest, TellsOfAChangeBothSides) {
  list({object_of("a", "1", "one")});
  store_.apply({.type = ObjectEventType::kApply, .object = object_of("a", "2", "two")});
  store_.apply({.type = ObjectEventType::kDelete, .object = object_of("a", "3")});
  EXPECT_THAT(changes(), ElementsAre("a: - -> one", "a: one -> two", "a: two -> -"));
  EXPECT_EQ(cold_.size(), 0u);
}

}  // namespace
}  // namespace kubernetes
