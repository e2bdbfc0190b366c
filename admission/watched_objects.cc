#include "admission/watched_objects.h"

#include <nlohmann/json.hpp>

#include "admission/json_access.h"
#include "admission/written_image.h"

namespace admission {
namespace {

using nlohmann::json;

// "NotFound: no such manifest", of the condition that says what went wrong.
std::string failure_of(const std::vector<kubernetes::Condition>& conditions) {
  for (const std::string_view type : {crds::kResolved, crds::kScanned}) {
    const kubernetes::Condition* condition = kubernetes::find_condition(conditions, type);
    if (condition != nullptr && condition->status == "False") return condition->reason + ": " + condition->message;
  }
  return {};
}

void decode_progress(const crds::ImageScan& scan, ScanFacts& facts) {
  if (scan.status.observed_generation != scan.metadata.generation.value_or(0)) return;
  const std::vector<kubernetes::Condition>& conditions = scan.status.conditions;
  const kubernetes::Condition* scanned = kubernetes::find_condition(conditions, crds::kScanned);
  const kubernetes::Condition* stalled = kubernetes::find_condition(conditions, crds::kStalled);
  facts.scanning = scanned != nullptr && scanned->reason == "Scanning";
  facts.stalled = stalled != nullptr && stalled->status == "True";
  facts.failure = failure_of(conditions);
}

}  // namespace

ScanFacts decode_scan(const json& object) {
  const auto scan = object.get<crds::ImageScan>();
  ScanFacts facts;
  facts.key = scan.metadata.key();
  const WrittenImage image = read_written_image(scan.spec.image);
  if (image.reference) facts.reference = image.reference->text();
  facts.pull_secrets = scan.spec.pull_secrets;
  facts.priority = scan.spec.priority;
  const auto managed = scan.metadata.labels.find(std::string(crds::kManagedByLabel));
  facts.ours = managed != scan.metadata.labels.end() && managed->second == crds::kManagedByPratique;
  facts.covers_nodes = scan.spec.platforms.empty();
  decode_progress(scan, facts);
  // A status counts only while it is about this spec and this reference.
  const bool counts = scan.status.observed_generation == scan.metadata.generation.value_or(0) &&
                      !facts.reference.empty() && scan.status.image == facts.reference;
  if (!counts) return facts;
  facts.digest = scan.status.digest;
  facts.platforms = scan.status.platforms;
  facts.resolved_at = base::parse_rfc3339(scan.status.resolved_at);
  facts.scanned_at = base::parse_rfc3339(scan.status.last_scan_time);
  return facts;
}

NodeFacts decode_node(const json& object) {
  const json& info = field_of(field_of(object, "status"), "nodeInfo");
  const json& labels = field_of(field_of(object, "metadata"), "labels");
  const auto either = [&](const char* info_name, const char* label) {
    const std::string text = text_of(info, info_name);
    return text.empty() ? text_of(labels, label) : text;
  };
  const std::string os = either("operatingSystem", "kubernetes.io/os");
  const std::string architecture = either("architecture", "kubernetes.io/arch");
  const bool known = !os.empty() && !architecture.empty();
  return {.platform = known ? os + "/" + architecture : std::string(),
          .created_at = base::parse_rfc3339(text_of(field_of(object, "metadata"), "creationTimestamp"))};
}

AccountFacts decode_account(const json& object) {
  AccountFacts facts;
  const json& secrets = field_of(object, "imagePullSecrets");
  if (!secrets.is_array()) return facts;
  for (const json& secret : secrets) facts.pull_secrets.push_back(text_of(secret, "name"));
  return facts;
}

Sighting decode_sighting(const json& object) {
  return {.first_seen = base::parse_rfc3339(text_of(field_of(object, "status"), "firstSeen"))};
}

crds::Labels decode_namespace(const json& object) {
  return labels_of(object);
}

}  // namespace admission
