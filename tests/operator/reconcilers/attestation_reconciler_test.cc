// What was read of an image is attached to it: behind its report, once, and again until the registry has taken it.
#include "operator/reconcilers/attestation_reconciler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "crds/object_names.h"
#include "operator/reconcilers/attached_reports.h"
#include "operator/reconcilers/attested_inventories.h"
#include "operator/reconcilers/report_building.h"
#include "operator/reconcilers/secrets.h"
#include "scanner/advisories/ed25519.h"
#include "scanner/report_version.h"
#include "tests/operator/support/image_scan_fixture.h"
#include "tests/support/fake_registry.h"

namespace pratique_operator::reconcilers {
namespace {

using kubernetes::ObjectKey;
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* kNamespace = "pratique-system";
const ObjectKey kWeb{.ns = "shop", .name = "web"};
const ObjectKey kOther{.ns = "shop", .name = "other"};

class AttestationReconcilerTest : public testing::Test {
 protected:
  AttestationReconcilerTest() {
    registry_.take_pushes(true);
    api_.put(kSecret, {{"metadata", {{"name", "signer"}, {"namespace", kNamespace}}},
                       {"data", {{"signing.key", base::encode_base64(key_.private_pem)}}}});
    const std::string config = json{{"auths", {{registry_.host(), {{"username", "u"}, {"password", "p"}}}}}}.dump();
    api_.put(kSecret, {{"metadata", {{"name", "pusher"}, {"namespace", kNamespace}}},
                       {"data", {{".dockerconfigjson", base::encode_base64(config)}}}});
    push_by({{"signingKeyRef", {{"name", "signer"}}}, {"secretRef", {{"name", "pusher"}}}});
    add_scan(kWeb, "shop/web", image_);
  }

  void configure(const json& attestations) {
    const json registry = {{"metadata", {{"name", "main"}}},
                           {"spec",
                            {{"server", registry_.host()},
                             {"namespace", "shop"},
                             {"tls", {{"plainHTTP", true}}},
                             {"attestations", attestations}}}};
    registries_ = {std::make_shared<const crds::ScanRegistry>(registry.get<crds::ScanRegistry>())};
  }
  void push_by(const json& push) { configure({{"push", push}}); }
  // Scanned, and its report stored.
  void add_scan(const ObjectKey& key, const std::string& repository, const tests::FakeImage& image,
                std::optional<bool> own_with_sboms = false, const std::string& version = scanner::scanner_version()) {
    scanner::Inventory inventory;
    inventory.digest = image.manifest.text();
    inventory.platform = "linux/amd64";
    inventory.distribution.id = "debian";
    inventory.complete = true;
    inventory.scanner_version = version;
    json report = build_report(inventory, std::nullopt, own_with_sboms);
    const ObjectKey report_key{.ns = {}, .name = crds::image_report_name(image.manifest)};
    // As the operator's writes leave it.
    if (const auto stored = api_.get(crds::kImageReport, report_key))
      report["metadata"]["annotations"] = stored->at("metadata").value("annotations", json::object());
    api_.put(crds::kImageReport, report);
    api_.put(crds::kImageScan,
             {{"metadata", {{"name", key.name}, {"namespace", key.ns}}},
              {"spec", {{"image", registry_.host() + "/" + repository + ":1"}}},
              {"status",
               {{"image", registry_.host() + "/" + repository + ":1"},
                {"platforms",
                 {{{"platform", "linux/amd64"}, {"digest", image.manifest.text()}, {"report", report_key.name}}}}}}});
    feed();
  }
  void feed() {
    api_.feed(scans_, crds::kImageScan);
    api_.feed(reports_, crds::kImageReport);
  }
  // As the controller does it.
  controller::Result reconcile(const ObjectKey& key = kWeb) {
    controller::Result result;
    try {
      result = reconciler_.reconcile(key, {});
    } catch (const base::Error& error) {
      reconciler_.report_failure(key, error);
    }
    feed();
    return result;
  }
  [[nodiscard]] std::ptrdiff_t manifests_pushed() const {
    return std::ranges::count_if(registry_.seen(), [](const auto& seen) {
      return seen.method == "PUT" && seen.target.find("/manifests/") != std::string::npos;
    });
  }
  [[nodiscard]] std::string remembered() {
    const json metadata =
        api_.at(crds::kImageReport, {.ns = {}, .name = crds::image_report_name(image_.manifest)}).at("metadata");
    return metadata.value("annotations", json::object()).value(kAttachedTo, "");
  }
  [[nodiscard]] std::string standing() const { return reconciler_.standing(registry_.host()).value_or("nothing yet"); }
  void refuse_pushes(int status, const std::string& of = {}) {
    registry_.intercept([=](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
      if (request.method == "GET" || request.method == "HEAD") return std::nullopt;
      if (request.target.find(of) == std::string::npos) return std::nullopt;
      return net::ServerResponse{.status = status, .body = "read only"};
    });
  }
  [[nodiscard]] AttestationReconciler::Surroundings surroundings() {
    return {.scans = scans_,
            .reports = reports_,
            .api = api_,
            .clock = clock_,
            .metrics = metrics_,
            .registries = [this] { return registries_; },
            .operator_namespace = kNamespace,
            .on_change = [this] { ++changes_; }};
  }

  const scanner::advisories::KeyPair key_ = scanner::advisories::make_key_pair();
  tests::FakeRegistry registry_;
  const tests::FakeImage image_ = registry_.add_image("layer", "1");
  ScanRegistries registries_;
  tests::MemoryApi api_;
  tests::FakeClock clock_;
  net::Metrics metrics_;
  int changes_ = 0;
  kubernetes::Store<crds::ImageScan> scans_{[](const json& object) { return object.get<crds::ImageScan>(); }};
  kubernetes::Store<crds::ImageReport> reports_{[](const json& object) { return object.get<crds::ImageReport>(); }};
  AttestationReconciler reconciler_{surroundings()};
};

TEST_F(AttestationReconcilerTest, WithoutASettingNobodyIsAsked) {
  configure(json::object());
  reconcile();
  EXPECT_THAT(registry_.seen(), IsEmpty());
  EXPECT_EQ(standing(), "nothing yet");
}

TEST_F(AttestationReconcilerTest, WhatOneClusterAttachesAnotherTakes) {
  reconcile();
  EXPECT_EQ(standing(), "");
  EXPECT_EQ(changes_, 1);
  EXPECT_EQ(remembered(), scanner::scanner_version() + " " + registry_.host() + "/shop/web");

  configure({{"acceptKeys", {key_.public_pem}}});
  tests::FakeScanner scanner;
  const base::RealClock clock;
  AttestedInventories inventories(
      {.scanners = scanner, .clock = clock, .metrics = metrics_, .registries = [this] { return registries_; }});
  const scanner::Inventory taken = inventories.scan({.reference = registry_.reference("shop/web:1").text(),
                                                     .digest = image_.manifest.text(),
                                                     .platform = "linux/amd64"},
                                                    "", {});
  EXPECT_EQ(taken.distribution.id, "debian");
  EXPECT_THAT(scanner.requests, IsEmpty());
}

TEST_F(AttestationReconcilerTest, WhatIsAttachedCostsNoRequestEvenOfANewLeader) {
  reconcile();
  const std::size_t asked = registry_.seen().size();
  reconcile();
  AttestationReconciler next_leader(surroundings());
  static_cast<void>(next_leader.reconcile(kWeb, {}));
  EXPECT_EQ(registry_.seen().size(), asked);
  EXPECT_EQ(next_leader.standing(registry_.host()), "");
}

// Two ImageScans of one repository, the second before the watch brings what the first did.
TEST_F(AttestationReconcilerTest, AStoreThatLagsCostsNoSecondPush) {
  add_scan(kOther, "shop/web", image_);
  static_cast<void>(reconciler_.reconcile(kWeb, {}));
  static_cast<void>(reconciler_.reconcile(kOther, {}));
  EXPECT_EQ(manifests_pushed(), 1);
}

TEST_F(AttestationReconcilerTest, EachRepositoryOfTheImageGetsIt) {
  add_scan(kOther, "team/web", image_);
  reconcile();
  reconcile(kOther);
  EXPECT_EQ(manifests_pushed(), 2);
  EXPECT_THAT(remembered(), HasSubstr("/shop/web"));
  EXPECT_THAT(remembered(), HasSubstr("/team/web"));
}

TEST_F(AttestationReconcilerTest, WhatIsNotWhollyOursIsNotPassedOn) {
  add_scan(kWeb, "shop/web", image_, std::nullopt);
  reconcile();
  EXPECT_THAT(registry_.seen(), IsEmpty());
  EXPECT_EQ(standing(), "nothing yet");
}

TEST_F(AttestationReconcilerTest, WhatANewerScannerReadIsAttachedToo) {
  add_scan(kWeb, "shop/web", image_, false, "0.1.0+1");
  reconcile();
  add_scan(kWeb, "shop/web", image_);
  reconcile();
  EXPECT_EQ(manifests_pushed(), 2);
  EXPECT_THAT(remembered(), StartsWith(scanner::scanner_version() + " "));
}

TEST_F(AttestationReconcilerTest, WhatFailedIsToldAndTriedAgain) {
  refuse_pushes(403);
  reconcile();
  EXPECT_THAT(standing(), HasSubstr("1 ImageScan waits: "));
  EXPECT_THAT(standing(), HasSubstr("read only"));
  EXPECT_EQ(remembered(), "");
  EXPECT_THAT(metrics_.expose(), HasSubstr("pratique_attestations_total{result=\"not_attached\"} 1"));

  registry_.intercept({});
  reconcile();
  EXPECT_EQ(standing(), "");
  EXPECT_THAT(metrics_.expose(), HasSubstr("pratique_attestations_total{result=\"attached\"} 1"));
  EXPECT_EQ(changes_, 2);
}

TEST_F(AttestationReconcilerTest, ARegistryInTroubleIsLeftAloneByItsOtherImages) {
  add_scan(kOther, "shop/other", registry_.add_image("other layer", "1"));
  refuse_pushes(503);
  reconcile();
  const std::size_t asked = registry_.seen().size();
  EXPECT_EQ(reconcile(kOther).requeue_after, std::chrono::minutes(1));
  EXPECT_EQ(registry_.seen().size(), asked);

  registry_.intercept({});
  clock_.advance(std::chrono::minutes(1));
  EXPECT_EQ(reconcile(kOther).requeue_after, std::nullopt);
  EXPECT_THAT(standing(), HasSubstr("1 ImageScan waits")) << "the first one has not been tried again yet";
  reconcile();
  EXPECT_EQ(standing(), "");
}

TEST_F(AttestationReconcilerTest, OneImageThatIsRefusedKeepsNoOtherAway) {
  add_scan(kOther, "shop/other", registry_.add_image("other layer", "1"));
  refuse_pushes(404, "/shop/web/");
  reconcile();
  reconcile(kOther);
  EXPECT_EQ(manifests_pushed(), 1);
  EXPECT_THAT(standing(), HasSubstr("1 ImageScan waits"));
}

TEST_F(AttestationReconcilerTest, SaysWhyNothingCouldBeAttached) {
  struct Row {
    json push;
    const char* why;
  };
  const json signer = {{"name", "signer"}};
  const json pusher = {{"name", "pusher"}};
  for (const Row& row : {
           Row{{{"signingKeyRef", {{"name", "nobody"}}}, {"secretRef", pusher}}, "Secret pratique-system/nobody"},
           Row{{{"signingKeyRef", {{"name", "signer"}, {"key", "other"}}}, {"secretRef", pusher}}, "\"other\""},
           Row{{{"signingKeyRef", {{"name", "pusher"}, {"key", ".dockerconfigjson"}}}, {"secretRef", pusher}},
               "not a private key"},
           Row{{{"signingKeyRef", signer}, {"secretRef", {{"name", "nobody"}}}},
               "pratique-system/nobody does not exist"},
       }) {
    push_by(row.push);
    clock_.advance(std::chrono::minutes(1));
    reconcile();
    EXPECT_THAT(standing(), HasSubstr(row.why));
    EXPECT_EQ(standing().find(key_.private_pem.substr(30, 20)), std::string::npos);
  }
}

TEST_F(AttestationReconcilerTest, WhoWroteFirstIsNoFailure) {
  api_.refuse([](const std::string& line) { return line.starts_with("patch imagereports"); }, 409, "Conflict");
  reconcile();
  EXPECT_EQ(standing(), "nothing yet");
}

TEST_F(AttestationReconcilerTest, ForAnImageThatIsGoneNobodyWaits) {
  refuse_pushes(403);
  reconcile();
  api_.remove(crds::kImageScan, kWeb, {});
  feed();
  reconcile();
  EXPECT_EQ(standing(), "");
  EXPECT_EQ(changes_, 2);
}

TEST_F(AttestationReconcilerTest, WhatAMirrorServedIsAttachedInItsRegistryAlone) {
  tests::FakeRegistry mirror;
  mirror.take_pushes(true);
  json origin = {{"metadata", {{"name", "main"}}}, {"spec", json(registries_.front()->spec)}};
  origin["spec"]["mirrors"] = {{{"location", mirror.host()}}};
  registries_ = {std::make_shared<const crds::ScanRegistry>(origin.get<crds::ScanRegistry>())};
  reconcile();
  EXPECT_EQ(manifests_pushed(), 1);
  EXPECT_THAT(mirror.seen(), IsEmpty());
}

}  // namespace
}  // namespace pratique_operator::reconcilers
