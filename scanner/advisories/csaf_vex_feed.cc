#include "scanner/advisories/csaf_vex_feed.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "scanner/advisories/ecosystem.h"
#include "scanner/advisories/json_document.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/record_files.h"
#include "scanner/advisories/record_normaliser.h"
#include "scanner/advisories/redhat_products.h"
#include "scanner/advisories/rpm_purl.h"
#include "scanner/advisories/vector_rating.h"

namespace scanner::advisories {

namespace {

// Depth of branches below the product tree; Red Hat's are 4 deep.
constexpr int kBranchDepthMax = 32;

// What a product id stands for: a release ("AppStream-9.3.0.Z.MAIN"), or a package.
struct Products {
  std::map<std::string, std::vector<NamedRelease>, std::less<>> releases;
  std::map<std::string, RpmPurl, std::less<>> packages;
};

// "AppStream-9.2.0.Z.MAIN.EUS", and every "enterprise_linux:10.0", was the newest release when its notices came, and is
// kept up since: what mended the one mended the other.
std::vector<NamedRelease> releases_of(std::string_view id, std::string_view cpe) {
  const std::optional<NamedRelease> named = release_named(cpe);
  if (!named) return {};
  std::vector<NamedRelease> releases{*named};
  constexpr std::string_view kAlsoExtended = ".0.Z.MAIN.EUS";
  const std::size_t dash = id.rfind('-');
  std::string minor = redhat_minor_key(cpe);
  if (minor.empty() && dash != std::string_view::npos && id.ends_with(kAlsoExtended)) {
    const std::string_view number = id.substr(dash + 1, id.size() - dash - 1 - kAlsoExtended.size());
    minor = redhat_minor_key("cpe:/a:redhat:rhel_eus:" + std::string(number));
  }
  if (minor.starts_with(named->ecosystem + "."))
    releases.push_back({.ecosystem = std::move(minor), .number = named->number, .source = named->source});
  return releases;
}

void read_product(Products& products, const dom::object& product) {
  const std::string id(text_of(product, "product_id"));
  if (id.empty()) return;
  const std::optional<dom::object> helper = object_of(product, "product_identification_helper");
  const std::string_view cpe = helper ? text_of(*helper, "cpe") : std::string_view{};
  const std::string_view purl = helper ? text_of(*helper, "purl") : std::string_view{};
  if (auto releases = releases_of(id, cpe); !releases.empty()) products.releases.emplace(id, std::move(releases));
  // What is not mended yet has no more than its name in many documents.
  const bool has_name_alone = cpe.empty() && purl.empty();
  if (const auto package = has_name_alone ? parse_component(id) : parse_rpm_purl(purl))
    products.packages.emplace(id, *package);
}

void read_branches(Products& products, const dom::object& holder, int depth, std::string_view place) {
  if (depth > kBranchDepthMax) {
    throw base::LimitExceeded(fmt::format("reading {}: branches nested deeper than {}", place, kBranchDepthMax));
  }
  for (const dom::object& branch : objects_of(holder, "branches")) {
    if (const auto product = object_of(branch, "product")) read_product(products, *product);
    read_branches(products, branch, depth + 1, place);
  }
}

// A package in a release, or in two: what statuses are about.
struct Component {
  std::vector<NamedRelease> releases;
  RpmPurl package;
};
using Components = std::map<std::string, Component, std::less<>>;  // by product id

// Of one release.
struct Place {
  const NamedRelease& release;
  const RpmPurl& package;
};

// What is not mended yet is told by its source, by its binary packages, or by both. Of a source beside whose name a
// binary stands all binaries do, each with a status of its own.
void drop_sources_of_binaries(Components& components) {
  std::set<std::pair<std::string_view, std::string_view>> binaries;  // release and name
  for (const auto& [id, component] : components) {
    if (component.package.is_source || !component.package.version.empty()) continue;
    for (const NamedRelease& release : component.releases) binaries.emplace(release.ecosystem, component.package.name);
  }
  std::erase_if(components, [&](const auto& one) {
    const auto& [id, component] = one;
    return component.package.is_source &&
           std::ranges::all_of(component.releases, [&binaries, &component = component](const NamedRelease& release) {
             return binaries.contains({release.ecosystem, component.package.name});
           });
  });
}

// Packages of containers, of other products than the distribution and sources of versions have no place here.
Components components_of(const dom::object& tree, std::string_view place) {
  Products products;
  read_branches(products, tree, 0, place);
  Components components;
  for (const dom::object& relation : objects_of(tree, "relationships")) {
    const std::optional<dom::object> whole = object_of(relation, "full_product_name");
    const auto package = products.packages.find(text_of(relation, "product_reference"));
    const auto release = products.releases.find(text_of(relation, "relates_to_product_reference"));
    if (!whole || package == products.packages.end() || release == products.releases.end()) continue;
    components.emplace(std::string(text_of(*whole, "product_id")),
                       Component{.releases = release->second, .package = package->second});
  }
  drop_sources_of_binaries(components);
  return components;
}

std::string key_of_component(const Place& component) {
  return component.release.ecosystem + std::string(component.package.is_source ? kSourceSuffix : std::string_view{});
}

// What holds for each product of a vulnerability: the vendor's word, the reason why it is not affected.
using TextOfProduct = std::map<std::string_view, std::string_view>;
using VectorsOfProduct = std::map<std::string_view, std::vector<std::string_view>>;
constexpr std::size_t kVectorsOfProductMax = 8;  // (2)

TextOfProduct texts_by_product(const dom::object& vulnerability, const char* list, std::string_view category,
                               const char* text) {
  TextOfProduct result;
  for (const dom::object& entry : objects_of(vulnerability, list)) {
    if (!category.empty() && text_of(entry, "category") != category) continue;
    for (const dom::element& id : items_of(entry, "product_ids")) {
      std::string_view product;
      if (id.get(product) == simdjson::SUCCESS) result.emplace(product, text_of(entry, text));
    }
  }
  return result;
}

// One document: one issue, in every package and release that the vendor has looked at.
class Document {
 public:
  Document(const dom::object& root, std::string place, const FeedReader& reader)
      : place_(std::move(place)), reader_(reader) {
    const std::optional<dom::object> document = object_of(root, "document");
    const std::optional<dom::object> tracking = document ? object_of(*document, "tracking") : std::nullopt;
    if (!tracking) throw base::ParseError(fmt::format("reading {}: not a CSAF document: no tracking in it", place_));
    published_ = text_of(*tracking, "initial_release_date");
    newest_ = text_of(*tracking, "current_release_date");
    // Of a document that was taken back nothing else is left.
    if (text_of(*tracking, "status") == "deleted") return;
    if (text_of(*document, "category") != "csaf_vex") {
      throw base::ParseError(fmt::format("reading {}: not a CSAF document of category csaf_vex", place_));
    }
    if (const auto aggregate = object_of(*document, "aggregate_severity")) word_ = text_of(*aggregate, "text");
    if (const auto tree = object_of(root, "product_tree")) components_ = components_of(*tree, place_);
    for (const dom::object& vulnerability : objects_of(root, "vulnerabilities")) read(vulnerability);
  }

  [[nodiscard]] const std::string& newest() const { return newest_; }

 private:
  void read(const dom::object& vulnerability) {
    const std::string_view cve = text_of(vulnerability, "cve");
    const std::optional<dom::object> statuses = object_of(vulnerability, "product_status");
    if (cve.empty() || !statuses) return;
    words_ = texts_by_product(vulnerability, "threats", "impact", "details");
    reasons_ = texts_by_product(vulnerability, "flags", "", "label");
    fixes_ = texts_by_product(vulnerability, "remediations", "vendor_fix", "url");
    fix_dates_ = texts_by_product(vulnerability, "remediations", "vendor_fix", "date");
    refusals_ = texts_by_product(vulnerability, "remediations", "no_fix_planned", "details");
    delays_ = texts_by_product(vulnerability, "remediations", "none_available", "details");
    vectors_ = vectors_of(vulnerability);
    title_ = text_of(vulnerability, "title");
    references_.clear();
    for (const dom::object& reference : objects_of(vulnerability, "references"))
      references_.emplace_back(text_of(reference, "url"));
    std::map<std::pair<std::string, std::string>, Advisory> told;  // by release and package
    for (const char* status : {"fixed", "known_affected", "known_not_affected"}) {
      for (const std::string& product : texts_of(*statuses, status)) {
        const auto component = components_.find(product);
        if (component == components_.end()) continue;
        for (const NamedRelease& release : component->second.releases) {
          add(told, cve, status, product, {.release = release, .package = component->second.package});
        }
      }
    }
    for (auto& [key, advisory] : told) {
      if (ecosystems_.insert(advisory.ecosystem).second) reader_.on_ecosystem(advisory.ecosystem);
      normalise_record(advisory, place_);
      reader_.on_advisory(std::move(advisory));
    }
  }

  // Of each version of CVSS that a product was rated by.
  static VectorsOfProduct vectors_of(const dom::object& vulnerability) {
    VectorsOfProduct result;
    for (const dom::object& score : objects_of(vulnerability, "scores")) {
      for (const char* version : {"cvss_v4", "cvss_v3", "cvss_v2"}) {
        const std::optional<dom::object> cvss = object_of(score, version);
        const std::string_view vector = cvss ? text_of(*cvss, "vectorString") : std::string_view{};
        if (vector.empty() || vector.size() > kVectorBytesMax) continue;
        for (const dom::element& id : items_of(score, "products")) {
          std::string_view product;
          if (id.get(product) != simdjson::SUCCESS) continue;
          std::vector<std::string_view>& vectors = result[product];
          if (vectors.size() < kVectorsOfProductMax) vectors.push_back(vector);
        }
      }
    }
    return result;
  }

  // A package's architectures are one advisory; where it was mended twice, affected means below the later fix. What is
  // affected in one repository of a release and not in another counts as affected: an image does not tell which.
  void add(std::map<std::pair<std::string, std::string>, Advisory>& told, std::string_view cve, std::string_view status,
           const std::string& product, const Place& component) {
    const bool is_cleared = status == "known_not_affected";
    const auto key_of = [&component](std::string_view word) {
      return std::pair(key_of_component(component),
                       component.package.name + "\n" + component.package.module + "\n" + std::string(word));
    };
    if (is_cleared && (told.contains(key_of("fixed")) || told.contains(key_of("known_affected")))) return;
    const auto [place, is_new] = told.try_emplace(key_of(status));
    Advisory& advisory = place->second;
    if (is_new) describe(advisory, cve, product, component);
    if (is_cleared) {
      advisory.status = Status::kNotAffected;
      advisory.justification = word_of(reasons_, product);
      return;
    }
    const bool has_fix = status == "fixed";
    if (has_fix && component.package.version.empty()) return;
    if (!has_fix && advisory.justification.empty()) advisory.justification = reason_without_fix(product);
    advisory.intervals.push_back(
        {.introduced = {}, .fixed = has_fix ? component.package.version : std::string{}, .last_affected = {}});
  }

  void describe(Advisory& advisory, std::string_view cve, const std::string& product, const Place& component) {
    advisory.id = cve;
    advisory.ecosystem = key_of_component(component);
    advisory.package = component.package.name;
    advisory.module = component.package.module;
    advisory.title = title_;
    advisory.references = references_;
    advisory.published = published_;
    advisory.feed = "csaf-vex";
    const std::string_view notice = word_of(fixes_, product);
    if (const std::size_t id = notice.rfind('/'); id != std::string_view::npos && notice.size() - id < kIdBytesMax) {
      advisory.aliases.emplace_back(notice.substr(id + 1));
      advisory.url = notice;
    }
    advisory.fix_date = word_of(fix_dates_, product);
    advisory.ratings = ratings_of(product);
  }

  [[nodiscard]] std::vector<Rating> ratings_of(std::string_view product) const {
    std::vector<Rating> ratings;
    const std::string_view own = word_of(words_, product);
    const std::optional<Severity> word = parse_severity(own.empty() ? word_ : own);
    if (word && *word != Severity::kUnknown) ratings.push_back({.source = "redhat", .severity = *word, .vector = {}});
    const auto vectors = vectors_.find(product);
    if (vectors == vectors_.end()) return ratings;
    for (const std::string_view vector : vectors->second) ratings.push_back(vector_rating("redhat", vector));
    return ratings;
  }

  // "Will not fix", "Out of support scope", "Fix deferred". That it is affected is told already.
  [[nodiscard]] std::string_view reason_without_fix(const std::string& product) const {
    const std::string_view refusal = word_of(refusals_, product);
    const std::string_view delay = word_of(delays_, product);
    if (!refusal.empty()) return refusal;
    return delay == "Affected" ? std::string_view{} : delay;
  }

  static std::string_view word_of(const TextOfProduct& texts, std::string_view product) {
    const auto text = texts.find(product);
    return text == texts.end() ? std::string_view{} : text->second;
  }

  std::string place_;
  const FeedReader& reader_;
  Components components_;
  std::set<std::string> ecosystems_;
  std::string_view word_;  // on the whole issue
  std::string_view published_;
  std::string newest_;
  std::string_view title_;
  std::vector<std::string> references_;
  TextOfProduct words_;
  TextOfProduct reasons_;
  TextOfProduct fixes_;
  TextOfProduct fix_dates_;
  TextOfProduct refusals_;
  TextOfProduct delays_;
  VectorsOfProduct vectors_;
};

}  // namespace

FeedSummary CsafVexFeed::read(const std::string& path, const FeedReader& reader) const {
  JsonDocument document(kRecordBytesMax);
  FeedSummary summary;
  const auto read_record = [&](const std::string& place, std::string_view json) {
    const Document read(document.parse(json, place), place, reader);
    summary.newest = std::max(summary.newest, read.newest());
    ++summary.records;
  };
  read_record_files(path, {.on_record = read_record, .on_progress = reader.on_progress});
  return summary;
}

}  // namespace scanner::advisories
