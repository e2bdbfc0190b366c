#include "scanner/matching/matcher.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <tuple>
#include <unordered_map>

#include "base/digest.h"
#include "scanner/advisories/ecosystem.h"
#include "scanner/advisories/intervals.h"
#include "scanner/matching/lookup.h"
#include "scanner/matching/module_streams.h"
#include "scanner/matching/package_matcher.h"
#include "scanner/matching/row_merging.h"
#include "scanner/matching/severity_choice.h"

namespace scanner::matching {

namespace {

using advisories::Advisory;
using advisories::Status;

// Raised by whoever makes other rows or warnings of the same advisories: reports are made again then.
constexpr int kRowsVersion = 3;
constexpr std::size_t kFingerprintDigits = 32;

// What the matcher remembers of one (ecosystem, package, version, module): all that does not depend on the image.
// Fields that an image fills (purls, layer, path) are empty.
struct Answer {
  std::vector<Vulnerability> vulnerabilities;
  bool comparable = true;
  std::string hash;  // of the above; empty until somebody asks
};

std::string hash_of(bool comparable, std::span<const Vulnerability> vulnerabilities) {
  std::string text(1, comparable ? 'c' : 'n');
  const auto add = [&text](std::string_view field) { text.append(fmt::format("{} ", field.size())).append(field); };
  for (const Vulnerability& found : vulnerabilities) {
    for (const std::string* field :
         {&found.id, &found.package, &found.installed, &found.fixed, &found.without_fix, &found.fix_date,
          &found.published, &found.severity_source, &found.title, &found.url, &found.threat.exploited_since,
          &found.threat.epss, &found.threat.epss_percentile}) {
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

// The packages of one image that share a subject, most often the binaries of one source package.
struct PackageGroup {
  std::string name;
  std::string version;
  std::string module;
  std::vector<const Package*> binaries;
};

std::vector<PackageGroup> group_by_subject(const std::vector<const Package*>& packages, const Ecosystem& where) {
  std::map<Subject, std::vector<const Package*>> groups;
  for (const Package* package : packages) groups[subject_of(*package, where)].push_back(package);
  std::vector<PackageGroup> result;
  for (auto& [subject, binaries] : groups) {
    result.push_back({.name = std::string(subject.name),
                      .version = std::string(subject.version),
                      .module = std::string(subject.module),
                      .binaries = std::move(binaries)});
  }
  return result;
}

// What the image says about where the package is.
void place_in_image(Vulnerability& vulnerability, const PackageGroup& group) {
  for (const Package* binary : group.binaries) vulnerability.purls.push_back(binary->purl);
  std::ranges::sort(vulnerability.purls);
  vulnerability.purls.erase(std::ranges::unique(vulnerability.purls).begin(), vulnerability.purls.end());
  vulnerability.layer = group.binaries.front()->layer;
  vulnerability.path = group.binaries.front()->path;
}

// A deb's row is that of its source package, whichever of its binaries the advisory names.
void name_by_source(Vulnerability& vulnerability, const PackageGroup& group) {
  vulnerability.package = group.binaries.front()->source_name();
}

using Ecosystems = std::map<Kind, std::vector<Ecosystem>>;

// Whether what is found in these may be one thing several times: in two of them, or in several binaries of a source.
bool tells_twice(const Ecosystems::value_type& of_kind) {
  return of_kind.second.size() > 1 || of_kind.first.type == "deb";
}

// The purl type of a row that is about the distribution itself.
constexpr std::string_view kReleaseType = "generic";

// "22.04.2" -> "22.04.2", "22.04", "22".
std::vector<std::string> release_names(std::string version) {
  std::vector<std::string> names;
  while (!version.empty()) {
    names.push_back(version);
    const std::size_t dot = version.rfind('.');
    version.resize(dot == std::string::npos ? 0 : dot);
  }
  return names;
}

// What is called a stream of CentOS has the ID of what is none, and ends on another day.
std::string_view release_line(const Distribution& distribution) {
  const bool is_stream = distribution.id == "centos" && distribution.pretty_name.find("Stream") != std::string::npos;
  return is_stream ? std::string_view("centos-stream") : distribution.id;
}

bool worse_first(const Vulnerability& left, const Vulnerability& right) {
  return std::tie(right.severity, left.id, left.package, left.installed) <
         std::tie(left.severity, right.id, right.package, right.installed);
}

}  // namespace

struct Matcher::State {
  std::shared_ptr<const advisories::Database> database;
  std::unordered_map<std::string, Answer> answers = {};
  std::string key = {};  // of the last look-up; kept for its memory

  Answer& answer(const Ecosystem& where, const Subject& subject) {
    key.assign(where.key);
    for (const std::string_view part : {subject.name, subject.version, subject.module})
      key.append(1, '\0').append(part);
    const auto known = answers.find(key);
    if (known != answers.end()) return known->second;
    return answers.emplace(key, find_answer(where.key, subject, *where.order)).first->second;
  }

  const std::string& hash_of_answer(const Ecosystem& where, const Subject& subject) {
    Answer& found = answer(where, subject);
    if (found.hash.empty()) found.hash = hash_of(found.comparable, found.vulnerabilities);
    return found.hash;
  }

  [[nodiscard]] Answer find_answer(const std::string& ecosystem, const Subject& subject,
                                   const versions::VersionOrder& order) const {
    Answer found;
    std::vector<Advisory> records = records_about(subject, ecosystem, *database);
    std::erase_if(records, [&](const Advisory& record) {
      return !is_about_stream(record, {.version = subject.version, .module = subject.module});
    });
    if (!order.readable(subject.version)) found.comparable = keep_listing(records, subject.version);
    for (PackageIssue& issue : match_package(records, subject.version, order)) {
      Vulnerability& row = found.vulnerabilities.emplace_back(rated(std::move(issue)));
      row.package_type = advisories::purl_type_of(ecosystem);
      row.package = subject.name;
      row.installed = subject.version;
    }
    return found;
  }

  // docs/decisions/0007-severity.md.
  [[nodiscard]] Vulnerability rated(PackageIssue issue) const {
    std::optional<ChosenSeverity> chosen = choose_severity(issue.ratings);
    const auto of_issue = [this](const std::string& name) { return database->issue_ratings_of(name); };
    const auto of_records = [this](const std::string& name) { return database->ratings_of(name); };
    std::vector<advisories::Rating> more = ratings_by_name(issue, of_issue);
    if (!chosen) chosen = choose_severity(more);
    add_ratings(issue.ratings, std::move(more));
    // Distributions often rate nothing; other records of the same issue do.
    if (!chosen) {
      add_ratings(issue.ratings, ratings_by_name(issue, of_records));
      chosen = choose_severity(issue.ratings);
    }
    Vulnerability result;
    result.severity = chosen.value_or(ChosenSeverity{}).severity;
    result.severity_source = chosen.value_or(ChosenSeverity{}).source;
    result.threat = threat_of(issue);
    result.id = std::move(issue.id);
    result.aliases = std::move(issue.aliases);
    result.fixed = std::move(issue.fixed);
    result.without_fix = std::move(issue.without_fix);
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

  template <typename RatingsOf>
  [[nodiscard]] static std::vector<advisories::Rating> ratings_by_name(const PackageIssue& issue,
                                                                       const RatingsOf& ratings_of) {
    std::vector<advisories::Rating> ratings = ratings_of(issue.id);
    for (const std::string& alias : issue.aliases) add_ratings(ratings, ratings_of(alias));
    return ratings;
  }

  // The release itself, where it had ended when the database was built: no time but the database's decides.
  [[nodiscard]] std::optional<Vulnerability> ended_release(const Distribution& distribution) const {
    const std::string ecosystem = advisories::end_of_life_ecosystem(release_line(distribution));
    for (const std::string& release : release_names(distribution.version_id)) {
      for (const Advisory& record : database->find(ecosystem, release)) {
        if (record.published > database->info().built_at) return std::nullopt;
        Vulnerability row;
        row.id = record.id;
        row.package_type = kReleaseType;
        row.package = distribution.id;
        row.installed = distribution.version_id;
        row.published = record.published;
        row.severity = record.ratings.empty() ? advisories::Severity::kUnknown : record.ratings.front().severity;
        row.severity_source = record.feed;
        row.ratings = record.ratings;
        row.title = record.title;
        row.url = record.url;
        row.path = "etc/os-release";
        return row;
      }
    }
    return std::nullopt;
  }

  // Where each kind of package in the image is looked up.
  [[nodiscard]] Ecosystems ecosystems(const Inventory& inventory) const {
    Ecosystems result;
    for (const Package& package : inventory.packages) {
      const Kind kind = kind_of(package);
      if (!result.contains(kind)) result.emplace(kind, ecosystems_of(package, inventory.distribution, *database));
    }
    return result;
  }

  void match_in(const Ecosystem& where, const std::vector<const Package*>& packages, MatchResult& result) {
    for (const PackageGroup& group : group_by_subject(packages, where)) {
      const Answer& found = answer(where, {.name = group.name, .version = group.version, .module = group.module});
      if (!found.comparable) {
        result.warnings.push_back(incomparable_warning(group.name, group.version, where));
      }
      for (const Vulnerability& vulnerability : found.vulnerabilities) {
        Vulnerability& row = result.vulnerabilities.emplace_back(vulnerability);
        place_in_image(row, group);
        if (where.names_binaries && row.package_type == "deb") name_by_source(row, group);
      }
    }
  }
};

Matcher::Matcher(std::shared_ptr<const advisories::Database> database)
    : state_(std::make_unique<State>(State{.database = std::move(database)})) {}

Matcher::~Matcher() = default;

MatchResult Matcher::match(const Inventory& inventory) {
  const auto ecosystems = state_->ecosystems(inventory);
  MatchResult result;
  for (const auto& [kind, packages] : packages_by_kind(inventory)) {
    for (const Ecosystem& where : ecosystems.at(kind)) {
      if (where.hindrance == Hindrance::kNone) {
        state_->match_in(where, packages, result);
      } else {
        result.warnings.push_back(hindrance_warning(where, *packages.front(), inventory.distribution, packages.size()));
      }
    }
  }
  if (std::ranges::any_of(ecosystems, tells_twice)) merge_rows(result.vulnerabilities);
  if (auto ended = state_->ended_release(inventory.distribution)) result.vulnerabilities.push_back(*std::move(ended));
  std::ranges::sort(result.vulnerabilities, worse_first);
  std::ranges::sort(result.warnings);
  return result;
}

std::string Matcher::fingerprint(const Inventory& inventory) {
  const auto ecosystems = state_->ecosystems(inventory);
  std::string hashes;
  for (const auto& [kind, list] : ecosystems) {
    for (const Ecosystem& where : list) hashes += fmt::format("{} {}\n", where.key, static_cast<int>(where.hindrance));
  }
  for (const Package& package : inventory.packages) {
    for (const Ecosystem& where : ecosystems.at(kind_of(package))) {
      if (where.hindrance == Hindrance::kNone) hashes += state_->hash_of_answer(where, subject_of(package, where));
    }
  }
  if (const auto ended = state_->ended_release(inventory.distribution)) hashes += hash_of(true, {&*ended, 1});
  return fmt::format("{}:{}", kRowsVersion, base::sha256_hex(hashes).substr(0, kFingerprintDigits));
}

}  // namespace scanner::matching
