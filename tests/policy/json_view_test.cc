// What is read out of a document of a library that keeps everything, keys that stand twice included.
#include "policy/json_view.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "base/error.h"

namespace policy {
namespace {

// An object of texts, or a text, or null.
struct Document {
  enum class Kind { kNull, kText, kObject } kind = Kind::kNull;
  std::string word = {};
  std::vector<std::pair<std::string, std::string>> fields = {};

  [[nodiscard]] bool is_null() const { return kind == Kind::kNull; }
  [[nodiscard]] std::optional<std::string_view> text() const {
    if (kind != Kind::kText) return std::nullopt;
    return word;
  }
  template <typename Use>
  bool for_each_field(const Use& use) const {
    if (kind != Kind::kObject) return false;
    for (const auto& [key, value] : fields) use(std::string_view(key), Document{Kind::kText, value});
    return true;
  }
  template <typename Use>
  bool for_each_item(const Use& /*use*/) const {
    return false;
  }
};

Document object(std::vector<std::pair<std::string, std::string>> fields) {
  return {.kind = Document::Kind::kObject, .fields = std::move(fields)};
}

Document text(const std::string& word) {
  return {.kind = Document::Kind::kText, .word = word};
}

TEST(TakeFields, RefusesAWantedKeyThatStandsTwice) {
  Field<Document> image;
  EXPECT_THROW(take_fields<Document>(object({{"image", "a"}, {"image", "b"}}), "the pod", {{"image", image}}),
               base::ParseError);
  Field<Document> absent;
  EXPECT_NO_THROW(take_fields<Document>(object({{"other", "a"}, {"other", "b"}}), "the pod", {{"image", absent}}));
  EXPECT_FALSE(absent);
  EXPECT_THROW(take_fields<Document>(text("x"), "the pod", {{"image", image}}), base::ParseError);
}

TEST(LabelsOf, RefusesWhatIsNoSetOfLabels) {
  EXPECT_EQ(labels_of<Document>(object({{"a", "1"}, {"b", "2"}}), "labels"), (crds::Labels{{"a", "1"}, {"b", "2"}}));
  EXPECT_TRUE(labels_of<Document>(std::nullopt, "labels").empty());
  EXPECT_THROW((void)labels_of<Document>(object({{"a", "1"}, {"a", "2"}}), "labels"), base::ParseError);
  EXPECT_THROW((void)labels_of<Document>(text("x"), "labels"), base::ParseError);
}

TEST(ForEachItem, RefusesWhatIsNoList) {
  EXPECT_NO_THROW(for_each_item<Document>(std::nullopt, "containers", [](const Document&) {}));
  EXPECT_THROW(for_each_item<Document>(text("x"), "containers", [](const Document&) {}), base::ParseError);
}

}  // namespace
}  // namespace policy
