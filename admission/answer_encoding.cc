// The answer is written as text and not by way of a document of nodes, which would cost as much as the decision.
#include "admission/admission_review.h"
#include "net/json.h"

namespace admission {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view text) {
  net::append_json_string(out, name);
  out += ':';
  net::append_json_string(out, text);
}

void append_status(std::string& out, const ReviewAnswer& answer) {
  out += R"(,"status":{"code":)" + std::to_string(answer.code) + ',';
  append_member(out, "message", answer.message);
  out += ',';
  append_member(out, "reason", answer.code == 400 ? "BadRequest" : "Forbidden");
  out += '}';
}

void append_warnings(std::string& out, const std::vector<std::string>& warnings) {
  out += R"(,"warnings":)";
  char before = '[';
  for (const std::string& warning : warnings) {
    out += before;
    net::append_json_string(out, warning);
    before = ',';
  }
  out += ']';
}

void append_annotations(std::string& out, const std::map<std::string, std::string>& annotations) {
  out += R"(,"auditAnnotations":)";
  char before = '{';
  for (const auto& [name, value] : annotations) {
    out += before;
    append_member(out, name, value);
    before = ',';
  }
  out += '}';
}

}  // namespace

std::string encode_answer(const ReviewAnswer& answer) {
  constexpr std::size_t kUsualBytes = 512;  // besides the message
  std::string out;
  out.reserve(kUsualBytes + answer.message.size());
  out += R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{)";
  append_member(out, "uid", answer.uid);
  out += answer.allowed ? R"(,"allowed":true)" : R"(,"allowed":false)";
  if (!answer.allowed) append_status(out, answer);
  if (!answer.warnings.empty()) append_warnings(out, answer.warnings);
  if (!answer.audit_annotations.empty()) append_annotations(out, answer.audit_annotations);
  return out += "}}";
}

}  // namespace admission
