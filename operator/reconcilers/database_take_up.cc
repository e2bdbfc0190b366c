// VulnerabilityDatabaseReconciler: what an operator that starts has not got, and the cluster remembers: the generation
// that was active, and the one that somebody pinned.
#include <algorithm>
#include <iterator>

#include "base/image_reference.h"
#include "operator/reconcilers/vulnerability_database_reconciler.h"

namespace pratique_operator::reconcilers {
namespace {

namespace advisories = scanner::advisories;

constexpr std::size_t kFetchedMax = 20;

std::vector<std::string> bundle_keys(const std::optional<crds::VulnerabilityDatabase>& object) {
  return object && object->spec.bundle ? object->spec.bundle->keys : std::vector<std::string>();
}

// Whether it lies where the bundle of now does: the credentials are for that place.
bool is_of(const crds::DatabaseBundle& bundle, const std::string& reference) {
  return reference.starts_with(base::parse_image_reference(bundle.oci).name() + "@");
}

}  // namespace

void VulnerabilityDatabaseReconciler::take_up(const Object& object, const std::stop_token& stop) {
  if (!object) return;
  for (const crds::FetchedGeneration& one : object->status.fetched) {
    fetched_by_[static_cast<std::uint64_t>(one.generation)] = one.bundle;
  }
  const std::int64_t active = object->status.active_generation.value_or(0);
  if (active <= 0) return;
  const auto generation = static_cast<std::uint64_t>(active);
  std::optional<Found> found =
      Found{.path = advisories::find_installed(files_.installed, generation), .is_installed = true};
  if (found->path.empty()) found = fetch_again(generation, object, stop);
  if (!found) return;
  const std::string path = installed_copy(*found, object);
  activate({.file = {}, .path = path, .database = advisories::Database::open(path)});
}

// A copy of ours is looked at once more: a machine that lost its power may have left it in part.
std::string VulnerabilityDatabaseReconciler::installed_copy(const Found& found, const Object& object) const {
  const advisories::TrustedKeys keys = keys_of(bundle_keys(object));
  if (!found.is_installed) return advisories::install_database(found.path, files_.installed, keys, 0);
  static_cast<void>(advisories::verify_installed(found.path, keys));
  return found.path;
}

std::optional<VulnerabilityDatabaseReconciler::Found> VulnerabilityDatabaseReconciler::fetch_again(
    std::uint64_t generation, const Object& object, const std::stop_token& stop) {
  const auto known = fetched_by_.find(generation);
  if (known == fetched_by_.end() || !object || !object->spec.bundle || object->spec.bundle->oci.empty()) {
    return std::nullopt;
  }
  crds::DatabaseBundle bundle = *object->spec.bundle;
  if (!is_of(bundle, known->second)) return std::nullopt;
  bundle.oci = known->second;
  const std::string file = with_.bundle_file(bundle, stop).path;
  if (advisories::read_signature(file).generation != generation) return std::nullopt;
  return Found{.path = file};
}

// Kept, fetched before, or what the source has now; it may be older than what was active.
std::optional<VulnerabilityDatabaseReconciler::Found> VulnerabilityDatabaseReconciler::find_pinned(
    const std::string& pinned, const Object& object, const std::stop_token& stop) {
  const auto is_pinned = [&](const auto& entry) { return std::to_string(entry.first) == pinned; };
  const std::map<std::uint64_t, std::string> kept = advisories::installed_generations(files_.installed);
  const auto copy = std::ranges::find_if(kept, is_pinned);
  if (copy != kept.end()) return Found{.path = copy->second, .is_installed = true};
  const auto fetched = std::ranges::find_if(fetched_by_, is_pinned);
  if (fetched != fetched_by_.end()) {
    if (const std::optional<Found> found = fetch_again(fetched->first, object, stop)) return found;
  }
  const Source source = source_of(object, stop);
  const bool is_there =
      look(source.path) && std::to_string(advisories::read_signature(source.path).generation) == pinned;
  return is_there ? std::optional(Found{.path = source.path}) : std::nullopt;
}

void VulnerabilityDatabaseReconciler::remember_fetched(std::uint64_t generation, const std::string& bundle) {
  if (bundle.empty()) return;
  fetched_by_[generation] = bundle;
  // The one that is active may be older than all others, and is the one that matters.
  const std::uint64_t active = active_ ? active_->info().generation : 0;
  while (fetched_by_.size() > kFetchedMax) {
    const auto oldest = fetched_by_.begin();
    fetched_by_.erase(oldest->first == active ? std::next(oldest) : oldest);
  }
}

std::vector<crds::FetchedGeneration> VulnerabilityDatabaseReconciler::fetched() const {
  std::vector<crds::FetchedGeneration> all;
  for (const auto& [generation, bundle] : fetched_by_) {
    all.push_back({.generation = static_cast<std::int64_t>(generation), .bundle = bundle});
  }
  std::ranges::reverse(all);
  return all;
}

}  // namespace pratique_operator::reconcilers
