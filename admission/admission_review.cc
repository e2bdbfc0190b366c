#include "admission/admission_review.h"

#include <simdjson.h>

#include <algorithm>

#include "admission/limits.h"
#include "base/error.h"
#include "policy/workload_reader.h"

namespace admission {
namespace {

using policy::malformed;
using policy::take_fields;
using policy::text_of;

// A value of simdjson's document, which lives until the next request of this thread is parsed.
class Value {
 public:
  explicit Value(simdjson::dom::element value) : value_(value) {}

  [[nodiscard]] bool is_null() const { return value_.is_null(); }
  [[nodiscard]] std::optional<std::string_view> text() const {
    std::string_view text;
    if (value_.get(text) != simdjson::SUCCESS) return std::nullopt;
    return text;
  }
  [[nodiscard]] std::optional<bool> truth() const {
    bool truth = false;
    if (value_.get(truth) != simdjson::SUCCESS) return std::nullopt;
    return truth;
  }
  template <typename Use>
  bool for_each_field(const Use& use) const {
    simdjson::dom::object object;
    if (value_.get(object) != simdjson::SUCCESS) return false;
    for (const simdjson::dom::key_value_pair field : object) use(field.key, Value(field.value));
    return true;
  }
  template <typename Use>
  bool for_each_item(const Use& use) const {
    simdjson::dom::array items;
    if (value_.get(items) != simdjson::SUCCESS) return false;
    for (const simdjson::dom::element item : items) use(Value(item));
    return true;
  }

 private:
  simdjson::dom::element value_;
};
using Field = policy::Field<Value>;

Operation operation_of(const std::string& text) {
  if (text == "CREATE") return Operation::kCreate;
  if (text == "UPDATE") return Operation::kUpdate;
  if (text == "DELETE") return Operation::kDelete;
  if (text == "CONNECT") return Operation::kConnect;
  malformed("request.operation", "is not an operation of an AdmissionReview");
}

// Kubelets are known by their name and group, as the NodeRestriction plugin knows them. Of anybody else the annotation
// says nothing.
bool is_of_a_kubelet(const Review& review) {
  return review.user.starts_with("system:node:") &&
         std::ranges::find(review.groups, "system:nodes") != review.groups.end();
}

bool mirrors_static_pod(const Review& review) {
  return review.operation == Operation::kCreate && review.workload->subject == policy::SubjectKind::kPod &&
         is_of_a_kubelet(review) && review.object.annotations.contains("kubernetes.io/config.mirror");
}

void read_request(const Value& request, const policy::WorkloadKinds& kinds, Review& review) {
  Field resource;
  Field subresource;
  Field ns;
  Field name;
  Field operation;
  Field user_info;
  Field object;
  Field old_object;
  Field dry_run;
  take_fields<Value>(request, "request",
                     {{"resource", resource},
                      {"subResource", subresource},
                      {"namespace", ns},
                      {"name", name},
                      {"operation", operation},
                      {"userInfo", user_info},
                      {"object", object},
                      {"oldObject", old_object},
                      {"dryRun", dry_run}});
  review.subresource = text_of(subresource, "request.subResource");
  review.ns = text_of(ns, "request.namespace");
  review.name = text_of(name, "request.name");
  review.operation = operation_of(text_of(operation, "request.operation"));
  if (!resource) malformed("request.resource", "is missing");
  Field group;
  Field plural;
  take_fields<Value>(*resource, "request.resource", {{"group", group}, {"resource", plural}});
  review.group = text_of(group, "request.resource.group");
  review.resource = text_of(plural, "request.resource.resource");
  if (user_info) {
    Field user;
    Field groups;
    take_fields<Value>(*user_info, "request.userInfo", {{"username", user}, {"groups", groups}});
    review.user = text_of(user, "request.userInfo.username");
    policy::for_each_item(groups, "request.userInfo.groups", [&](const Value& member) {
      review.groups.push_back(text_of<Value>(member, "request.userInfo.groups"));
    });
  }
  const std::optional<bool> is_dry_run = dry_run ? dry_run->truth() : false;
  if (!is_dry_run) malformed("request.dryRun", "is not true or false");
  review.dry_run = *is_dry_run ? DryRun::kYes : DryRun::kNo;

  review.workload = kinds.find(review.group, review.resource, review.subresource);
  if (review.workload == nullptr) return;
  const bool is_update = review.operation == Operation::kUpdate;
  if (!is_update && review.operation != Operation::kCreate) return;
  if (review.ns.empty()) malformed("request.namespace", "is missing");
  if (!object) malformed("request.object", "is missing");
  review.object = policy::read_workload_view(*review.workload, *object);
  review.mirrors_static_pod = mirrors_static_pod(review);
  if (is_update && old_object) review.old_object = policy::read_workload_view(*review.workload, *old_object);
}

// The request and its uid. Throws base::ParseError: without a uid nobody can be answered.
Value read_envelope(const Value& document, std::string& uid) {
  Field version;
  Field kind;
  Field request;
  take_fields<Value>(document, "the body", {{"apiVersion", version}, {"kind", kind}, {"request", request}});
  if (text_of(kind, "kind") != "AdmissionReview" || text_of(version, "apiVersion") != "admission.k8s.io/v1") {
    malformed("the body", "is not an AdmissionReview of admission.k8s.io/v1");
  }
  if (!request) malformed("request", "is missing");
  Field uid_field;
  take_fields<Value>(*request, "request", {{"uid", uid_field}});
  uid = text_of(uid_field, "request.uid");
  if (uid.empty()) malformed("request.uid", "is missing");
  return *request;
}

}  // namespace

Review decode_review(std::string_view body, const policy::WorkloadKinds& kinds, std::string& uid) {
  uid.clear();
  if (body.size() > kReviewBytesMax) {
    throw base::LimitExceeded("AdmissionReview of " + std::to_string(body.size()) + " bytes: at most " +
                              std::to_string(kReviewBytesMax) + " are read");
  }
  thread_local simdjson::dom::parser parser;
  simdjson::dom::element document;
  const simdjson::error_code error = parser.parse(body.data(), body.size()).get(document);
  if (error != simdjson::SUCCESS) {
    throw base::ParseError(std::string("AdmissionReview is not JSON: ") + simdjson::error_message(error));
  }
  const Value request = read_envelope(Value(document), uid);
  Review review;
  review.uid = uid;
  read_request(request, kinds, review);
  return review;
}

}  // namespace admission
