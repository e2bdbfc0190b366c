#include "tests/scanner/versions/comparisons.h"

#include <fstream>
#include <optional>
#include <utility>

namespace tests {
namespace {

std::optional<Comparison> parse_line(const std::string& line) {
  if (line.empty() || line.starts_with("//") || line.find('#') != std::string::npos) return std::nullopt;
  const std::size_t first = line.find(' ');
  const std::size_t second = line.find(' ', first + 1);
  if (first == std::string::npos || second != first + 2) return std::nullopt;
  return Comparison{line.substr(0, first), line[first + 1], line.substr(second + 1)};
}

}  // namespace

std::vector<Comparison> comparisons_in(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<Comparison> comparisons;
  std::string line;
  while (std::getline(file, line)) {
    if (auto comparison = parse_line(line)) comparisons.push_back(std::move(*comparison));
  }
  return comparisons;
}

char sign_of(std::strong_ordering order) {
  return order < 0 ? '<' : order > 0 ? '>' : '=';
}

}  // namespace tests
