// From a registry's event to the rows of `kubectl get findings`, by the real programs on a real kube-apiserver.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crds/finding.h"
#include "crds/image_report.h"
#include "crds/object_names.h"
#include "net/http_client.h"
#include "operator/push_events/limits.h"
#include "tests/integration/operator/installed_operator.h"
#include "tests/support/compress.h"
#include "tests/support/sample_image.h"

namespace pratique_operator {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using tests::eventually;
using tests::InstalledOperator;
using tests::state_of;

constexpr const char* kEventType = "application/vnd.docker.distribution.events.v1+json";

// A namespace that follows a registry with one image of two findings.
class PushEvent : public ::testing::Test {
 protected:
  PushEvent() {
    // Until the watches know the ScanRegistry, it is a stranger.
    EXPECT_TRUE(eventually([&] { return post(R"({"events":[]})").status == 202; }));
    EXPECT_TRUE(eventually([&] { return post(R"({"events":[]})", {.to_standby = true}).status == 202; }));
  }

  struct Post {
    std::string secret = InstalledOperator::kEventSecret;
    std::string registry = {};  // empty: ours
    bool to_standby = false;    // to the replica that does not lead
  };
  net::HttpResponse post(const std::string& body, const Post& how) {
    const auto http = net::make_http_client(
        {.tls = {.ca_bundle_pem = cluster_.events_ca(), .client_certificate_pem = {}, .client_key_pem = {}},
         .address_policy = {}});
    const tests::OperatorReplica& replica = how.to_standby ? cluster_.standby() : cluster_.leader();
    net::HttpRequest request;
    request.method = "POST";
    request.url = net::parse_url("https://localhost:" + std::to_string(replica.events_port()) + "/events/" +
                                 (how.registry.empty() ? followed_.scan_registry() : how.registry));
    request.headers["Content-Type"] = kEventType;
    if (!how.secret.empty()) request.headers["Authorization"] = how.secret;
    request.body = body;
    return http->send(request);
  }
  net::HttpResponse post(const std::string& body) { return post(body, {}); }

  // As distribution writes it.
  static std::string push_of(const std::string& repository, const std::string& tag, const base::Digest& digest) {
    const json target{
        {"mediaType", tests::kOciManifestType}, {"digest", digest.text()}, {"repository", repository}, {"tag", tag}};
    return json{{"events", {{{"id", "1"}, {"action", "push"}, {"target", target}}}}}.dump();
  }
  kubernetes::ObjectKey scan_of(const std::string& repository_and_tag) const {
    return {ns_, crds::image_scan_name(registry_.reference(repository_and_tag))};
  }
  std::vector<crds::Finding> findings() const {
    std::vector<crds::Finding> rows;
    (void)cluster_.admin()->list(
        crds::kFinding, {.ns = ns_, .label_selector = {}, .field_selector = {}},
        [&](const json& item) { rows.push_back(item.get<crds::Finding>()); }, [&] { rows.clear(); }, {});
    return rows;
  }

  InstalledOperator& cluster_ = InstalledOperator::instance();
  tests::FollowedNamespace followed_{"shop"};
  const std::string& ns_ = followed_.name();
  tests::FakeRegistry& registry_ = followed_.registry();
  tests::FakeImage image_ = registry_.add_image(tests::gzip(tests::sample_layer()), "1");
};

TEST_F(PushEvent, IsStoredBeforeTheAnswerAndBecomesFindings) {
  const net::HttpResponse answer = post(push_of("shop/web", "1", image_.manifest));

  EXPECT_EQ(answer.status, 202);
  const kubernetes::ObjectKey key = scan_of("shop/web:1");
  ASSERT_TRUE(cluster_.admin()->get(crds::kImageScan, key).has_value()) << "stored before the 202";
  ASSERT_TRUE(eventually(
      [&] { return state_of(tests::stored_scan(key).status.conditions, crds::kScanned) == "True/Scanned"; }));
  const crds::ImageScan scan = tests::stored_scan(key);
  EXPECT_EQ(scan.spec.image, registry_.host() + "/shop/web:1");
  EXPECT_EQ(scan.metadata.labels.at("app.kubernetes.io/managed-by"), "pratique");
  EXPECT_EQ(scan.status.digest, image_.manifest.text());
  EXPECT_EQ(scan.status.complete, true);
  EXPECT_EQ(scan.status.packages, 3);
  EXPECT_EQ(scan.status.distribution.name, "debian");
  ASSERT_TRUE(scan.status.counts.has_value());
  EXPECT_EQ(scan.status.counts->critical, 1);
  EXPECT_EQ(scan.status.counts->medium, 1);
  EXPECT_EQ(scan.status.counts->unknown, 1);
  EXPECT_EQ(scan.status.counts->fixable, 2);
  for (const std::string_view type : {crds::kResolved, crds::kComplete, crds::kReady}) {
    EXPECT_THAT(state_of(scan.status.conditions, type), HasSubstr("True/")) << type;
  }
  EXPECT_THAT(state_of(scan.status.conditions, crds::kPolicyPassed), HasSubstr("False/")) << "a Critical finding";
  EXPECT_TRUE(cluster_.admin()->get(crds::kImageReport, {"", crds::image_report_name(image_.manifest)}).has_value());
}

TEST_F(PushEvent, FindingsAreRowsWithNamesLabelsStatesAndColumns) {
  (void)post(push_of("shop/web", "1", image_.manifest));
  const std::string name =
      crds::finding_name({.id = "CVE-2024-90001", .package_type = "npm", .source_package = "lodash"});
  std::optional<json> stored;
  ASSERT_TRUE(eventually([&] {
    stored = cluster_.admin()->get(crds::kFinding, {ns_, name});
    return stored && stored->contains("status");
  })) << name;

  const auto row = stored->get<crds::Finding>();
  EXPECT_EQ(row.spec.vulnerability.id, "CVE-2024-90001");
  EXPECT_THAT(row.spec.vulnerability.aliases, ::testing::Contains("GHSA-0000-0000-0001"));
  EXPECT_EQ(row.spec.package.name, "lodash");
  EXPECT_EQ(row.spec.severity, crds::Severity::kCritical);
  EXPECT_EQ(row.spec.image_count, 1);
  EXPECT_EQ(row.metadata.labels.at(std::string(crds::kSeverityLabel)), "Critical");
  EXPECT_EQ(row.metadata.labels.at(std::string(crds::kFixableLabel)), "true");
  EXPECT_EQ(row.metadata.labels.at(std::string(crds::kStateLabel)), "Open");
  ASSERT_TRUE(row.status.has_value());
  EXPECT_EQ(row.status->state, crds::FindingState::kOpen);
  EXPECT_TRUE(row.status->blocking);
  EXPECT_FALSE(row.status->first_seen.empty());
  ASSERT_TRUE(eventually([&] { return findings().size() == 2; })) << "unknown severity is below the minimum";
  const std::string table = tests::kubectl_or_throw({"get", "findings", "-n", ns_, "--sort-by=.spec.rank"});
  for (const char* column : {"SEVERITY", "PACKAGE", "INSTALLED", "FIXED-IN", "IMAGES", "STATE", "BLOCKING", "AGE"}) {
    EXPECT_THAT(table, HasSubstr(column));
  }
  EXPECT_LT(table.find("lodash"), table.find("requests")) << "the worst first:\n" << table;
  EXPECT_THAT(tests::kubectl_or_throw({"get", "findings", "-n", ns_, "--field-selector=spec.severity=Critical"}),
              ::testing::AllOf(HasSubstr(name), ::testing::Not(HasSubstr("requests"))));
}

TEST_F(PushEvent, AReplicaThatDoesNotLeadStoresItToo) {
  EXPECT_EQ(post(push_of("shop/web", "standby", image_.manifest), {.to_standby = true}).status, 202);
  EXPECT_TRUE(cluster_.admin()->get(crds::kImageScan, scan_of("shop/web:standby")).has_value());
}

TEST_F(PushEvent, ATagThatMovedIsFollowed) {
  (void)post(push_of("shop/web", "1", image_.manifest));
  const kubernetes::ObjectKey key = scan_of("shop/web:1");
  ASSERT_TRUE(eventually([&] { return tests::stored_scan(key).status.digest == image_.manifest.text(); }));
  const tests::FakeImage mended = registry_.add_image(tests::gzip(tests::sample_layer() + std::string(512, '\0')), "1");
  ASSERT_NE(mended.manifest, image_.manifest);

  EXPECT_EQ(post(push_of("shop/web", "1", mended.manifest)).status, 202);

  EXPECT_TRUE(eventually([&] { return tests::stored_scan(key).status.digest == mended.manifest.text(); }));
}

// An image is an ImageScan, so that Kubernetes' own quota bounds what a namespace may have scanned.
TEST_F(PushEvent, AQuotaBoundsTheImagesOfANamespace) {
  const auto used = [&] {
    return tests::kubectl_or_throw({"get", "quota", "images", "-n", ns_, "-o", "jsonpath={.status.used}"});
  };
  // Kubernetes counts a kind from half a minute after it became known, and looks at a quota when it is made.
  ASSERT_TRUE(eventually(
      [&] {
        (void)tests::kubectl_or_throw({"delete", "quota", "images", "-n", ns_, "--ignore-not-found"});
        (void)tests::kubectl_or_throw(
            {"create", "quota", "images", "-n", ns_, "--hard=count/imagescans.pratique.dev=1"});
        return eventually([&] { return used().find("imagescans") != std::string::npos; }, std::chrono::seconds(2));
      },
      std::chrono::seconds(60)));
  EXPECT_EQ(post(push_of("shop/web", "1", image_.manifest)).status, 202);
  EXPECT_TRUE(cluster_.admin()->get(crds::kImageScan, scan_of("shop/web:1")).has_value());
  EXPECT_EQ(post(push_of("shop/web", "2", image_.manifest)).status, 202) << "the registry has done its part";
  EXPECT_FALSE(cluster_.admin()->get(crds::kImageScan, scan_of("shop/web:2")).has_value());
  EXPECT_EQ(post(push_of("shop/web", "1", image_.manifest)).status, 202) << "what is there is looked at again";
}

TEST_F(PushEvent, AnswersAreThoseThatMakeARegistryDoTheRightThing) {
  const std::string good = push_of("shop/web", "never", image_.manifest);
  struct Row {
    const char* name;
    std::string body;
    Post how;
    int status;
  } const rows[] = {
      {"no secret", good, {.secret = {}}, 401},
      {"a wrong secret", good, {.secret = "Bearer of-somebody-else"}, 403},
      {"a registry that nobody named", good, {.registry = "stranger"}, 403},
      {"a body that is no JSON", "{\"events\": [", {}, 400},
      {"a body without events", "{}", {}, 400},
      {"a body that is too large", std::string(push_events::kEventBodyBytesMax + 1, ' '), {}, 413},
      {"a repository that is not followed", push_of("lab/web", "never", image_.manifest), {}, 202},
      {"a repository whose name is none", push_of("../shop", "never", image_.manifest), {}, 202},
  };
  for (const Row& row : rows) {
    const net::HttpResponse answer = post(row.body, row.how);
    EXPECT_EQ(answer.status, row.status) << row.name << ": " << answer.body;
  }
  const std::string scans = tests::kubectl_or_throw({"get", "imagescans", "-n", ns_});
  EXPECT_THAT(scans, HasSubstr("No resources found"));
}

}  // namespace
}  // namespace pratique_operator
