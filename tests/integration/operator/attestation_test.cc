// A fleet scans an image once: what one cluster found is attached to the image in the registry, and taken from there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "crds/image_report.h"
#include "net/signed_envelope.h"
#include "scanner/advisories/ed25519.h"
#include "tests/integration/operator/installed_operator.h"
#include "tests/support/compress.h"
#include "tests/support/sample_image.h"
#include "tests/support/tar_builder.h"

namespace pratique_operator {
namespace {

using nlohmann::json;
using tests::eventually;
using tests::InstalledOperator;
using tests::state_of;

class AttestationInCluster : public ::testing::Test {
 protected:
  AttestationInCluster() {
    followed_.registry().take_pushes(true);
    const std::string config =
        json{{"auths", {{followed_.registry().host(), {{"username", "u"}, {"password", "p"}}}}}}.dump();
    cluster_.admin()->apply({"", "v1", "Secret", "secrets", true},
                            {{"apiVersion", "v1"},
                             {"kind", "Secret"},
                             {"metadata", {{"name", "pratique-attestations"}, {"namespace", "pratique-system"}}},
                             {"stringData", {{"signing.key", key_.private_pem}, {".dockerconfigjson", config}}}},
                            {.field_manager = "tests", .subresource = {}});
  }

  void push_too() {
    const json secret = {{"name", "pratique-attestations"}};
    configure({{"push", {{"signingKeyRef", secret}, {"secretRef", secret}}}});
  }
  void configure(const json& attestations) {
    cluster_.admin()->merge_patch(crds::kScanRegistry, {{}, followed_.scan_registry()},
                                  {{"spec", {{"attestations", attestations}}}}, {});
  }
  [[nodiscard]] crds::ScanRegistry scan_registry() const {
    return cluster_.admin()->get(crds::kScanRegistry, {{}, followed_.scan_registry()})->get<crds::ScanRegistry>();
  }
  [[nodiscard]] std::string attested() const { return state_of(scan_registry().status.conditions, "Attested"); }
  [[nodiscard]] std::size_t uploads() {
    return static_cast<std::size_t>(std::ranges::count_if(
        followed_.registry().seen(), [](const auto& seen) { return seen.method != "GET" && seen.method != "HEAD"; }));
  }
  [[nodiscard]] std::string scanned(const kubernetes::ObjectKey& key) const {
    return state_of(tests::stored_scan(key).status.conditions, crds::kScanned);
  }
  // As a cluster that has never seen the image.
  void forget(const kubernetes::ObjectKey& key) {
    const std::string report = tests::stored_scan(key).status.platforms.at(0).report;
    cluster_.admin()->remove(crds::kImageScan, key, {});
    cluster_.admin()->remove(crds::kImageReport, {{}, report}, {});
    ASSERT_TRUE(eventually([&] { return !cluster_.admin()->get(crds::kImageReport, {{}, report}); }));
  }
  [[nodiscard]] std::size_t layer_requests() {
    return static_cast<std::size_t>(std::ranges::count_if(followed_.registry().seen(), [this](const auto& seen) {
      return seen.method == "GET" && seen.target.find(image_.layer.text()) != std::string::npos;
    }));
  }

  InstalledOperator& cluster_ = InstalledOperator::instance();
  tests::FollowedNamespace followed_{"attested"};
  const scanner::advisories::KeyPair key_ = scanner::advisories::make_key_pair();
  // Like no other: a report that another test left would do for it.
  const tests::FakeImage image_ = followed_.registry().add_image(
      tests::gzip(tests::TarBuilder().file("of", followed_.name()).bytes() + tests::sample_layer()), "1");
  const json spec_ = {{"image", followed_.registry().host() + "/shop/web:1"}};
};

TEST_F(AttestationInCluster, WhatOneClusterScannedTheNextTakesOver) {
  push_too();
  kubernetes::ObjectKey key = tests::create_scan(followed_.name(), "web", spec_);
  ASSERT_TRUE(eventually([&] { return scanned(key) == "True/Scanned"; }));
  ASSERT_TRUE(eventually([&] { return attested() == "True/Attached"; }))
      << tests::message_of(scan_registry().status.conditions, "Attested") << cluster_.leader().log();
  const crds::ImageScanStatus first = tests::stored_scan(key).status;
  EXPECT_GT(layer_requests(), 0U);

  forget(key);
  configure({{"acceptKeys", {key_.public_pem}}, {"push", nullptr}});
  const std::size_t before = layer_requests();
  // The operator's watch has to bring the setting first: a scan before it would be one of our own.
  ASSERT_TRUE(eventually([&] { return attested() == "Unknown/NotConfigured"; }));
  key = tests::create_scan(followed_.name(), "again", spec_);
  ASSERT_TRUE(eventually([&] { return scanned(key) == "True/Scanned"; }));

  const crds::ImageScanStatus second = tests::stored_scan(key).status;
  EXPECT_EQ(layer_requests(), before) << "no layer was fetched";
  EXPECT_EQ(second.bytes_fetched, 0);
  EXPECT_EQ(second.packages, first.packages);
  EXPECT_EQ(second.counts, first.counts);
  EXPECT_EQ(second.complete, true);
  const auto report =
      cluster_.admin()->get(crds::kImageReport, {{}, second.platforms.at(0).report})->get<crds::ImageReport>();
  ASSERT_FALSE(report.spec.warnings.empty()) << "it is told whose word it is";
  EXPECT_EQ(report.spec.warnings.front().reason, "ScannedElsewhere");
  EXPECT_EQ(report.spec.attestation_key, net::key_id(key_.public_pem));

  configure({{"acceptKeys", nullptr}});
  ASSERT_TRUE(eventually([&] {
    const auto stored = cluster_.admin()->get(crds::kImageReport, {{}, second.platforms.at(0).report});
    return stored && stored->get<crds::ImageReport>().spec.attestation_key.empty();
  })) << cluster_.leader().log();
  EXPECT_GT(layer_requests(), before) << "the word of a key that is not trusted any more does not stand";
}

TEST_F(AttestationInCluster, AVerdictDoesNotWaitForTheRegistryAndNothingIsLost) {
  followed_.registry().intercept([](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
    if (request.method == "GET" || request.method == "HEAD") return std::nullopt;
    return net::ServerResponse{.status = 403, .body = "read only"};
  });
  push_too();
  const kubernetes::ObjectKey key = tests::create_scan(followed_.name(), "slow", spec_);
  ASSERT_TRUE(eventually([&] { return scanned(key) == "True/Scanned"; }));
  ASSERT_TRUE(eventually([&] { return attested() == "False/PushFailed"; })) << cluster_.leader().log();
  EXPECT_THAT(tests::message_of(scan_registry().status.conditions, "Attested"), testing::HasSubstr("read only"));

  // A new leader knows of it from the cluster alone.
  cluster_.start_anew({});
  followed_.registry().intercept({});
  ASSERT_TRUE(eventually([&] { return attested() == "True/Attached"; })) << cluster_.leader().log();
  const std::string report = tests::stored_scan(key).status.platforms.at(0).report;
  const auto annotations =
      cluster_.admin()->get(crds::kImageReport, {{}, report})->get<crds::ImageReport>().metadata.annotations;
  EXPECT_THAT(annotations.at("pratique.dev/attached-to"),
              testing::HasSubstr(" " + followed_.registry().host() + "/shop/web"));

  const std::size_t before = uploads();
  cluster_.start_anew({});
  configure({{"acceptKeys", {key_.public_pem}}});
  ASSERT_TRUE(tests::operator_rests(std::chrono::seconds(3)));
  EXPECT_EQ(uploads(), before) << "the next leader has nothing to do";
}

TEST_F(AttestationInCluster, APersonGetsAScanOfThisClustersOwn) {
  push_too();
  kubernetes::ObjectKey key = tests::create_scan(followed_.name(), "first", spec_);
  ASSERT_TRUE(eventually([&] { return attested() == "True/Attached"; })) << cluster_.leader().log();
  forget(key);
  configure({{"acceptKeys", {key_.public_pem}}, {"push", nullptr}});
  ASSERT_TRUE(eventually([&] { return attested() == "Unknown/NotConfigured"; }));
  key = tests::create_scan(followed_.name(), "second", spec_);
  ASSERT_TRUE(eventually([&] { return scanned(key) == "True/Scanned"; }));
  ASSERT_EQ(tests::stored_scan(key).status.bytes_fetched, 0);

  (void)tests::kubectl_or_throw(
      {"annotate", "imagescan", key.name, "-n", key.ns, "pratique.dev/rescan-requested-at=2026-06-01T12:00:00Z"});
  EXPECT_TRUE(eventually([&] { return tests::stored_scan(key).status.bytes_fetched > 0; }));
  const auto report = cluster_.admin()
                          ->get(crds::kImageReport, {{}, tests::stored_scan(key).status.platforms.at(0).report})
                          ->get<crds::ImageReport>();
  EXPECT_TRUE(report.spec.warnings.empty());
  EXPECT_EQ(report.spec.attached_sboms, false);
}

}  // namespace
}  // namespace pratique_operator
