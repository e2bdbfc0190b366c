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
#include "net/http_client.h"
#include "tests/integration/admission/installed_cluster.h"

namespace admission {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using tests::ControlPlane;
using tests::eventually;
using tests::InstalledCluster;

const kubernetes::ResourceType kPod{"", "v1", "Pod", "pods", true};
const kubernetes::ResourceType kDeployment{"apps", "v1", "Deployment", "deployments", true};

const std::string kBadImage = "registry.test:5000/web:1";
const std::string kGoodImage = "registry.test:5000/web:2";

base::Digest digest_of(const std::string& image) {
  return base::Digest::of(image);
}

// A namespace with two scanned images, one with a High finding and one without, written as the operator would.
class Webhook : public ::testing::Test {
 protected:
  Webhook() {
    scanned(kBadImage, {bad_row()});
    scanned(kGoodImage, {});
    // Both are known to the webhook when a pod of the good one passes.
    EXPECT_TRUE(eventually([&] { return dry_run_refusal(pod("probe", kGoodImage)).empty(); }));
    EXPECT_TRUE(eventually(
        [&] { return dry_run_refusal(pod("probe", kBadImage)).find("CVE-2018-18074") != std::string::npos; }));
  }

  static crds::ReportRow bad_row() {
    crds::ReportRow row;
    row.id = "CVE-2018-18074";
    row.aliases = {"GHSA-x84v-xcm2-53pg"};
    row.package_type = "pypi";
    row.package = "requests";
    row.installed = "2.19.0";
    row.fixed = "2.20.0";
    row.severity = crds::Severity::kHigh;
    row.purls = {"pkg:pypi/requests@2.19.0"};
    return row;
  }

  void scanned(const std::string& image, const std::vector<crds::ReportRow>& rows) {
    const base::Digest digest = digest_of(image);
    crds::ImageReport report;
    report.metadata.name = crds::image_report_name(digest);
    report.spec = {.digest = digest.text(),
                   .platform = "linux/amd64",
                   .scanner_version = "1",
                   .inventory = {},
                   .packages = 1,
                   .complete = true,
                   .warnings = {},
                   .database_generation = 1,
                   .vulnerabilities = crds::pack_report_rows(rows),
                   .counts = {},
                   .content_hash = {}};
    (void)cluster_.as_operator()->apply(crds::kImageReport, report, {.field_manager = "test", .subresource = {}});
    crds::ImageScan scan;
    scan.metadata.ns = ns_;
    scan.metadata.name = crds::image_scan_name(base::parse_image_reference(image));
    scan.spec.image = image;
    const json made =
        cluster_.as_operator()->apply(crds::kImageScan, scan, {.field_manager = "test", .subresource = {}});
    crds::ImageScanStatus status;
    status.observed_generation = made["metadata"]["generation"];
    status.image = image;
    status.digest = digest.text();
    status.resolved_at = base::format_rfc3339(base::RealClock().system_now());
    status.platforms = {{"linux/amd64", digest.text(), report.metadata.name}};
    (void)cluster_.as_operator()->merge_patch(crds::kImageScan, scan.metadata.key(), {{"status", status}}, "status");
  }

  json pod(const std::string& name, const std::string& image) const {
    return {{"apiVersion", "v1"},
            {"kind", "Pod"},
            {"metadata", {{"name", name}, {"namespace", ns_}}},
            {"spec", {{"containers", {{{"name", "web"}, {"image", image}}}}}}};
  }

  // "" when the API server takes the pod, else what it says.
  std::string refusal(const json& object, const kubernetes::ResourceType& type = kPod) const {
    try {
      (void)cluster_.admin()->create(type, object);
      return "";
    } catch (const kubernetes::ApiError& error) {
      return error.what();
    }
  }
  std::string dry_run_refusal(const json& object) const {
    const auto client = net::make_http_client({.tls = ControlPlane::instance().config()->tls, .address_policy = {}});
    net::HttpRequest request{.method = "POST", .url = ControlPlane::instance().config()->server};
    request.url.target = kPod.path(ns_) + "?dryRun=All";
    request.headers["Content-Type"] = "application/json";
    request.body = object.dump();
    const net::HttpResponse response = client->send(request);
    return response.status == 201 ? "" : response.body;
  }
  tests::CommandResult kubectl(std::vector<std::string> words) const {
    words.insert(words.end(), {"-n", ns_});
    return ControlPlane::instance().kubectl(words);
  }

  InstalledCluster& cluster_ = InstalledCluster::instance();
  std::string ns_ = ControlPlane::instance().make_namespace("shop");
};

TEST_F(Webhook, APodWithAFindingIsDeniedWithTheWholeMessage) {
  const tests::CommandResult run = kubectl({"run", "web", "--image=" + kBadImage});
  EXPECT_NE(run.exit_code, 0);
  EXPECT_THAT(run.output, HasSubstr("admission webhook \"pods.pratique.dev\" denied the request: image " + kBadImage));
  EXPECT_THAT(run.output, HasSubstr("has 1 unresolved finding that ClusterScanPolicy/default rule \"high\" denies"));
  EXPECT_THAT(run.output, HasSubstr("  High     CVE-2018-18074 requests 2.19.0, fixed in 2.20.0"));
  EXPECT_THAT(run.output, HasSubstr("upgrade requests to 2.20.0 to pass. details: kubectl get findings -n " + ns_));
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
                       {"metadata", {{"name", "week"}, {"namespace", ns_}}},
                       {"spec",
                        {{"vulnerabilities", {{{"id", "GHSA-x84v-xcm2-53pg"}, {"status", "accepted"}}}},
                         {"reason", "known"},
                         {"expiresAt", "2099-01-01T00:00:00Z"}}}};
  (void)cluster_.admin()->create(crds::kFindingException, exception);
  EXPECT_TRUE(eventually([&] { return dry_run_refusal(pod("web", kBadImage)).empty(); }));
  EXPECT_TRUE(cluster_.admin()->remove(crds::kFindingException, {ns_, "week"}, ""));
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
  ASSERT_TRUE(eventually([&] { return (made = cluster_.admin()->get(crds::kImageScan, {ns_, name})).has_value(); }));
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
    const kubernetes::ObjectKey asked{ns_, crds::image_scan_name(base::parse_image_reference(row.image))};
    ASSERT_TRUE(eventually([&] { return cluster_.admin()->get(crds::kImageScan, asked).has_value(); }));
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
  ASSERT_TRUE(eventually([&] { return cluster_.admin()->get(crds::kImageScan, {ns_, wet}).has_value(); }));
  const std::string dry = crds::image_scan_name(base::parse_image_reference(image));
  EXPECT_FALSE(cluster_.admin()->get(crds::kImageScan, {ns_, dry}).has_value());
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
  json object = pod("web", "registry.test:5000/web@" + digest_of(kBadImage).text());
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

TEST_F(Webhook, CountsItsDecisions) {
  (void)dry_run_refusal(pod("web", kBadImage));
  const auto client = net::make_http_client({});
  const std::string url = "http://127.0.0.1:" + std::to_string(cluster_.metrics_port()) + "/metrics";
  const std::string metrics = client->send({.url = net::parse_url(url)}).body;
  EXPECT_THAT(metrics, HasSubstr("pratique_admission_decisions_total{decision=\"deny\",reason=\"findings\"}"));
  EXPECT_THAT(metrics, HasSubstr("controller_runtime_webhook_requests_total{"));
  EXPECT_THAT(metrics, HasSubstr("controller_runtime_webhook_latency_seconds_count{"));
  EXPECT_THAT(metrics, Not(HasSubstr("CVE-")));
  EXPECT_THAT(metrics, Not(HasSubstr("registry.test")));
}

}  // namespace
}  // namespace admission
