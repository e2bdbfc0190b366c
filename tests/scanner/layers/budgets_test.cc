// Each bound on what layers hold: its name, its setting, and what happens at it and past it.
#include "scanner/layers/budgets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"
#include "tests/scanner/layers/merge_support.h"
#include "tests/support/compress.h"

namespace scanner::layers {
namespace {

using testing::HasSubstr;
using tests::TarBuilder;

std::string message_of(std::string_view setting) {
  Limits limits;
  try {
    set_budget(limits, setting);
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return "taken";
}

TEST(Budgets, AreSetByName) {
  Limits limits;
  set_budget(limits, "entries=20000000");
  set_budget(limits, "file-bytes=256MiB");
  set_budget(limits, "layer-bytes=1TiB");
  EXPECT_EQ(limits.entries_max, 20'000'000U);
  EXPECT_EQ(limits.kept_file_bytes_max, std::size_t{256} << 20);
  EXPECT_EQ(limits.layer_raw_bytes_max, std::uint64_t{1} << 40);
  EXPECT_EQ(limits.ratio_max, Limits{}.ratio_max);
}

TEST(Budgets, SayWhatIsWrongWithOne) {
  EXPECT_THAT(message_of("entrys=5"), HasSubstr("\"entrys=5\": there is none of this name; there are layer-bytes,"));
  EXPECT_THAT(message_of(""), HasSubstr("there is none of this name"));
  for (const char* wrong : {"entries", "entries=", "entries=0", "entries=-1", "entries=5 ", "entries=1e6",
                            "entries=5mb", "entries=99999999999999999999", "entries=KiB"}) {
    EXPECT_THAT(message_of(wrong), HasSubstr("say entries=NUMBER, from 1 on")) << wrong;
  }
  EXPECT_EQ(message_of("entries=18446744073709551615TiB"), "taken") << "as many as there can be";
}

TEST(Budgets, EachMemberHasAName) {
  EXPECT_EQ(budget_names().size() * sizeof(std::uint64_t), sizeof(Limits));
  for (const std::string_view name : budget_names()) {
    Limits limits;
    set_budget(limits, std::string(name) + "=7");
    EXPECT_NE(limits, Limits{}) << name;
    EXPECT_EQ(parse_budgets(write_budgets(limits)), limits) << name;
  }
}

TEST(Budgets, AChildTakesNothingElse) {
  const std::string good = write_budgets({});
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_THROW(static_cast<void>(parse_budgets(good.substr(0, length))), base::ParseError) << length;
  }
  EXPECT_THROW(static_cast<void>(parse_budgets(good + '\1')), base::ParseError);
}

// What reaches a bound and is read, and one less of which is too little.
struct Reach {
  std::string name;
  std::vector<std::string> layers;
  std::uint64_t bound;
  std::string warning;
  std::function<void(Limits&)> beside = {};  // other budgets that it takes to get there
};

void PrintTo(const Reach& reach, std::ostream* out) {
  *out << reach.name;
}

std::string two_files() {
  return TarBuilder().file("a/want", "12345").file("b/want", "12345").archive();
}
std::string zeros() {
  return TarBuilder().file("zeros", std::string(1 << 20, '\0')).archive();
}
std::uint64_t ratio_of(const std::string& layer) {
  return layer.size() / tests::gzip(layer).size() + 1;
}
// A budget that is an estimate: the least with which nothing is left out.
std::uint64_t least_kept_bytes(const std::vector<std::string>& layers) {
  Limits limits;
  limits.kept_bytes_max = 1;
  while (!merge_bytes(layers, limits).warnings.empty()) ++limits.kept_bytes_max;
  return limits.kept_bytes_max;
}

class BudgetReach : public testing::TestWithParam<Reach> {};

TEST_P(BudgetReach, IsReadAtTheBoundAndWarnedOfPastIt) {
  const Reach& reach = GetParam();
  Limits limits;
  if (reach.beside) reach.beside(limits);
  set_budget(limits, reach.name + "=" + std::to_string(reach.bound));
  EXPECT_THAT(merge_bytes(reach.layers, limits).warnings, testing::Not(testing::Contains(HasSubstr(reach.warning))));
  set_budget(limits, reach.name + "=" + std::to_string(reach.bound - 1));
  EXPECT_THAT(merge_bytes(reach.layers, limits).warnings, testing::Contains(HasSubstr(reach.warning)));
}

INSTANTIATE_TEST_SUITE_P(
    Budgets, BudgetReach,
    testing::Values(
        Reach{"layer-bytes", {two_files()}, two_files().size(), "bytes uncompressed"},
        Reach{"image-bytes", {two_files(), two_files()}, 2 * two_files().size(), "the image is more than"},
        Reach{"ratio",
              {tests::gzip(zeros())},
              ratio_of(zeros()),
              "times its compressed size",
              [](Limits& limits) { limits.ratio_judged_after_bytes = 1; }},
        Reach{"ratio-after-bytes",
              {tests::gzip(zeros())},
              zeros().size(),
              "times its compressed size",
              [](Limits& limits) { limits.ratio_max = 2; }},
        Reach{"entries", {two_files()}, 2, "files in the image"},
        Reach{"path-bytes", {TarBuilder().file("a/longer/path", "").archive()}, 13, "a path longer than"},
        Reach{"depth", {TarBuilder().file("a/b/c/d", "").archive()}, 3, "below more than"},
        Reach{"path-steps", {TarBuilder().file("a/b/c/d", "").file("a/e/f/g", "").archive()}, 5, "on the way"},
        Reach{"header-bytes",
              {TarBuilder().pax({{"comment", "0123456789"}}).file("a", "").archive()},
              22,
              "an extended header of"},
        Reach{"file-bytes", {two_files()}, 5, "its content was not read"},
        Reach{"kept-bytes", {two_files()}, least_kept_bytes({two_files()}), "bytes of packages and kept files"},
        Reach{"kept-nodes", {two_files()}, 2, "links and wanted files"}));

// What is past this one is counted in the last warning.
TEST(Budgets, WarningsAreBoundedAndNeverNone) {
  const std::vector<std::string> layers{TarBuilder().file("a/longer/path", "").file("b/want", "12345").archive()};
  Limits limits;
  for (const char* setting : {"path-bytes=12", "file-bytes=4", "warnings=2"}) set_budget(limits, setting);
  EXPECT_EQ(merge_bytes(layers, limits).warnings.size(), 2U);
  set_budget(limits, "warnings=1");
  EXPECT_EQ(merge_bytes(layers, limits).warnings.size(), 1U);
}

}  // namespace
}  // namespace scanner::layers
