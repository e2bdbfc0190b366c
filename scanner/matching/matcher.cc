#include "scanner/matching/matcher.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>

#include "base/digest.h"
#include "scanner/advisories/ecosystem.h"
#include "scanner/matching/module_streams.h"
#include "scanner/matching/package_matcher.h"
#include "scanner/matching/severity_choice.h"
#include "scanner/versions/version_order.h"

namespace scanner::matching {

namespace {

using advisories::Advisory;
using advisories::Status;

constexpr std::string_view kCannotCompareReason = "CannotCompare";
constexpr std::string_view kNotCoveredReason = "NotCovered";
constexpr std::string_view kUnknownDistributionReason = "UnknownDistribution";

// What the matcher remembers of one (ecosystem, package, version, module): all that does not depend on the image.
// Fields that an image fills (purls, layer, path) are empty.
struct Answer {
  std::vector<Vulnerability> vulnerabilities;
  bool comparable = true;
  std::string hash;  // of the above
};

std::string hash_of(const Answer& answer) {
  std::string text(1, answer.comparable ? 'c' : 'n');
  const auto add = [&text](std::string_view field) { text.append(fmt::format("{} ", field.size())).append(field); };
  for (const Vulnerability& found : answer.vulnerabilities) {
    for (const std::string* field :
         {&found.id, &found.package, &found.installed, &found.fixed, &found.fix_date, &found.published,
          &found.severity_source, &found.title, &found.url, &found.threat.exploited_since, &found.threat.epss,
          &found.threat.epss_percentile}) {
      add(*field);
    }
    add(advisories::severity_name(found.severity));
    add(found.threat.ransomware ? "ransomware" : "");
    for (const std::string& alias : found.aliases) add(alias);
    for (const advisories::Rating& rating : found.ratings) {
      add(rating.source);
      add(advisories::severity_name(rating.severity));
      add(rating.vector);
    }
  }
  return base::sha256_hex(text);
}

// What cannot be looked up in an ecosystem at all.
enum class Hindrance : std::uint8_t { kNone, kUnknownDistribution, kNoOrder, kNotCovered };

// An ecosystem of an image.
struct Ecosystem {
  std::string key;
  const versions::VersionOrder* order = nullptr;
  Hindrance hindrance = Hindrance::kNone;
};

// What the advisories of its distribution name: the source package, but of an rpm the package itself.
struct Subject {
  std::string_view name;
  std::string_view version;
  std::string_view module;
  auto operator<=>(const Subject&) const = default;
};

Subject subject_of(const Package& package) {
  if (package.type == "rpm") return {.name = package.name, .version = package.version, .module = package.module};
  return {.name = package.source_name(), .version = package.effective_source_version(), .module = package.module};
}

// The packages of one image that share a subject, most often the binaries of one source package.
struct SourcePackage {
  std::string name;
  std::string version;
  std::string module;
  std::vector<const Package*> binaries;
};

std::vector<SourcePackage> group_by_source(const std::vector<const Package*>& packages) {
  std::map<Subject, std::vector<const Package*>> groups;
  for (const Package* package : packages) groups[subject_of(*package)].push_back(package);
  std::vector<SourcePackage> result;
  for (auto& [subject, binaries] : groups) {
    result.push_back({.name = std::string(subject.name),
                      .version = std::string(subject.version),
                      .module = std::string(subject.module),
                      .binaries = std::move(binaries)});
  }
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

ScanWarning warning_of(std::string_view reason, const std::string& about, const std::string& message,
                       std::size_t count) {
  return {.reason = std::string(reason), .path = about, .message = message, .count = count, .makes_incomplete = true};
}

ScanWarning hindrance_warning(const Ecosystem& where, const Package& package, const Distribution& distribution,
                              std::size_t count) {
  switch (where.hindrance) {
    case Hindrance::kUnknownDistribution:
      return warning_of(kUnknownDistributionReason, package.type,
                        fmt::format("no advisories are known for packages of distribution \"{}\" {}", distribution.id,
                                    distribution.version_id),
                        count);
    case Hindrance::kNoOrder:
      return warning_of(kCannotCompareReason, where.key, "versions of this kind cannot be compared yet", count);
    case Hindrance::kNotCovered:
    case Hindrance::kNone:
      break;
  }
  return warning_of(kNotCoveredReason, where.key, "no source of the advisory database covers these packages", count);
}

}  // namespace

struct Matcher::State {
  std::shared_ptr<const advisories::Database> database;
  std::unordered_map<std::string, Answer> answers = {};
  std::string key = {};  // of the last look-up; kept for its memory

  const Answer& answer(const Ecosystem& where, const Subject& subject) {
    key.assign(where.key);
    for (const std::string_view part : {subject.name, subject.version, subject.module})
      key.append(1, '\0').append(part);
    const auto known = answers.find(key);
    if (known != answers.end()) return known->second;
    Answer found = find_answer(where.key, subject, *where.order);
    found.hash = hash_of(found);
    return answers.emplace(key, std::move(found)).first->second;
  }

  [[nodiscard]] Answer find_answer(const std::string& ecosystem, const Subject& subject,
                                   const versions::VersionOrder& order) const {
    Answer found;
    std::vector<Advisory> records = database->find(ecosystem, advisories::normalised_package(ecosystem, subject.name));
    std::erase_if(records, [&](const Advisory& record) {
      return !is_about_stream(record, {.version = subject.version, .module = subject.module});
    });
    if (!order.readable(subject.version)) {
      found.comparable =
          std::ranges::none_of(records, [](const Advisory& record) { return record.status == Status::kAffected; });
      return found;
    }
    for (PackageIssue& issue : match_package(records, subject.version, order)) {
      Vulnerability& row = found.vulnerabilities.emplace_back(rated(std::move(issue)));
      row.package_type = advisories::purl_type_of(ecosystem);
      row.package = subject.name;
      row.installed = subject.version;
    }
    return found;
  }

  [[nodiscard]] Vulnerability rated(PackageIssue issue) const {
    std::optional<ChosenSeverity> chosen = choose_severity(issue.ratings);
    if (!chosen) {
      add_ratings_of_aliases(issue);
      chosen = choose_severity(issue.ratings);
    }
    Vulnerability result;
    result.severity = chosen.value_or(ChosenSeverity{}).severity;
    result.severity_source = chosen.value_or(ChosenSeverity{}).source;
    result.threat = threat_of(issue);
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

  [[nodiscard]] advisories::Threat threat_of(const PackageIssue& issue) const {
    advisories::Threat threat = database->threat_of(issue.id);
    for (const std::string& alias : issue.aliases) advisories::merge_threat(threat, database->threat_of(alias));
    return threat;
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

  [[nodiscard]] Ecosystem ecosystem(const Package& package, const Distribution& distribution) const {
    Ecosystem result{.key = ecosystem_of(package, distribution), .order = versions::order_for(package.type)};
    if (result.key.empty()) {
      result.hindrance = Hindrance::kUnknownDistribution;
    } else if (result.order == nullptr) {
      result.hindrance = Hindrance::kNoOrder;
    } else if (!database->covers(result.key)) {
      result.hindrance = Hindrance::kNotCovered;
    }
    return result;
  }

  // The ecosystem of each type of package in the image.
  [[nodiscard]] std::map<std::string_view, Ecosystem> ecosystems(const Inventory& inventory) const {
    std::map<std::string_view, Ecosystem> result;
    for (const Package& package : inventory.packages) {
      if (!result.contains(package.type)) result.emplace(package.type, ecosystem(package, inventory.distribution));
    }
    return result;
  }

  void match_sources(const Ecosystem& where, const std::vector<const Package*>& packages, MatchResult& result) {
    for (const SourcePackage& source : group_by_source(packages)) {
      const Answer& found = answer(where, {.name = source.name, .version = source.version, .module = source.module});
      if (!found.comparable) {
        result.warnings.push_back(
            warning_of(kCannotCompareReason, source.name,
                       fmt::format("\"{}\" is not a {} version", source.version, where.order->name()), 1));
      }
      for (const Vulnerability& vulnerability : found.vulnerabilities) {
        place_in_image(result.vulnerabilities.emplace_back(vulnerability), source);
      }
    }
  }
};

Matcher::Matcher(std::shared_ptr<const advisories::Database> database)
    : state_(std::make_unique<State>(State{.database = std::move(database)})) {}

Matcher::~Matcher() = default;

MatchResult Matcher::match(const Inventory& inventory) {
  std::map<std::string_view, std::vector<const Package*>> by_type;
  for (const Package& package : inventory.packages) by_type[package.type].push_back(&package);
  const std::map<std::string_view, Ecosystem> ecosystems = state_->ecosystems(inventory);
  MatchResult result;
  for (const auto& [type, packages] : by_type) {
    const Ecosystem& where = ecosystems.at(type);
    if (where.hindrance == Hindrance::kNone) {
      state_->match_sources(where, packages, result);
    } else {
      result.warnings.push_back(hindrance_warning(where, *packages.front(), inventory.distribution, packages.size()));
    }
  }
  std::ranges::sort(result.vulnerabilities, worse_first);
  std::ranges::sort(result.warnings);
  return result;
}

std::string Matcher::fingerprint(const Inventory& inventory) {
  const std::map<std::string_view, Ecosystem> ecosystems = state_->ecosystems(inventory);
  std::string hashes;
  for (const auto& [type, where] : ecosystems)
    hashes += fmt::format("{} {}\n", where.key, static_cast<int>(where.hindrance));
  for (const Package& package : inventory.packages) {
    const Ecosystem& where = ecosystems.at(package.type);
    if (where.hindrance != Hindrance::kNone) continue;
    hashes += state_->answer(where, subject_of(package)).hash;
  }
  return base::sha256_hex(hashes);
}

}  // namespace scanner::matching
