#include "scanner/matching/issue_title.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/purl.h"
#include "scanner/advisories/ecosystem.h"
#include "scanner/matching/matcher.h"

namespace scanner::matching {

namespace {

using advisories::Advisory;

constexpr std::string_view kScheme = "pkg:";

std::string type_of(std::string_view purl) {
  if (!purl.starts_with(kScheme)) return {};
  purl.remove_prefix(kScheme.size());
  return std::string(purl.substr(0, purl.find('/')));
}

// "debian-12" of "pkg:deb/debian/curl@7?arch=amd64&distro=debian-12".
Distribution distribution_of(std::string_view purl) {
  constexpr std::string_view kQualifier = "distro=";
  const std::size_t at = purl.find(kQualifier);
  if (at == std::string_view::npos) return {};
  const std::string_view text = purl.substr(at + kQualifier.size());
  const std::string_view distro = text.substr(0, text.find_first_of("&#"));
  const std::size_t dash = distro.rfind('-');
  Distribution distribution;
  distribution.id = distro.substr(0, dash);
  if (dash != std::string_view::npos) distribution.version_id = distro.substr(dash + 1);
  return distribution;
}

bool is_about(const Advisory& record, std::string_view id) {
  return record.id == id || std::ranges::find(record.aliases, id) != record.aliases.end();
}

}  // namespace

std::string issue_title(const advisories::Database& database, const IssuePlace& place) {
  Package package;
  package.type = type_of(place.purl);
  const std::string ecosystem = ecosystem_of(package, distribution_of(place.purl));
  if (ecosystem.empty()) return {};
  const std::optional<base::Purl> purl = base::parse_purl(place.purl);
  for (const std::string_view suffix :
       {std::string_view{}, advisories::kSourceSuffix, advisories::kProSuffix, advisories::kBinarySuffix}) {
    const std::string key = ecosystem + std::string(suffix);
    const bool by_binary = suffix == advisories::kBinarySuffix && purl.has_value();
    const std::string name = advisories::normalised_package(key, by_binary ? purl->name : place.package);
    for (Advisory& record : database.find(key, name)) {
      if (!record.title.empty() && is_about(record, place.id)) return std::move(record.title);
    }
  }
  return {};
}

}  // namespace scanner::matching
