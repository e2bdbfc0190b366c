// What a policy judges: the facts about a finding, a platform manifest, an image and the object that wants to run it.
// Values without behaviour, made by admission, the operator (replay) and the command line from what each of them has.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/image_reference.h"
#include "crds/label_selector.h"
#include "crds/metadata.h"
#include "crds/report_rows.h"

namespace policy {

using Annotations = std::map<std::string, std::string>;

struct SourceSeverity {
  std::string source;
  crds::Severity severity = crds::Severity::kUnknown;
  std::optional<double> cvss = {};  // base score of its vector
  bool operator==(const SourceSeverity&) const = default;
};

// One vulnerability in one package.
struct FindingFacts {
  std::string id;
  std::vector<std::string> aliases;
  std::string package_type;
  std::string package;
  std::string installed;
  std::string fixed;  // empty: no fix known
  std::vector<std::string> purls;
  crds::Severity severity = crds::Severity::kUnknown;
  std::vector<SourceSeverity> ratings;
  std::optional<double> epss;
  std::optional<base::SystemTime> published;
  std::optional<base::SystemTime> fix_available;
  bool exploited = false;
  bool operator==(const FindingFacts&) const = default;
};

[[nodiscard]] FindingFacts facts_of(const crds::ReportRow& row);

// How many findings of a manifest have at least a severity, by that severity.
using SeverityCounts = std::array<std::uint32_t, 5>;

// One platform manifest: an ImageReport. The findings are borrowed.
struct ManifestFacts {
  std::string digest;
  std::string platform;
  bool complete = false;
  std::string incomplete_because;    // its first warning; may be empty
  std::optional<int> coverage = {};  // percent of program bytes in known packages; absent: not known
  std::optional<std::int64_t> database_generation;
  std::vector<const FindingFacts*> findings;
  // Set by sort_by_severity(): the findings stand worst first, so that a rule need not look at those below its
  // severity.
  std::optional<SeverityCounts> at_least = {};
};

// Sorts the findings worst first and counts them.
void sort_by_severity(ManifestFacts& manifest);

// Whether an ImageScan of the object's namespace resolved this digest with the namespace's own credentials.
enum class Proof : std::uint8_t { kUnproved, kProved };

// One container of the object that asks for an image.
struct Place {
  std::string container;
  // The platform manifests that its owner's pods run in this container now; empty: none, or none is known. Borrowed.
  std::vector<const ManifestFacts*> runs_now;
};

// Whether a scan that is asked for can still mend what `unscanned_because` says.
enum class ScanHope : std::uint8_t { kMayCome, kFailed };

// One image of the object. The manifests are borrowed.
struct ImageFacts {
  std::string written;                            // as the object has it
  std::string place = {};                         // where the object has it, for a person; may be empty
  std::optional<base::ImageReference> reference;  // absent: not a reference, and `error` says why
  std::string error;
  std::string digest;  // what it resolved to; empty: not known
  std::vector<const ManifestFacts*> manifests;
  std::string unscanned_because;                    // empty: every manifest that the nodes can run is in `manifests`
  std::optional<base::SystemTime> tag_resolved_at;  // of a reference without a digest
  std::optional<base::SystemTime> scanned_at;
  Proof proof = Proof::kUnproved;
  std::string image_scan;  // name of the ImageScan that tells more, in the object's namespace; may be empty
  ScanHope hope = ScanHope::kMayCome;
  std::vector<Place> places = {};  // every container that asks for it; empty: not known, so that no ratchet holds
  // Since when pods of the object's owner have run, or ran until shortly, this digest; absent: none did.
  std::optional<base::SystemTime> ran_since = {};
};

enum class SubjectKind : std::uint8_t { kPod, kController };

// The object that wants to run images.
struct Subject {
  std::string ns;
  std::optional<crds::Labels> namespace_labels;  // absent: the namespace is not known yet
  crds::Labels labels;                           // of the pod or of the controller's pod template
  SubjectKind kind = SubjectKind::kPod;
  Annotations annotations = {};  // of the pod or of the controller's pod template
};

// Who asks, and what the annotations were before. A replay of what runs has no request.
struct Request {
  std::string user;
  std::vector<std::string> groups;
  std::optional<Annotations> annotations_before;  // absent: the object is new
};

// When a finding was first seen in the subject's namespace; nullopt: not known.
using FirstSeen = std::function<std::optional<base::SystemTime>(const FindingFacts& finding)>;

}  // namespace policy
