// Every kind of the table on a real kube-apiserver, those that were configured, and the API's own schema as a witness
// that the table is whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "crds/scan_policy.h"
#include "policy/workload.h"
#include "tests/integration/admission/scanned_namespace.h"

namespace admission {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using tests::ControlPlane;
using tests::eventually;
using tests::kBadFinding;
using tests::kBadImage;
using tests::kGoodImage;
using tests::kubectl_or_throw;
using tests::send_raw;

const auto kDenied =
    AllOf(HasSubstr("admission webhook \\\"workloads.pratique.dev\\\" denied"), HasSubstr(kBadFinding));

// A namespace whose own policy denies controllers, too.
class StrictNamespace : public tests::ScannedNamespace {
 public:
  StrictNamespace() : ScannedNamespace("strict") {
    const json policy{{"apiVersion", crds::kScanPolicy.api_version()},
                      {"kind", "ScanPolicy"},
                      {"metadata", {{"name", "strict"}, {"namespace", ns()}}},
                      {"spec",
                       {{"mode", "Deny"},
                        {"controllersMode", "Deny"},
                        {"rules", {{{"name", "high"}, {"severityAtLeast", "High"}}}}}}};
    (void)cluster().admin()->create(crds::kScanPolicy, policy);
    const json probe = object_of(*policy::kubernetes_workload_kinds().find("apps", "deployments", ""), kBadImage);
    EXPECT_TRUE(eventually([&] {
      return send_raw({.path = path_of("apps", "deployments") + "?dryRun=All", .body = probe.dump()}).status == 403;
    }));
  }

  [[nodiscard]] std::string path_of(const std::string& group, const std::string& resource) const {
    return (group.empty() ? "/api/v1" : "/apis/" + group + "/v1") + "/namespaces/" + ns() + "/" + resource;
  }

  // What the API server takes of a kind of Kubernetes' own.
  [[nodiscard]] json object_of(const policy::WorkloadKind& kind, const std::string& image) const {
    json pod{{"metadata", {{"labels", {{"app", "x"}}}}},
             {"spec", {{"containers", {{{"name", "web"}, {"image", image}}}}}}};
    json object{{"apiVersion", kind.group.empty() ? "v1" : kind.group + "/v1"},
                {"kind", kind.kind},
                {"metadata", {{"name", "x"}}}};
    if (kind.kind == "Pod") {
      object["spec"] = pod["spec"];
    } else if (kind.group == "batch") {
      pod["spec"]["restartPolicy"] = "Never";
      object["spec"] = {{"template", pod}};
      if (kind.kind == "CronJob") {
        object["spec"] = {{"schedule", "0 0 1 1 *"}, {"jobTemplate", {{"spec", {{"template", pod}}}}}};
      }
    } else if (kind.kind == "ReplicationController") {
      object["spec"] = {{"replicas", 0}, {"selector", {{"app", "x"}}}, {"template", pod}};
    } else {
      object["spec"] = {{"selector", {{"matchLabels", {{"app", "x"}}}}}, {"template", pod}};
      if (kind.kind == "StatefulSet") object["spec"]["serviceName"] = "x";
      if (kind.kind != "DaemonSet") object["spec"]["replicas"] = 0;
    }
    return object;
  }
};

StrictNamespace& strict() {
  static StrictNamespace one;
  return one;
}

TEST(WorkloadKinds, EachIsJudgedWhenItIsMadeAndWhenItIsChanged) {
  for (const policy::WorkloadKind& kind : policy::kubernetes_workload_kinds().all()) {
    if (kind.subject == policy::SubjectKind::kPod) continue;
    const std::string path = strict().path_of(kind.group, kind.resource);
    EXPECT_THAT(send_raw({.path = path, .body = strict().object_of(kind, kBadImage).dump()}).body, kDenied)
        << kind.kind;
    const net::HttpResponse made = send_raw({.path = path, .body = strict().object_of(kind, kGoodImage).dump()});
    EXPECT_EQ(made.status, 201) << kind.kind << made.body;
    if (kind.kind == "Job") continue;  // its template never changes
    std::string pointer;
    for (const std::string& step : kind.pod_templates.front()) pointer += "/" + step;
    const json patch =
        json::array({{{"op", "replace"}, {"path", pointer + "/spec/containers/0/image"}, {"value", kBadImage}}});
    EXPECT_THAT(send_raw({.method = "PATCH",
                          .path = path + "/x",
                          .body = patch.dump(),
                          .content_type = "application/json-patch+json"})
                    .body,
                kDenied)
        << kind.kind;
    EXPECT_EQ(send_raw({.method = "PATCH",
                        .path = path + "/x",
                        .body = R"({"metadata": {"labels": {"a": "b"}}})",
                        .content_type = "application/merge-patch+json"})
                  .status,
              200)
        << kind.kind << ": another change passes";
  }
}

// The API server wants an image in every container, and lets a template alone leave out that of a volume.
TEST(WorkloadKinds, ATemplateMayLeaveTheImageOfAVolumeToSomethingElse) {
  const auto send = [](const char* group, const char* resource) {
    const policy::WorkloadKind& kind = *policy::kubernetes_workload_kinds().find(group, resource, "");
    json object = strict().object_of(kind, kGoodImage);
    object["metadata"]["name"] = "empty";
    json& spec = kind.kind == "Pod" ? object["spec"] : object["spec"]["template"]["spec"];
    spec["volumes"] = {{{"name", "model"}, {"image", {{"pullPolicy", "IfNotPresent"}}}}};
    return send_raw({.path = strict().path_of(group, resource), .body = object.dump()});
  };
  const net::HttpResponse deployment = send("apps", "deployments");
  EXPECT_EQ(deployment.status, 201) << deployment.body;
  EXPECT_EQ(send("", "pods").status, 422);
}

// "apps/deployments" for each rule of the configuration; its subresources with their slash.
std::set<std::string> asked_about(const json& configuration) {
  std::set<std::string> names;
  for (const json& webhook : configuration["webhooks"]) {
    EXPECT_EQ(webhook["matchPolicy"], "Equivalent") << "so that no other version of a kind is a way round";
    for (const json& rule : webhook["rules"]) {
      EXPECT_THAT(rule["operations"], ::testing::Contains("UPDATE"));
      for (const json& group : rule["apiGroups"]) {
        for (const json& resource : rule["resources"]) {
          names.insert(group.get<std::string>() + "/" + resource.get<std::string>());
        }
      }
    }
  }
  return names;
}

TEST(WorkloadKinds, TheConfigurationAsksAboutAllOfThem) {
  (void)tests::InstalledCluster::instance();
  const json configuration =
      json::parse(kubectl_or_throw({"get", "validatingwebhookconfiguration", "pratique-admission", "--output=json"}));
  const std::set<std::string> asked = asked_about(configuration);
  for (const policy::WorkloadKind& kind : policy::kubernetes_workload_kinds().all()) {
    const std::string subresource = kind.subresource.empty() ? "" : "/" + kind.subresource;
    EXPECT_TRUE(asked.contains(kind.group + "/" + kind.resource + subresource)) << kind.resource << subresource;
  }
}

// A kind that somebody else defines, with two versions.
constexpr const char* kTrainDefinition = R"({
  "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
  "metadata": {"name": "trains.example.com"},
  "spec": {"group": "example.com", "scope": "Namespaced", "names": {"kind": "Train", "plural": "trains"},
           "versions": [
    {"name": "v1", "served": true, "storage": true,
     "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}},
    {"name": "v2", "served": true, "storage": false,
     "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}})";

TEST(ConfiguredKinds, AreJudgedOnceTheProgramsOwnPatchIsApplied) {
  const tests::CommandResult patch =
      tests::run_command({tests::InstalledCluster::webhook_program(), tests::InstalledCluster::kTrainTemplate,
                          tests::InstalledCluster::kTrainImage, "--print-webhook-rules"});
  ASSERT_EQ(patch.exit_code, 0) << patch.output;
  ASSERT_EQ(
      send_raw({.path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", .body = kTrainDefinition}).status,
      201);
  kubectl_or_throw({"wait", "--for=condition=Established", "--timeout=60s", "crd", "trains.example.com"});
  (void)strict();
  kubectl_or_throw(
      {"patch", "validatingwebhookconfiguration", "pratique-admission", "--type=json", "--patch", patch.output});
  const auto refusal = [](const std::string& version, const json& spec) {
    const json train{{"apiVersion", "example.com/" + version},
                     {"kind", "Train"},
                     {"metadata", {{"name", tests::unique_name("train")}}},
                     {"spec", spec}};
    return send_raw({.path = "/apis/example.com/" + version + "/namespaces/" + strict().ns() + "/trains",
                     .body = train.dump()})
        .body;
  };
  const json bad_template{{"template", {{"spec", {{"containers", {{{"name", "web"}, {"image", kBadImage}}}}}}}}};
  EXPECT_TRUE(eventually([&] { return refusal("v1", bad_template).find(kBadFinding) != std::string::npos; }))
      << "a configuration is used after a moment";
  EXPECT_THAT(refusal("v2", bad_template), kDenied) << "in every version";
  EXPECT_THAT(refusal("v1", {{"cars", {{{"image", kGoodImage}}, {{"image", kBadImage}}}}}), kDenied);
  EXPECT_THAT(refusal("v1", {{"cars", {{{"image", kGoodImage}}}}}), HasSubstr("\"kind\":\"Train\""));
  EXPECT_THAT(refusal("v1", {{"cars", {{{"image", 7}}}}}), HasSubstr("spec.cars[].image is not a string"));
}

// The API server's OpenAPI document of one group and version.
class ApiDocument {
 public:
  explicit ApiDocument(json document) : document_(std::move(document)) {}

  // The paths of all text fields of what can be written at `path` that are called like an image.
  [[nodiscard]] std::set<std::string> image_fields(const std::string& path) const {
    std::set<std::string> fields;
    for (const char* verb : {"post", "put"}) {
      const json::json_pointer schema("/requestBody/content/*~1*/schema");
      const json operation = document_.at("paths").at(path).value(verb, json::object());
      if (operation.contains(schema)) walk(operation.at(schema), "", {}, fields);
    }
    return fields;
  }
  [[nodiscard]] std::vector<std::string> paths() const {
    std::vector<std::string> paths;
    for (const auto& [path, value] : document_.at("paths").items()) paths.push_back(path);
    return paths;
  }

 private:
  static const json& part_of(const json& schema, const char* name) {
    static const json kNone;
    const auto found = schema.find(name);
    return found == schema.end() ? kNone : *found;
  }
  void walk(const json& schema, const std::string& at, const std::set<std::string>& within,
            std::set<std::string>& fields) const {
    if (const auto one = schema.find("$ref"); one != schema.end()) {
      const std::string name = one->get<std::string>();
      // The schema of a CustomResourceDefinition's schema has no end.
      if (within.contains(name)) return;
      std::set<std::string> deeper = within;
      deeper.insert(name);
      return walk(document_.at("components").at("schemas").at(name.substr(name.rfind('/') + 1)), at, deeper, fields);
    }
    for (const json& part : part_of(schema, "allOf")) walk(part, at, within, fields);
    if (schema.contains("items")) walk(schema["items"], at + "[]", within, fields);
    if (part_of(schema, "additionalProperties").is_object()) {
      walk(schema["additionalProperties"], at + "{}", within, fields);
    }
    for (const auto& [name, value] : part_of(schema, "properties").items()) {
      const std::string next = at.empty() ? name : at + "." + name;
      const bool is_text = value.value("type", "") == "string";
      const bool is_named_so = name == "reference" || name.find("image") != std::string::npos ||
                               (name.find("Image") != std::string::npos && name != "imagePullPolicy");
      if (is_text && is_named_so && name != "imagePullPolicy") fields.insert(next);
      walk(value, next, within, fields);
    }
  }

  json document_;
};

// What the table says of a resource, in the same form.
std::set<std::string> known_fields(const policy::WorkloadKind& kind) {
  std::set<std::string> fields;
  for (const policy::FieldPath& path : kind.pod_templates) {
    const std::string at = policy::field_path_text(path);
    for (const policy::ImageField& field : policy::kImageFields) {
      std::string text =
          (at.empty() ? "" : at + ".") + "spec." + std::string(field.list_name) + "[]." + std::string(field.field);
      if (!field.nested_field.empty()) text += "." + std::string(field.nested_field);
      fields.insert(text);
    }
  }
  return fields;
}

// Fields that are called like an image and bring none into a pod.
bool brings_none(const std::string& resource, const std::string& field) {
  static const std::set<std::string> kNoWayIn{
      // The API server keeps the spec as it is at these; WaysIn.AStatusAndASizeBringNoImage.
      "pods/status", "pods/resize", "deployments/status", "replicasets/status", "statefulsets/status",
      "daemonsets/status", "jobs/status", "cronjobs/status", "replicationcontrollers/status",
      // Nothing makes pods of a PodTemplate but its reader's own controller, whose pods are judged.
      "podtemplates",
      // What a node has and a device may be, no field of a pod.
      "nodes", "nodes/status"};
  // A status is set at its own subresource and tells what runs already. Volumes of disks are no images of containers.
  return kNoWayIn.contains(resource) || field.starts_with("status.") || field.find(".rbd.image") != std::string::npos ||
         field == "spec.rbd.image";
}

TEST(ApiSchema, HasNoImageFieldThatTheTableDoesNotKnow) {
  (void)tests::InstalledCluster::instance();
  const json index = json::parse(send_raw({.method = "GET", .path = "/openapi/v3"}).body);
  std::size_t found = 0;
  std::vector<std::string> unknown;
  for (const auto& [name, link] : index["paths"].items()) {
    const bool is_kubernetes =
        name == "api/v1" || (name.starts_with("apis/") && name.find(".dev/") == std::string::npos &&
                             name.find("example.com") == std::string::npos);
    if (!is_kubernetes || std::count(name.begin(), name.end(), '/') < (name == "api/v1" ? 1 : 2)) continue;
    const ApiDocument document(
        json::parse(send_raw({.method = "GET", .path = link["serverRelativeURL"].get<std::string>()}).body));
    const std::string group = name == "api/v1" ? "" : name.substr(5, name.rfind('/') - 5);
    for (const std::string& path : document.paths()) {
      std::set<std::string> fields = document.image_fields(path);
      if (fields.empty()) continue;
      // ".../namespaces/{namespace}/pods/{name}/ephemeralcontainers" -> pods/ephemeralcontainers
      std::string resource = path.substr(path.find(name) + name.size() + 1);
      if (resource.starts_with("namespaces/{namespace}/")) resource = resource.substr(23);
      std::string subresource;
      if (const std::size_t in_name = resource.find("/{name}"); in_name != std::string::npos) {
        if (in_name + 7 < resource.size()) subresource = resource.substr(in_name + 8);
        resource = resource.substr(0, in_name);
      }
      const policy::WorkloadKind* kind = policy::kubernetes_workload_kinds().find(group, resource, subresource);
      const std::set<std::string> known = kind == nullptr ? std::set<std::string>() : known_fields(*kind);
      for (const std::string& field : fields) {
        if (known.contains(field)) {
          ++found;
        } else if (!brings_none(subresource.empty() ? resource : resource + "/" + subresource, field)) {
          unknown.push_back(path + " " + field);
        }
      }
      for (const std::string& field : known) EXPECT_TRUE(fields.contains(field)) << path << " has no " << field;
    }
  }
  EXPECT_THAT(unknown, IsEmpty());
  EXPECT_GE(found, 4 * policy::kubernetes_workload_kinds().all().size()) << "or nothing was looked at";
}

}  // namespace
}  // namespace admission
