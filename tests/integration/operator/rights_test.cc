// The operator without one of its rights, for each right in turn: it says which one is missing, does not end, and goes
// on by itself once it has the right again. What nothing asked for is no right that it needs. PRATIQUE_RIGHTS, a part
// of their texts ("delete findings", "scanregistries"), takes away those alone.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "crds/finding.h"
#include "crds/finding_exception.h"
#include "tests/integration/operator/installed_operator.h"
#include "tests/integration/roles.h"
#include "tests/support/cloud_emulator.h"
#include "tests/support/compress.h"
#include "tests/support/sample_image.h"
#include "tests/support/tar_builder.h"

namespace pratique_operator {
namespace {

using nlohmann::json;
using tests::eventually;
using tests::InstalledOperator;
using tests::kClusterRole;
using tests::Right;

const kubernetes::ObjectKey kRole{"", "pratique-operator"};

// Rights that are used after more time than a test has; unit tests see them used.
const std::set<std::string> kUsedLater = {
    "delete imagereports",  // a day after the last ImageScan
    "patch events",         // that came again, after minutes
};

// What makes an operator ask for a right: an image to scan, rows that change, and an object of every kind whose status
// it writes.
constexpr std::string_view kObjects = R"(
apiVersion: pratique.dev/v1alpha1
kind: ScanPolicy
metadata: {{name: "{0}", namespace: "{1}"}}
spec: {{mode: Audit, rules: [{{name: r, severityAtLeast: Critical}}]}}
---
apiVersion: pratique.dev/v1alpha1
kind: ClusterScanPolicy
metadata: {{name: "{0}"}}
spec: {{mode: Audit, rules: [{{name: r, severityAtLeast: Critical}}]}}
---
apiVersion: pratique.dev/v1alpha1
kind: FindingException
metadata: {{name: "{0}", namespace: "{1}"}}
spec: {{vulnerabilities: [{{id: CVE-2000-1, status: accepted}}], reason: of the test, expiresAt: "2099-01-01T00:00:00Z"}}
---
apiVersion: pratique.dev/v1alpha1
kind: ClusterFindingException
metadata: {{name: "{0}"}}
spec: {{vulnerabilities: [{{id: CVE-2000-1, status: accepted}}], reason: of the test, expiresAt: "2099-01-01T00:00:00Z"}}
---
apiVersion: pratique.dev/v1alpha1
kind: ScanRegistry
metadata: {{name: "{0}"}}
spec: {{server: "{0}.registry.invalid", namespace: "{1}"}}
---
apiVersion: pratique.dev/v1alpha1
kind: RegistryProvider
metadata: {{name: "{0}"}}
spec:
  harbor: {{url: "https://{0}.harbor.invalid"}}
  identity: {{secretRef: {{name: pratique-registry-provider}}}}
  template: {{namespace: default}}
---
apiVersion: v1
kind: Pod
metadata: {{name: "{0}", namespace: "{1}"}}
spec: {{containers: [{{name: c, image: "{2}/shop/missing:{0}"}}]}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: pratique-vex, namespace: pratique-system}}
data:
  {0}: |
    {{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "{0}", "author": "a", "timestamp": "2026-01-01T00:00:00Z",
     "version": 1, "statements": [{{"vulnerability": {{"name": "CVE-2000-2"}}, "products": [{{"@id": "pkg:npm/none@1"}}],
     "status": "not_affected", "justification": "component_not_present"}}]}}
---
apiVersion: pratique.dev/v1alpha1
kind: VexSource
metadata: {{name: "{0}"}}
spec: {{configMap: {{name: pratique-vex, key: "{0}"}}, format: OpenVEX}}
)";

// What stays, and says another thing each time. {0} and {1}: where an account's APIs are, and whom they are signed by;
// {2}: a name of its own.
constexpr std::string_view kTurning = R"(
apiVersion: v1
kind: ConfigMap
metadata: {{name: pratique-vex, namespace: pratique-system}}
data:
  turning-{2}: |
    {{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "{2}", "author": "a", "timestamp": "2026-01-01T00:00:00Z",
     "version": 1, "statements": [{{"vulnerability": {{"name": "CVE-2000-3"}}, "products": [{{"@id": "pkg:npm/{2}@1"}}],
     "status": "not_affected", "justification": "component_not_present"}}]}}
---
apiVersion: pratique.dev/v1alpha1
kind: VexSource
metadata: {{name: turning}}
spec: {{configMap: {{name: pratique-vex, key: "turning-{2}"}}, format: OpenVEX}}
---
apiVersion: pratique.dev/v1alpha1
kind: RegistryProvider
metadata: {{name: turning}}
spec:
  azure:
    subscription: 11111111-2222-3333-4444-555555555555
    tenant: 11111111-2222-3333-4444-555555555555
    clientID: 11111111-2222-3333-4444-555555555555
  identity: {{serviceAccountName: pratique-registry-provider}}
  endpoints: {{login: "{0}", management: "{0}", caBundle: {1}}}
  template: {{namespace: default, discovery: {{repositories: ["of-{2}/*"]}}}}
)";

// What an event stores of a push that is none of an image.
constexpr std::string_view kArtifact = R"(
apiVersion: pratique.dev/v1alpha1
kind: ImageScan
metadata:
  name: "artifact-{0}"
  namespace: "{1}"
  labels: {{app.kubernetes.io/managed-by: pratique, pratique.dev/made-for-event: "true"}}
spec: {{image: "{2}/shop/artifact:artifact-{0}"}}
)";

class Rights : public ::testing::Test {
 protected:
  Rights() : role_(cluster_.admin()->get(kClusterRole, kRole).value()) {
    role_["metadata"].erase("resourceVersion");
    tests::kubectl_or_throw({"create", "serviceaccount", "pratique-registry-provider", "-n", "pratique-system"});
    cloud_.change([](auto& account) { account.azure_servers = {"a.invalid", "b.invalid", "c.invalid"}; });
    turn("first");
    EXPECT_TRUE(eventually([&] {
      const auto scan = tests::stored_scan({followed_.name(), "artifact-first"});
      return tests::state_of(scan.status.conditions, crds::kResolved) == "False/NotAnImage";
    }));
    EXPECT_TRUE(eventually([&] { return count(crds::kScanRegistry) == 3; }));
    EXPECT_TRUE(eventually([&] { return count(crds::kClusterFindingException) == 1; }));
  }
  ~Rights() override {
    give(role_);
    cluster_.start_missing_replicas();
  }

  void give(const json& role) { static_cast<void>(cluster_.admin()->replace(kClusterRole, role, "")); }

  void apply(const std::string& name, const std::string& objects) {
    const std::string path = (folder_.path() / (name + ".yaml")).string();
    std::ofstream(path) << objects;
    tests::kubectl_or_throw({"apply", "--server-side", "--field-manager=turning", "--force-conflicts", "-f", path});
  }
  // Of what is made of the objects that turn.
  [[nodiscard]] std::size_t count(const kubernetes::ResourceType& type) const {
    std::size_t found = 0;
    (void)cluster_.admin()->list(
        type, {.ns = {}, .label_selector = {}, .field_selector = {}},
        [&](const json& item) {
          const json owners = item.at("metadata").value("ownerReferences", json::array());
          if (std::ranges::any_of(owners, [](const json& one) { return one.at("name") == "turning"; })) ++found;
        },
        [&] { found = 0; }, {});
    return found;
  }
  // The account has another registry in the place of one, the document another statement; and there is something that
  // is no image, which the leader after this one collects.
  void turn(const std::string& name) {
    cloud_.change([&](auto& account) { account.azure_servers.back() = name + ".invalid"; });
    apply("turning", fmt::format(kTurning, cloud_.url(), json(cloud_.ca_bundle()).dump(), name));
    tests::FakeRegistry& registry = followed_.registry();
    registry.add_artifact(name, "application/vnd.example.file", "artifact-" + name);
    apply("artifact", fmt::format(kArtifact, name, followed_.name(), registry.host()));
  }
  // As the operator wrote it, long ago.
  void store_old_finding() {
    const auto as_operator = tests::client_of(tests::kubeconfig_of_account("pratique-operator"));
    json finding = {{"apiVersion", crds::kFinding.api_version()},
                    {"kind", crds::kFinding.kind},
                    {"metadata", {{"name", "cve-2000-3-00000000"}, {"namespace", leaving_.name()}}},
                    {"spec",
                     {{"vulnerability", {{"id", "CVE-2000-3"}}},
                      {"package", {{"name", "gone"}, {"type", "npm"}}},
                      {"severity", "High"}}}};
    finding = as_operator->create(crds::kFinding, finding);
    finding["status"] = {{"state", "Fixed"}, {"resolvedAt", "2020-01-01T00:00:00Z"}};
    static_cast<void>(as_operator->replace(crds::kFinding, finding, "status"));
  }

  // A scan of a new image; the ones before it go.
  void ask(const std::string& name) {
    (void)tests::ControlPlane::instance().kubectl(
        {"delete", "imagescans", "--all", "-n", leaving_.name(), "--wait=false"});
    if (!asked_.empty()) (void)tests::ControlPlane::instance().kubectl({"delete", "-f", asked_, "--wait=false"});
    asked_ = (folder_.path() / (name + ".yaml")).string();
    std::ofstream(asked_) << fmt::format(kObjects, name, followed_.name(), followed_.registry().host());
    tests::kubectl_or_throw({"apply", "--server-side", "-f", asked_});
    (void)tests::ControlPlane::instance().kubectl(
        {"delete", "findings", "--all", "-n", followed_.name(), "--wait=false"});
    (void)create_scan(followed_, name);
    if (name.back() % 2 == 0) cluster_.set_database_file(cluster_.build_database());
  }
  static kubernetes::ObjectKey create_scan(tests::FollowedNamespace& where, const std::string& name) {
    where.registry().add_image(tests::gzip(tests::TarBuilder().file("of", name).bytes() + tests::sample_layer()), name);
    return tests::create_scan(where.name(), name, {{"image", where.registry().host() + "/shop/web:" + name}});
  }

  InstalledOperator& cluster_ = InstalledOperator::instance();
  tests::CloudEmulator cloud_;
  tests::TemporaryFolder folder_;
  tests::FollowedNamespace followed_{"rights"};
  tests::FollowedNamespace leaving_{"leaving"};
  std::string asked_;
  json role_;
};

TEST_F(Rights, EachThatIsMissingIsNamedAndNothingEnds) {
  const char* const setting = std::getenv("PRATIQUE_RIGHTS");
  const std::string wanted = setting == nullptr ? "" : setting;
  int number = 0;
  std::set<std::string> unasked;
  for (const Right& right : tests::rights_of(role_)) {
    if (kUsedLater.contains(right.text()) || right.text().find(wanted) == std::string::npos) continue;
    SCOPED_TRACE(right.text());
    const std::string name = fmt::format("case-{}", ++number);
    if (right.text() == "delete findings") store_old_finding();
    give(tests::without(role_, right));
    const auto replica = cluster_.start_alone();
    ask(name);
    turn(name);
    const bool named =
        eventually([&] { return replica->log().find(right.refusal()) != std::string::npos; }, std::chrono::seconds(8));
    if (!named) unasked.insert(right.text());
    EXPECT_TRUE(replica->running());
    if (right.verb == "list" && named) {
      EXPECT_THAT(replica->readiness(), testing::HasSubstr(right.resource));
    }
    give(role_);
    const kubernetes::ObjectKey later = create_scan(leaving_, name);
    const auto scanned = [&] { return tests::state_of(tests::stored_scan(later).status.conditions, crds::kScanned); };
    EXPECT_TRUE(eventually([&] { return scanned() == "True/Scanned"; }, std::chrono::seconds(30))) << scanned();
    EXPECT_EQ(replica->stop(), 0);
  }
  EXPECT_THAT(unasked, testing::IsEmpty()) << "rights that nothing asked for";
}

}  // namespace
}  // namespace pratique_operator
