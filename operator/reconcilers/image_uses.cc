#include "operator/reconcilers/image_uses.h"

#include <algorithm>
#include <iterator>
#include <mutex>

#include "base/error.h"
#include "crds/object_names.h"

namespace pratique_operator::reconcilers {
namespace {

// Whether a normalised reference is of this repository ("registry:5000/shop/web").
bool is_of(const std::string& repository, const std::string& normalised) {
  return normalised.starts_with(repository) && normalised.size() > repository.size() &&
         (normalised[repository.size()] == ':' || normalised[repository.size()] == '@');
}

// nullopt: it is none, as the workload reconciler tells.
std::optional<base::ImageReference> reference_of(const std::string& written) {
  try {
    return base::parse_image_reference(written);
  } catch (const base::ParseError&) {
    return std::nullopt;
  }
}

}  // namespace

std::vector<WrittenImage> ImageUses::change(const WorkloadImages* old_workload, const WorkloadImages* new_workload) {
  if (old_workload != nullptr && new_workload != nullptr && *old_workload == *new_workload) {
    return {};
  }
  std::set<WrittenImage> changed;
  const std::unique_lock lock(mutex_);
  if (old_workload != nullptr) {
    remove(*old_workload, changed);
  }
  if (new_workload != nullptr && new_workload->in_use) {
    add(*new_workload, changed);
  }
  for (const WrittenImage& image : changed) {
    if (!users_.contains(image)) forget(image);
  }
  return {changed.begin(), changed.end()};
}

void ImageUses::remove(const WorkloadImages& workload, std::set<WrittenImage>& changed) {
  for (const ContainerImage& image : workload.used->images) {
    const WrittenImage key{.ns = workload.ns, .name = image.image};
    const auto users = users_.find(key);
    if (users == users_.end() || !users->second.contains({workload.kind, workload.name})) {
      continue;
    }
    for (const User& user : users->second[{workload.kind, workload.name}]) {
      const auto digest = by_digest_.find({.ns = key.ns, .name = user.image().digest});
      if (digest == by_digest_.end()) {
        continue;
      }
      digest->second.extract(key);
      if (digest->second.empty()) {
        by_digest_.erase(digest);
      }
    }
    users->second.erase({workload.kind, workload.name});
    changed.insert(key);
    if (users->second.empty()) {
      users_.erase(users);
    }
  }
}

void ImageUses::add(const WorkloadImages& workload, std::set<WrittenImage>& changed) {
  for (std::size_t index = 0; index < workload.used->images.size(); ++index) {
    const ContainerImage& image = workload.used->images[index];
    const WrittenImage key{.ns = workload.ns, .name = image.image};
    users_[key][{workload.kind, workload.name}].push_back({.used = workload.used, .index = index, .own = workload.own});
    if (!image.digest.empty()) {
      by_digest_[{.ns = key.ns, .name = image.digest}].insert(key);
    }
    learn(key);
    changed.insert(key);
  }
}

std::optional<ImageUses::Meaning> ImageUses::meaning_of(const WrittenImage& image) {
  const std::optional<base::ImageReference> reference = reference_of(image.name);
  if (!reference) return std::nullopt;
  return Meaning{.normalised = reference->text(),
                 .repository = reference->name(),
                 .image_scan = crds::image_scan_name(*reference)};
}

// As soon as somebody uses it, so that whoever asks first is told of all users.
void ImageUses::learn(const WrittenImage& image) {
  if (meanings_.contains(image)) {
    return;
  }
  if (std::optional<Meaning> meaning = meaning_of(image)) {
    written_[{.ns = image.ns, .name = meaning->normalised}].insert(image.name);
    meanings_.emplace(image, std::move(*meaning));
  }
}

// Its last user has gone.
void ImageUses::forget(const WrittenImage& image) {
  const auto meaning = meanings_.find(image);
  if (meaning == meanings_.end()) return;
  const auto written = written_.find({.ns = image.ns, .name = meaning->second.normalised});
  written->second.erase(image.name);
  if (written->second.empty()) written_.erase(written);
  meanings_.erase(meaning);
}

std::size_t ImageUses::entries() const {
  const std::shared_lock lock(mutex_);
  return users_.size() + written_.size() + meanings_.size() + by_digest_.size();
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
  {
    const std::shared_lock lock(mutex_);
    const auto found = meanings_.find(image);
    if (found != meanings_.end()) return kubernetes::ObjectKey{.ns = image.ns, .name = found->second.image_scan};
  }
  // Whose last user has just gone: the ImageScan is to tell so.
  const std::optional<Meaning> meaning = meaning_of(image);
  if (!meaning) return std::nullopt;
  return kubernetes::ObjectKey{.ns = image.ns, .name = meaning->image_scan};
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
    const UsedImages& used = *containers.front().used;
    names.insert(used.pull_secrets.begin(), used.pull_secrets.end());
    if (!used.account.empty()) {
      const std::vector<std::string> secrets = of_account({.ns = image.ns, .name = used.account});
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
    const bool is_used = std::ranges::any_of(
        at->second, [&](const auto& user) { return user.second.front().used->account == account.name; });
    if (is_used) {
      images.push_back(at->first);
    }
  }
  return images;
}

template <typename Use>
void ImageUses::for_each_user(const std::string& ns, const std::string& normalised, Use&& use) const {
  const auto written = written_.find({.ns = ns, .name = normalised});
  static const std::set<std::string> kNone;
  const std::set<std::string>& names = written == written_.end() ? kNone : written->second;
  for (const std::string& image : names) {
    const auto users = users_.find({.ns = ns, .name = image});
    if (users == users_.end()) {
      continue;
    }
    for (const auto& [workload, containers] : users->second) {
      use(workload, containers);
    }
  }
  const std::size_t at = normalised.find('@');
  const auto by_digest =
      at == std::string::npos ? by_digest_.end() : by_digest_.find({.ns = ns, .name = normalised.substr(at + 1)});
  if (by_digest == by_digest_.end()) {
    return;
  }
  const std::set<WrittenImage> others(by_digest->second.begin(), by_digest->second.end());
  for (const WrittenImage& image : others) {
    const auto meaning = meanings_.find(image);
    if (names.contains(image.name) || meaning == meanings_.end() || !is_of(meaning->second.repository, normalised)) {
      continue;
    }
    for (const auto& [workload, containers] : users_.at(image)) {
      std::vector<User> running;
      std::ranges::copy_if(containers, std::back_inserter(running),
                           [&](const User& user) { return user.image().digest == by_digest->first.name; });
      if (!running.empty()) {
        use(workload, running);
      }
    }
  }
}

std::vector<RunningImage> ImageUses::running(const std::string& ns, const std::string& normalised) const {
  const std::shared_lock lock(mutex_);
  std::vector<RunningImage> images;
  for_each_user(ns, normalised, [&](const Workload& workload, const std::vector<User>& containers) {
    for (const User& user : containers) {
      if (!user.image().digest.empty()) {
        images.push_back({.pod = workload.name, .container = user.image().container, .digest = user.image().digest});
      }
    }
  });
  return images;
}

crds::UsedBy ImageUses::used_by(const std::string& ns, const std::string& normalised) const {
  const std::shared_lock lock(mutex_);
  std::set<Workload> pods;
  std::set<Workload> workloads;
  for_each_user(ns, normalised, [&](const Workload& workload, const std::vector<User>& containers) {
    if (workload.kind == "Pod") {
      pods.insert(workload);
    }
    if (containers.front().own) {
      workloads.insert(workload);
    }
  });
  return {.workloads = static_cast<std::int64_t>(workloads.size()), .pods = static_cast<std::int64_t>(pods.size())};
}

std::vector<crds::FindingWorkload> ImageUses::workloads(const std::string& ns, const std::string& normalised) const {
  const std::shared_lock lock(mutex_);
  std::vector<crds::FindingWorkload> workloads;
  for_each_user(ns, normalised, [&](const Workload& workload, const std::vector<User>& containers) {
    for (const User& user : containers) {
      if (user.own) {
        workloads.push_back({.kind = workload.kind, .name = workload.name, .container = user.image().container});
      }
    }
  });
  return workloads;
}

std::vector<crds::Labels> ImageUses::labels(const std::string& ns, const std::string& normalised) const {
  const std::shared_lock lock(mutex_);
  std::set<crds::Labels> labels;
  for_each_user(ns, normalised, [&](const Workload&, const std::vector<User>& containers) {
    labels.insert(containers.front().used->labels);
  });
  return {labels.begin(), labels.end()};
}

}  // namespace pratique_operator::reconcilers
