#include "crds/label_selector.h"

#include <gtest/gtest.h>

namespace crds {
namespace {

const Labels kLabels{{"app", "web"}, {"tier", "front"}};

LabelSelector expression(SelectorOperator op, const std::string& key, std::vector<std::string> values) {
  return {.match_labels = {}, .match_expressions = {{.key = key, .op = op, .values = std::move(values)}}};
}

TEST(LabelSelector, AnEmptyOneMatchesEverything) {
  EXPECT_TRUE(matches({}, kLabels));
  EXPECT_TRUE(matches({}, {}));
}

TEST(LabelSelector, EveryLabelMustBeThere) {
  EXPECT_TRUE(matches({.match_labels = {{"app", "web"}}, .match_expressions = {}}, kLabels));
  EXPECT_FALSE(matches({.match_labels = {{"app", "api"}}, .match_expressions = {}}, kLabels));
  EXPECT_FALSE(matches({.match_labels = {{"app", "web"}, {"zone", "a"}}, .match_expressions = {}}, kLabels));
}

TEST(LabelSelector, OperatorsMeanWhatKubernetesMeans) {
  struct Row {
    const char* name;
    LabelSelector selector;
    bool expected;
  };
  for (const Row& row : {
           Row{"in, listed", expression(SelectorOperator::kIn, "app", {"api", "web"}), true},
           Row{"in, not listed", expression(SelectorOperator::kIn, "app", {"api"}), false},
           Row{"in, missing", expression(SelectorOperator::kIn, "zone", {"a"}), false},
           Row{"not in, listed", expression(SelectorOperator::kNotIn, "app", {"web"}), false},
           Row{"not in, not listed", expression(SelectorOperator::kNotIn, "app", {"api"}), true},
           Row{"not in, missing", expression(SelectorOperator::kNotIn, "zone", {"a"}), true},
           Row{"exists", expression(SelectorOperator::kExists, "app", {}), true},
           Row{"exists, missing", expression(SelectorOperator::kExists, "zone", {}), false},
           Row{"does not exist", expression(SelectorOperator::kDoesNotExist, "zone", {}), true},
           Row{"does not exist, there", expression(SelectorOperator::kDoesNotExist, "app", {}), false},
       }) {
    EXPECT_EQ(matches(row.selector, kLabels), row.expected) << row.name;
  }
}

TEST(LabelSelector, EveryExpressionMustHold) {
  LabelSelector selector = expression(SelectorOperator::kExists, "app", {});
  selector.match_expressions.push_back({.key = "tier", .op = SelectorOperator::kIn, .values = {"back"}});
  EXPECT_FALSE(matches(selector, kLabels));
}

}  // namespace
}  // namespace crds
