#include "kubernetes/list_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "kubernetes/limits.h"

namespace kubernetes {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kText =
    R"({"kind":"List","metadata":{"resourceVersion":"7","continue":"more","odd":{"items":[{"b":1}]}},
    "items":[{"metadata":{"name":"a","labels":{"x":"y } ] \\ \" {"}}}, {"items":[{"z":1}]} ,{}],"later":{"a":{"b":2}}})";

struct Told {
  std::vector<std::string> items;
  ListPage page;
};

Told read(std::string_view text, std::size_t piece_bytes = 1 << 20) {
  Told told;
  ListReader reader([&](const nlohmann::json& item) { told.items.push_back(item.dump()); });
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, piece_bytes);
    text.remove_prefix(piece.size());
    reader.feed(piece);
  }
  told.page = reader.finish();
  return told;
}

TEST(ListReader, HandsOutItemsAndNothingElse) {
  const Told told = read(kText);

  EXPECT_THAT(told.items, ElementsAre(R"({"metadata":{"labels":{"x":"y } ] \\ \" {"},"name":"a"}})",
                                      R"({"items":[{"z":1}]})", "{}"));
  EXPECT_EQ(told.page.resource_version, "7");
  EXPECT_EQ(told.page.continue_token, "more");
}

TEST(ListReader, ReadsTheSameWhereverTheTextIsCut) {
  const std::string_view text = kText;
  const Told whole = read(text);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    std::vector<std::string> items;
    ListReader reader([&](const nlohmann::json& item) { items.push_back(item.dump()); });
    reader.feed(text.substr(0, cut));
    reader.feed(text.substr(cut));
    EXPECT_EQ(items, whole.items) << cut;
    EXPECT_EQ(reader.finish().continue_token, "more") << cut;
  }
  EXPECT_EQ(read(text, 1).items, whole.items);
}

// Every quote and backslash that may end a string or not, cut at each place.
TEST(JsonNesting, FollowsEscapesWhereverTheTextIsCut) {
  for (const std::string text :
       {R"({"a":"\\"})", R"({"a":"\""})", R"({"a":"\\\"}"})", R"({"\"":{"b":"]}\\"}})", R"(["\\\\","\"",""])"}) {
    for (std::size_t first = 0; first <= text.size(); ++first) {
      for (std::size_t second = first; second <= text.size(); ++second) {
        JsonNesting nesting;
        const auto feed = [&](std::string_view piece) {
          while (!piece.empty()) piece.remove_prefix(nesting.take(piece));
        };
        feed(std::string_view(text).substr(0, first));
        feed(std::string_view(text).substr(first, second - first));
        feed(std::string_view(text).substr(second, text.size() - 1 - std::min(second, text.size() - 1)));
        EXPECT_EQ(nesting.depth(), second == text.size() ? 0 : 1) << text << " cut at " << first << " and " << second;
      }
    }
  }
}

TEST(ListReader, AListMayBeEmptyOrItsMetadataLast) {
  EXPECT_THAT(read(R"({"items":[],"metadata":{"resourceVersion":"7"}})").items, IsEmpty());
  EXPECT_THAT(read(R"({"items":null,"metadata":{"resourceVersion":"7"}})").items, IsEmpty());
  EXPECT_THAT(read(R"({"metadata":{"resourceVersion":"7"}})").items, IsEmpty());
  EXPECT_THAT(read("{\"items\" :\n[ {} ]\n, \"metadata\":{\"resourceVersion\":\"7\"}}\n").items, ElementsAre("{}"));
}

TEST(ListReader, OnlyTheListsOwnItemsAreItems) {
  EXPECT_THAT(
      read(R"({"x\"items":[{}],"metadata":{"resourceVersion":"7","items":[{}]},"other":[{"items":[{}]}]})").items,
      IsEmpty());
  EXPECT_THAT(read(R"({"a":"items","b":[{}],"metadata":{"resourceVersion":"7"}})").items, IsEmpty());
}

TEST(ListReader, RefusesWhatIsNoList) {
  const char* rows[] = {"",
                        "[]",
                        "null",
                        "{",
                        "{}",
                        "]",
                        R"({"metadata":7})",
                        R"({"metadata":{}})",
                        R"({"metadata":{"resourceVersion":7}})",
                        R"({"metadata":{"resourceVersion":"7"},"items":[{})",
                        R"({"metadata":{"resourceVersion":"7"},"items":[{}}})",
                        R"({"metadata":{"resourceVersion":"7"},"items":[{} {}]})",
                        R"({"metadata":{"resourceVersion":"7"},"items":[,{}]})",
                        R"({"metadata":{"resourceVersion":"7"},"items":[7]})",
                        R"({"metadata":{"resourceVersion":"7"},"items":[[]]})",
                        R"({"metadata":{"resourceVersion":"7"},"items":[{"a":}]})",
                        R"({"metadata":{"resourceVersion":"7"},"items":[{"a":"b]}]})"};
  for (const char* text : rows) EXPECT_THROW((void)read(text), base::ParseError) << text;
}

TEST(ListReader, IsBounded) {
  const std::string deep = R"({"items":[{"a":)" + std::string(1000, '[') + std::string(1000, ']') + "}]}";
  EXPECT_THROW((void)read(deep), base::LimitExceeded);
  const std::string large = R"({"items":[{"a":")" + std::string(kObjectBytesMax, 'x');
  EXPECT_THROW((void)read(large), base::LimitExceeded);
  EXPECT_THROW((void)read(large, 1000), base::LimitExceeded);
  const std::string wide = R"({"metadata":{"continue":")" + std::string(kListEnvelopeBytesMax, 'x');
  EXPECT_THROW((void)read(wide, 1000), base::LimitExceeded);
}

TEST(ListReader, WhatAReceiverThrowsReachesTheCaller) {
  ListReader reader([](const nlohmann::json&) { throw base::NetworkError("enough"); });
  const std::string_view text = R"({"items":[{}]})";
  EXPECT_THROW(reader.feed(text), base::NetworkError);
}

}  // namespace
}  // namespace kubernetes
