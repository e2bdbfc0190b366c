// Short ways to say what policy tests are about.
#pragma once

#include <deque>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "policy/decision.h"

namespace policy::testing {

inline const base::SystemTime kNow = *base::parse_rfc3339("2026-06-01T12:00:00Z");
inline const std::string kDigest = "sha256:" + std::string(64, '1');
inline const std::string kManifest = "sha256:" + std::string(64, '2');

inline FindingFacts finding(const std::string& id, crds::Severity severity, const std::string& fixed = "2.0") {
  FindingFacts facts;
  facts.id = id;
  facts.package_type = "deb";
  facts.package = "openssl";
  facts.installed = "1.0";
  facts.fixed = fixed;
  facts.purls = {"pkg:deb/debian/libssl3@1.0?arch=amd64"};
  facts.severity = severity;
  return facts;
}

// A policy from what its author would write.
inline crds::ScanPolicy policy_of(const nlohmann::json& spec, const std::string& name = "default",
                                  const std::string& ns = "") {
  nlohmann::json object{{"metadata", {{"name", name}}}, {"spec", spec}};
  if (!ns.empty()) object["metadata"]["namespace"] = ns;
  return object.get<crds::ScanPolicy>();
}

inline std::shared_ptr<const crds::FindingException> exception_of(const nlohmann::json& spec,
                                                                  const std::string& ns = "shop",
                                                                  const std::string& created = "2026-05-01T00:00:00Z") {
  nlohmann::json object{{"metadata", {{"name", "accepted"}, {"creationTimestamp", created}}}, {"spec", spec}};
  if (!ns.empty()) object["metadata"]["namespace"] = ns;
  return std::make_shared<const crds::FindingException>(object.get<crds::FindingException>());
}

inline nlohmann::json accepts(const std::string& id, nlohmann::json more = nlohmann::json::object()) {
  more["vulnerabilities"] = {{{"id", id}, {"status", "accepted"}}};
  if (!more.contains("expiresAt")) more["expiresAt"] = "2027-01-01T00:00:00Z";
  more["reason"] = "known";
  return more;
}

// A pod of one scanned image with these findings, in namespace shop. Owns what the question borrows.
struct Scene {
  std::deque<FindingFacts> findings;
  std::deque<ManifestFacts> manifests;
  Question question;
  RuleBook book;
  std::vector<std::shared_ptr<const crds::FindingException>> exceptions;

  explicit Scene(std::vector<FindingFacts> list = {}) {
    question.now = kNow;
    question.database_built_at = kNow - std::chrono::hours(1);
    question.subject = {.ns = "shop", .namespace_labels = crds::Labels{{"team", "a"}}, .labels = {{"app", "web"}}};
    add_image("registry:5000/web:1", std::move(list));
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  ImageFacts& add_image(const std::string& written, std::vector<FindingFacts> list) {
    ManifestFacts& manifest = manifests.emplace_back();
    manifest = {.digest = kManifest,
                .platform = "linux/amd64",
                .complete = true,
                .incomplete_because = {},
                .database_generation = 7,
                .findings = {}};
    for (FindingFacts& one : list) manifest.findings.push_back(&findings.emplace_back(std::move(one)));
    ImageFacts image;
    image.written = written;
    image.reference = base::parse_image_reference(written);
    image.digest = kDigest;
    image.manifests = {&manifest};
    image.tag_resolved_at = kNow - std::chrono::minutes(1);
    image.scanned_at = kNow - std::chrono::hours(2);
    image.proof = Proof::kProved;
    image.image_scan = "web-1-0123456789";
    question.images.push_back(std::move(image));
    return question.images.back();
  }
  ImageFacts& image() { return question.images.front(); }
  ManifestFacts& manifest() { return manifests.front(); }

  Scene& with(const crds::ScanPolicy& policy) {
    book.policies.push_back(compile(policy));
    return *this;
  }
  Scene& with(std::shared_ptr<const crds::FindingException> exception) {
    exceptions.push_back(std::move(exception));
    book.exceptions = ExceptionIndex(exceptions);
    return *this;
  }
  [[nodiscard]] Decision decide() const { return policy::decide(book, question); }
  [[nodiscard]] crds::Verdict verdict() const { return decide().verdict; }
};

inline nlohmann::json deny_high() {
  return {{"mode", "Deny"}, {"rules", {{{"name", "high"}, {"severityAtLeast", "High"}, {"unknownSeverityAs", "Low"}}}}};
}

}  // namespace policy::testing
