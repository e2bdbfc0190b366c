#include "admission/admission_review.h"

#include <simdjson.h>

#include <initializer_list>
#include <nlohmann/json.hpp>

#include "admission/limits.h"
#include "base/error.h"
#include "base/log.h"

namespace admission {
namespace {

using simdjson::dom::element;
using Field = std::optional<element>;  // absent, or null in the JSON, is nullopt

struct WantedField {
  std::string_view name;
  Field& value;
};

[[noreturn]] void malformed(std::string_view what, std::string_view why) {
  throw base::ParseError(std::string(what) + " " + base::escape_text(why, 160));
}

// Takes the wanted fields out of an object. A key that stands twice is refused, because whoever reads the object after
// us might see the other one.
void take_fields(const element& from, std::string_view what, std::initializer_list<WantedField> wanted) {
  simdjson::dom::object object;
  if (from.get(object) != simdjson::SUCCESS) malformed(what, "is not an object");
  std::uint64_t seen = 0;
  for (const simdjson::dom::key_value_pair field : object) {
    std::uint64_t bit = 1;
    for (const WantedField& want : wanted) {
      if (want.name == field.key) {
        if ((seen & bit) != 0) malformed(what, "has the key \"" + std::string(want.name) + "\" twice");
        seen |= bit;
        if (!field.value.is_null()) want.value = field.value;
        break;
      }
      bit <<= 1;
    }
  }
}

std::string text_of(const Field& field, std::string_view what) {
  if (!field) return {};
  std::string_view text;
  if (field->get(text) != simdjson::SUCCESS) malformed(what, "is not a string");
  return std::string(text);
}

template <typename OnItem>
void for_each_item(const Field& field, std::string_view what, const OnItem& on_item) {
  if (!field) return;
  simdjson::dom::array items;
  if (field->get(items) != simdjson::SUCCESS) malformed(what, "is not a list");
  for (const element item : items) on_item(item);
}

crds::Labels labels_of(const Field& field, std::string_view what) {
  crds::Labels labels;
  if (!field) return labels;
  simdjson::dom::object object;
  if (field->get(object) != simdjson::SUCCESS) malformed(what, "is not an object");
  for (const simdjson::dom::key_value_pair label : object) {
    const bool added = labels.emplace(std::string(label.key), text_of(Field(label.value), what)).second;
    if (!added) malformed(what, "has a key twice");
  }
  return labels;
}

// One item of a list that kImageFields names. A volume that is no image volume adds nothing.
void read_image(const ImageField& field, const element& item, std::vector<ContainerImage>& images) {
  Field name;
  Field image;
  take_fields(item, field.list_name, {{"name", name}, {field.image_path[0], image}});
  if (!field.image_path[1].empty()) {
    if (!image) return;
    Field reference;
    take_fields(*image, field.list_name, {{field.image_path[1], reference}});
    image = reference;
  }
  images.push_back({field.list, text_of(name, field.list_name), text_of(image, field.list_name)});
}

PodTemplate read_template(const element& from) {
  Field metadata;
  Field spec;
  take_fields(from, "the object", {{"metadata", metadata}, {"spec", spec}});
  PodTemplate pod;
  if (metadata) {
    Field labels;
    take_fields(*metadata, "metadata", {{"labels", labels}});
    pod.labels = labels_of(labels, "metadata.labels");
  }
  if (!spec) return pod;
  std::array<Field, kImageFields.size()> lists;
  Field account;
  Field pull_secrets;
  Field node_selector;
  take_fields(*spec, "spec",
              {{kImageFields[0].list_name, lists[0]},
               {kImageFields[1].list_name, lists[1]},
               {kImageFields[2].list_name, lists[2]},
               {kImageFields[3].list_name, lists[3]},
               {"serviceAccountName", account},
               {"imagePullSecrets", pull_secrets},
               {"nodeSelector", node_selector}});
  for (std::size_t i = 0; i < lists.size(); ++i) {
    for_each_item(lists[i], kImageFields[i].list_name,
                  [&](const element& item) { read_image(kImageFields[i], item, pod.images); });
  }
  for_each_item(pull_secrets, "imagePullSecrets", [&](const element& item) {
    Field name;
    take_fields(item, "imagePullSecrets", {{"name", name}});
    pod.pull_secrets.push_back(text_of(name, "imagePullSecrets"));
  });
  pod.service_account = text_of(account, "serviceAccountName");
  pod.node_selector = labels_of(node_selector, "nodeSelector");
  return pod;
}

PodTemplate read_workload(const WorkloadKind& kind, element object) {
  for (const std::string_view step : kind.template_path) {
    if (step.empty()) break;
    Field next;
    take_fields(object, "the object", {{step, next}});
    if (!next) return {};
    object = *next;
  }
  return read_template(object);
}

Operation operation_of(const std::string& text) {
  if (text == "CREATE") return Operation::kCreate;
  if (text == "UPDATE") return Operation::kUpdate;
  if (text == "DELETE") return Operation::kDelete;
  if (text == "CONNECT") return Operation::kConnect;
  malformed("request.operation", "is not an operation of an AdmissionReview");
}

void read_request(const element& request, Review& review) {
  Field resource;
  Field subresource;
  Field ns;
  Field name;
  Field operation;
  Field user_info;
  Field object;
  Field old_object;
  Field dry_run;
  take_fields(request, "request",
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
  take_fields(*resource, "request.resource", {{"group", group}, {"resource", plural}});
  review.group = text_of(group, "request.resource.group");
  review.resource = text_of(plural, "request.resource.resource");
  if (user_info) {
    Field user;
    take_fields(*user_info, "request.userInfo", {{"username", user}});
    review.user = text_of(user, "request.userInfo.username");
  }
  bool is_dry_run = false;
  if (dry_run && dry_run->get(is_dry_run) != simdjson::SUCCESS) malformed("request.dryRun", "is not true or false");
  review.dry_run = is_dry_run ? DryRun::kYes : DryRun::kNo;

  review.workload = find_workload_kind(review.group, review.resource, review.subresource);
  if (review.workload == nullptr) return;
  const bool is_update = review.operation == Operation::kUpdate;
  if (!is_update && review.operation != Operation::kCreate) return;
  if (review.ns.empty()) malformed("request.namespace", "is missing");
  if (!object) malformed("request.object", "is missing");
  review.object = read_workload(*review.workload, *object);
  if (is_update && old_object) review.old_object = read_workload(*review.workload, *old_object);
}

// The request and its uid. Throws base::ParseError: without a uid nobody can be answered.
element read_envelope(const element& document, std::string& uid) {
  Field version;
  Field kind;
  Field request;
  take_fields(document, "the body", {{"apiVersion", version}, {"kind", kind}, {"request", request}});
  if (text_of(kind, "kind") != "AdmissionReview" || text_of(version, "apiVersion") != "admission.k8s.io/v1") {
    malformed("the body", "is not an AdmissionReview of admission.k8s.io/v1");
  }
  if (!request) malformed("request", "is missing");
  Field uid_field;
  take_fields(*request, "request", {{"uid", uid_field}});
  uid = text_of(uid_field, "request.uid");
  if (uid.empty()) malformed("request.uid", "is missing");
  return *request;
}

}  // namespace

Review decode_review(std::string_view body, std::string& uid) {
  uid.clear();
  if (body.size() > kReviewBytesMax) {
    throw base::LimitExceeded("AdmissionReview of " + std::to_string(body.size()) + " bytes: at most " +
                              std::to_string(kReviewBytesMax) + " are read");
  }
  thread_local simdjson::dom::parser parser;
  element document;
  const simdjson::error_code error = parser.parse(body.data(), body.size()).get(document);
  if (error != simdjson::SUCCESS) {
    throw base::ParseError(std::string("AdmissionReview is not JSON: ") + simdjson::error_message(error));
  }
  const element request = read_envelope(document, uid);
  Review review;
  review.uid = uid;
  read_request(request, review);
  return review;
}

std::string encode_answer(const ReviewAnswer& answer) {
  nlohmann::json response{{"uid", answer.uid}, {"allowed", answer.allowed}};
  if (!answer.allowed) {
    const char* reason = answer.code == 400 ? "BadRequest" : "Forbidden";
    response["status"] = {{"code", answer.code}, {"message", answer.message}, {"reason", reason}};
  }
  if (!answer.warnings.empty()) response["warnings"] = answer.warnings;
  if (!answer.audit_annotations.empty()) response["auditAnnotations"] = answer.audit_annotations;
  const nlohmann::json review{
      {"apiVersion", "admission.k8s.io/v1"}, {"kind", "AdmissionReview"}, {"response", std::move(response)}};
  return review.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace admission
