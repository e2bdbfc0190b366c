#include "operator/reconcilers/discovery_round.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"
#include "crds/object_names.h"
#include "operator/reconcilers/resolution_requests.h"

namespace pratique_operator::reconcilers {
namespace {

using kubernetes::ObjectKey;
using nlohmann::json;

constexpr std::size_t kFailureBytesShown = 300;

std::string label_of(const crds::ImageScan& scan, std::string_view name) {
  const auto found = scan.metadata.labels.find(std::string(name));
  return found == scan.metadata.labels.end() ? std::string() : found->second;
}

bool made_by_pratique(const crds::ImageScan& scan) {
  return label_of(scan, crds::kManagedByLabel) == crds::kManagedByPratique;
}

// Without a priority.
json scan_for_discovery(const ObjectKey& key, const base::ImageReference& reference, const std::string& registry) {
  return {{"apiVersion", crds::kImageScan.api_version()},
          {"kind", crds::kImageScan.kind},
          {"metadata",
           {{"name", key.name},
            {"namespace", key.ns},
            {"labels",
             {{std::string(crds::kManagedByLabel), std::string(crds::kManagedByPratique)},
              {kMadeForDiscoveryLabel, registry}}}}},
          {"spec", {{"image", reference.text()}}}};
}

}  // namespace

std::optional<base::SystemTime> BuildDates::of(const base::Digest& digest,
                                               const std::function<std::optional<base::SystemTime>()>& ask) {
  using Known = std::optional<std::optional<base::SystemTime>>;
  const Known known = known_.with([&](const auto& dates) {
    const auto found = dates.find(digest.hex());
    return found == dates.end() ? Known() : Known(found->second);
  });
  if (known) return *known;
  const std::optional<base::SystemTime> date = ask();
  known_.with([&](auto& dates) {
    if (dates.size() >= kDatesMax) dates.clear();
    dates[digest.hex()] = date;
  });
  return date;
}

bool DiscoveryRound::run(registry::RegistryListing& listing, const std::stop_token& stop) {
  const base::SteadyTime until = with_.clock.steady_now() + kSlice;
  if (!listed_) list(listing, stop);
  while (next_ < repositories_.size()) {
    if (stop.stop_requested()) throw base::NetworkError("discovery: stopped");
    walk(listing, repositories_[next_], stop);
    ++next_;
    if (next_ < repositories_.size() && with_.clock.steady_now() >= until) return false;
  }
  let_go();
  return true;
}

void DiscoveryRound::list(registry::RegistryListing& listing, const std::stop_token& stop) {
  const crds::Discovery& discovery = *registry_->spec.discovery;
  std::set<std::string> repositories;
  for (const std::string& named : named_repositories(discovery)) repositories.insert(named);
  if (needs_catalogue(discovery)) {
    const registry::Names names = listing.repositories(stop);
    for (const std::string& name : names.names) {
      if (wants_repository(discovery, name)) repositories.insert(name);
    }
    is_whole_ = names.complete;
    if (!is_whole_) add_failure("the catalogue names more repositories than are read");
  }
  repositories_.assign(repositories.begin(), repositories.end());
  counts_.repositories = repositories_.size();
  listed_ = true;
}

// One repository that refuses says nothing of the others; a registry that wants to be left alone, or is away, does.
void DiscoveryRound::walk(registry::RegistryListing& listing, const std::string& repository,
                          const std::stop_token& stop) {
  constexpr int kTooManyRequests = 429;
  constexpr int kServerErrors = 500;
  const std::string name = registry_->spec.server + "/" + repository;
  try {
    const std::vector<std::string> tags = wanted_tags(listing, repository, stop);
    for (const std::string& tag : tags) {
      keep(listing, base::parse_image_reference(name + ":" + tag), stop);
    }
    counts_.images += tags.size();
  } catch (const kubernetes::ApiError& error) {
    if (!error.over_quota()) throw;
    fail(repository, error.what());
  } catch (const base::HttpError& error) {
    if (error.status() == kTooManyRequests) throw;
    fail(repository, error.what());
    if (error.status() >= kServerErrors) go_on_later();
  } catch (const base::NetworkError& error) {
    if (stop.stop_requested()) throw;
    fail(repository, error.what());
    go_on_later();
  } catch (const base::Error& error) {
    fail(repository, repository + ": " + error.what());
  }
}

// After the controller's pause, behind this repository.
void DiscoveryRound::go_on_later() {
  ++next_;
  throw;
}

std::vector<std::string> DiscoveryRound::wanted_tags(registry::RegistryListing& listing, const std::string& repository,
                                                     const std::stop_token& stop) {
  const crds::DiscoveryTags& rules = registry_->spec.discovery->tags;
  heads_.clear();
  const registry::Names names = listing.tags(repository, stop);
  if (!names.complete) fail(repository, repository + " has more tags than are read");
  // A registry may hide by a 404 what it would not show: what somebody has named is not taken for gone.
  if (names.names.empty() && is_named(*registry_->spec.discovery, repository)) {
    fail(repository, repository + " has no tags, or there is no such repository for these credentials");
  }
  std::vector<std::string> tags = matching_tags(rules, names.names);
  if (!needs_dates(rules)) return tags;
  std::vector<DatedTag> dated;
  for (std::string& tag : tags) {
    const std::optional<base::SystemTime> created = date_of(listing, repository, tag, stop);
    dated.push_back({.tag = std::move(tag), .created = created});
  }
  return recent_tags(rules, std::move(dated), with_.clock.system_now());
}

std::optional<base::SystemTime> DiscoveryRound::date_of(registry::RegistryListing& listing,
                                                        const std::string& repository, const std::string& tag,
                                                        const std::stop_token& stop) {
  const std::optional<base::Digest> digest = listing.digest_of(repository, tag, stop);
  if (!digest) return std::nullopt;
  heads_.emplace(tag, *digest);
  return with_.dates.of(*digest, [&] { return listing.created_at(repository, *digest, stop); });
}

void DiscoveryRound::keep(registry::RegistryListing& listing, const base::ImageReference& reference,
                          const std::stop_token& stop) {
  const ObjectKey own{.ns = registry_->spec.ns, .name = crds::image_scan_name(reference)};
  const std::string& registry = registry_->metadata.name;
  wanted_.insert(own);
  const auto scan = with_.scans.get(own);
  if (!scan || (made_by_pratique(*scan) && label_of(*scan, kMadeForDiscoveryLabel) != registry)) {
    json wanted = scan_for_discovery(own, reference, registry);
    // A first walk makes thousands, which nobody waits for. Who made it before may have had a reason to hurry.
    if (!scan) wanted["spec"]["priority"] = "Background";
    with_.api.apply(crds::kImageScan, wanted, {.field_manager = kDiscoveryFieldOwner, .subresource = {}});
  }
  if (!scan) {
    ++counts_.made;
    return;
  }
  if (scan->status.digest.empty()) return;  // it is being resolved, or fails and is tried again
  const auto head = heads_.find(reference.tag);
  const std::optional<base::Digest> digest =
      head != heads_.end() ? std::optional(head->second) : listing.digest_of(reference.repository, reference.tag, stop);
  if (!digest || digest->text() == scan->status.digest) return;
  ++counts_.changed;
  for (const ObjectKey& key : with_.index.of_tag(reference.name(), reference.tag)) {
    ask_for_resolution(with_.api, key, with_.clock.system_now());
  }
}

// Whose label is gone is judged as if discovery had never been: it goes if nobody else wants it.
void DiscoveryRound::let_go() {
  if (!is_whole_) return;
  const std::string& registry = registry_->metadata.name;
  with_.scans.for_each([&](const ObjectKey& key, const crds::ImageScan& scan) {
    if (label_of(scan, kMadeForDiscoveryLabel) != registry || wanted_.contains(key)) return;
    if (key.ns == registry_->spec.ns && failed_.contains(repository_of(scan.spec.image))) return;
    with_.api.merge_patch(crds::kImageScan, key, {{"metadata", {{"labels", {{kMadeForDiscoveryLabel, nullptr}}}}}}, {});
  });
}

// Its ImageScans stay as they are.
void DiscoveryRound::fail(const std::string& repository, const std::string& failure) {
  failed_.insert(registry_->spec.server + "/" + repository);
  add_failure(failure);
}

void DiscoveryRound::add_failure(const std::string& failure) {
  if (failures_.size() < kFailuresMax) failures_.push_back(base::escape_text(failure, kFailureBytesShown));
}

}  // namespace pratique_operator::reconcilers
