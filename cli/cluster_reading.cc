#include "cli/cluster_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "admission/written_image.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "cli/suggestion.h"
#include "crds/finding.h"
#include "crds/finding_exception.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"
#include "crds/object_names.h"
#include "crds/scan_policy.h"
#include "crds/vulnerability_database.h"

namespace cli {
namespace {

using kubernetes::ResourceType;
using nlohmann::json;

const ResourceType kNamespace{"", "v1", "Namespace", "namespaces", false};
const ResourceType kPod{"", "v1", "Pod", "pods", true};
const ResourceType kNode{"", "v1", "Node", "nodes", false};

constexpr int kForbidden = 403;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
  return text;
}

// The short names that kubectl knows.
std::string long_name(const std::string& word) {
  const std::pair<const char*, const char*> kShort[] = {
      {"po", "pods"},        {"rc", "replicationcontrollers"}, {"deploy", "deployments"},
      {"rs", "replicasets"}, {"sts", "statefulsets"},          {"ds", "daemonsets"},
      {"cj", "cronjobs"}};
  for (const auto& [name, meant] : kShort) {
    if (word == name) return meant;
  }
  return word;
}

ResourceType type_of(const policy::WorkloadKind& kind) {
  return {kind.group, "v1", kind.kind, kind.resource, true};
}

const policy::WorkloadKind& workload_kind(const std::string& written) {
  const std::string word = long_name(lower(written));
  std::vector<std::string> known;
  for (const policy::WorkloadKind& kind : policy::kubernetes_workload_kinds().all()) {
    if (!kind.subresource.empty()) continue;
    if (word == kind.resource || word == lower(kind.kind)) return kind;
    known.push_back(lower(kind.kind));
  }
  const std::string_view meant = nearest(word, known);
  throw base::ConfigError(fmt::format("\"{}\" is no workload that runs images; {}", base::escape_text(written, 64),
                                      meant.empty() ? fmt::format("these are: {}", fmt::join(known, ", "))
                                                    : fmt::format("did you mean \"{}\"?", meant)));
}

// Adds what is listed in the namespace (empty: all, or the cluster's). False: the caller may not.
bool add_all(kubernetes::ApiClient& client, const ResourceType& type, const std::string& ns, std::vector<json>& into) {
  const std::size_t before = into.size();
  try {
    client.list(
        type, {.ns = ns, .label_selector = {}, .field_selector = {}},
        [&](json item) {
          item["apiVersion"] = type.api_version();
          item["kind"] = type.kind;
          into.push_back(std::move(item));
        },
        [&] { into.resize(before); }, {});
    return true;
  } catch (const kubernetes::ApiError& error) {
    into.resize(before);
    if (error.status() == kForbidden) return false;
    throw;
  }
}

void must_add_all(kubernetes::ApiClient& client, const ResourceType& type, const std::string& ns,
                  std::vector<json>& into) {
  if (!add_all(client, type, ns, into)) {
    throw base::ConfigError(
        fmt::format("you may not list {}.{}{}: without them there is no answer; the ClusterRole "
                    "pratique-explain gives the right",
                    type.plural, type.group, ns.empty() ? "" : " in namespace " + ns));
  }
}

// What the subjects' images are called, and the digests that they name.
struct Wanted {
  std::set<std::string> references;
  std::set<std::string> digests;
};

Wanted wanted_by(const std::vector<SubjectObject>& subjects) {
  Wanted wanted;
  for (const SubjectObject& subject : subjects) {
    for (const policy::ContainerImage& image : policy::read_workload(*subject.kind, subject.object).images) {
      const admission::WrittenImage written = admission::read_written_image(image.image);
      if (!written.reference) continue;  // the judgement says so
      wanted.references.insert(written.reference->text());
      if (written.reference->digest) wanted.digests.insert(written.reference->digest->text());
    }
  }
  return wanted;
}

// The platform manifests that the subjects' images may stand for.
std::set<std::string> manifests_of(const std::vector<json>& scans, const Wanted& wanted) {
  std::set<std::string> digests = wanted.digests;
  for (const json& object : scans) {
    const auto scan = object.get<crds::ImageScan>();
    if (wanted.references.contains(scan.status.image)) digests.insert(scan.status.digest);
  }
  std::set<std::string> manifests = digests;
  for (const json& object : scans) {
    const auto scan = object.get<crds::ImageScan>();
    if (!digests.contains(scan.status.digest)) continue;
    for (const crds::ScannedPlatform& platform : scan.status.platforms) manifests.insert(platform.digest);
  }
  return manifests;
}

void add_reports(kubernetes::ApiClient& client, const std::set<std::string>& manifests, std::vector<json>& into) {
  for (const std::string& text : manifests) {
    const std::optional<base::Digest> digest = base::Digest::parse(text);
    if (!digest) continue;
    if (auto report = client.get(crds::kImageReport, {.ns = {}, .name = crds::image_report_name(*digest)})) {
      into.push_back(*std::move(report));
    }
  }
}

// What only ever makes an answer milder or more exact.
void add_helpful(kubernetes::ApiClient& client, const std::set<std::string>& namespaces, std::vector<json>& found,
                 std::vector<json>& pods, std::vector<std::string>& notes) {
  for (const std::string& ns : namespaces) {
    if (!add_all(client, crds::kFinding, ns, found)) {
      notes.emplace_back("you may not list findings: no grace since the first sighting is known");
    }
    if (!add_all(client, kPod, ns, pods))
      notes.emplace_back("you may not list pods: no ratchet and no continuity helps");
  }
  if (!add_all(client, kNode, {}, found))
    notes.emplace_back("you may not list nodes: every platform of an image is judged");
  if (!add_all(client, crds::kVulnerabilityDatabase, {}, found)) {
    notes.emplace_back("you may not list VulnerabilityDatabases: the age of the database is not known");
  }
}

}  // namespace

json read_workload_object(kubernetes::ApiClient& client, const std::string& name, const std::string& ns) {
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == name.size()) {
    throw base::ConfigError(fmt::format("\"{}\": write KIND/NAME, such as pod/web", base::escape_text(name, 128)));
  }
  const ResourceType type = type_of(workload_kind(name.substr(0, slash)));
  std::optional<json> object = client.get(type, {.ns = ns, .name = name.substr(slash + 1)});
  if (!object) {
    throw base::ConfigError(
        fmt::format("there is no {} in namespace {}", base::escape_text(name, 300), base::escape_text(ns)));
  }
  return *std::move(object);
}

std::vector<std::string> add_cluster(kubernetes::ApiClient& client, const std::vector<SubjectObject>& subjects,
                                     ClusterObjects& objects) {
  std::vector<std::string> notes;
  std::vector<json> found;
  std::vector<json> scans;
  std::set<std::string> namespaces;
  for (const SubjectObject& subject : subjects) namespaces.insert(subject.ns);
  must_add_all(client, crds::kClusterScanPolicy, {}, found);
  must_add_all(client, crds::kClusterFindingException, {}, found);
  const bool all_scans = add_all(client, crds::kImageScan, {}, scans);
  if (!all_scans)
    notes.emplace_back("you may list the ImageScans of your namespace alone: what others have proved is not known");
  for (const std::string& ns : namespaces) {
    must_add_all(client, crds::kScanPolicy, ns, found);
    must_add_all(client, crds::kFindingException, ns, found);
    if (!all_scans) must_add_all(client, crds::kImageScan, ns, scans);
    if (auto object = client.get(kNamespace, {.ns = {}, .name = ns})) found.push_back(*std::move(object));
  }
  std::vector<json> pods;
  add_helpful(client, namespaces, found, pods, notes);
  add_reports(client, manifests_of(scans, wanted_by(subjects)), found);
  for (json& object : found) objects.add(std::move(object));
  for (json& scan : scans) objects.add(std::move(scan));
  for (json& pod : pods) objects.add_running_pod(std::move(pod));
  return notes;
}

}  // namespace cli
