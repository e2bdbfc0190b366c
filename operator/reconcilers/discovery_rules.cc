#include "operator/reconcilers/discovery_rules.h"

#include <algorithm>

#include "base/image_reference.h"
#include "crds/duration.h"
#include "policy/glob.h"
#include "registry/attachment_tag.h"

namespace pratique_operator::reconcilers {
namespace {

constexpr std::chrono::hours kIntervalDefault{1};
constexpr std::chrono::minutes kIntervalMin{1};

bool has_wildcard(const std::string& pattern) {
  return pattern.find_first_of("*?") != std::string::npos;
}

}  // namespace

std::chrono::seconds interval_of(const crds::Discovery& discovery) {
  return std::max<std::chrono::seconds>(crds::parse_duration(discovery.interval).value_or(kIntervalDefault),
                                        kIntervalMin);
}

std::vector<std::string> named_repositories(const crds::Discovery& discovery) {
  std::vector<std::string> named;
  std::ranges::copy_if(discovery.repositories, std::back_inserter(named), [](const std::string& pattern) {
    return !has_wildcard(pattern) && base::is_repository(pattern);
  });
  return named;
}

bool is_named(const crds::Discovery& discovery, const std::string& repository) {
  return std::ranges::find(discovery.repositories, repository) != discovery.repositories.end();
}

bool needs_catalogue(const crds::Discovery& discovery) {
  return discovery.repositories.empty() || std::ranges::any_of(discovery.repositories, has_wildcard);
}

bool wants_repository(const crds::Discovery& discovery, const std::string& repository) {
  return discovery.repositories.empty() || policy::any_glob_matches(discovery.repositories, repository);
}

std::vector<std::string> matching_tags(const crds::DiscoveryTags& tags, const std::vector<std::string>& names) {
  std::vector<std::string> matching;
  std::ranges::copy_if(names, std::back_inserter(matching), [&](const std::string& name) {
    return (tags.include.empty() || policy::any_glob_matches(tags.include, name)) &&
           !policy::any_glob_matches(tags.exclude, name) && !registry::is_attachment_tag(name);
  });
  return matching;
}

bool needs_dates(const crds::DiscoveryTags& tags) {
  return tags.newest.has_value() || !tags.max_age.empty();
}

std::vector<std::string> recent_tags(const crds::DiscoveryTags& tags, std::vector<DatedTag> dated,
                                     base::SystemTime now) {
  const std::optional<std::chrono::seconds> max_age = crds::parse_duration(tags.max_age);
  // What says nothing of its age is not left out for it.
  std::erase_if(dated, [&](const DatedTag& one) { return max_age && now - one.created.value_or(now) > *max_age; });
  std::ranges::stable_sort(dated, std::ranges::greater{},
                           [&](const DatedTag& one) { return one.created.value_or(now); });
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(0, tags.newest.value_or(INT64_MAX)));
  if (dated.size() > most) dated.resize(most);
  std::vector<std::string> names;
  for (DatedTag& one : dated) names.push_back(std::move(one.tag));
  return names;
}

}  // namespace pratique_operator::reconcilers
