// Which workloads of a namespace use which image: fed by the watches of pods and workloads.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/image_reference.h"
#include "crds/finding.h"
#include "crds/image_scan.h"
#include "operator/reconcilers/workload_images.h"

namespace pratique_operator::reconcilers {

// An image as somebody wrote it, in a namespace: the key of the workload reconciler {namespace, image as written}.
using WrittenImage = kubernetes::ObjectKey;

// A container that runs, and by which digest.
struct RunningImage {
  std::string pod;
  std::string container;
  std::string digest;
  auto operator<=>(const RunningImage&) const = default;
};

// Thread-safe; each workload is told by one watch. It knows the images of the workloads that are there and no other, so
// that nobody fills it by naming ever new ones. A question about "repository@digest" is also about the containers
// that were written with a tag of that repository and run that digest.
class ImageUses {
 public:
  // Either may be null: made, changed, gone. Returns the images whose use may have changed.
  std::vector<WrittenImage> change(const WorkloadImages* old_workload, const WorkloadImages* new_workload);

  [[nodiscard]] bool in_use(const WrittenImage& image) const;
  // Every image that is in use.
  [[nodiscard]] std::vector<WrittenImage> all() const;
  // The ImageScan that the workload reconciler keeps for it while it is in use; nullopt for what is no reference.
  [[nodiscard]] std::optional<kubernetes::ObjectKey> image_scan_of(const WrittenImage& image) const;
  // Names of the pull secrets of all users, each once; `of_account` tells those of a service account {namespace, name}.
  using AccountSecrets = std::function<std::vector<std::string>(const kubernetes::ObjectKey& account)>;
  [[nodiscard]] std::vector<std::string> pull_secrets(const WrittenImage& image,
                                                      const AccountSecrets& of_account) const;
  // Images of templates that are pulled with what this service account has.
  [[nodiscard]] std::vector<WrittenImage> of_account(const kubernetes::ObjectKey& account) const;
  // Of a normalised reference: pods, and workloads that are not made by another one.
  [[nodiscard]] crds::UsedBy used_by(const std::string& ns, const std::string& normalised) const;
  [[nodiscard]] std::vector<crds::FindingWorkload> workloads(const std::string& ns,
                                                             const std::string& normalised) const;
  // The containers of pods that use it and whose kubelet has told a digest.
  [[nodiscard]] std::vector<RunningImage> running(const std::string& ns, const std::string& normalised) const;
  // Of the pods and templates that use it, each set once; none where nobody does.
  [[nodiscard]] std::vector<crds::Labels> labels(const std::string& ns, const std::string& normalised) const;
  // Of all that it holds: what bounds its memory is what is in use.
  [[nodiscard]] std::size_t entries() const;

 private:
  // A container of a workload.
  struct User {
    std::shared_ptr<const UsedImages> used;  // by the workload
    std::size_t index = 0;                   // of the container's image in it
    bool own = false;                        // the workload's

    [[nodiscard]] const ContainerImage& image() const { return used->images[index]; }
  };
  struct Workload {
    std::string kind;
    std::string name;
    auto operator<=>(const Workload&) const = default;
  };
  using Users = std::map<Workload, std::vector<User>>;
  // What the text of an image means.
  struct Meaning {
    std::string normalised;
    std::string repository;  // "host/path"
    std::string image_scan;  // its name
  };

  // Calls use(workload, its containers that are meant).
  template <typename Use>
  void for_each_user(const std::string& ns, const std::string& normalised, Use&& use) const;

  [[nodiscard]] static std::optional<Meaning> meaning_of(const WrittenImage& image);
  void learn(const WrittenImage& image);
  void forget(const WrittenImage& image);
  void add(const WorkloadImages& workload, std::set<WrittenImage>& changed);
  void remove(const WorkloadImages& workload, std::set<WrittenImage>& changed);

  mutable std::shared_mutex mutex_;
  std::map<WrittenImage, Users> users_;                             // guarded by mutex_
  std::map<kubernetes::ObjectKey, std::set<std::string>> written_;  // {namespace, normalised} -> as written; guarded
  std::map<WrittenImage, Meaning> meanings_;                        // of those in use; guarded by mutex_
  std::map<kubernetes::ObjectKey, std::multiset<WrittenImage>> by_digest_;  // {namespace, digest}; guarded by mutex_
};

}  // namespace pratique_operator::reconcilers
