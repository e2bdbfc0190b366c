// Every line of the version vectors that osv-scalibr and grype publish, for the ecosystems that we order.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "scanner/versions/version_order.h"
#include "tests/support/shared_data.h"

namespace scanner::versions {
namespace {

struct VectorFile {
  std::string name;
  const VersionOrder& order;
  int lines_min;  // so that an emptied file does not pass
};

// "a < b", "a = b", "a > b"; nothing for blank lines and comments.
struct Comparison {
  std::string left;
  char sign = 0;
  std::string right;
};

//
// PHP's placeholder for any number equals every number, so no order can hold it: 1.2.3 = 1.2.3.# = 1.2.3.1.
std::optional<Comparison> parse_line(const std::string& line) {
  if (line.empty() || line.starts_with("//") || line.find('#') != std::string::npos) return std::nullopt;
  const std::size_t first = line.find(' ');
  const std::size_t second = line.find(' ', first + 1);
  if (first == std::string::npos || second != first + 2) return std::nullopt;
  return Comparison{line.substr(0, first), line[first + 1], line.substr(second + 1)};
}

char sign_of(std::strong_ordering order) {
  return order < 0 ? '<' : order > 0 ? '>' : '=';
}

class ScalibrVectors : public testing::TestWithParam<VectorFile> {};

TEST_P(ScalibrVectors, EveryLineHolds) {
  REQUIRE_SHARED_DATA(folder, "data/corpora/version-vectors/osv-scalibr");
  std::ifstream file(folder / GetParam().name);
  int lines = 0;
  std::string line;
  while (std::getline(file, line)) {
    const auto comparison = parse_line(line);
    if (!comparison) continue;
    ++lines;
    EXPECT_EQ(sign_of(GetParam().order.order(comparison->left, comparison->right)), comparison->sign) << line;
  }
  EXPECT_GE(lines, GetParam().lines_min);
}

INSTANTIATE_TEST_SUITE_P(Files, ScalibrVectors,
                         testing::Values(VectorFile{"debian-versions.txt", debian_order(), 25},
                                         VectorFile{"debian-versions-generated.txt", debian_order(), 7000},
                                         VectorFile{"alpine-versions.txt", apk_order(), 700},
                                         VectorFile{"alpine-versions-generated.txt", apk_order(), 6900},
                                         VectorFile{"pypi-versions.txt", pep440_order(), 30},
                                         VectorFile{"pypi-versions-generated.txt", pep440_order(), 6000},
                                         VectorFile{"semver-versions.txt", semver_order(), 80},
                                         VectorFile{"pub-versions.txt", pub_order(), 90},
                                         VectorFile{"redhat-versions.txt", rpm_order(), 150},
                                         VectorFile{"maven-versions.txt", maven_order(), 100},
                                         VectorFile{"maven-versions-generated.txt", maven_order(), 7000},
                                         VectorFile{"rubygems-versions.txt", gem_order(), 25},
                                         VectorFile{"rubygems-versions-generated.txt", gem_order(), 2000},
                                         VectorFile{"nuget-versions.txt", nuget_order(), 35},
                                         VectorFile{"packagist-versions.txt", composer_order(), 85},
                                         VectorFile{"packagist-versions-generated.txt", composer_order(), 5000},
                                         VectorFile{"cran-versions.txt", dotted_order(), 20},
                                         VectorFile{"cran-versions-generated.txt", dotted_order(), 20},
                                         VectorFile{"hackage-versions.txt", dotted_order(), 9}));

struct Bound {
  std::string sign;
  std::string version;
};

std::string trimmed(std::string text) {
  const char* blanks = " \t'\"\\";
  text.erase(0, text.find_first_not_of(blanks));
  text.erase(text.find_last_not_of(blanks) + 1);
  return text;
}

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (std::size_t end = text.find(separator); end != std::string::npos; end = text.find(separator, start)) {
    parts.push_back(text.substr(start, end - start));
    start = end + separator.size();
  }
  parts.push_back(text.substr(start));
  return parts;
}

Bound parse_bound(const std::string& text) {
  const std::string bound = trimmed(text);
  const std::size_t end = bound.find_first_not_of("<>=");
  return {.sign = end == 0 ? "=" : bound.substr(0, end), .version = trimmed(bound.substr(end))};
}

bool holds(const VersionOrder& order, std::string version, const Bound& bound) {
  // PEP 440: a specifier without a local version ignores that of the candidate.
  if (order.name() == "pep440" && bound.version.find('+') == std::string::npos) {
    version = version.substr(0, version.find('+'));
  }
  const char sign = sign_of(order.order(version, bound.version));
  return bound.sign.find(sign) != std::string::npos;
}

// "> 1.0, < 2.0 || = 3.0"; an empty one holds for everything.
bool satisfies(const VersionOrder& order, const std::string& version, const std::string& constraint) {
  if (constraint.empty()) return true;
  const std::vector<std::string> alternatives = split(constraint, "||");
  return std::any_of(alternatives.begin(), alternatives.end(), [&](const std::string& alternative) {
    const std::vector<std::string> bounds = split(alternative, ",");
    return std::all_of(bounds.begin(), bounds.end(),
                       [&](const std::string& bound) { return holds(order, version, parse_bound(bound)); });
  });
}

const VersionOrder* order_of_rows(const std::string& file) {
  if (file == "deb_version") return &debian_order();
  if (file == "apk_version") return &apk_order();
  if (file == "pep440_version") return &pep440_order();
  if (file == "semantic_version" || file == "golang_version") return &semver_order();
  if (file == "bitnami_version") return &bitnami_order();
  if (file == "maven_version") return &maven_order();
  if (file == "gem_version") return &gem_order();
  if (file == "rpm_version" || file == "pacman_version") return &rpm_order();
  return nullptr;
}

// Where one side alone has an epoch, grype compares without it; rpm does not. What follows a gem's version in a lock
// file as its platform is not part of it: whoever reads the file cuts it off. Nor does Maven know Java versions as
// platforms.
bool is_guess_of_grype(const VersionOrder& order, const nlohmann::json& row) {
  const bool pair = row.contains("cmp");
  const std::string left = row.at(pair ? "v1" : "version");
  const std::string right = row.at(pair ? "v2" : "constraint");
  if (order.name() == "rpm") return (left.find(':') == std::string::npos) != (right.find(':') == std::string::npos);
  const auto names_platform = [&](const char* word) { return (left + right).find(word) != std::string::npos; };
  if (order.name() == "maven") return names_platform(".jre") || names_platform(".jdk");
  return order.name() == "gem" &&
         (names_platform("x86") || names_platform("arm") || names_platform("aarch64") || names_platform("darwin"));
}

TEST(GrypeVectors, EveryRowHolds) {
  REQUIRE_SHARED_DATA(path, "data/corpora/version-vectors/grype-version-vectors.json");
  const auto rows = nlohmann::json::parse(tests::read_test_file(path));
  int checked = 0;
  for (const auto& row : rows) {
    const VersionOrder* order = order_of_rows(row.at("file"));
    if (order == nullptr || is_guess_of_grype(*order, row)) continue;
    ++checked;
    if (row.contains("cmp")) {
      const int sign = row.at("cmp");
      EXPECT_EQ(order->order(row.at("v1").get<std::string>(), row.at("v2").get<std::string>()), sign <=> 0) << row;
      continue;
    }
    EXPECT_EQ(satisfies(*order, row.at("version"), row.at("constraint")), row.at("satisfied").get<bool>()) << row;
  }
  EXPECT_GE(checked, 238);
}

}  // namespace
}  // namespace scanner::versions
