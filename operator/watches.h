// Everything that the operator sees of the cluster: one watch a kind, and what is derived from them on the way in. Runs
// on every replica, so that events can be answered anywhere and a new leader starts warm.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/cold_file.h"
#include "crds/finding_exception.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"
#include "crds/registry_provider.h"
#include "crds/scan_policy.h"
#include "crds/scan_registry.h"
#include "crds/vex_source.h"
#include "kubernetes/reflector.h"
#include "operator/reconcilers/finding_rows.h"
#include "operator/reconcilers/image_uses.h"
#include "operator/reconcilers/namespace_judges.h"
#include "operator/reconcilers/registry_settings.h"
#include "operator/reconcilers/scan_index.h"
#include "registry/image_source.h"

namespace pratique_operator {

// What the leader wants to be told. Called on the watches' threads, several at a time: short work alone. Old or new may
// be null.
class ChangeListener {
 public:
  virtual ~ChangeListener() = default;
  virtual void scan_changed(const crds::ImageScan* old_scan, const crds::ImageScan* new_scan) = 0;
  virtual void report_changed(const crds::ImageReport* old_report, const crds::ImageReport* new_report) = 0;
  virtual void uses_changed(const std::vector<reconcilers::WrittenImage>& images) = 0;
  // A service account's pull secrets are others now.
  virtual void account_changed(const kubernetes::ObjectKey& account) = 0;
  // A policy, an exception, a namespace's labels or a row was changed by somebody; empty: it is about all namespaces.
  virtual void namespace_changed(const std::string& ns) = 0;
  virtual void registry_changed(const kubernetes::ObjectKey& key) = 0;
  virtual void provider_changed(const kubernetes::ObjectKey& key) = 0;
  virtual void vex_source_changed(const kubernetes::ObjectKey& key) = 0;
  // A Finding was written, by whomever.
  virtual void rows_changed() = 0;
};

class Watches {
 public:
  // `cold` takes what is large and seldom looked at; null: all stays in memory.
  Watches(const std::shared_ptr<kubernetes::ApiClient>& client, const base::Clock& clock,
          std::unique_ptr<base::ColdFile> cold);
  ~Watches();

  [[nodiscard]] const kubernetes::Store<crds::ImageScan>& scans() const { return scans_.store(); }
  [[nodiscard]] const kubernetes::Store<crds::ImageReport>& reports() const { return reports_.store(); }
  [[nodiscard]] const kubernetes::Store<reconcilers::KnownRow>& rows() const { return rows_.store(); }
  [[nodiscard]] const kubernetes::Store<crds::ScanRegistry>& registries() const { return registries_.store(); }
  [[nodiscard]] const kubernetes::Store<crds::RegistryProvider>& providers() const { return providers_.store(); }
  [[nodiscard]] const kubernetes::Store<crds::VexSource>& vex_sources() const { return vex_sources_.store(); }
  [[nodiscard]] const reconcilers::ScanIndex& index() const { return index_; }
  [[nodiscard]] reconcilers::ImageUses& uses() { return uses_; }
  [[nodiscard]] const reconcilers::ImageUses& uses() const { return uses_; }
  [[nodiscard]] reconcilers::NamespaceJudges& judges() { return judges_; }
  [[nodiscard]] reconcilers::ScanRegistries all_registries() const;
  [[nodiscard]] std::vector<std::shared_ptr<const reconcilers::WorkloadImages>> all_workloads() const;
  // Names of the service account's pull secrets; none for one that is not there.
  [[nodiscard]] std::vector<std::string> account_secrets(const kubernetes::ObjectKey& account) const;
  // Of the nodes, each once; linux/amd64 where there is no node yet.
  [[nodiscard]] std::vector<registry::Platform> node_platforms() const;

  // Kinds whose first list is not complete, separated by blanks; empty: all are.
  [[nodiscard]] std::string unsynced() const;

  // At most one; null: none. Returns when no call of the one before is under way.
  void set_listener(ChangeListener* listener);

 private:
  template <typename T>
  using Settings = typename kubernetes::Reflector<T>::Settings;

  [[nodiscard]] Settings<crds::ImageScan> scan_settings();
  [[nodiscard]] Settings<crds::ImageReport> report_settings();
  [[nodiscard]] Settings<reconcilers::KnownRow> row_settings();
  [[nodiscard]] Settings<crds::ScanRegistry> registry_settings();
  [[nodiscard]] Settings<crds::RegistryProvider> provider_settings();
  [[nodiscard]] Settings<crds::VexSource> vex_source_settings();
  [[nodiscard]] Settings<registry::Platform> node_settings();
  [[nodiscard]] Settings<std::vector<std::string>> account_settings();
  [[nodiscard]] Settings<reconcilers::WorkloadImages> workload_settings(const kubernetes::ResourceType& type);
  // Of the kinds that the judges read.
  template <typename T>
  [[nodiscard]] Settings<T> rule_settings(const kubernetes::ResourceType& type,
                                          typename kubernetes::Store<T>::Decode decode);

  template <typename Tell>
  void tell(Tell&& call);

  const std::unique_ptr<base::ColdFile> cold_;
  std::shared_mutex listener_mutex_;    // shared by the watches that tell it something
  ChangeListener* listener_ = nullptr;  // null: none; guarded by listener_mutex_
  std::atomic<std::uint64_t> rules_version_ = 1;
  reconcilers::ScanIndex index_;
  reconcilers::ImageUses uses_;

  // The watches: their callbacks use what stands above.
  kubernetes::Reflector<crds::ImageScan> scans_;
  kubernetes::Reflector<crds::ImageReport> reports_;
  kubernetes::Reflector<reconcilers::KnownRow> rows_;
  kubernetes::Reflector<crds::ScanRegistry> registries_;
  kubernetes::Reflector<crds::RegistryProvider> providers_;
  kubernetes::Reflector<crds::VexSource> vex_sources_;
  kubernetes::Reflector<registry::Platform> nodes_;
  kubernetes::Reflector<std::vector<std::string>> accounts_;  // names of their pull secrets
  kubernetes::Reflector<crds::ScanPolicy> cluster_policies_;
  kubernetes::Reflector<crds::ScanPolicy> policies_;
  kubernetes::Reflector<crds::FindingException> cluster_exceptions_;
  kubernetes::Reflector<crds::FindingException> exceptions_;
  kubernetes::Reflector<crds::Labels> namespaces_;
  std::vector<std::unique_ptr<kubernetes::Reflector<reconcilers::WorkloadImages>>> workloads_;

  reconcilers::NamespaceJudges judges_;
};

}  // namespace pratique_operator
