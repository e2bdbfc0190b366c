// The AdmissionReview of admission.k8s.io/v1: read (the one simdjson file of admission/) and answered.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/workload.h"

namespace admission {

enum class Operation : std::uint8_t { kCreate, kUpdate, kDelete, kConnect };
enum class DryRun : std::uint8_t { kNo, kYes };

// One request, with what it says of images already taken out.
struct Review {
  std::string uid;
  std::string group;
  std::string resource;
  std::string subresource;
  std::string ns;
  std::string name;                 // empty with generateName
  std::string user;                 // empty: nobody asks, what is there is judged as though it came anew
  std::vector<std::string> groups;  // of the user
  Operation operation = Operation::kCreate;
  DryRun dry_run = DryRun::kNo;
  // A kubelet's mirror of a pod that it runs from a file of its node: a report, which no answer undoes.
  bool mirrors_static_pod = false;
  const policy::WorkloadKind* workload = nullptr;  // null: a resource that carries no images that we know of
  policy::PodTemplate object;                      // set for CREATE and UPDATE of a workload
  std::optional<policy::PodTemplate> old_object;   // set for UPDATE of a workload
};

// Reads every byte of the body. Throws base::ParseError for what is not JSON, for a duplicate key and for a field of a
// wrong type, base::LimitExceeded past kReviewBytesMax. `uid` is set as soon as it is known, so that a request that
// cannot be read further can be denied by its uid. Thread-safe.
[[nodiscard]] Review decode_review(std::string_view body, const policy::WorkloadKinds& kinds, std::string& uid);

struct ReviewAnswer {
  std::string uid;
  bool allowed = false;
  int code = 200;       // of the Status that a denial shows
  std::string message;  // of a denial
  std::vector<std::string> warnings;
  std::map<std::string, std::string>
      audit_annotations;  // keys without a prefix: the API server adds the webhook's name
};

// The AdmissionReview that carries the answer.
[[nodiscard]] std::string encode_answer(const ReviewAnswer& answer);

}  // namespace admission
