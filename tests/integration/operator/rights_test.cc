// The operator without one of its rights, for each right in turn: it says which one is missing, does not end, and goes
// on by itself once it has the right again. What nothing asked for is no right that it needs.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/integration/operator/installed_operator.h"
#include "tests/integration/roles.h"
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

// Rights that what is asked for here does not use; other tests, which have the shipped role as well, do.
const std::set<std::string> kUsedElsewhere = {
    "delete imagescans",                // of workloads that are gone
    "delete imagereports",              // a day after the last ImageScan
    "delete findings",                  // a day after they were fixed
    "delete clusterfindingexceptions",  // of statements that a document has no more
    // Of an account's registries: registry_provider_test.cc.
    "create scanregistries", "patch scanregistries", "delete scanregistries",
    "patch events",  // that come again within minutes
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

class Rights : public ::testing::Test {
 protected:
  Rights() : role_(cluster_.admin()->get(kClusterRole, kRole).value()) { role_["metadata"].erase("resourceVersion"); }
  ~Rights() override {
    give(role_);
    cluster_.start_missing_replicas();
  }

  void give(const json& role) { static_cast<void>(cluster_.admin()->replace(kClusterRole, role, "")); }

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
  tests::TemporaryFolder folder_;
  tests::FollowedNamespace followed_{"rights"};
  tests::FollowedNamespace leaving_{"leaving"};
  std::string asked_;
  json role_;
};

TEST_F(Rights, EachThatIsMissingIsNamedAndNothingEnds) {
  int number = 0;
  std::set<std::string> unasked;
  for (const Right& right : tests::rights_of(role_)) {
    if (kUsedElsewhere.contains(right.text())) continue;
    SCOPED_TRACE(right.text());
    const std::string name = fmt::format("case-{}", ++number);
    give(tests::without(role_, right));
    const auto replica = cluster_.start_alone();
    ask(name);
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
