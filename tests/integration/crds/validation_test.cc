// The custom resource definitions on a real kube-apiserver: what it takes, refuses, defaults and prints.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crds/finding_exception.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"
#include "crds/registry_provider.h"
#include "crds/scan_policy.h"
#include "crds/scan_registry.h"
#include "crds/vex_source.h"
#include "crds/vulnerability_database.h"
#include "tests/support/control_plane.h"
#include "tests/support/paths.h"

namespace crds {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using tests::ControlPlane;
using tests::unique_name;

class Validation : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const tests::CommandResult applied = ControlPlane::instance().kubectl(
        {"apply", "--server-side", "--force-conflicts", "--kustomize", tests::source_path() / "crds"});
    ASSERT_EQ(applied.exit_code, 0) << applied.output;
    const tests::CommandResult served =
        ControlPlane::instance().kubectl({"wait", "--for=condition=Established", "--timeout=60s", "crd",
                                          "--selector=app.kubernetes.io/part-of=pratique"});
    ASSERT_EQ(served.exit_code, 0) << served.output;
  }

  json object(const kubernetes::ResourceType& type, const json& spec,
              const std::string& name = unique_name("v")) const {
    json metadata{{"name", name}};
    if (type.namespaced) metadata["namespace"] = ns_;
    return {{"apiVersion", type.api_version()}, {"kind", type.kind}, {"metadata", metadata}, {"spec", spec}};
  }
  // The API server's answer to a creation: "" when it takes the object, else its message.
  std::string refusal(const kubernetes::ResourceType& type, const json& object) const {
    try {
      (void)client_->create(type, object);
      return "";
    } catch (const kubernetes::ApiError& error) {
      return error.what();
    }
  }

  std::string ns_ = ControlPlane::instance().make_namespace("validation");
  std::shared_ptr<kubernetes::ApiClient> client_ = ControlPlane::instance().client();
};

const json kExceptionSpec{{"vulnerabilities", {{{"id", "CVE-2024-1"}, {"status", "accepted"}}}},
                          {"reason", "known"},
                          {"expiresAt", "2030-01-01T00:00:00Z"}};

json changed(json spec, const char* pointer, const json& value) {
  spec[json::json_pointer(pointer)] = value;
  return spec;
}
json without(json spec, const char* field) {
  spec.erase(field);
  return spec;
}

// Of one mirror.
json registry_with(const json& mirror) {
  return {{"server", "host"}, {"namespace", "shop"}, {"mirrors", json::array({mirror})}};
}

struct Row {
  const char* name;
  kubernetes::ResourceType type;
  json spec;
  const char* told;
};

TEST_F(Validation, WhatIsWrongIsRefusedByName) {
  const json policy{{"mode", "Deny"}};
  for (const Row& row : {
           Row{"no image", kImageScan, json::object(), "spec.image"},
           Row{"an image with a blank", kImageScan, {{"image", "a b"}}, "spec.image"},
           Row{"an image that is too long", kImageScan, {{"image", std::string(513, 'a')}}, "spec.image"},
           Row{"no such priority", kImageScan, {{"image", "a"}, {"priority", "Urgent"}}, "spec.priority"},
           Row{"no duration", kImageScan, {{"image", "a"}, {"interval", "soon"}}, "spec.interval"},
           Row{"a secret twice", kImageScan, {{"image", "a"}, {"pullSecrets", {"s", "s"}}}, "spec.pullSecrets"},
           Row{"too many platforms",
               kImageScan,
               {{"image", "a"}, {"platforms", std::vector<std::string>(17, "a/b")}},
               "spec.platforms"},
           Row{"no mode", kClusterScanPolicy, json::object(), "spec.mode"},
           Row{"no such mode", kClusterScanPolicy, {{"mode", "Block"}}, "spec.mode"},
           Row{"two rules of one name", kClusterScanPolicy,
               changed(policy, "/rules", {{{"name", "a"}}, {{"name", "a"}}}), "spec.rules"},
           Row{"a rule without a name", kScanPolicy, changed(policy, "/rules", {{{"severityAtLeast", "High"}}}),
               "name"},
           Row{"an unknown threshold", kScanPolicy,
               changed(policy, "/rules", {{{"name", "a"}, {"severityAtLeast", "Unknown"}}}), "severityAtLeast"},
           Row{"waits too long", kScanPolicy, changed(policy, "/unscanned", {{"waitSeconds", 9}}), "waitSeconds"},
           Row{"EPSS above one", kScanPolicy, changed(policy, "/rules", {{{"name", "a"}, {"epssAtLeast", 1.5}}}),
               "epssAtLeast"},
           Row{"no reason", kFindingException, without(kExceptionSpec, "reason"), "spec.reason"},
           Row{"no expiry", kFindingException, without(kExceptionSpec, "expiresAt"), "spec.expiresAt"},
           Row{"no date", kFindingException, changed(kExceptionSpec, "/expiresAt", "tomorrow"), "spec.expiresAt"},
           Row{"no vulnerability", kFindingException, changed(kExceptionSpec, "/vulnerabilities", json::array()),
               "spec.vulnerabilities"},
           Row{"not affected without a justification", kFindingException,
               changed(kExceptionSpec, "/vulnerabilities/0/status", "not_affected"), "justification is required"},
           Row{"a digest that is none", kFindingException,
               changed(kExceptionSpec, "/match", {{"digests", {"sha256:1"}}}), "digests"},
           Row{"more than all",
               kVulnerabilityDatabase,
               {{"canary", {{"maxNewDenialsPercent", 101}}}},
               "maxNewDenialsPercent"},
       }) {
    EXPECT_THAT(refusal(row.type, object(row.type, row.spec)), HasSubstr(row.told)) << row.name;
  }
}

TEST_F(Validation, ARegistrysMistakesAreNamed) {
  for (const Row& row :
       {Row{"a registry with a path", kScanRegistry, {{"server", "host/path"}, {"namespace", "shop"}}, "spec.server"},
        Row{"a mirror without a place", kScanRegistry, registry_with({{"capabilities", {"Pull"}}}), "location"},
        Row{"a mirror's URL", kScanRegistry, registry_with({{"location", "https://mirror"}}), "location"},
        Row{"a mirror that may do nothing", kScanRegistry,
            registry_with({{"location", "mirror"}, {"capabilities", json::array()}}), "capabilities"},
        Row{"a mirror that is pushed to", kScanRegistry,
            registry_with({{"location", "mirror"}, {"capabilities", {"Push"}}}), "capabilities"},
        Row{"events without a secret",
            kScanRegistry,
            {{"server", "host"}, {"namespace", "shop"}, {"events", json::object()}},
            "one of secretRef, clientCABundle and token is needed"},
        Row{"signed events without what signs them",
            kScanRegistry,
            {{"server", "host"}, {"namespace", "shop"}, {"events", {{"format", "GHCR"}, {"clientCABundle", "pem"}}}},
            "a sender of this format proves itself by secretRef"},
        Row{"a provider of two accounts",
            kRegistryProvider,
            {{"harbor", {{"url", "https://h"}}},
             {"aws", {{"account", "123456789012"}, {"region", "eu-central-1"}}},
             {"identity", {{"secretRef", {{"name", "s"}}}}},
             {"template", {{"namespace", "shop"}}}},
            "exactly one of azure, aws, google and harbor is needed"},
        Row{"a provider that nobody asks as",
            kRegistryProvider,
            {{"harbor", {{"url", "https://h"}}}, {"identity", json::object()}, {"template", {{"namespace", "shop"}}}},
            "exactly one of serviceAccountName and secretRef is needed"},
        Row{"a source of VEX that is two",
            kVexSource,
            {{"url", "https://example.com/vex.json"}, {"oci", "registry:5000/vex:1"}, {"format", "OpenVEX"}},
            "exactly one of url, oci and configMap"},
        Row{"VEX without TLS", kVexSource, {{"url", "http://example.com/vex.json"}, {"format", "CSAF"}}, "spec.url"},
        Row{"events of a sender that nobody knows",
            kScanRegistry,
            {{"server", "host"},
             {"namespace", "shop"},
             {"events", {{"format", "Carrier"}, {"secretRef", {{"name", "s"}}}}}},
            "spec.events.format"},
        Row{"a token issuer without TLS",
            kScanRegistry,
            {{"server", "host"},
             {"namespace", "shop"},
             {"events",
              {{"format", "CloudEvents"},
               {"token", {{"issuer", "http://host"}, {"audience", "a"}, {"subject", "s"}}}}}},
            "spec.events.token.issuer"}}) {
    EXPECT_THAT(refusal(row.type, object(row.type, row.spec)), HasSubstr(row.told)) << row.name;
  }
}

TEST_F(Validation, WhatIsRightIsTaken) {
  EXPECT_EQ(refusal(kImageScan,
                    object(kImageScan, {{"image", "registry:5000/a/b@sha256:x"}, {"limits", {{"timeout", "1h30m"}}}})),
            "");
  EXPECT_EQ(refusal(kFindingException, object(kFindingException, kExceptionSpec)), "");
  EXPECT_EQ(refusal(kClusterFindingException, object(kClusterFindingException, without(kExceptionSpec, "expiresAt"))),
            "")
      << "the cluster's may be for ever";
  json justified = changed(kExceptionSpec, "/vulnerabilities/0/status", "not_affected");
  justified = changed(justified, "/vulnerabilities/0/justification", "component_not_present");
  EXPECT_EQ(refusal(kFindingException, object(kFindingException, justified)), "");
}

TEST_F(Validation, DefaultsAreTheServers) {
  const auto policy =
      client_->create(kScanPolicy, object(kScanPolicy, {{"mode", "Audit"}, {"rules", {{{"name", "r"}}}}}))
          .get<ScanPolicy>();
  ScanPolicySpec expected;
  expected.mode = PolicyMode::kAudit;
  expected.rules = {PolicyRule{}};
  expected.rules[0].name = "r";
  EXPECT_EQ(policy.spec, expected) << "the struct's defaults are the schema's";
}

TEST_F(Validation, AMirrorMayPullAndResolveWhereNothingElseIsSaid) {
  const json spec = registry_with({{"location", "mirror:5000/hub"}});
  const auto registry = client_->create(kScanRegistry, object(kScanRegistry, spec)).get<ScanRegistry>();
  EXPECT_EQ(registry.spec.mirrors, std::vector<RegistryMirror>{{.location = "mirror:5000/hub"}});
}

TEST_F(Validation, TheImageOfAnImageScanCannotBeChanged) {
  json scan = client_->create(kImageScan, object(kImageScan, {{"image", "a:1"}}));
  EXPECT_THROW((void)client_->merge_patch(kImageScan, kubernetes::key_of(scan), {{"spec", {{"image", "a:2"}}}}, ""),
               kubernetes::ApiError);
  EXPECT_NO_THROW(
      (void)client_->merge_patch(kImageScan, kubernetes::key_of(scan), {{"spec", {{"suspend", true}}}}, ""));
}

TEST_F(Validation, AReportsNameIsItsDigest) {
  const std::string hex(64, '7');
  const json spec{{"digest", "sha256:" + hex}, {"platform", "linux/amd64"}};
  EXPECT_THAT(refusal(kImageReport, object(kImageReport, spec, "sha256-" + std::string(64, '8'))),
              HasSubstr("the name must be"));
  EXPECT_THAT(
      refusal(kImageReport, object(kImageReport, {{"digest", "sha256:1"}, {"platform", "linux/amd64"}}, "sha256-1")),
      HasSubstr("spec.digest"));
}

TEST_F(Validation, PullSecretsOfSeveralAppliersJoin) {
  const std::string name = unique_name("scan");
  for (const char* who : {"one", "two"}) {
    (void)client_->apply(kImageScan, object(kImageScan, {{"image", "a:1"}, {"pullSecrets", {who}}}, name),
                         {.field_manager = who, .subresource = {}});
  }
  const auto scan = client_->get(kImageScan, {.ns = ns_, .name = name})->get<ImageScan>();
  EXPECT_THAT(scan.spec.pull_secrets, ::testing::UnorderedElementsAre("one", "two"));
}

TEST_F(Validation, AStatusIsNotWrittenThroughTheObject) {
  json scan = object(kImageScan, {{"image", "a:1"}});
  scan["status"] = {{"digest", "sha256:forged"}};
  EXPECT_FALSE(client_->create(kImageScan, scan).contains("status"));
}

TEST_F(Validation, KubectlShowsTheColumnsAndTheCategory) {
  (void)client_->create(kImageScan, object(kImageScan, {{"image", "a:1"}}, "columns"));
  const tests::CommandResult shown = ControlPlane::instance().kubectl({"get", "iscan", "-n", ns_});
  EXPECT_THAT(shown.output, HasSubstr("IMAGE"));
  EXPECT_THAT(shown.output, HasSubstr("CRITICAL"));
  EXPECT_THAT(ControlPlane::instance().kubectl({"get", "pratique", "-n", ns_}).output, HasSubstr("columns"));
}

}  // namespace
}  // namespace crds
