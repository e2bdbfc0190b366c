// The operator without one of the rights in its own namespace, for each of them in turn: to its Lease, its
// certificates, and the Secrets, ConfigMaps and service accounts that it reads by name. As rights_test.cc does with
// those of the cluster.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "base/base64.h"
#include "crds/vulnerability_database.h"
#include "net/certificates.h"
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
using tests::Right;

const kubernetes::ObjectKey kRole{"pratique-system", "pratique-operator"};
constexpr std::chrono::seconds kPatience{30};

// Each makes the operator read something by its name. {0}: a name of its own; {1}: the host of a registry.
constexpr std::string_view kObjects = R"(
apiVersion: pratique.dev/v1alpha1
kind: RegistryProvider
metadata: {{name: "{0}-secret"}}
spec:
  harbor: {{url: "https://{0}.harbor.invalid"}}
  identity: {{secretRef: {{name: pratique-registry-provider}}}}
  template: {{namespace: default}}
---
apiVersion: pratique.dev/v1alpha1
kind: RegistryProvider
metadata: {{name: "{0}-account"}}
spec:
  azure:
    subscription: 11111111-2222-3333-4444-555555555555
    tenant: 11111111-2222-3333-4444-555555555555
    clientID: 11111111-2222-3333-4444-555555555555
  identity: {{serviceAccountName: pratique-registry-provider}}
  endpoints: {{login: "https://{0}.azure.invalid", management: "https://{0}.azure.invalid"}}
  template: {{namespace: default}}
---
apiVersion: pratique.dev/v1alpha1
kind: VexSource
metadata: {{name: "{0}-map"}}
spec: {{configMap: {{name: pratique-vex, key: "{0}"}}, format: OpenVEX}}
---
apiVersion: pratique.dev/v1alpha1
kind: VexSource
metadata: {{name: "{0}-artifact"}}
spec: {{oci: "{1}/security/vex:{0}", format: OpenVEX, pullSecrets: [pratique-vex]}}
)";

class OwnRights : public ::testing::Test {
 protected:
  OwnRights() : role_(cluster_.admin()->get(tests::kRole, kRole).value()) {
    role_["metadata"].erase("resourceVersion");
    const json secret = {{"name", "pratique-attestations"}};
    change(crds::kScanRegistry, {{}, followed_.scan_registry()},
           {{"spec", {{"attestations", {{"push", {{"signingKeyRef", secret}, {"secretRef", secret}}}}}}}});
  }
  ~OwnRights() override {
    give(role_);
    set_bundle(nullptr);
    cluster_.start_missing_replicas();
  }

  void give(const json& role) { static_cast<void>(cluster_.admin()->replace(tests::kRole, role, "")); }
  void change(const kubernetes::ResourceType& type, const kubernetes::ObjectKey& key, const json& patch) {
    static_cast<void>(cluster_.admin()->merge_patch(type, key, patch, {}));
  }
  // What it pulls the database from; null: its own file.
  void set_bundle(const json& bundle) {
    change(crds::kVulnerabilityDatabase, {{}, "default"}, {{"spec", {{"bundle", bundle}}}});
  }
  // A leaf of another authority: it has to be made anew.
  void spoil_certificate(const std::string& secret) {
    const base::SystemTime now = base::RealClock().system_now();
    const net::KeyPair stranger = net::make_authority("stranger", now, std::chrono::hours(1));
    const net::KeyPair leaf = net::issue_leaf(stranger, {.common_name = "leaf", .dns_names = {"localhost"}}, now);
    change(
        tests::kSecret, {"pratique-system", secret},
        {{"data",
          {{"tls.crt", base::encode_base64(leaf.certificate_pem)}, {"tls.key", base::encode_base64(leaf.key_pem)}}}});
  }
  // What has to be so before a program starts that shall ask for the right.
  void prepare(const Right& right) {
    if (right.text() == "create leases") {
      cluster_.admin()->remove({"coordination.k8s.io", "v1", "Lease", "leases", true}, kRole, {});
    }
    if (right.text() == "create secrets") {
      cluster_.admin()->remove(tests::kSecret, {"pratique-system", "pratique-scanner-tls"}, {});
    }
    if (right.resource == "secrets" && right.verb == "update") spoil_certificate(right.name);
    if (right.name == "pratique-database") {
      set_bundle({{"oci", followed_.registry().host() + "/database:1"}, {"pullSecrets", {"pratique-database"}}});
    }
  }
  void ask(const std::string& name) {
    if (!asked_.empty()) (void)tests::ControlPlane::instance().kubectl({"delete", "-f", asked_, "--wait=false"});
    asked_ = (folder_.path() / (name + ".yaml")).string();
    std::ofstream(asked_) << fmt::format(kObjects, name, followed_.registry().host());
    tests::kubectl_or_throw({"apply", "--server-side", "-f", asked_});
  }
  kubernetes::ObjectKey create_scan(const std::string& name) {
    followed_.registry().add_image(tests::gzip(tests::TarBuilder().file("of", name).bytes() + tests::sample_layer()),
                                   name);
    return tests::create_scan(followed_.name(), name, {{"image", followed_.registry().host() + "/shop/web:" + name}});
  }

  InstalledOperator& cluster_ = InstalledOperator::instance();
  tests::TemporaryFolder folder_;
  tests::FollowedNamespace followed_{"own-rights"};
  std::string asked_;
  json role_;
};

TEST_F(OwnRights, EachThatIsMissingIsNamedAndNothingEnds) {
  cluster_.start_anew({.options = {"--lease-seconds", "2"}});
  // One image that is scanned, so that there is something to attest.
  const kubernetes::ObjectKey first = create_scan("first");
  const auto scanned = [](const kubernetes::ObjectKey& key) {
    return tests::state_of(tests::stored_scan(key).status.conditions, crds::kScanned) == "True/Scanned";
  };
  ASSERT_TRUE(eventually([&] { return scanned(first); }, kPatience));
  // From here on one runs at a time, so that no other does what shall be seen.
  (void)cluster_.start_alone()->stop();
  int number = 0;
  std::set<std::string> unasked;
  const std::vector<Right> rights = tests::rights_of(role_);
  EXPECT_GT(rights.size(), 12U) << role_.dump();
  for (const Right& right : rights) {
    SCOPED_TRACE(right.text());
    std::cout << "without " << right.text() << std::endl;
    const std::string name = fmt::format("own-{}", ++number);
    give(tests::without(role_, right));
    prepare(right);
    const auto replica = cluster_.start_alone();
    ask(name);
    const bool named = eventually(
        [&] {
          (void)cluster_.send_event(replica->events_port(), followed_.scan_registry(), R"({"events":[]})");
          return right.is_missing_by(replica->log());
        },
        kPatience);
    if (!named) unasked.insert(right.text());
    EXPECT_TRUE(replica->running());
    give(role_);
    set_bundle(nullptr);
    EXPECT_TRUE(eventually([&] { return replica->leads(); }, kPatience));
    const kubernetes::ObjectKey later = create_scan(name);
    EXPECT_TRUE(eventually([&] { return scanned(later); }, kPatience));
    EXPECT_EQ(replica->stop(), 0);
  }
  EXPECT_THAT(unasked, testing::IsEmpty()) << "rights that nothing asked for";
}

}  // namespace
}  // namespace pratique_operator
