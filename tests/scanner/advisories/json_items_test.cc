#include "scanner/advisories/json_items.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace scanner::advisories {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Document {
  std::string array;  // empty: its members
  std::string text;
};

// The items, fed `piece` bytes at a time.
std::vector<std::string> items_of(const Document& document, std::size_t piece, std::size_t bytes_max = 1000) {
  std::vector<std::string> items;
  JsonItems reader({.place = "feed.json", .array = document.array, .item_bytes_max = bytes_max},
                   [&](std::string_view json) { items.emplace_back(json); });
  for (std::size_t at = 0; at < document.text.size(); at += piece) {
    reader.parse(std::string_view(document.text).substr(at, piece));
  }
  reader.finish();
  return items;
}

TEST(JsonItems, AreTheElementsOfTheNamedArrayHoweverTheBytesArrive) {
  const Document document{
      "records", R"( {"format":"x", "other":[{"a":1}], "nested":{"records":[1]}, "records" : [ {"a":[1,{"b":2}]},
        {"text":"},]\"{ \\"} , 3 ], "count":2} )"};
  for (const std::size_t piece : {1UL, 2UL, 7UL, 1000UL}) {
    const std::vector<std::string> items = items_of(document, piece);
    ASSERT_THAT(items, testing::SizeIs(3)) << piece;
    EXPECT_THAT(items[0], HasSubstr(R"({"a":[1,{"b":2}]})"));
    EXPECT_THAT(items[1], HasSubstr(R"({"text":"},]\"{ \\"})"));
    EXPECT_THAT(items[2], HasSubstr("3"));
  }
}

TEST(JsonItems, AreTheMembersWhereNoArrayIsNamed) {
  EXPECT_THAT(items_of({"", R"({"a,":{"x":[1,2]},"b":"}"})"}, 1), ElementsAre(R"({"a,":{"x":[1,2]}})", R"({"b":"}"})"));
  EXPECT_THAT(items_of({"", "{}"}, 1), IsEmpty());
  EXPECT_THAT(items_of({"records", R"({"records":[]})"}, 1), IsEmpty());
}

TEST(JsonItems, ADocumentThatIsNotWholeIsRefused) {
  const std::pair<Document, const char*> rows[] = {
      {{"records", ""}, "cut off or empty"},
      {{"records", "[]"}, "not a JSON object"},
      {{"records", "x"}, "not a JSON object"},
      {{"records", R"({"records":[1])"}, "cut off"},
      {{"records", R"({"records":[1]}})"}, "not a JSON object"},
      {{"records", R"({"records":{"a":1}})"}, "no array \"records\""},
      {{"records", R"({"record":[1]})"}, "no array \"records\""},
      {{"", R"({"a":")"}, "cut off"},
  };
  for (const auto& [document, message] : rows) {
    try {
      static_cast<void>(items_of(document, 3));
      ADD_FAILURE() << "was read: " << document.text;
    } catch (const base::ParseError& error) {
      EXPECT_THAT(error.what(), HasSubstr(message)) << document.text;
      EXPECT_THAT(error.what(), HasSubstr("feed.json"));
    }
  }
}

TEST(JsonItems, AnItemIsBounded) {
  const Document document{"records", R"({"records":[")" + std::string(100, 'x') + R"("]})"};
  EXPECT_NO_THROW(static_cast<void>(items_of(document, 10, 102)));
  EXPECT_THROW(static_cast<void>(items_of(document, 10, 101)), base::LimitExceeded);
  const Document skipped{"records", R"({"big":[")" + std::string(1000, 'x') + R"("],"records":[]})"};
  EXPECT_NO_THROW(static_cast<void>(items_of(skipped, 10, 20))) << "what is no item is not kept";
}

}  // namespace
}  // namespace scanner::advisories
