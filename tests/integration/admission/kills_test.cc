// The webhook dies behind each step of its work (admission/failpoints.h). With failurePolicy Fail nothing is let in
// that must not be, and the one that is started in its place is ready with the same authority and finishes what was
// begun.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <iostream>
#include <thread>

#include "admission/failpoints.h"
#include "base/base64.h"
#include "crds/image_scan.h"
#include "crds/object_names.h"
#include "crds/scan_policy.h"
#include "kubernetes/event_recorder.h"
#include "net/certificates.h"
#include "tests/integration/admission/scanned_namespace.h"

namespace admission {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using tests::eventually;
using tests::kBadImage;
using tests::kGoodImage;
using tests::kSecret;
using tests::kWebhookConfiguration;

const kubernetes::ObjectKey kOurSecret{"pratique-system", "pratique-admission-tls"};
const kubernetes::ObjectKey kOurConfiguration{.ns = {}, .name = "pratique-admission"};
const kubernetes::ObjectKey kPolicy{.ns = {}, .name = "default"};
constexpr int kKilled = 128 + SIGKILL;
constexpr std::chrono::seconds kPatience{60};

// Tries without a pause to bring in what must never come in, on dry run, and remembers what was let in.
class Attempts {
 public:
  explicit Attempts(const tests::ScannedNamespace& shop)
      : thread_([this, path = shop.pods_path("?dryRun=All"),
                 body = shop.pod("never", kBadImage).dump()](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            if (tests::send_raw({.path = path, .body = body}).status == 201) ++let_in_;
            ++tried_;
          }
        }) {}
  [[nodiscard]] int tried() const { return tried_; }
  [[nodiscard]] int let_in() const { return let_in_; }

 private:
  std::atomic<int> tried_ = 0;
  std::atomic<int> let_in_ = 0;
  std::jthread thread_;
};

class WebhookKills : public ::testing::Test, protected tests::ScannedNamespace {
 protected:
  ~WebhookKills() override {
    if (!cluster().is_ready()) cluster().start_anew();
    EXPECT_TRUE(eventually([&] { return cluster().is_ready(); }, kPatience));
  }

  void expect_death_at(std::string_view point) {
    EXPECT_TRUE(eventually([&] { return !cluster().webhook().running(); }, kPatience)) << point << " was not reached:\n"
                                                                                       << cluster().webhook().output();
    EXPECT_EQ(cluster().webhook().ended(), kKilled) << point;
    std::cout << "killed at " << point << std::endl;
    EXPECT_THAT(refusal(pod("while-dead", kGoodImage)), HasSubstr("failed calling webhook"));
    EXPECT_THAT(refusal(pod("while-dead", kBadImage)), HasSubstr("failed calling webhook"));
  }
  // The program is started and dies of it.
  void die_while_starting(std::string_view point) {
    SCOPED_TRACE(point);
    cluster().start_anew(std::string(point));
    expect_death_at(point);
  }
  // It is started, and dies of what `cause` does.
  template <typename Cause>
  void die_of(std::string_view point, Cause&& cause) {
    SCOPED_TRACE(point);
    cluster().start_anew(std::string(point));
    ASSERT_TRUE(eventually([&] { return cluster().is_ready(); }, kPatience)) << cluster().webhook().output();
    cause();
    expect_death_at(point);
  }
  // Another one in its place decides as ever, and is trusted.
  void expect_whole_again() {
    cluster().start_anew();
    ASSERT_TRUE(eventually([&] { return cluster().is_ready(); }, kPatience)) << cluster().webhook().output();
    EXPECT_TRUE(eventually([&] { return dry_run_refusal(pod("probe", kGoodImage)).empty(); }));
    EXPECT_THAT(dry_run_refusal(pod("probe", kBadImage)), HasSubstr(tests::kBadFinding));
    EXPECT_THAT(bundle(), HasSubstr(authority()));
    EXPECT_TRUE(net::signed_by(of_secret("tls.crt"), authority()));
  }

  [[nodiscard]] std::string of_secret(const char* key) {
    const auto secret = cluster().admin()->get(kSecret, kOurSecret);
    return secret ? base::decode_base64(secret->at("data").value(key, "")).value_or("") : "";
  }
  [[nodiscard]] std::string authority() { return of_secret("ca.crt"); }
  [[nodiscard]] json configuration() { return *cluster().admin()->get(kWebhookConfiguration, kOurConfiguration); }
  [[nodiscard]] std::string bundle() {
    return base::decode_base64(configuration()["webhooks"][0]["clientConfig"].value("caBundle", "")).value_or("");
  }
  [[nodiscard]] static kubernetes::ObjectKey scan_of(const std::string& ns, const std::string& image) {
    return {ns, crds::image_scan_name(base::parse_image_reference(image))};
  }
  // Scanned at last, the image is let in: nothing that was begun stands in its way.
  void expect_admitted_once_scanned(const std::string& image) {
    std::future<std::string> said = std::async(std::launch::async, [&] { return refusal(pod("late", image)); });
    EXPECT_TRUE(eventually([&] { return cluster().admin()->get(crds::kImageScan, scan_of(ns(), image)).has_value(); }));
    scanned(image, {});
    (void)said.get();
    EXPECT_TRUE(eventually([&] { return dry_run_refusal(pod("later", image)).empty(); }));
  }
};

TEST_F(WebhookKills, WhileItStartsLoseNoCertificate) {
  const Attempts attempts(*this);
  const std::string first = authority();
  ASSERT_FALSE(first.empty());
  for (const std::string_view point : {kCertificateShown, kSnapshotTaken}) {
    die_while_starting(point);
    expect_whole_again();
    EXPECT_EQ(authority(), first) << point;
  }

  // A new authority, which the dead one had no time to tell anybody of.
  cluster().webhook().stop();
  EXPECT_TRUE(cluster().admin()->remove(kSecret, kOurSecret, ""));
  die_while_starting(kCertificateWritten);
  const std::string second = authority();
  ASSERT_FALSE(second.empty());
  EXPECT_NE(second, first);
  EXPECT_THAT(bundle(), Not(HasSubstr(second))) << "nobody was told of it";
  expect_whole_again();
  EXPECT_EQ(authority(), second) << "it is used, and not made once more";

  json untrusted = configuration();
  for (json& webhook : untrusted["webhooks"]) webhook["clientConfig"].erase("caBundle");
  cluster().webhook().stop();
  (void)cluster().admin()->replace(kWebhookConfiguration, untrusted, "");
  die_while_starting(kTrustWritten);
  EXPECT_THAT(bundle(), HasSubstr(second));
  expect_whole_again();
  EXPECT_EQ(authority(), second);
  EXPECT_EQ(attempts.let_in(), 0);
  EXPECT_GT(attempts.tried(), 100);
}

TEST_F(WebhookKills, InTheMiddleOfARequestLetNothingIn) {
  for (const std::string_view point : {kRequestRead, kDecisionMade, kAnswerSent}) {
    die_of(point, [&] {
      const Attempts attempts(*this);
      EXPECT_TRUE(eventually([&] { return !cluster().webhook().running() && attempts.tried() > 3; }));
      EXPECT_EQ(attempts.let_in(), 0) << point;
    });
    expect_whole_again();
  }
  EXPECT_EQ(refusal(pod("good", kGoodImage)), "");
}

TEST_F(WebhookKills, AWaitThatNobodyEndsIsARefusalAndTheNextOneIsAnswered) {
  const std::string image = "registry.test:5000/parked:" + ns();
  die_of(kRequestParked, [&] { EXPECT_THAT(refusal(pod("waits", image)), HasSubstr("failed calling webhook")); });
  expect_whole_again();
  expect_admitted_once_scanned(image);
}

TEST_F(WebhookKills, AScanThatWasAskedForIsAskedForOnce) {
  const std::string image = "registry.test:5000/asked:" + ns();
  die_of(kScanAsked, [&] { EXPECT_NE(refusal(pod("first", image)), ""); });
  const auto asked = cluster().admin()->get(crds::kImageScan, scan_of(ns(), image));
  ASSERT_TRUE(asked.has_value()) << "it is stored";
  expect_whole_again();
  expect_admitted_once_scanned(image);
  EXPECT_EQ(cluster().admin()->get(crds::kImageScan, scan_of(ns(), image))->at("metadata").at("uid"),
            asked->at("metadata").at("uid"));
}

TEST_F(WebhookKills, ADenialIsToldAgainByTheNextOne) {
  const auto told = [&] {
    const auto policy = cluster().admin()->get(crds::kClusterScanPolicy, kPolicy)->get<crds::ScanPolicy>();
    return policy.status.replicas.empty() ? "" : policy.status.replicas.front().last_denied;
  };
  die_of(kDenialTold, [&] { EXPECT_THAT(refusal(pod("bad", kBadImage)), HasSubstr(tests::kBadFinding)); });
  const std::string before = told();
  EXPECT_NE(before, "");
  expect_whole_again();
  EXPECT_TRUE(eventually([&] {
    EXPECT_NE(refusal(pod("bad", kBadImage)), "");
    return told() > before;
  })) << "the status takes the next replica's word";
}

TEST_F(WebhookKills, AnEventOfBrokenGlassStays) {
  const auto set_glass = [&](const json& glass) {
    cluster().admin()->merge_patch(crds::kClusterScanPolicy, kPolicy, {{"spec", {{"breakGlass", glass}}}}, "");
  };
  set_glass({{"annotation", "shop.example/emergency"}, {"groups", {"oncall"}}});
  ASSERT_EQ(kubectl({"create", "rolebinding", "oncall", "--clusterrole=edit", "--group=oncall"}).exit_code, 0);
  json urgent = pod("urgent", kBadImage);
  urgent["metadata"]["annotations"] = {{"shop.example/emergency", "INC-9"}};
  die_of(kubernetes::kEventWritten, [&] {
    EXPECT_TRUE(eventually([&] {
      return tests::send_raw({.path = pods_path(), .body = urgent.dump(), .user = "eve", .group = "oncall"}).status ==
             201;
    }));
  });
  set_glass(nullptr);
  EXPECT_THAT(kubectl({"get", "events", "--field-selector=reason=GlassBroken", "--output=json"}).output,
              HasSubstr("INC-9"));
  expect_whole_again();
}

}  // namespace
}  // namespace admission
