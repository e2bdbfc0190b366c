#include "admission/running_images.h"

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>

#include "admission/json_access.h"
#include "admission/limits.h"
#include "policy/image_id.h"

namespace admission {
namespace {

using nlohmann::json;

void add_running(const json& statuses, std::vector<std::pair<std::string, std::string>>& running) {
  if (!statuses.is_array()) return;
  for (const json& status : statuses) {
    const std::string digest = policy::digest_of_image_id(text_of(status, "imageID"));
    if (!digest.empty() && field_of(status, "state").contains("running")) {
      running.emplace_back(text_of(status, "name"), digest);
    }
  }
}

}  // namespace

Owner owner_of(const std::string& ns, std::string_view kind, std::string_view name, const crds::Labels& labels) {
  const auto hash = labels.find("pod-template-hash");
  if (kind == "ReplicaSet" && hash != labels.end() && name.ends_with("-" + hash->second)) {
    return {ns, "Deployment", std::string(name.substr(0, name.size() - hash->second.size() - 1))};
  }
  return {ns, std::string(kind), std::string(name)};
}

PodFacts decode_pod(const json& object) {
  PodFacts pod;
  pod.key = kubernetes::key_of(object);
  const json& metadata = field_of(object, "metadata");
  const json& owners = field_of(metadata, "ownerReferences");
  if (owners.is_array() && owners.size() == 1) {
    pod.owner =
        owner_of(pod.key.ns, text_of(owners.front(), "kind"), text_of(owners.front(), "name"), labels_of(object));
  }
  const json& status = field_of(object, "status");
  pod.since = base::parse_rfc3339(text_of(status, "startTime"));
  if (!pod.owner) return pod;
  add_running(field_of(status, "containerStatuses"), pod.running);
  add_running(field_of(status, "initContainerStatuses"), pod.running);
  return pod;
}

void RunningImages::replace(const Pod& old_pod, const Pod& new_pod) {
  const std::unique_lock lock(mutex_);
  const bool stays = old_pod && new_pod && old_pod->owner == new_pod->owner;
  if (old_pod && !stays) remove(old_pod);
  if (stays && old_pod->owner) remember(*old_pod, owners_[*old_pod->owner]);
  if (new_pod) add(new_pod);
}

void RunningImages::add(const Pod& pod) {
  if (pod->owner) owners_[*pod->owner].pods[pod->key.name] = pod;
}

void RunningImages::remove(const Pod& pod) {
  if (!pod->owner) return;
  const auto found = owners_.find(*pod->owner);
  if (found == owners_.end()) return;
  found->second.pods.erase(pod->key.name);
  remember(*pod, found->second);
  if (!found->second.pods.empty()) return;
  without_pods_.push_back(*pod->owner);
  while (without_pods_.size() > kOwnersWithoutPodsMax) {
    const auto oldest = owners_.find(without_pods_.front());
    if (oldest != owners_.end() && oldest->second.pods.empty()) owners_.erase(oldest);
    without_pods_.pop_front();
  }
}

// Of too many the longest known goes.
void RunningImages::remember(const PodFacts& pod, Owned& owned) const {
  if (!pod.since) return;
  for (const auto& [container, digest] : pod.running) {
    const auto [at, is_new] = owned.gone.try_emplace(digest, *pod.since);
    at->second = std::min(at->second, *pod.since);
    if (owned.gone.size() <= kGoneDigestsOfAnOwnerMax) continue;
    owned.gone.erase(std::min_element(owned.gone.begin(), owned.gone.end(),
                                      [](const auto& left, const auto& right) { return left.second < right.second; }));
  }
}

std::set<std::string> RunningImages::digests_in(const Owner& owner, std::string_view container) const {
  const std::shared_lock lock(mutex_);
  std::set<std::string> digests;
  const auto found = owners_.find(owner);
  if (found == owners_.end()) return digests;
  for (const auto& [name, pod] : found->second.pods) {
    for (const auto& [running_in, digest] : pod->running) {
      if (running_in == container) digests.insert(digest);
    }
  }
  return digests;
}

std::optional<base::SystemTime> RunningImages::since(const Owner& owner, const std::set<std::string>& digests) const {
  const std::shared_lock lock(mutex_);
  std::optional<base::SystemTime> first;
  const auto take = [&](const std::string& digest, std::optional<base::SystemTime> since) {
    if (since && digests.contains(digest)) first = first ? std::min(*first, *since) : *since;
  };
  const auto found = owners_.find(owner);
  if (found == owners_.end()) return first;
  for (const auto& [name, pod] : found->second.pods) {
    for (const auto& [container, digest] : pod->running) take(digest, pod->since);
  }
  for (const auto& [digest, since] : found->second.gone) take(digest, since);
  return first;
}

}  // namespace admission
