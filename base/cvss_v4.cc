// The metrics fall into groups, each group into levels, and the levels together name one of a table's scores, that of
// the group's worst vectors. From there the score goes down by how far the vector is from those worst ones, on the way
// to the next lower level of each group. With only base metrics two of the specification's six groups say nothing of
// their own: exploit maturity (EQ5) counts as its worst, and the requirements (EQ6) follow the impact (EQ3).
#include "base/cvss_v4.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>

namespace base {

namespace {

// How far each value is from a metric's worst, in steps: "NALP" says 0 of N, 1 of A, ... The order is that of kMetrics.
struct Metric {
  std::string_view name;
  std::string_view values;
};
enum Name : std::size_t { kAv, kPr, kUi, kAc, kAt, kVc, kVi, kVa, kSc, kSi, kSa, kCount };
constexpr std::array<Metric, kCount> kMetrics{{{"AV", "NALP"},
                                               {"PR", "NLH"},
                                               {"UI", "NPA"},
                                               {"AC", "LH"},
                                               {"AT", "NP"},
                                               {"VC", "HLN"},
                                               {"VI", "HLN"},
                                               {"VA", "HLN"},
                                               {"SC", "HLN"},
                                               {"SI", "HLN"},
                                               {"SA", "HLN"}}};
using Steps = std::array<int, kCount>;

std::optional<Steps> steps_of(const CvssMetrics& metrics) {
  Steps steps{};
  for (std::size_t index = 0; index < kCount; ++index) {
    const auto metric = metrics.find(kMetrics[index].name);
    if (metric == metrics.end() || metric->second.size() != 1) return std::nullopt;
    const std::size_t step = kMetrics[index].values.find(metric->second);
    if (step == std::string_view::npos) return std::nullopt;
    steps[index] = static_cast<int>(step);
  }
  return steps;
}

// The worst vectors of one level of a group, and the number of steps from there to the level's mildest (the
// specification's "depth").
struct Level {
  std::array<std::array<int, 3>, 3> worst;
  std::size_t worst_count;
  int depth;
};

// A group: its metrics, from `first`.
struct Group {
  std::size_t first;
  std::size_t size;
  std::span<const Level> levels;
};

constexpr std::array<Level, 3> kExploitability{
    {{{{{0, 0, 0}}}, 1, 1}, {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, 3, 4}, {{{{3, 0, 0}, {1, 1, 1}}}, 2, 5}}};
constexpr std::array<Level, 2> kComplexity{{{{{{0, 0}}}, 1, 1}, {{{{1, 0}, {0, 1}}}, 2, 2}}};
constexpr std::array<Level, 3> kImpact{
    {{{{{0, 0, 0}}}, 1, 7}, {{{{1, 0, 0}, {0, 1, 0}}}, 2, 8}, {{{{1, 1, 1}}}, 1, 10}}};
constexpr std::array<Level, 2> kSubsequent{{{{{{0, 0, 0}}}, 1, 5}, {{{{1, 1, 1}}}, 1, 4}}};
constexpr std::array<Group, 4> kGroups{
    {{kAv, 3, kExploitability}, {kAc, 2, kComplexity}, {kVc, 3, kImpact}, {kSc, 3, kSubsequent}}};

using Levels = std::array<std::size_t, kGroups.size()>;

Levels levels_of(const Steps& steps) {
  const bool reachable = steps[kAv] == 0 && steps[kPr] == 0 && steps[kUi] == 0;
  const bool any_easy = steps[kAv] == 0 || steps[kPr] == 0 || steps[kUi] == 0;
  const bool physical = steps[kAv] == 3;
  const bool both_high = steps[kVc] == 0 && steps[kVi] == 0;
  const bool any_high = steps[kVc] == 0 || steps[kVi] == 0 || steps[kVa] == 0;
  const bool beyond = steps[kSc] == 0 || steps[kSi] == 0 || steps[kSa] == 0;
  return {reachable ? 0U : (any_easy && !physical ? 1U : 2U), steps[kAc] == 0 && steps[kAt] == 0 ? 0U : 1U,
          both_high ? 0U : (any_high ? 1U : 2U), beyond ? 0U : 1U};
}

// Tenths, by exploitability, complexity, impact with requirements (EQ3 and EQ6: 00, 01, 10, 11, 21) and the subsequent
// systems' impact. Section 8.3's look-up table, for EQ4 of 1 and 2 and EQ5 of 0.
constexpr int kTable[3][2][5][2] = {
    {{{100, 93}, {96, 90}, {93, 88}, {92, 80}, {79, 69}}, {{95, 92}, {91, 81}, {92, 84}, {82, 70}, {71, 63}}},
    {{{94, 87}, {89, 75}, {86, 72}, {76, 57}, {65, 53}}, {{90, 77}, {77, 66}, {74, 61}, {59, 52}, {58, 23}}},
    {{{86, 70}, {74, 54}, {72, 53}, {57, 36}, {47, 24}}, {{73, 54}, {55, 43}, {61, 46}, {51, 18}, {24, 10}}}};
constexpr std::size_t kImpactGroup = 2;
constexpr std::array<std::size_t, 3> kColumn{0, 2, 4};  // of an impact's own level

int score_at(const Levels& levels, std::size_t column) {
  return kTable[levels[0]][levels[1]][column][levels[3]];
}

// The score of the next lower level of a group; nullopt at the lowest. Of impact, the next lower may be milder impact
// or milder requirements: the higher of both.
std::optional<int> lower_score(Levels levels, std::size_t group) {
  const std::size_t column = kColumn[levels[kImpactGroup]];
  if (group == kImpactGroup) {
    if (levels[group] == 0) return std::max(score_at(levels, 1), score_at(levels, 2));
    if (levels[group] == 1) return score_at(levels, 3);
    return std::nullopt;
  }
  if (++levels[group] == kGroups[group].levels.size()) return std::nullopt;
  return score_at(levels, column);
}

// Steps from the first worst vector of the level that is at least as bad in each metric.
int distance_of(const Group& group, const Level& level, const Steps& steps) {
  for (std::size_t worst = 0; worst < level.worst_count; ++worst) {
    int distance = 0;
    bool is_worse = true;
    for (std::size_t index = 0; index < group.size; ++index) {
      const int step = steps[group.first + index] - level.worst[worst][index];
      is_worse = is_worse && step >= 0;
      distance += step;
    }
    if (is_worse) return distance;
  }
  return 0;
}

}  // namespace

std::optional<double> cvss_v4_base_score(const CvssMetrics& metrics) {
  const std::optional<Steps> steps = steps_of(metrics);
  if (!steps) return std::nullopt;
  const auto is_none = [&](std::size_t index) { return (*steps)[index] == 2; };
  if (is_none(kVc) && is_none(kVi) && is_none(kVa) && is_none(kSc) && is_none(kSi) && is_none(kSa)) return 0.0;

  const Levels levels = levels_of(*steps);
  const int score = score_at(levels, kColumn[levels[kImpactGroup]]);
  int lower_levels = 1;  // exploit maturity has one, and no distance
  double sum = 0.0;
  for (std::size_t group = 0; group < kGroups.size(); ++group) {
    const std::optional<int> lower = lower_score(levels, group);
    if (!lower) continue;
    ++lower_levels;
    const Level& level = kGroups[group].levels[levels[group]];
    sum += static_cast<double>(score - *lower) * distance_of(kGroups[group], level, *steps) / level.depth;
  }
  constexpr double kEpsilon = 1e-6;  // 8.65 made by floating point is 8.65
  return std::floor(std::max(0.0, score - sum / lower_levels) + 0.5 + kEpsilon) / 10.0;
}

}  // namespace base
