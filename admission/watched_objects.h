// The slim forms in which the webhook keeps what it watches: decoded once, when the watch brings them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crds/image_scan.h"
#include "crds/label_selector.h"

namespace admission {

// An ImageScan: what it asked for and what that resolved to.
struct ScanFacts {
  kubernetes::ObjectKey key;
  std::string reference;  // normalised; empty when spec.image is not a reference
  std::string digest;     // empty: not resolved, or of an older spec
  std::vector<crds::ScannedPlatform> platforms;
  bool covers_nodes = false;  // it asked for no platforms of its own, so has those of the nodes
  std::optional<base::SystemTime> resolved_at;
  std::optional<base::SystemTime> scanned_at;
  std::vector<std::string> pull_secrets;
  crds::ScanPriority priority = crds::ScanPriority::kNormal;
  bool ours = false;  // made by Pratique, not by a person
  // What the last attempt came to, of this spec; by these words a person is told.
  bool scanning = false;
  bool stalled = false;  // it failed, and needs somebody to do something
  std::string failure;   // "NotFound: ..."; empty where it did not fail
};
[[nodiscard]] ScanFacts decode_scan(const nlohmann::json& object);

struct NodeFacts {
  std::string platform;  // "linux/amd64"
  std::optional<base::SystemTime> created_at;
};
[[nodiscard]] NodeFacts decode_node(const nlohmann::json& object);

struct AccountFacts {
  std::vector<std::string> pull_secrets;
};
[[nodiscard]] AccountFacts decode_account(const nlohmann::json& object);

// A Finding: when its vulnerability was first seen in its namespace.
struct Sighting {
  std::optional<base::SystemTime> first_seen;
};
[[nodiscard]] Sighting decode_sighting(const nlohmann::json& object);

[[nodiscard]] crds::Labels decode_namespace(const nlohmann::json& object);

}  // namespace admission
