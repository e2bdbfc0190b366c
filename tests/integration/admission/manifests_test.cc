// manifests/ on a real kube-apiserver: everything is taken, and nobody may more than it says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crds/finding.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"
#include "tests/integration/admission/installed_cluster.h"

namespace admission {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using tests::ControlPlane;
using tests::InstalledCluster;
using tests::kubectl_or_throw;
using tests::unique_name;

bool may(const std::string& user, const std::vector<std::string>& what) {
  std::vector<std::string> words{"auth", "can-i", "--as=" + user};
  words.insert(words.end(), what.begin(), what.end());
  return ControlPlane::instance().kubectl(words).exit_code == 0;
}

std::string account(const std::string& name) {
  return "system:serviceaccount:pratique-system:" + name;
}

TEST(Manifests, TheOverlaySetsThePolicysMode) {
  (void)InstalledCluster::instance();
  EXPECT_EQ(kubectl_or_throw({"get", "clusterscanpolicy", "default", "--output=jsonpath={.spec.mode}"}), "Deny");
}

TEST(Manifests, TheProgramsPodsAreTakenByTheRestrictedNamespace) {
  (void)InstalledCluster::instance();
  const bool all = tests::eventually([] {
    const std::string pods = kubectl_or_throw({"get", "pods", "-n", "pratique-system", "--no-headers"});
    return std::count(pods.begin(), pods.end(), '\n') == 3 + 2 + 2;
  });
  EXPECT_TRUE(all) << kubectl_or_throw({"get", "events", "-n", "pratique-system"});
}

TEST(Manifests, EachAccountMayWhatItNeedsAndNoMore) {
  (void)InstalledCluster::instance();
  struct Row {
    const char* account;
    std::vector<std::string> what;
    bool expected;
  };
  const std::string system = "--namespace=pratique-system";
  for (const Row& row : {
           Row{"pratique-admission", {"create", "imagescans", "--namespace=shop"}, true},
           Row{"pratique-admission", {"patch", "imagescans", "--namespace=shop"}, true},
           Row{"pratique-admission", {"delete", "imagescans", "--namespace=shop"}, false},
           Row{"pratique-admission", {"patch", "imagescans", "--subresource=status", "--namespace=shop"}, false},
           Row{"pratique-admission", {"create", "imagereports"}, false},
           Row{"pratique-admission", {"update", "clusterscanpolicies"}, false},
           Row{"pratique-admission", {"create", "findingexceptions", "--namespace=shop"}, false},
           Row{"pratique-admission", {"get", "secrets", "--namespace=shop"}, false},
           Row{"pratique-admission", {"get", "secrets/other", system}, false},
           Row{"pratique-admission", {"get", "secrets/pratique-admission-tls", system}, true},
           Row{"pratique-admission", {"list", "secrets", system}, false},
           Row{"pratique-admission", {"patch", "validatingwebhookconfigurations/pratique-admission"}, true},
           Row{"pratique-admission", {"patch", "validatingwebhookconfigurations/other"}, false},
           Row{"pratique-admission", {"delete", "validatingwebhookconfigurations/pratique-admission"}, false},
           Row{"pratique-operator", {"patch", "imagereports"}, true},
           Row{"pratique-operator", {"update", "imagereports"}, false},
           Row{"pratique-operator",
               {"patch", "findings.findings.pratique.dev", "--subresource=status", "--namespace=shop"},
               true},
           Row{"pratique-operator", {"get", "secrets", "--namespace=shop"}, false},
           Row{"pratique-operator", {"get", "secrets/pratique-admission-tls", system}, false},
           Row{"pratique-operator", {"get", "secrets/pratique-scanner-tls", system}, true},
           Row{"pratique-operator", {"update", "leases/pratique-operator", system}, true},
           Row{"pratique-operator", {"create", "pods", "--namespace=shop"}, false},
           Row{"pratique-operator", {"patch", "clusterscanpolicies"}, false},
           Row{"pratique-operator", {"patch", "validatingwebhookconfigurations"}, false},
           Row{"pratique-scanner", {"get", "pods", system}, false},
           Row{"pratique-scanner", {"get", "imagescans", "--namespace=shop"}, false},
       }) {
    EXPECT_EQ(may(account(row.account), row.what), row.expected)
        << row.account << " " << row.what[0] << " " << row.what[1];
  }
}

TEST(Manifests, PeopleGetOurKindsByTheClustersOwnRolesButNoExceptions) {
  (void)InstalledCluster::instance();
  const std::string ns = ControlPlane::instance().make_namespace("people");
  for (const char* role : {"view", "edit", "admin", "pratique-exception-approver"}) {
    kubectl_or_throw(
        {"create", "rolebinding", role, "-n", ns, std::string("--clusterrole=") + role, std::string("--user=") + role});
  }
  const std::string in = "--namespace=" + ns;
  EXPECT_TRUE(tests::eventually([&] { return may("view", {"get", "findings", in}); })) << "aggregation takes a moment";
  EXPECT_TRUE(tests::eventually([&] { return may("edit", {"create", "imagescans", in}); }));
  EXPECT_TRUE(tests::eventually([&] { return may("admin", {"create", "scanpolicies", in}); }));
  EXPECT_FALSE(may("view", {"create", "imagescans", in}));
  EXPECT_FALSE(may("edit", {"create", "scanpolicies", in}));
  for (const char* user : {"view", "edit", "admin"}) {
    EXPECT_TRUE(may(user, {"get", "findingexceptions", in})) << user;
    EXPECT_FALSE(may(user, {"create", "findingexceptions", in})) << user;
    EXPECT_FALSE(may(user, {"create", "findings", in})) << user;
    EXPECT_FALSE(may(user, {"patch", "imagescans", "--subresource=status", in})) << user;
  }
  EXPECT_TRUE(may("pratique-exception-approver", {"create", "findingexceptions", in}));
}

// What the API server says to the administrator, who has every right by RBAC.
std::string refusal_of(const std::function<void()>& act) {
  try {
    act();
    return "";
  } catch (const kubernetes::ApiError& error) {
    return error.what();
  }
}

TEST(Manifests, ResultsAreWrittenByTheOperatorAlone) {
  InstalledCluster& cluster = InstalledCluster::instance();
  const std::string ns = ControlPlane::instance().make_namespace("results");
  const json finding{
      {"apiVersion", crds::kFinding.api_version()},
      {"kind", "Finding"},
      {"metadata", {{"name", "forged"}, {"namespace", ns}}},
      {"spec", {{"vulnerability", {{"id", "CVE-1"}}}, {"package", {{"name", "p"}}}, {"severity", "Low"}}}};
  json scan{{"apiVersion", crds::kImageScan.api_version()},
            {"kind", "ImageScan"},
            {"metadata", {{"name", "web"}, {"namespace", ns}}},
            {"spec", {{"image", "web:1"}}}};
  const kubernetes::ObjectKey key{.ns = ns, .name = "web"};
  const json status{{"status", {{"digest", "sha256:forged"}}}};
  const std::string alone = "written by Pratique's operator alone";

  // A policy that was just made is enforced after a moment.
  EXPECT_TRUE(tests::eventually([&] {
    json one = finding;
    one["metadata"]["name"] = unique_name("forged");
    return refusal_of([&] { (void)cluster.admin()->create(crds::kFinding, one); }).find(alone) != std::string::npos;
  }));
  (void)cluster.admin()->create(crds::kImageScan, scan);
  EXPECT_THAT(refusal_of([&] { (void)cluster.admin()->merge_patch(crds::kImageScan, key, status, "status"); }),
              HasSubstr(alone));
  json by_the_operator = cluster.as_operator()->get(crds::kImageScan, key).value();
  by_the_operator.update(status);
  EXPECT_EQ(refusal_of([&] { (void)cluster.as_operator()->replace(crds::kImageScan, by_the_operator, "status"); }), "");
  EXPECT_EQ(refusal_of([&] { (void)cluster.as_operator()->create(crds::kFinding, finding); }), "");
  EXPECT_THAT(
      refusal_of([&] {
        (void)cluster.admin()->merge_patch(crds::kFinding, {ns, "forged"}, {{"spec", {{"severity", "High"}}}}, "");
      }),
      HasSubstr(alone));
  EXPECT_TRUE(cluster.admin()->remove(crds::kFinding, {ns, "forged"}, "")) << "a namespace must be deletable";
}

}  // namespace
}  // namespace admission
