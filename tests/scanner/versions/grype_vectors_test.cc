// Every row of the version vectors that grype publishes, for the ecosystems that we order. Without an order of ours,
// and so not run, are: portage_version (no advisories of Gentoo's are known here), kb_constraint (Windows), and
// fuzzy_constraint and version, which are grype's guesses where it does not know the ecosystem.
#include <gtest/gtest.h>

#include <algorithm>
#include <compare>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/inventory/runtimes/runtime_extractor.h"
#include "scanner/versions/version_order.h"
#include "tests/scanner/versions/comparisons.h"
#include "tests/support/shared_data.h"

namespace scanner::versions {
namespace {

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
  const char sign = tests::sign_of(order.order(version, bound.version));
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

// Versions of Java, as a JDK's "release" file brings them into an inventory (1.8.0_131 as 8.0.131), in the order of
// those who tell of them.
class JavaOrder final : public VersionOrder {
 public:
  std::string_view name() const override { return "java"; }
  bool readable(std::string_view version) const override { return !installed(version).empty(); }
  std::strong_ordering order(std::string_view left, std::string_view right) const override {
    return bitnami_order().order(installed(left), installed(right));
  }

 private:
  static std::string installed(std::string_view version) {
    const std::string release = "JAVA_VERSION=\"" + std::string(version) + "\"\n";
    const Extraction extraction =
        inventory::RuntimeExtractor().extract({.path = "opt/java/release", .content = release});
    EXPECT_EQ(extraction.packages.size(), 1U) << version;
    return extraction.packages.empty() ? "" : extraction.packages.front().version;
  }
};

const VersionOrder* order_of_rows(const std::string& file) {
  static const JavaOrder java_order;
  if (file == "deb_version") return &debian_order();
  if (file == "apk_version") return &apk_order();
  if (file == "pep440_version") return &pep440_order();
  if (file == "semantic_version" || file == "golang_version") return &semver_order();
  if (file == "bitnami_version") return &bitnami_order();
  if (file == "jvm_version") return &java_order;
  if (file == "maven_version") return &maven_order();
  if (file == "gem_version") return &gem_order();
  if (file == "rpm_version" || file == "pacman_version") return &rpm_order();
  return nullptr;
}

// Where one side alone has an epoch, grype compares without it; rpm does not. What follows a gem's version in a lock
// file as its platform is not part of it: whoever reads the file cuts it off. Nor does Maven know Java versions as
// platforms. A JDK's file has the number of its build elsewhere than in the version.
bool is_guess_of_grype(const VersionOrder& order, const nlohmann::json& row) {
  const bool pair = row.contains("cmp");
  const std::string left = row.at(pair ? "v1" : "version");
  const std::string right = row.at(pair ? "v2" : "constraint");
  if (order.name() == "rpm") return (left.find(':') == std::string::npos) != (right.find(':') == std::string::npos);
  const auto has = [&](const char* word) { return (left + right).find(word) != std::string::npos; };
  if (order.name() == "java") return has("-b");
  if (order.name() == "maven") return has(".jre") || has(".jdk");
  return order.name() == "gem" && (has("x86") || has("arm") || has("aarch64") || has("darwin"));
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
  EXPECT_GE(checked, 265);
}

}  // namespace
}  // namespace scanner::versions
