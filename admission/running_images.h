// Which images run under which owner: what ratchet and continuity compare with. Fed by the watch of pods. Thread-safe.
#pragma once

#include <compare>
#include <deque>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "crds/label_selector.h"
#include "kubernetes/resource.h"

namespace admission {

// Who keeps pods: the controller that a person made. Of a Deployment's ReplicaSet the Deployment.
struct Owner {
  std::string ns;
  std::string kind;
  std::string name;
  auto operator<=>(const Owner&) const = default;
};
// `labels` are those of the pod or of the pod template, in which the hash of a Deployment's ReplicaSet stands.
[[nodiscard]] Owner owner_of(const std::string& ns, std::string_view kind, std::string_view name,
                             const crds::Labels& labels);

// A pod that somebody owns, and what the kubelet says it runs.
struct PodFacts {
  kubernetes::ObjectKey key;
  std::optional<Owner> owner;                                // absent: a pod of its own, which nothing is compared with
  std::optional<base::SystemTime> since;                     // when the kubelet took it on
  std::vector<std::pair<std::string, std::string>> running;  // container's name and digest
};
[[nodiscard]] PodFacts decode_pod(const nlohmann::json& object);

class RunningImages {
 public:
  using Pod = std::shared_ptr<const PodFacts>;
  // One of them may be null: a new or a deleted pod.
  void replace(const Pod& old_pod, const Pod& new_pod);

  // The digests that the owner's pods run in this container now.
  [[nodiscard]] std::set<std::string> digests_in(const Owner& owner, std::string_view container) const;
  // Since when the owner's pods have run one of these digests, also where the last of those pods is gone: the new one
  // is often asked for behind it.
  [[nodiscard]] std::optional<base::SystemTime> since(const Owner& owner, const std::set<std::string>& digests) const;

 private:
  struct Owned {
    std::map<std::string, Pod> pods;               // by name
    std::map<std::string, base::SystemTime> gone;  // digests of pods that are no more, and since when they ran
  };
  void add(const Pod& pod);
  void remove(const Pod& pod);
  void remember(const PodFacts& pod, Owned& owned) const;

  mutable std::shared_mutex mutex_;
  std::map<Owner, Owned> owners_;
  std::deque<Owner> without_pods_;  // in the order in which they lost the last; may hold some that have pods again
};

}  // namespace admission
