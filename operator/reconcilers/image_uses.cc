#include "operator/reconcilers/image_uses.h"

#include <algorithm>
#include <mutex>

namespace pratique_operator::reconcilers {

std::vector<WrittenImage> ImageUses::change(const WorkloadImages* old_workload, const WorkloadImages* new_workload) {
  if (old_workload != nullptr && new_workload != nullptr && *old_workload == *new_workload) {
    return {};
  }
  std::set<WrittenImage> changed;
  const std::unique_lock lock(mutex_);
  if (old_workload != nullptr) {
    for (const ContainerImage& image : old_workload->images) {
      const WrittenImage key{.ns = old_workload->ns, .name = image.image};
      const auto users = users_.find(key);
      if (users != users_.end()) {
        users->second.erase({old_workload->kind, old_workload->name});
        changed.insert(key);
        if (users->second.empty()) {
          users_.erase(users);
        }
      }
    }
  }
  if (new_workload != nullptr && new_workload->in_use) {
    for (const ContainerImage& image : new_workload->images) {
      const WrittenImage key{.ns = new_workload->ns, .name = image.image};
      users_[key][{new_workload->kind, new_workload->name}].push_back({.kind = new_workload->kind,
                                                                       .name = new_workload->name,
                                                                       .container = image.container,
                                                                       .own = new_workload->own,
                                                                       .labels = new_workload->labels,
                                                                       .pull_secrets = new_workload->pull_secrets,
                                                                       .account = new_workload->account});
      changed.insert(key);
    }
  }
  return {changed.begin(), changed.end()};
}

void ImageUses::learn(const WrittenImage& image, const std::string& normalised, const std::string& image_scan) {
  const std::unique_lock lock(mutex_);
  written_[{.ns = image.ns, .name = normalised}].insert(image.name);
  image_scans_[image] = image_scan;
}

std::vector<WrittenImage> ImageUses::all() const {
  const std::shared_lock lock(mutex_);
  std::vector<WrittenImage> images;
  for (const auto& [image, users] : users_) {
    images.push_back(image);
  }
  return images;
}

std::optional<kubernetes::ObjectKey> ImageUses::image_scan_of(const WrittenImage& image) const {
  const std::shared_lock lock(mutex_);
  const auto found = image_scans_.find(image);
  return found == image_scans_.end() ? std::nullopt
                                     : std::optional(kubernetes::ObjectKey{.ns = image.ns, .name = found->second});
}

bool ImageUses::in_use(const WrittenImage& image) const {
  const std::shared_lock lock(mutex_);
  return users_.contains(image);
}

std::vector<std::string> ImageUses::pull_secrets(const WrittenImage& image, const AccountSecrets& of_account) const {
  const std::shared_lock lock(mutex_);
  std::set<std::string> names;
  const auto users = users_.find(image);
  if (users == users_.end()) {
    return {};
  }
  for (const auto& [workload, containers] : users->second) {
    const User& user = containers.front();
    names.insert(user.pull_secrets.begin(), user.pull_secrets.end());
    if (!user.account.empty()) {
      const std::vector<std::string> secrets = of_account({.ns = image.ns, .name = user.account});
      names.insert(secrets.begin(), secrets.end());
    }
  }
  return {names.begin(), names.end()};
}

std::vector<WrittenImage> ImageUses::of_account(const kubernetes::ObjectKey& account) const {
  const std::shared_lock lock(mutex_);
  std::vector<WrittenImage> images;
  for (auto at = users_.lower_bound({.ns = account.ns, .name = {}}); at != users_.end() && at->first.ns == account.ns;
       ++at) {
    const bool is_used =
        std::ranges::any_of(at->second, [&](const auto& user) { return user.second.front().account == account.name; });
    if (is_used) {
      images.push_back(at->first);
    }
  }
  return images;
}

template <typename Use>
void ImageUses::for_each_user(const std::string& ns, const std::string& normalised, Use&& use) const {
  const auto written = written_.find({.ns = ns, .name = normalised});
  if (written == written_.end()) {
    return;
  }
  for (const std::string& image : written->second) {
    const auto users = users_.find({.ns = ns, .name = image});
    if (users == users_.end()) {
      continue;
    }
    for (const auto& [workload, containers] : users->second) {
      use(containers);
    }
  }
}

crds::UsedBy ImageUses::used_by(const std::string& ns, const std::string& normalised) const {
  const std::shared_lock lock(mutex_);
  std::set<std::pair<std::string, std::string>> pods;
  std::set<std::pair<std::string, std::string>> workloads;
  for_each_user(ns, normalised, [&](const std::vector<User>& containers) {
    const User& user = containers.front();
    if (user.kind == "Pod") {
      pods.insert({user.kind, user.name});
    }
    if (user.own) {
      workloads.insert({user.kind, user.name});
    }
  });
  return {.workloads = static_cast<std::int64_t>(workloads.size()), .pods = static_cast<std::int64_t>(pods.size())};
}

std::vector<crds::FindingWorkload> ImageUses::workloads(const std::string& ns, const std::string& normalised) const {
  const std::shared_lock lock(mutex_);
  std::vector<crds::FindingWorkload> workloads;
  for_each_user(ns, normalised, [&](const std::vector<User>& containers) {
    for (const User& user : containers) {
      if (user.own) {
        workloads.push_back({.kind = user.kind, .name = user.name, .container = user.container});
      }
    }
  });
  return workloads;
}

std::vector<crds::Labels> ImageUses::labels(const std::string& ns, const std::string& normalised) const {
  const std::shared_lock lock(mutex_);
  std::set<crds::Labels> labels;
  for_each_user(ns, normalised, [&](const std::vector<User>& containers) { labels.insert(containers.front().labels); });
  return {labels.begin(), labels.end()};
}

}  // namespace pratique_operator::reconcilers
