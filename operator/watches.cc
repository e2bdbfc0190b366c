#include "operator/watches.h"

#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "base/log.h"
#include "base/value_pool.h"

namespace pratique_operator {
namespace {

using nlohmann::json;
using reconcilers::WorkloadImages;

const kubernetes::ResourceType kNode{"", "v1", "Node", "nodes", false};
const kubernetes::ResourceType kServiceAccount{"", "v1", "ServiceAccount", "serviceaccounts", true};
const kubernetes::ResourceType kNamespace{"", "v1", "Namespace", "namespaces", false};

registry::Platform read_node(const json& node) {
  const json& info = node.at("status").at("nodeInfo");
  return {.os = info.at("operatingSystem").get<std::string>(),
          .architecture = info.at("architecture").get<std::string>(),
          .variant = {}};
}

crds::Labels read_labels(const json& object) {
  return object.at("metadata").value("labels", crds::Labels{});
}

template <typename T>
T read_object(const json& object) {
  return object.get<T>();
}

// A status says nothing about what a rule means, and of a namespace all but its labels is left away.
template <typename Rule>
bool means_the_same(const Rule& left, const Rule& right) {
  if constexpr (requires { left.spec; }) {
    return left.spec == right.spec;
  } else {
    return left == right;
  }
}

void log_invalid(const kubernetes::ResourceType& type, const kubernetes::ObjectKey& key, const std::string& error) {
  base::log(base::LogLevel::kWarning, "object cannot be read",
            {{"kind", type.kind}, {"object", key.text()}, {"error", error}});
}

template <typename T>
typename kubernetes::Store<T>::OnInvalid logged(const kubernetes::ResourceType& type) {
  return [type](const kubernetes::ObjectKey& key, const std::string& error) { log_invalid(type, key, error); };
}

}  // namespace

template <typename Tell>
void Watches::tell(Tell&& call) {
  const std::shared_lock lock(listener_mutex_);
  if (listener_ != nullptr) call(*listener_);
}

Watches::Settings<crds::ImageScan> Watches::scan_settings() {
  return {.type = crds::kImageScan,
          .watch = {},
          .decode = read_object<crds::ImageScan>,
          .callbacks = {.on_change =
                            [this](const auto&, const auto& old_scan, const auto& new_scan) {
                              index_.change(old_scan.get(), new_scan.get());
                              tell([&](ChangeListener& listener) {
                                listener.scan_changed(old_scan.get(), new_scan.get());
                              });
                            },
                        .on_invalid = logged<crds::ImageScan>(crds::kImageScan)}};
}

Watches::Settings<crds::ImageReport> Watches::report_settings() {
  return {.type = crds::kImageReport,
          .watch = {},
          .decode = read_object<crds::ImageReport>,
          .callbacks = {.on_change =
                            [this](const auto&, const auto& old_report, const auto& new_report) {
                              tell([&](ChangeListener& listener) {
                                listener.report_changed(old_report.get(), new_report.get());
                              });
                            },
                        .on_invalid = logged<crds::ImageReport>(crds::kImageReport)},
          .cold = cold_.get()};
}

Watches::Settings<reconcilers::KnownRow> Watches::row_settings() {
  return {.type = crds::kFinding,
          .watch = {},
          .decode = [](const json& object) { return reconcilers::known_row(object.get<crds::Finding>()); },
          .callbacks = {.on_change =
                            [this](const auto& key, const auto&, const auto& new_row) {
                              tell([&](ChangeListener& listener) {
                                listener.rows_changed();
                                // Our own writes need no second look; a row that somebody deleted does.
                                if (!new_row) {
                                  listener.namespace_changed(key.ns);
                                }
                              });
                            },
                        .on_invalid = logged<reconcilers::KnownRow>(crds::kFinding)}};
}

Watches::Settings<crds::ScanRegistry> Watches::registry_settings() {
  return {.type = crds::kScanRegistry,
          .watch = {},
          .decode = read_object<crds::ScanRegistry>,
          .callbacks = {.on_change =
                            [this](const auto& key, const auto& old_registry, const auto& new_registry) {
                              if (!old_registry || !new_registry || old_registry->spec != new_registry->spec) {
                                tell([&](ChangeListener& listener) { listener.registry_changed(key); });
                              }
                            },
                        .on_invalid = logged<crds::ScanRegistry>(crds::kScanRegistry)}};
}

Watches::Settings<crds::RegistryProvider> Watches::provider_settings() {
  return {.type = crds::kRegistryProvider,
          .watch = {},
          .decode = read_object<crds::RegistryProvider>,
          .callbacks = {.on_change =
                            [this](const auto& key, const auto& old_provider, const auto& new_provider) {
                              // An annotation may accept a list. The status is our own writing.
                              if (!old_provider || !new_provider || old_provider->spec != new_provider->spec ||
                                  old_provider->metadata.annotations != new_provider->metadata.annotations) {
                                tell([&](ChangeListener& listener) { listener.provider_changed(key); });
                              }
                            },
                        .on_invalid = logged<crds::RegistryProvider>(crds::kRegistryProvider)}};
}

Watches::Settings<crds::VexSource> Watches::vex_source_settings() {
  return {.type = crds::kVexSource,
          .watch = {},
          .decode = read_object<crds::VexSource>,
          .callbacks = {.on_change =
                            [this](const auto& key, const auto& old_source, const auto& new_source) {
                              if (!old_source || !new_source || old_source->spec != new_source->spec) {
                                tell([&](ChangeListener& listener) { listener.vex_source_changed(key); });
                              }
                            },
                        .on_invalid = logged<crds::VexSource>(crds::kVexSource)}};
}

Watches::Settings<registry::Platform> Watches::node_settings() {
  return {.type = kNode, .watch = {}, .decode = read_node, .callbacks = {.on_change = {}, .on_invalid = {}}};
}

Watches::Settings<std::vector<std::string>> Watches::account_settings() {
  return {.type = kServiceAccount,
          .watch = {},
          .decode = reconcilers::read_account,
          .callbacks = {.on_change =
                            [this](const auto& key, const auto& old_secrets, const auto& new_secrets) {
                              const std::vector<std::string> none;
                              if ((old_secrets ? *old_secrets : none) != (new_secrets ? *new_secrets : none)) {
                                tell([&](ChangeListener& listener) { listener.account_changed(key); });
                              }
                            },
                        .on_invalid = logged<std::vector<std::string>>(kServiceAccount)}};
}

Watches::Settings<WorkloadImages> Watches::workload_settings(const kubernetes::ResourceType& type) {
  return {
      .type = type,
      .watch = {},
      .decode =
          [kind = type.kind, pool = std::make_shared<base::ValuePool<reconcilers::UsedImages>>()](const json& object) {
            WorkloadImages workload = reconcilers::read_workload(kind, object);
            workload.used = pool->share(*workload.used);
            return workload;
          },
      .callbacks = {.on_change =
                        [this](const auto&, const auto& old_workload, const auto& new_workload) {
                          const auto images = uses_.change(old_workload.get(), new_workload.get());
                          if (!images.empty()) {
                            tell([&](ChangeListener& listener) { listener.uses_changed(images); });
                          }
                        },
                    .on_invalid = logged<WorkloadImages>(type)}};
}

template <typename T>
Watches::Settings<T> Watches::rule_settings(const kubernetes::ResourceType& type,
                                            typename kubernetes::Store<T>::Decode decode) {
  const bool is_namespace = type == kNamespace;
  return {.type = type,
          .watch = {},
          .decode = std::move(decode),
          .callbacks = {.on_change =
                            [this, is_namespace](const auto& key, const auto& old_rule, const auto& new_rule) {
                              if (old_rule && new_rule && means_the_same(*old_rule, *new_rule)) {
                                return;
                              }
                              ++rules_version_;
                              tell([&](ChangeListener& listener) {
                                listener.namespace_changed(is_namespace ? key.name : key.ns);
                              });
                            },
                        .on_invalid =
                            [this, type](const kubernetes::ObjectKey& key, const std::string& error) {
                              ++rules_version_;
                              log_invalid(type, key, error);
                            }}};
}

Watches::Watches(const std::shared_ptr<kubernetes::ApiClient>& client, const base::Clock& clock,
                 std::unique_ptr<base::ColdFile> cold)
    : cold_(std::move(cold)),
      scans_(client, scan_settings()),
      reports_(client, report_settings()),
      rows_(client, row_settings()),
      registries_(client, registry_settings()),
      providers_(client, provider_settings()),
      vex_sources_(client, vex_source_settings()),
      nodes_(client, node_settings()),
      accounts_(client, account_settings()),
      cluster_policies_(client,
                        rule_settings<crds::ScanPolicy>(crds::kClusterScanPolicy, read_object<crds::ScanPolicy>)),
      policies_(client, rule_settings<crds::ScanPolicy>(crds::kScanPolicy, read_object<crds::ScanPolicy>)),
      cluster_exceptions_(client, rule_settings<crds::FindingException>(crds::kClusterFindingException,
                                                                        read_object<crds::FindingException>)),
      exceptions_(client,
                  rule_settings<crds::FindingException>(crds::kFindingException, read_object<crds::FindingException>)),
      namespaces_(client, rule_settings<crds::Labels>(kNamespace, read_labels)),
      judges_({.cluster_policies = cluster_policies_.store(),
               .policies = policies_.store(),
               .cluster_exceptions = cluster_exceptions_.store(),
               .exceptions = exceptions_.store(),
               .namespaces = namespaces_.store(),
               .rows = rows_.store()},
              rules_version_, clock) {
  for (const kubernetes::ResourceType& type : reconcilers::workload_types()) {
    workloads_.push_back(std::make_unique<kubernetes::Reflector<WorkloadImages>>(client, workload_settings(type)));
  }
}

// All are asked to end before the first is waited for.
Watches::~Watches() {
  for (const auto& workload : workloads_) {
    workload->request_stop();
  }
  const auto ask = [](auto&... reflectors) { (reflectors.request_stop(), ...); };
  ask(scans_, reports_, rows_, registries_, providers_, vex_sources_, nodes_, accounts_, cluster_policies_, policies_,
      cluster_exceptions_, exceptions_, namespaces_);
}

reconcilers::ScanRegistries Watches::all_registries() const {
  reconcilers::ScanRegistries all;
  for (const auto& [key, registry] : registries_.store().list()) {
    all.push_back(registry);
  }
  return all;
}

std::vector<std::shared_ptr<const WorkloadImages>> Watches::all_workloads() const {
  std::vector<std::shared_ptr<const WorkloadImages>> all;
  for (const auto& reflector : workloads_) {
    for (const auto& [key, workload] : reflector->store().list()) {
      all.push_back(workload);
    }
  }
  return all;
}

std::vector<std::string> Watches::account_secrets(const kubernetes::ObjectKey& account) const {
  const auto known = accounts_.store().get(account);
  return known ? *known : std::vector<std::string>();
}

std::vector<registry::Platform> Watches::node_platforms() const {
  std::set<registry::Platform> platforms;
  nodes_.store().for_each(
      [&](const kubernetes::ObjectKey&, const registry::Platform& platform) { platforms.insert(platform); });
  if (platforms.empty()) {
    platforms.insert({.os = "linux", .architecture = "amd64", .variant = {}});
  }
  return {platforms.begin(), platforms.end()};
}

std::string Watches::unsynced() const {
  std::string kinds;
  const auto look = [&](const char* kind, const auto& reflector) {
    if (!reflector.synced()) {
      kinds += kinds.empty() ? kind : std::string(" ") + kind;
    }
  };
  look("imagescans", scans_);
  look("imagereports", reports_);
  look("findings", rows_);
  look("scanregistries", registries_);
  look("registryproviders", providers_);
  look("vexsources", vex_sources_);
  look("nodes", nodes_);
  look("serviceaccounts", accounts_);
  look("clusterscanpolicies", cluster_policies_);
  look("scanpolicies", policies_);
  look("clusterfindingexceptions", cluster_exceptions_);
  look("findingexceptions", exceptions_);
  look("namespaces", namespaces_);
  for (std::size_t i = 0; i < workloads_.size(); ++i) {
    look(reconcilers::workload_types()[i].plural.c_str(), *workloads_[i]);
  }
  return kinds;
}

void Watches::set_listener(ChangeListener* listener) {
  const std::unique_lock lock(listener_mutex_);
  listener_ = listener;
}

}  // namespace pratique_operator
