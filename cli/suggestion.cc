#include "cli/suggestion.h"

#include <algorithm>
#include <cstddef>

namespace cli {
namespace {

// Longer words are no typing errors of a verb; this also bounds the work.
constexpr std::size_t kWordBytesMax = 64;

// Letters to add, drop or change; Levenshtein's distance, row by row.
std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t changed = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(word.size() / 2, 1) + 1;
  if (word.size() > kWordBytesMax) return best;
  for (const std::string& candidate : candidates) {
    const std::size_t letters = distance(word, candidate);
    if (letters < best_distance) {
      best = candidate;
      best_distance = letters;
    }
  }
  return best;
}

}  // namespace cli
