// The webhook end to end: a real kube-apiserver asks pratique-admission, which knows the cluster by its own watches.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "base/clock.h"
#include "crds/finding_exception.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"
#include "crds/object_names.h"
#include "crds/report_rows.h"
#include "crds/scan_policy.h"
#include "net/http_client.h"
#include "tests/integration/admission/scanned_namespace.h"

namespace admission {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using tests::ControlPlane;
using tests::eventually;
using tests::kBadImage;
using tests::kGoodImage;

class Webhook : public ::testing::Test, protected tests::ScannedNamespace {};

TEST_F(Webhook, APodWithAFindingIsDeniedWithTheWholeMessage) {
  const tests::CommandResult run = kubectl({"run", "web", "--image=" + kBadImage});
  EXPECT_NE(run.exit_code, 0);
  EXPECT_THAT(run.output, HasSubstr("admission webhook \"pods.pratique.dev\" denied the request: image " + kBadImage));
  EXPECT_THAT(run.output, HasSubstr("has 1 unresolved finding that ClusterScanPolicy/default rule \"high\" denies"));
  EXPECT_THAT(run.output, HasSubstr("  High     CVE-2018-18074 requests 2.19.0, fixed in 2.20.0"));
  EXPECT_THAT(run.output, HasSubstr("upgrade requests to 2.20.0 to pass. details: kubectl get findings -n " + ns()));
}

TEST_F(Webhook, AMendedImageIsAdmitted) {
  EXPECT_EQ(refusal(pod("web", kGoodImage)), "");
}

TEST_F(Webhook, EveryImageFieldOfAPodIsJudged) {
  json init = pod("init", kGoodImage);
  init["spec"]["initContainers"] = {{{"name", "i"}, {"image", kBadImage}}};
  EXPECT_THAT(refusal(init), HasSubstr("CVE-2018-18074"));
  json sidecar = pod("sidecar", kGoodImage);
  sidecar["spec"]["initContainers"] = {{{"name", "i"}, {"image", kBadImage}, {"restartPolicy", "Always"}}};
  EXPECT_THAT(refusal(sidecar), HasSubstr("CVE-2018-18074"));
  json volume = pod("volume", kGoodImage);
  volume["spec"]["volumes"] = {{{"name", "v"}, {"image", {{"reference", kBadImage}, {"pullPolicy", "IfNotPresent"}}}}};
  EXPECT_THAT(refusal(volume), HasSubstr("CVE-2018-18074"));
}

TEST_F(Webhook, AnExceptionByAnAliasOpensAndItsDeletionShuts) {
  const json exception{{"apiVersion", crds::kFindingException.api_version()},
                       {"kind", "FindingException"},
                       {"metadata", {{"name", "week"}, {"namespace", ns()}}},
                       {"spec",
                        {{"vulnerabilities", {{{"id", "GHSA-x84v-xcm2-53pg"}, {"status", "accepted"}}}},
                         {"reason", "known"},
                         {"expiresAt", "2099-01-01T00:00:00Z"}}}};
  (void)cluster().admin()->create(crds::kFindingException, exception);
  EXPECT_TRUE(eventually([&] { return dry_run_refusal(pod("web", kBadImage)).empty(); }));
  EXPECT_TRUE(cluster().admin()->remove(crds::kFindingException, {ns(), "week"}, ""));
  EXPECT_TRUE(eventually([&] { return !dry_run_refusal(pod("web", kBadImage)).empty(); }));
}

TEST_F(Webhook, AnUnknownImageIsDeniedAndItsScanIsMadeWithThePodsSecrets) {
  const std::string image = "registry.test:5000/new:1";
  json object = pod("new", image);
  object["spec"]["imagePullSecrets"] = {{{"name", "login"}}};
  const std::string message = refusal(object);
  const std::string name = crds::image_scan_name(base::parse_image_reference(image));
  EXPECT_THAT(message, HasSubstr("imagescan/" + name));
  std::optional<json> made;
  ASSERT_TRUE(eventually([&] { return (made = cluster().admin()->get(crds::kImageScan, {ns(), name})).has_value(); }));
  const auto scan = made->get<crds::ImageScan>();
  EXPECT_EQ(scan.spec.image, image);
  EXPECT_EQ(scan.spec.pull_secrets, std::vector<std::string>{"login"});
  EXPECT_EQ(scan.spec.priority, crds::ScanPriority::kAdmission);
  EXPECT_EQ(scan.metadata.labels.at("app.kubernetes.io/managed-by"), "pratique");
}

// One try each: the request itself waits for the scan.
TEST_F(Webhook, TheFirstPodOfAnUnknownImageIsJudgedByTheScanThatItWaitsFor) {
  struct Row {
    std::string image;
    std::vector<crds::ReportRow> rows;
    std::string said;
  };
  for (const Row& row : {Row{"registry.test:5000/first:good", {}, ""},
                         Row{"registry.test:5000/first:bad", {bad_row()}, "CVE-2018-18074"}}) {
    std::future<std::string> said = std::async(std::launch::async, [&] { return refusal(pod("first", row.image)); });
    const kubernetes::ObjectKey asked{ns(), crds::image_scan_name(base::parse_image_reference(row.image))};
    ASSERT_TRUE(eventually([&] { return cluster().admin()->get(crds::kImageScan, asked).has_value(); }));
    scanned(row.image, row.rows);
    if (row.said.empty()) {
      EXPECT_EQ(said.get(), "");
    } else {
      EXPECT_THAT(said.get(), HasSubstr(row.said));
    }
  }
}

TEST_F(Webhook, ADryRunMakesNoScan) {
  const std::string image = "registry.test:5000/dry:1";
  EXPECT_THAT(dry_run_refusal(pod("dry", image)), HasSubstr("has no scan that counts"));
  // A wish that came later has been granted, so an earlier one would have been.
  EXPECT_NE(refusal(pod("wet", "registry.test:5000/wet:1")), "");
  const std::string wet = crds::image_scan_name(base::parse_image_reference("registry.test:5000/wet:1"));
  ASSERT_TRUE(eventually([&] { return cluster().admin()->get(crds::kImageScan, {ns(), wet}).has_value(); }));
  const std::string dry = crds::image_scan_name(base::parse_image_reference(image));
  EXPECT_FALSE(cluster().admin()->get(crds::kImageScan, {ns(), dry}).has_value());
}

TEST_F(Webhook, ARunningPodMayBeLabelledButNotGetABadImage) {
  ASSERT_EQ(refusal(pod("web", kGoodImage)), "");
  EXPECT_EQ(kubectl({"label", "pod", "web", "a=b"}).exit_code, 0);
  const tests::CommandResult set = kubectl({"set", "image", "pod/web", "web=" + kBadImage});
  EXPECT_THAT(set.output, HasSubstr("CVE-2018-18074"));
  EXPECT_EQ(kubectl({"set", "image", "pod/web", "web=" + kGoodImage}).exit_code, 0);
  EXPECT_EQ(kubectl({"delete", "pod", "web", "--now"}).exit_code, 0);
}

TEST_F(Webhook, AnEphemeralContainerIsJudged) {
  ASSERT_EQ(refusal(pod("web", kGoodImage)), "");
  const auto debug = [&](const std::string& image) {
    const json patch{{"spec", {{"ephemeralContainers", {{{"name", "debug"}, {"image", image}}}}}}};
    return kubectl({"patch", "pod", "web", "--subresource=ephemeralcontainers", "--patch", patch.dump()});
  };
  EXPECT_THAT(debug(kBadImage).output, HasSubstr("CVE-2018-18074"));
  const tests::CommandResult good = debug(kGoodImage);
  EXPECT_EQ(good.exit_code, 0) << good.output;
}

TEST_F(Webhook, ADeploymentIsWarnedAboutAndItsPodsAreDenied) {
  const tests::CommandResult made = kubectl({"create", "deployment", "web", "--image=" + kBadImage});
  EXPECT_EQ(made.exit_code, 0) << made.output;
  EXPECT_THAT(made.output, HasSubstr("Warning: ClusterScanPolicy/default rule \"high\" warns"));
  EXPECT_TRUE(eventually([&] {
    return kubectl({"get", "events", "--output=json"}).output.find("CVE-2018-18074") != std::string::npos;
  }));
  EXPECT_THAT(kubectl({"get", "pods"}).output, HasSubstr("No resources found"));
}

TEST_F(Webhook, WhatIsNoReferenceIsDenied) {
  EXPECT_THAT(refusal(pod("odd", "registry.test:5000/Web:1")), HasSubstr("is not an image reference"));
}

TEST_F(Webhook, AFindingOfADigestIsNotShownToANamespaceThatHasNotProvedIt) {
  const std::string other = ControlPlane::instance().make_namespace("bank");
  json object = pod("web", "registry.test:5000/web@" + tests::ScannedNamespace::digest_of(kBadImage).text());
  object["metadata"]["namespace"] = other;
  const std::string message = refusal(object);
  EXPECT_THAT(message, HasSubstr("rule \"high\""));
  EXPECT_THAT(message, Not(HasSubstr("CVE-2018-18074")));
}

TEST_F(Webhook, ItsOwnNamespaceAndKubeSystemAreNotAsked) {
  for (const char* ns : {"kube-system", "pratique-system"}) {
    const tests::CommandResult deployment = ControlPlane::instance().kubectl(
        {"create", "deployment", tests::unique_name("own"), "--image=" + kBadImage, "-n", ns});
    EXPECT_EQ(deployment.exit_code, 0);
    EXPECT_THAT(deployment.output, Not(HasSubstr("Warning: ClusterScanPolicy")));
  }
}

TEST_F(Webhook, TellsThePolicyHowOftenItDenied) {
  const auto told = [&] {
    const std::string count =
        kubectl({"get", "clusterscanpolicy", "default", "--output=jsonpath={.status.replicas[*].deniedLast24h}"})
            .output;
    return count.empty() ? 0 : std::stoi(count);
  };
  EXPECT_NE(refusal(pod("web", kBadImage)), "");
  ASSERT_TRUE(eventually([&] { return told() > 0; }));
  const int before = told();
  (void)dry_run_refusal(pod("web", kBadImage));
  EXPECT_NE(refusal(pod("web", kBadImage)), "");
  EXPECT_TRUE(eventually([&] { return told() > before; }));
}

TEST_F(Webhook, BrokenGlassIsAnEventAndAnEntryOfThePolicysTrail) {
  const kubernetes::ObjectKey policy{.ns = {}, .name = "default"};
  const auto set_glass = [&](const json& glass) {
    cluster().admin()->merge_patch(crds::kClusterScanPolicy, policy, {{"spec", {{"breakGlass", glass}}}}, "");
  };
  set_glass({{"annotation", "shop.example/emergency"}, {"groups", {"oncall"}}});
  ASSERT_EQ(kubectl({"create", "rolebinding", "oncall", "--clusterrole=edit", "--group=oncall"}).exit_code, 0);
  json object = pod("urgent", kBadImage);
  object["metadata"]["annotations"] = {{"shop.example/emergency", "INC-7"}};
  const auto admitted = [&] {
    return tests::send_raw({.path = pods_path(), .body = object.dump(), .user = "eve", .group = "oncall"}).status ==
           201;
  };
  EXPECT_TRUE(eventually(admitted)) << "once the webhook knows the policy";

  EXPECT_TRUE(eventually([&] {
    const std::string events =
        kubectl({"get", "events", "--field-selector=reason=GlassBroken", "--output=json"}).output;
    return events.find("INC-7") != std::string::npos && events.find("\"name\": \"urgent\"") != std::string::npos;
  }));
  EXPECT_TRUE(eventually([&] {
    const std::string trail =
        kubectl({"get", "clusterscanpolicy", "default", "--output=jsonpath={.status.replicas[*].brokenGlass}"}).output;
    return trail.find("eve") != std::string::npos && trail.find("/pods/urgent") != std::string::npos;
  }));
  set_glass(nullptr);
}

TEST_F(Webhook, CountsItsDecisions) {
  (void)dry_run_refusal(pod("web", kBadImage));
  const auto client = net::make_http_client({});
  const std::string url = "http://127.0.0.1:" + std::to_string(cluster().metrics_port()) + "/metrics";
  const std::string metrics = client->send({.url = net::parse_url(url)}).body;
  EXPECT_THAT(metrics, HasSubstr("pratique_admission_decisions_total{decision=\"deny\",reason=\"findings\"}"));
  EXPECT_THAT(metrics, HasSubstr("controller_runtime_webhook_requests_total{"));
  EXPECT_THAT(metrics, HasSubstr("controller_runtime_webhook_latency_seconds_count{"));
  EXPECT_THAT(metrics, Not(HasSubstr("CVE-")));
  EXPECT_THAT(metrics, Not(HasSubstr("registry.test")));
}

}  // namespace
}  // namespace admission
