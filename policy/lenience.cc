#include "policy/lenience.h"

#include <algorithm>

namespace policy {

Lenience::Lenience(const Policy& policy, const ImageFacts& image, const Question& question)
    : policy_(policy), image_(image), question_(question) {
  if (!policy.spec.ratchet) return;
  for (const Place& place : image.places) {
    std::set<FindingKey>& running = running_.emplace_back();
    for (const ManifestFacts* manifest : place.runs_now) {
      for (const FindingFacts* finding : manifest->findings) {
        running.emplace(finding->id, finding->package_type, finding->package);
      }
    }
  }
}

bool Lenience::lets_pass(const Rule& rule, const FindingFacts& finding) const {
  return in_grace_until(rule, finding) || runs_already(finding) || runs_on_until(finding);
}

std::optional<base::SystemTime> Lenience::in_grace_until(const Rule& rule, const FindingFacts& finding) const {
  const std::optional<base::SystemTime> end = grace_end(rule, finding, question_.first_seen);
  return end && question_.now < *end ? end : std::nullopt;
}

// A container in which nothing runs yet has nothing to be compared with.
bool Lenience::runs_already(const FindingFacts& finding) const {
  const FindingKey key(finding.id, finding.package_type, finding.package);
  return !running_.empty() &&
         std::all_of(running_.begin(), running_.end(), [&](const auto& running) { return running.contains(key); });
}

// Without a first sighting the publication counts: what was published before the run began is not newer than it.
std::optional<base::SystemTime> Lenience::runs_on_until(const FindingFacts& finding) const {
  if (!policy_.continuity_window || !image_.ran_since) return std::nullopt;
  std::optional<base::SystemTime> known_since = question_.first_seen ? question_.first_seen(finding) : std::nullopt;
  if (!known_since) known_since = finding.published;
  if (!known_since || *known_since <= *image_.ran_since) return std::nullopt;
  const base::SystemTime end = *known_since + *policy_.continuity_window;
  return question_.now < end ? std::optional(end) : std::nullopt;
}

}  // namespace policy
