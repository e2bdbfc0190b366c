// One walk through a registry: an ImageScan for each image that discovery asks for, a new resolution where a tag means
// another image than before, and an end to what it made and does not find any more.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/guarded.h"
#include "base/image_reference.h"
#include "crds/image_scan.h"
#include "crds/scan_registry.h"
#include "kubernetes/api_client.h"
#include "kubernetes/store.h"
#include "operator/reconcilers/discovery_rules.h"
#include "operator/reconcilers/scan_index.h"
#include "registry/registry_listing.h"

namespace pratique_operator::reconcilers {

// On ImageScans that discovery keeps: the name of the ScanRegistry.
inline constexpr const char* kMadeForDiscoveryLabel = "pratique.dev/discovered-by";
inline constexpr const char* kDiscoveryFieldOwner = "pratique-discovery";

struct DiscoveryCounts {
  std::size_t repositories = 0;
  std::size_t images = 0;   // tags that are wanted
  std::size_t made = 0;     // ImageScans
  std::size_t changed = 0;  // tags that mean another image now
};

// When images were built, by their digests, which never changes. Thread-safe; bounded.
class BuildDates {
 public:
  // What `ask` answers, asked once.
  [[nodiscard]] std::optional<base::SystemTime> of(const base::Digest& digest,
                                                   const std::function<std::optional<base::SystemTime>()>& ask);

 private:
  static constexpr std::size_t kDatesMax = 100'000;
  base::Guarded<std::map<std::string, std::optional<base::SystemTime>>> known_;  // by hex digits
};

// Not thread-safe.
class DiscoveryRound {
 public:
  struct Surroundings {  // borrowed
    BuildDates& dates;
    const kubernetes::Store<crds::ImageScan>& scans;
    const ScanIndex& index;
    kubernetes::ApiClient& api;
    const base::Clock& clock;
  };
  DiscoveryRound(std::shared_ptr<const crds::ScanRegistry> registry, Surroundings surroundings)
      : registry_(std::move(registry)), with_(surroundings), began_(with_.clock.system_now()) {}

  // False: there is more to look at, and kSlice is over; the next call goes on there, as behind an exception. Throws
  // base::Error where the registry wants to be left alone (base::HttpError 429), cannot list its repositories, or is
  // away; then it goes on behind the repository at which it was, so that no repository keeps the walk from the others.
  // What a repository failed at is told in failures().
  [[nodiscard]] bool run(registry::RegistryListing& listing, const std::stop_token& stop);
  // So long a walk keeps its worker from the walks through other registries, and for what is left of the repository in
  // hand: the time is looked at between repositories alone.
  static constexpr std::chrono::minutes kSlice{1};

  [[nodiscard]] const crds::ScanRegistry& registry() const { return *registry_; }
  // When it was made: what was pushed from then on, it may not have seen.
  [[nodiscard]] base::SystemTime began() const { return began_; }
  [[nodiscard]] const DiscoveryCounts& counts() const { return counts_; }
  // Why the walk has not seen everything; at most kFailuresMax of them.
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }

 private:
  static constexpr std::size_t kFailuresMax = 20;

  void list(registry::RegistryListing& listing, const std::stop_token& stop);
  void walk(registry::RegistryListing& listing, const std::string& repository, const std::stop_token& stop);
  [[nodiscard]] std::vector<std::string> wanted_tags(registry::RegistryListing& listing, const std::string& repository,
                                                     const std::stop_token& stop);
  [[nodiscard]] std::optional<base::SystemTime> date_of(registry::RegistryListing& listing,
                                                        const std::string& repository, const std::string& tag,
                                                        const std::stop_token& stop);
  void keep(registry::RegistryListing& listing, const base::ImageReference& reference, const std::stop_token& stop);
  [[noreturn]] void go_on_later();
  void let_go();
  void fail(const std::string& repository, const std::string& failure);
  void add_failure(const std::string& failure);

  std::shared_ptr<const crds::ScanRegistry> registry_;
  Surroundings with_;
  base::SystemTime began_;
  bool listed_ = false;
  bool is_whole_ = true;  // all repositories are in the list
  std::vector<std::string> repositories_;
  std::size_t next_ = 0;                       // of repositories_
  std::set<kubernetes::ObjectKey> wanted_;     // ImageScans
  std::set<std::string> failed_;               // "host/repository"
  std::map<std::string, base::Digest> heads_;  // by tag, of the repository in hand
  DiscoveryCounts counts_;
  std::vector<std::string> failures_;
};

}  // namespace pratique_operator::reconcilers
