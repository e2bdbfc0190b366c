#include "admission/cluster_view.h"

#include "admission/topics.h"
#include "crds/finding.h"
#include "crds/image_report.h"
#include "crds/object_names.h"

namespace admission {
namespace {

const kubernetes::ResourceType kNamespace{"", "v1", "Namespace", "namespaces", false};
const kubernetes::ResourceType kNode{"", "v1", "Node", "nodes", false};
const kubernetes::ResourceType kPod{"", "v1", "Pod", "pods", true};
const kubernetes::ResourceType kServiceAccount{"", "v1", "ServiceAccount", "serviceaccounts", true};

constexpr const char* kDatabaseName = "default";

template <typename T>
T decode_whole(const nlohmann::json& object) {
  return object.get<T>();
}

void add_policies(const kubernetes::Store<crds::ScanPolicy>& store, const kubernetes::ResourceType& type,
                  policy::RuleBook& book) {
  store.for_each([&](const kubernetes::ObjectKey&, const crds::ScanPolicy& policy) {
    book.policies.push_back(policy::compile(policy));
  });
  for (const auto& [key, error] : store.invalid()) {
    book.unreadable.push_back({.title = type.kind + "/" + key.name, .ns = key.ns, .error = error});
  }
}

}  // namespace

ClusterView::ClusterView(Settings settings)
    : settings_(settings),
      scans_(decode_scan, {.on_change = [this](const auto&, const Scan& old_scan,
                                               const Scan& new_scan) { scan_changed(old_scan, new_scan); },
                           .on_invalid = {}}),
      reports_(
          [pool = pool_](const nlohmann::json& object) { return decode_report(object, pool); },
          {.on_change = [this](const kubernetes::ObjectKey& key, const auto&,
                               const auto&) { report_changed(key.name); },
           .on_invalid = [this](const kubernetes::ObjectKey& key, const std::string&) { report_changed(key.name); }}),
      policies_(decode_whole<crds::ScanPolicy>),
      cluster_policies_(decode_whole<crds::ScanPolicy>),
      exceptions_(decode_whole<crds::FindingException>),
      cluster_exceptions_(decode_whole<crds::FindingException>),
      databases_(decode_whole<crds::VulnerabilityDatabase>),
      namespaces_(decode_namespace),
      nodes_(decode_node),
      accounts_(decode_account),
      pods_(decode_pod, {.on_change = [this](const auto&, const RunningImages::Pod& old_pod,
                                             const RunningImages::Pod& new_pod) { running_.replace(old_pod, new_pod); },
                         .on_invalid = {}}),
      sightings_(decode_sighting),
      unlisted_({crds::kClusterScanPolicy.kind, crds::kScanPolicy.kind, crds::kClusterFindingException.kind,
                 crds::kFindingException.kind, crds::kImageScan.kind, crds::kImageReport.kind,
                 crds::kVulnerabilityDatabase.kind, kNamespace.kind, kNode.kind, kServiceAccount.kind, kPod.kind,
                 crds::kFinding.kind}),
      rules_(std::make_shared<const policy::RuleBook>()),
      node_platforms_(std::make_shared<const NodePlatforms>()) {}

template <typename T>
ClusterView::Watched ClusterView::watch_store(const kubernetes::ResourceType& type, kubernetes::Store<T>& store,
                                              std::function<void()> after) {
  using kubernetes::ObjectEventType;
  const auto on_event = [this, &store, kind = type.kind,
                         after = std::move(after)](const kubernetes::ObjectEvent& event) {
    store.apply(event);
    // While a list is being taken in nothing that readers see has changed.
    const bool visible = event.type != ObjectEventType::kInit && event.type != ObjectEventType::kInitApply;
    if (visible && after) after();
    // Last: what was listed decides from here on.
    if (event.type == ObjectEventType::kInitDone) unlisted_.with([&](auto& kinds) { kinds.erase(kind); });
  };
  return {.type = type, .on_event = on_event};
}

std::vector<ClusterView::Watched> ClusterView::watched() {
  const auto rules_changed = [this] { rebuild_rules(); };
  std::vector<Watched> all;
  all.push_back(watch_store(crds::kClusterScanPolicy, cluster_policies_, rules_changed));
  all.push_back(watch_store(crds::kScanPolicy, policies_, rules_changed));
  all.push_back(watch_store(crds::kClusterFindingException, cluster_exceptions_, rules_changed));
  all.push_back(watch_store(crds::kFindingException, exceptions_, rules_changed));
  all.push_back(watch_store(crds::kImageScan, scans_, {}));
  all.push_back(watch_store(crds::kImageReport, reports_, {}));
  all.push_back(watch_store(crds::kVulnerabilityDatabase, databases_, {}));
  all.push_back(watch_store(kNamespace, namespaces_, {}));
  all.push_back(watch_store(kNode, nodes_, [this] { rebuild_node_platforms(); }));
  all.push_back(watch_store(kServiceAccount, accounts_, {}));
  all.push_back(watch_store(kPod, pods_, {}));
  all.push_back(watch_store(crds::kFinding, sightings_, {}));
  return all;
}

std::vector<std::string> ClusterView::unsynced() const {
  return unlisted_.with([](const std::set<std::string>& kinds) { return std::vector(kinds.begin(), kinds.end()); });
}

bool ClusterView::synced() const {
  if (!synced_ && unsynced().empty()) synced_ = true;
  return synced_;
}

std::optional<std::chrono::seconds> ClusterView::stale_for() const {
  const std::chrono::seconds age = age_;
  return age > settings_.age_max ? std::optional(age) : std::nullopt;
}

void ClusterView::set_on_change(OnChange on_change) {
  on_change_.with([&](OnChange& current) { current.swap(on_change); });
}

void ClusterView::report_changed(const std::string& name) {
  // "sha256-" and the hex digits: crds::image_report_name().
  report_cache_.forget(name.substr(std::min(name.size(), std::string_view("sha256-").size())));
  tell({name});
}

void ClusterView::tell(const std::vector<std::string>& topics) {
  on_change_.with([&](const OnChange& on_change) {
    if (on_change) on_change(topics);
  });
}

void ClusterView::scan_changed(const Scan& old_scan, const Scan& new_scan) {
  scan_index_.replace(old_scan, new_scan);
  const ScanFacts& scan = new_scan ? *new_scan : *old_scan;
  std::vector<std::string> topics{scan_topic(scan.key.ns, scan.reference)};
  if (!scan.digest.empty()) topics.push_back(digest_topic(scan.digest));
  for (const crds::ScannedPlatform& platform : scan.platforms) topics.push_back(digest_topic(platform.digest));
  tell(topics);
}

// Four watches may come here at once: the snapshot is made and replaced under one lock, so that an older one never
// replaces a newer one.
void ClusterView::rebuild_rules() {
  rules_.with([this](std::shared_ptr<const policy::RuleBook>& rules) {
    auto book = std::make_shared<policy::RuleBook>();
    add_policies(cluster_policies_, crds::kClusterScanPolicy, *book);
    add_policies(policies_, crds::kScanPolicy, *book);
    std::vector<std::shared_ptr<const crds::FindingException>> exceptions;
    for (auto& [key, exception] : cluster_exceptions_.list()) exceptions.push_back(std::move(exception));
    for (auto& [key, exception] : exceptions_.list()) exceptions.push_back(std::move(exception));
    book->exceptions = policy::ExceptionIndex(std::move(exceptions));
    rules = std::move(book);
  });
}

void ClusterView::rebuild_node_platforms() {
  auto platforms = std::make_shared<NodePlatforms>();
  nodes_.for_each([&](const kubernetes::ObjectKey&, const NodeFacts& node) {
    if (node.platform.empty()) return;
    const auto [at, added] = platforms->try_emplace(node.platform, node.created_at);
    if (!added && node.created_at < at->second) at->second = node.created_at;
  });
  node_platforms_.with([&](std::shared_ptr<const NodePlatforms>& current) { current = std::move(platforms); });
}

std::shared_ptr<const policy::RuleBook> ClusterView::rules() const {
  return rules_.with([](const auto& rules) { return rules; });
}

std::shared_ptr<const NodePlatforms> ClusterView::node_platforms() const {
  return node_platforms_.with([](const auto& platforms) { return platforms; });
}

std::optional<crds::Labels> ClusterView::namespace_labels(const std::string& ns) const {
  const auto labels = namespaces_.get({.ns = {}, .name = ns});
  return labels ? std::optional(*labels) : std::nullopt;
}

std::shared_ptr<const ReportFacts> ClusterView::report(const base::Digest& manifest) const {
  return report_cache_.of(manifest, [&]() -> std::shared_ptr<const ReportFacts> {
    std::shared_ptr<const KeptReport> kept = reports_.get({.ns = {}, .name = crds::image_report_name(manifest)});
    if (!kept) return nullptr;
    policy::ManifestFacts facts = kept->facts(manifest);
    return std::make_shared<const ReportFacts>(ReportFacts{.manifest = std::move(facts), .kept = std::move(kept)});
  });
}

bool ClusterView::report_is_unreadable(const base::Digest& manifest) const {
  return reports_.is_invalid({.ns = {}, .name = crds::image_report_name(manifest)});
}

std::optional<base::SystemTime> ClusterView::first_seen(const std::string& ns,
                                                        const policy::FindingFacts& finding) const {
  const std::string name =
      crds::finding_name({.id = finding.id, .package_type = finding.package_type, .source_package = finding.package});
  const auto sighting = sightings_.get({.ns = ns, .name = name});
  return sighting ? sighting->first_seen : std::nullopt;
}

std::vector<std::string> ClusterView::pull_secrets_of(const std::string& ns, const std::string& account) const {
  const auto facts = accounts_.get({.ns = ns, .name = account.empty() ? "default" : account});
  return facts ? facts->pull_secrets : std::vector<std::string>{};
}

std::optional<base::SystemTime> ClusterView::database_built_at() const {
  const auto database = databases_.get({.ns = {}, .name = kDatabaseName});
  return database ? base::parse_rfc3339(database->status.built_at) : std::nullopt;
}

std::optional<std::int64_t> ClusterView::database_generation() const {
  const auto database = databases_.get({.ns = {}, .name = kDatabaseName});
  return database ? database->status.active_generation : std::nullopt;
}

}  // namespace admission
