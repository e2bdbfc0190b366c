// An image that another cluster has scanned: when its word counts, and what is told of one that does not.
#include "operator/reconcilers/attested_inventories.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "net/signed_envelope.h"
#include "operator/reconcilers/inventory_attestation.h"
#include "registry/artifact.h"
#include "registry/registry_client.h"
#include "scanner/advisories/ed25519.h"
#include "scanner/report_json.h"
#include "scanner/report_version.h"
#include "tests/operator/controller/manual_clock.h"
#include "tests/operator/support/image_scan_fixture.h"
#include "tests/support/fake_registry.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::SizeIs;

constexpr const char* kPlatform = "linux/amd64";

// The registry that several clusters use.
class AttestedInventoriesTest : public testing::Test {
 protected:
  AttestedInventoriesTest() { registry_.take_pushes(true); }

  // spec.attestations of the registry's only ScanRegistry.
  void configure(const json& attestations) {
    const json registry = {{"metadata", {{"name", "main"}}},
                           {"spec",
                            {{"server", registry_.host()},
                             {"namespace", "shop"},
                             {"tls", {{"plainHTTP", true}}},
                             {"attestations", attestations}}}};
    registries_ = {std::make_shared<const crds::ScanRegistry>(registry.get<crds::ScanRegistry>())};
  }
  void accept(const std::vector<std::string>& keys) { configure({{"acceptKeys", keys}}); }

  scanner::Inventory scan() {
    return inventories_.scan({.reference = registry_.reference("shop/web:1").text(),
                              .digest = image_.manifest.text(),
                              .platform = kPlatform,
                              .access = {.attached_sboms = attached_sboms_}},
                             "", {});
  }
  [[nodiscard]] bool was_scanned_here() {
    const std::size_t before = scanner_.requests.size();
    static_cast<void>(scan());
    return scanner_.requests.size() > before;
  }
  // As another cluster has scanned it.
  [[nodiscard]] scanner::Inventory other_clusters() const {
    scanner::Inventory inventory;
    inventory.digest = image_.manifest.text();
    inventory.platform = kPlatform;
    inventory.distribution.id = "alpine";
    inventory.complete = true;
    inventory.compressed_bytes = 99;
    inventory.scanner_version = scanner::scanner_version();
    return inventory;
  }
  void attach(const std::string& envelope) {
    static_cast<void>(
        registry::push_artifact({.reference = registry_.reference("shop/web:1"), .policy = registry_.policy()},
                                {.type = std::string(scanner::kInventoryArtifactType),
                                 .layer_type = "application/vnd.dsse.envelope.v1+json",
                                 .content = envelope,
                                 .subject = image_.manifest},
                                clock_, {}));
  }
  void attach(const scanner::Inventory& inventory) {
    attach(net::sign_envelope(net::kStatementType,
                              write_statement("web", {.inventory = inventory, .attached_sboms = false}),
                              key_.private_pem));
  }
  [[nodiscard]] std::string counted() const {
    std::string lines;
    for (const std::string result : {"accepted", "refused", "unreachable"}) {
      const std::string name = "pratique_attestations_total{result=\"" + result + "\"} ";
      const std::string text = metrics_.expose();
      const std::size_t at = text.find(name);
      if (at != std::string::npos) lines += result + "=" + text.substr(at + name.size(), 1) + " ";
    }
    return lines;
  }

  const scanner::advisories::KeyPair key_ = scanner::advisories::make_key_pair();
  tests::FakeRegistry registry_;
  tests::FakeImage image_ = registry_.add_image("layer", "1");
  bool attached_sboms_ = false;
  ScanRegistries registries_;
  base::RealClock clock_;
  net::Metrics metrics_;
  tests::FakeScanner scanner_;
  AttestedInventories inventories_{
      {.scanners = scanner_, .clock = clock_, .metrics = metrics_, .registries = [this] { return registries_; }}};
};

TEST_F(AttestedInventoriesTest, WithoutASettingNothingIsAsked) {
  attach(other_clusters());
  const std::size_t asked = registry_.seen().size();
  EXPECT_TRUE(was_scanned_here());
  configure(json::object());
  EXPECT_TRUE(was_scanned_here());
  EXPECT_EQ(registry_.seen().size(), asked);
}

TEST_F(AttestedInventoriesTest, WhatATrustedKeySignedIsTakenInsteadOfAScan) {
  attach(other_clusters());
  accept({key_.public_pem});
  const scanner::Inventory taken = scan();
  EXPECT_THAT(scanner_.requests, SizeIs(0));
  EXPECT_EQ(taken.distribution.id, "alpine");
  EXPECT_TRUE(taken.complete);
  EXPECT_EQ(taken.compressed_bytes, 0U) << "nothing was fetched";
  ASSERT_THAT(taken.warnings, SizeIs(1)) << "and it is told whose word it is";
  EXPECT_EQ(taken.warnings.front().reason, "ScannedElsewhere");
  EXPECT_FALSE(taken.warnings.front().makes_incomplete);
  EXPECT_EQ(attestation_key_of(taken), net::key_id(key_.public_pem));
  EXPECT_EQ(counted(), "accepted=1 ");
  for (const auto& seen : registry_.seen()) {
    EXPECT_EQ(seen.target.find(image_.layer.text()), std::string::npos) << "no layer was fetched";
  }
}

// Who signs may say of other images what he likes, but not in whose name.
TEST_F(AttestedInventoriesTest, NobodySignsInAnothersName) {
  scanner::Inventory inventory = other_clusters();
  inventory.warnings.push_back(scanned_elsewhere("sha256:1", "sha256:2"));
  attach(inventory);
  const std::string other = scanner::advisories::make_key_pair().public_pem;
  accept({other, key_.public_pem});
  const scanner::Inventory taken = scan();
  EXPECT_THAT(taken.warnings, SizeIs(1));
  EXPECT_EQ(attestation_key_of(taken), net::key_id(key_.public_pem));
  EXPECT_TRUE(accepted_keys(registries_).contains(attestation_key_of(taken)));
  accept({other, "no key"});
  EXPECT_THAT(accepted_keys(registries_), testing::ElementsAre(net::key_id(other)));
}

TEST(AttestedImageScans, AreTrustedWhereEachOfTheirKeysIs) {
  crds::ImageScan scan;
  scan.status.platforms = {{.platform = "linux/amd64", .digest = {}, .report = {}},
                           {.platform = "linux/arm64", .digest = {}, .report = {}, .attestation_key = "sha256:a"}};
  EXPECT_TRUE(is_attested_by(scan, {"sha256:a", "sha256:b"})) << "the other one was scanned here";
  EXPECT_FALSE(is_attested_by(scan, {"sha256:b"}));
  scan.status.platforms.front().attestation_key = "sha256:b";
  EXPECT_FALSE(is_attested_by(scan, {"sha256:a"}));
  scan.status.platforms.clear();
  EXPECT_TRUE(is_attested_by(scan, {}));
}

TEST_F(AttestedInventoriesTest, WhatDoesNotCountIsScannedHere) {
  const std::string other_key = scanner::advisories::make_key_pair().public_pem;
  struct Row {
    const char* name;
    std::function<void(scanner::Inventory&)> change;
    std::vector<std::string> keys;
    bool attached_sboms = false;
  };
  const auto nothing = [](scanner::Inventory&) {};
  for (const Row& row : {
           Row{"another key", nothing, {other_key}},
           Row{"incomplete", [](auto& inventory) { inventory.complete = false; }, {key_.public_pem}},
           Row{"an older scanner", [](auto& inventory) { inventory.scanner_version = "0.1.0+1"; }, {key_.public_pem}},
           Row{"no number of its scanner", [](auto& inventory) { inventory.scanner_version = ""; }, {key_.public_pem}},
           Row{"another image",
               [](auto& inventory) { inventory.digest = base::Digest::of("x").text(); },
               {key_.public_pem}},
           Row{"another platform", [](auto& inventory) { inventory.platform = "linux/arm64"; }, {key_.public_pem}},
           Row{"attached SBOMs are wanted", nothing, {key_.public_pem}, true},
       }) {
    image_ = registry_.add_image(row.name, "1");
    scanner::Inventory inventory = other_clusters();
    row.change(inventory);
    attach(inventory);
    attached_sboms_ = row.attached_sboms;
    accept(row.keys);
    EXPECT_TRUE(was_scanned_here()) << row.name;
  }
  EXPECT_THAT(counted(), HasSubstr("refused=")) << counted();
  EXPECT_EQ(counted().find("accepted"), std::string::npos);
}

TEST_F(AttestedInventoriesTest, OneThatCannotBeReadDoesNotHideTheNext) {
  attach("no JSON");
  attach(json{{"payloadType", "text/plain"}, {"payload", "e30="}, {"signatures", json::array()}}.dump());
  attach(net::sign_envelope("text/plain", "{}", key_.private_pem));
  attach(net::sign_envelope(net::kStatementType, "{}", key_.private_pem));
  attach(other_clusters());
  accept({key_.public_pem});
  EXPECT_FALSE(was_scanned_here());
  EXPECT_EQ(counted(), "accepted=1 refused=4 ");
}

TEST_F(AttestedInventoriesTest, OnlySoManyAreLookedAt) {
  for (std::size_t i = 0; i < kAttestationsMax; ++i) attach("no JSON " + std::to_string(i));
  attach(other_clusters());
  accept({key_.public_pem});
  EXPECT_TRUE(was_scanned_here());
  EXPECT_EQ(counted(), "refused=" + std::to_string(kAttestationsMax) + " ");
}

TEST_F(AttestedInventoriesTest, ARegistryThatCannotTellCostsNoScan) {
  attach(other_clusters());
  accept({key_.public_pem});
  registry_.intercept([](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
    if (request.target.find("/referrers/") == std::string::npos) return std::nullopt;
    return net::ServerResponse{.status = 500};
  });
  EXPECT_TRUE(was_scanned_here());
  EXPECT_EQ(counted(), "unreachable=1 ");
}

// The scanner would ask the same registry.
TEST_F(AttestedInventoriesTest, ARegistryThatWantsToBeLeftAloneIsNotScannedInstead) {
  attach(other_clusters());
  accept({key_.public_pem});
  for (const std::string asked : {"/referrers/", "/manifests/", "/blobs/"}) {
    registry_.intercept([&](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
      if (request.target.find(asked) == std::string::npos) return std::nullopt;
      return net::ServerResponse{.status = 429, .headers = {{"Retry-After", "40"}}};
    });
    try {
      static_cast<void>(scan());
      ADD_FAILURE() << asked << " was answered 429, and nothing was thrown";
    } catch (const base::HttpError& error) {
      EXPECT_EQ(error.status(), 429) << asked;
    }
  }
  EXPECT_THAT(scanner_.requests, testing::IsEmpty());
  EXPECT_EQ(counted(), "");
}

// Each answer comes within its own time.
TEST_F(AttestedInventoriesTest, ARegistryThatIsSlowWithAllOfThemCostsNoScan) {
  scanner::Inventory broken = other_clusters();
  broken.complete = false;
  for (int number = 0; number < 5; ++number) {
    broken.compressed_bytes = static_cast<std::uint64_t>(number);
    attach(broken);
  }
  accept({key_.public_pem});
  controller::ManualClock clock;
  AttestedInventories inventories(
      {.scanners = scanner_, .clock = clock, .metrics = metrics_, .registries = [this] { return registries_; }});
  registry_.intercept([&](const net::ServerRequest&) {
    clock.advance(std::chrono::seconds(50));
    return std::nullopt;
  });
  const std::size_t asked = registry_.seen().size();
  static_cast<void>(inventories.scan(
      {.reference = registry_.reference("shop/web:1").text(), .digest = image_.manifest.text(), .platform = kPlatform},
      "", {}));
  EXPECT_THAT(scanner_.requests, SizeIs(1));
  EXPECT_EQ(registry_.seen().size() - asked, 3U);
  EXPECT_EQ(counted(), "refused=1 unreachable=1 ");
}

TEST_F(AttestedInventoriesTest, ReadsAsWhoeverAsksForTheScan) {
  attach(other_clusters());
  accept({key_.public_pem});
  const std::size_t before = registry_.seen().size();
  static_cast<void>(inventories_.scan({.reference = registry_.reference("shop/web:1").text(),
                                       .digest = image_.manifest.text(),
                                       .platform = kPlatform,
                                       .access = {.bearer_token = "of-the-namespace"}},
                                      "", {}));
  const auto seen = registry_.seen();
  ASSERT_GT(seen.size(), before);
  for (std::size_t i = before; i < seen.size(); ++i) EXPECT_EQ(seen[i].authorization, "Bearer of-the-namespace");
}

TEST_F(AttestedInventoriesTest, FromAMirrorItIsTakenToo) {
  const json origin = {{"metadata", {{"name", "origin"}}},
                       {"spec",
                        {{"server", "registry.example.com"},
                         {"namespace", "shop"},
                         {"mirrors", {{{"location", registry_.host() + "/shop"}}}},
                         {"attestations", {{"acceptKeys", {key_.public_pem}}}}}}};
  configure(json::object());  // so that plain HTTP is allowed
  registries_.push_back(std::make_shared<const crds::ScanRegistry>(origin.get<crds::ScanRegistry>()));
  attach(other_clusters());
  EXPECT_FALSE(was_scanned_here());
}

// Two registries may have their mirrors on one host.
TEST_F(AttestedInventoriesTest, TheKeysOfAnotherRegistrysMirrorDoNotCount) {
  const json other = {
      {"metadata", {{"name", "other"}}},
      {"spec",
       {{"server", "registry.example.com"},
        {"namespace", "shop"},
        {"mirrors", {{{"location", registry_.host() + "/hub"}}, {{"location", registry_.host() + "/sho"}}}},
        {"attestations", {{"acceptKeys", {key_.public_pem}}}}}}};
  configure(json::object());
  registries_.push_back(std::make_shared<const crds::ScanRegistry>(other.get<crds::ScanRegistry>()));
  attach(other_clusters());
  EXPECT_TRUE(was_scanned_here());
}

// Which would be gigabytes as a tree, before anybody's signature was looked at.
TEST_F(AttestedInventoriesTest, AnAttestationOfManyValuesIsNotRead) {
  accept({key_.public_pem});
  std::string many = R"({"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[],"more":[0)";
  for (int i = 0; i < 100'000; ++i) many += ",{}";
  attach(many + "]}");
  EXPECT_TRUE(was_scanned_here());
  EXPECT_EQ(counted(), "refused=1 ");
  attach(other_clusters());
  EXPECT_FALSE(was_scanned_here());
}

}  // namespace
}  // namespace pratique_operator::reconcilers
