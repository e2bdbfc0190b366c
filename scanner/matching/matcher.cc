#include "scanner/matching/matcher.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "scanner/advisories/ecosystem.h"
#include "scanner/matching/package_matcher.h"
#include "scanner/matching/severity_choice.h"
#include "scanner/versions/version_order.h"

namespace scanner::matching {

namespace {

using advisories::Advisory;
using advisories::Status;

constexpr std::string_view kCannotCompare = "CannotCompare";
constexpr std::string_view kNotCovered = "NotCovered";
constexpr std::string_view kUnknownDistribution = "UnknownDistribution";

// What the matcher remembers of one (ecosystem, package, version): all that does not depend on the image. `fields` that an
// image fills (purls, layer, path) are empty.
struct Answer {
  std::vector<Vulnerability> vulnerabilities;
  bool comparable = true;
};

// Ecosystem, package and version as one key.
std::string memo_key(std::string_view ecosystem, std::string_view package, std::string_view version) {
  std::string key;
  key.reserve(ecosystem.size() + package.size() + version.size() + 2);
  return key.append(ecosystem).append(1, '\0').append(package).append(1, '\0').append(version);
}

// The binary packages of one source package and version in one image.
struct SourcePackage {
  std::string ecosystem;
  std::string type;
  std::string name;
  std::string version;
  std::vector<const Package*> binaries;
};

std::vector<SourcePackage> group_by_source(const std::vector<const Package*>& packages, const std::string& ecosystem) {
  std::map<std::pair<std::string_view, std::string_view>, SourcePackage> groups;
  for (const Package* package : packages) {
    SourcePackage& group = groups[{package->source_name(), package->effective_source_version()}];
    if (group.binaries.empty()) {
      group = {.ecosystem = ecosystem,
               .type = package->type,
               .name = package->source_name(),
               .version = package->effective_source_version(),
               .binaries = {}};
    }
    group.binaries.push_back(package);
  }
  std::vector<SourcePackage> result;
  for (auto& [key, group] : groups) result.push_back(std::move(group));
  return result;
}

// What the image says about where the package is.
void place_in_image(Vulnerability& vulnerability, const SourcePackage& source) {
  for (const Package* binary : source.binaries) vulnerability.purls.push_back(binary->purl);
  std::ranges::sort(vulnerability.purls);
  vulnerability.purls.erase(std::ranges::unique(vulnerability.purls).begin(), vulnerability.purls.end());
  vulnerability.layer = source.binaries.front()->layer;
  vulnerability.path = source.binaries.front()->path;
}

bool worse_first(const Vulnerability& left, const Vulnerability& right) {
  return std::tie(right.severity, left.id, left.package, left.installed) <
         std::tie(left.severity, right.id, right.package, right.installed);
}

ScanWarning warning_of(std::string_view reason, const std::string& about, const std::string& message, std::size_t count) {
  return {.reason = std::string(reason), .path = about, .message = message, .count = count, .makes_incomplete = true};
}

}  // namespace

struct Matcher::State {
  std::shared_ptr<const advisories::Database> database;
  std::unordered_map<std::string, Answer> answers;

  const Answer& answer(const SourcePackage& source, const versions::VersionOrder& order) {
    const std::string key = memo_key(source.ecosystem, source.name, source.version);
    const auto known = answers.find(key);
    if (known != answers.end()) return known->second;
    return answers.emplace(key, find_answer(source, order)).first->second;
  }

  [[nodiscard]] Answer find_answer(const SourcePackage& source, const versions::VersionOrder& order) const {
    Answer answer;
    const std::vector<Advisory> records =
        database->find(source.ecosystem, advisories::normalised_package(source.ecosystem, source.name));
    if (!order.readable(source.version)) {
      answer.comparable =
          std::ranges::none_of(records, [](const Advisory& record) { return record.status == Status::kAffected; });
      return answer;
    }
    for (PackageIssue& issue : match_package(records, source.version, order)) {
      answer.vulnerabilities.push_back(vulnerability_of(std::move(issue), source));
    }
    return answer;
  }

  [[nodiscard]] Vulnerability vulnerability_of(PackageIssue issue, const SourcePackage& source) const {
    Vulnerability result;
    result.package_type = source.type;
    result.package = source.name;
    result.installed = source.version;
    std::optional<ChosenSeverity> chosen = choose_severity(issue.ratings);
    if (!chosen) {
      add_ratings_of_aliases(issue);
      chosen = choose_severity(issue.ratings);
    }
    result.severity = chosen.value_or(ChosenSeverity{}).severity;
    result.severity_source = chosen.value_or(ChosenSeverity{}).source;
    result.id = std::move(issue.id);
    result.aliases = std::move(issue.aliases);
    result.fixed = std::move(issue.fixed);
    result.fix_date = std::move(issue.fix_date);
    result.published = std::move(issue.published);
    result.ratings = std::move(issue.ratings);
    result.title = std::move(issue.title);
    result.url = std::move(issue.url);
    return result;
  }

  // Distributions often rate nothing; other records of the same issue do.
  void add_ratings_of_aliases(PackageIssue& issue) const {
    std::vector<std::string> names = issue.aliases;
    names.push_back(issue.id);
    for (const std::string& name : names) {
      for (advisories::Rating& rating : database->ratings_of(name)) {
        if (std::ranges::find(issue.ratings, rating) == issue.ratings.end()) issue.ratings.push_back(std::move(rating));
      }
    }
  }

  // All packages of one ecosystem of the image.
  void match_ecosystem(const std::string& ecosystem, const std::vector<const Package*>& packages, MatchResult& result) {
    const std::string& type = packages.front()->type;
    const versions::VersionOrder* order = versions::order_for(type);
    if (order == nullptr) {
      result.warnings.push_back(
          warning_of(kCannotCompare, ecosystem, "versions of this kind cannot be compared yet", packages.size()));
      return;
    }
    if (!database->covers(ecosystem)) {
      result.warnings.push_back(
          warning_of(kNotCovered, ecosystem, "no source of the advisory database covers these packages", packages.size()));
      return;
    }
    for (const SourcePackage& source : group_by_source(packages, ecosystem)) {
      const Answer& found = answer(source, *order);
      if (!found.comparable) {
        result.warnings.push_back(warning_of(kCannotCompare, source.name,
                                             fmt::format("\"{}\" is not a {} version", source.version, order->name()), 1));
      }
      for (const Vulnerability& vulnerability : found.vulnerabilities) {
        place_in_image(result.vulnerabilities.emplace_back(vulnerability), source);
      }
    }
  }
};

Matcher::Matcher(std::shared_ptr<const advisories::Database> database)
    : state_(std::make_unique<State>(State{.database = std::move(database), .answers = {}})) {}

Matcher::~Matcher() = default;

MatchResult Matcher::match(const Inventory& inventory) {
  std::map<std::string, std::vector<const Package*>> by_ecosystem;
  std::map<std::string, std::size_t> without_ecosystem;
  for (const Package& package : inventory.packages) {
    std::string ecosystem = ecosystem_of(package, inventory.distribution);
    if (ecosystem.empty()) {
      ++without_ecosystem[package.type];
    } else {
      by_ecosystem[std::move(ecosystem)].push_back(&package);
    }
  }
  MatchResult result;
  for (const auto& [type, count] : without_ecosystem) {
    result.warnings.push_back(warning_of(kUnknownDistribution, type,
                                         fmt::format("no advisories are known for packages of distribution \"{}\" {}",
                                                     inventory.distribution.id, inventory.distribution.version_id),
                                         count));
  }
  for (const auto& [ecosystem, packages] : by_ecosystem) state_->match_ecosystem(ecosystem, packages, result);
  std::ranges::sort(result.vulnerabilities, worse_first);
  std::ranges::sort(result.warnings);
  return result;
}

}  // namespace scanner::matching
