// SBOMs that are attached to an image in its registry, read by the real child.
#include "scanner/attached_sboms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "registry/registry_client.h"
#include "scanner/scanner.h"
#include "scanner/report_json.h"
#include "tests/support/compress.h"
#include "tests/support/fake_registry.h"
#include "tests/support/layout_writer.h"
#include "tests/support/tar_builder.h"

namespace scanner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using tests::descriptor_json;
using tests::TarBuilder;

constexpr const char* kCycloneDx = "application/vnd.cyclonedx+json";
constexpr const char* kInToto = "application/vnd.in-toto+json";

std::string sbom(const std::string& purl) {
  return R"({"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library","purl":")" + purl + "\"}]}";
}

std::string statement(const std::string& predicate_type, const std::string& predicate) {
  return R"({"_type":"https://in-toto.io/Statement/v1","predicateType":")" + predicate_type + R"(","predicate":)" +
         predicate + "}";
}

class AttachedSbomsTest : public testing::Test {
 protected:
  AttachedSbomsTest() { registry_.add_blob("{}"); }

  void attach(const std::string& document, const std::string& media_type, const std::string& subject = "") {
    const std::string text =
        R"({"schemaVersion":2,"config":)" +
        descriptor_json("application/vnd.oci.empty.v1+json", base::Digest::of("{}"), 2) + R"(,"layers":[)" +
        descriptor_json(media_type, registry_.add_blob(document), document.size()) + R"(],"subject":)" +
        descriptor_json(tests::kOciManifestType, subject.empty() ? image_.manifest : base::Digest::of(subject),
                        image_.manifest_bytes.size()) +
        "}";
    const base::Digest digest = registry_.add_manifest(text, tests::kOciManifestType);
    list(descriptor_json(tests::kOciManifestType, digest, text.size()));
  }
  void list(const std::string& entry) {
    index_ += (index_.empty() ? "" : ",") + entry;
    registry_.add_manifest(R"({"schemaVersion":2,"manifests":[)" + index_ + "]}", tests::kOciIndexType,
                           "sha256-" + image_.manifest.hex());
  }
  Inventory scan(bool attached = true, std::shared_ptr<ScanCache> cache = nullptr) {
    const auto source = registry::make_registry_source(
        {.reference = registry_.reference("shop/web:1"), .policy = registry_.policy()}, clock_);
    return scan_image(*source, image_.manifest, "linux/amd64", {.cache = std::move(cache), .attached_sboms = attached},
                      {}, {});
  }
  static std::vector<std::string> names_of(const Inventory& inventory) {
    std::vector<std::string> names;
    for (const Package& package : inventory.packages) names.push_back(package.name + " " + package.version);
    return names;
  }
  [[nodiscard]] bool asked_for_referrers() const {
    return std::ranges::any_of(registry_.seen(),
                               [](const auto& seen) { return seen.target.find("referrers") != std::string::npos; });
  }

  tests::FakeRegistry registry_;
  base::RealClock clock_;
  tests::FakeImage image_ = registry_.add_image(
      tests::gzip(TarBuilder()
                      .file("etc/os-release", "ID=debian\nVERSION_ID=12\n")
                      .file("app/node_modules/lodash/package.json", R"({"name":"lodash","version":"4.17.11"})")
                      .archive()),
      "1");
  std::string index_;
};

TEST_F(AttachedSbomsTest, AreReadWhereThatIsWanted) {
  attach(sbom("pkg:gem/rack@3.0.0"), kCycloneDx);
  const Inventory inventory = scan();
  EXPECT_THAT(names_of(inventory), ElementsAre("rack 3.0.0", "lodash 4.17.11"));
  EXPECT_TRUE(inventory.complete);
  const Package& rack = inventory.packages.front();
  EXPECT_EQ(rack.found_by, "sbom");
  const base::Digest digest = base::Digest::of(sbom("pkg:gem/rack@3.0.0"));
  EXPECT_EQ(rack.path, "attached-" + digest.hex().substr(0, 12) + ".cdx.json");
  EXPECT_EQ(rack.layer, digest.text());
}

TEST_F(AttachedSbomsTest, AreNotAskedForOtherwise) {
  attach(sbom("pkg:gem/rack@3.0.0"), kCycloneDx);
  EXPECT_THAT(names_of(scan(false)), ElementsAre("lodash 4.17.11"));
  EXPECT_FALSE(asked_for_referrers());
}

TEST_F(AttachedSbomsTest, InventoriesThatPratiqueAttachedAreNone) {
  const base::Digest of_ours = base::Digest::of("an inventory");
  list(descriptor_json(tests::kOciManifestType, of_ours, 12,
                       R"(,"artifactType":")" + std::string(kInventoryArtifactType) + "\""));
  attach(sbom("pkg:gem/rack@3.0.0"), kCycloneDx);
  EXPECT_THAT(names_of(scan()), ElementsAre("rack 3.0.0", "lodash 4.17.11"));
  for (const auto& seen : registry_.seen()) EXPECT_EQ(seen.target.find(of_ours.text()), std::string::npos);
}

TEST_F(AttachedSbomsTest, WhatIsInstalledCountsBeforeThem) {
  attach(sbom("pkg:npm/lodash@1.0.0"), kCycloneDx);
  EXPECT_THAT(names_of(scan()), ElementsAre("lodash 4.17.11"));
}

TEST_F(AttachedSbomsTest, AreReadInTheEnvelopesOfOthers) {
  const std::string in_toto = statement("https://cyclonedx.org/bom", sbom("pkg:gem/rack@3.0.0"));
  const std::string envelope =
      R"({"payloadType":"application/vnd.in-toto+json","payload":")" + base::encode_base64(in_toto) + "\"}";
  const std::string bundle = R"({"mediaType":"x","dsseEnvelope":)" + envelope + "}";
  struct Row {
    std::string document;
    const char* media_type;
  };
  for (const Row& row : {Row{in_toto, kInToto}, Row{envelope, "application/vnd.dsse.envelope.v1+json"},
                         Row{bundle, "application/vnd.dev.sigstore.bundle.v0.3+json"}}) {
    index_.clear();
    attach(row.document, row.media_type);
    const Inventory inventory = scan();
    EXPECT_THAT(names_of(inventory), ElementsAre("rack 3.0.0", "lodash 4.17.11")) << row.media_type;
    EXPECT_TRUE(inventory.complete) << row.media_type;
  }
}

TEST_F(AttachedSbomsTest, StatementsOfOtherKindsArePassedOver) {
  attach(statement("https://slsa.dev/provenance/v1", R"({"buildDefinition":{}})"), kInToto);
  attach("a signature", "application/vnd.dev.cosign.simplesigning.v1+json");
  const Inventory inventory = scan();
  EXPECT_THAT(names_of(inventory), ElementsAre("lodash 4.17.11"));
  EXPECT_THAT(inventory.warnings, IsEmpty());
}

TEST_F(AttachedSbomsTest, OneThatIsAnothersIsNotRead) {
  attach(sbom("pkg:gem/rack@3.0.0"), kCycloneDx, "another image");
  EXPECT_THAT(names_of(scan()), ElementsAre("lodash 4.17.11"));
}

TEST_F(AttachedSbomsTest, OneThatCannotBeReadMakesTheImageIncomplete) {
  attach("no JSON at all", kCycloneDx);
  const Inventory inventory = scan();
  EXPECT_FALSE(inventory.complete);
  ASSERT_THAT(inventory.warnings, SizeIs(1));
  EXPECT_EQ(inventory.warnings.front().reason, "Unreadable");
  EXPECT_THAT(inventory.warnings.front().path, HasSubstr("attached-"));
  EXPECT_THAT(names_of(inventory), ElementsAre("lodash 4.17.11"));
}

TEST_F(AttachedSbomsTest, AnAttachmentThatIsNoManifestCostsAWarning) {
  attach(sbom("pkg:gem/rack@3.0.0"), kCycloneDx);
  const base::Digest broken = registry_.add_manifest("{}", tests::kOciManifestType);
  list(descriptor_json(tests::kOciManifestType, broken, 2));
  const Inventory inventory = scan();
  EXPECT_THAT(names_of(inventory), ElementsAre("rack 3.0.0", "lodash 4.17.11"));
  EXPECT_FALSE(inventory.complete);
}

TEST_F(AttachedSbomsTest, AListThatIsNoneCostsAWarning) {
  registry_.add_manifest(image_.manifest_bytes, tests::kOciManifestType, "sha256-" + image_.manifest.hex());
  const Inventory inventory = scan();
  EXPECT_THAT(names_of(inventory), ElementsAre("lodash 4.17.11"));
  EXPECT_FALSE(inventory.complete);
  ASSERT_THAT(inventory.warnings, SizeIs(1));
  EXPECT_THAT(inventory.warnings.front().message, HasSubstr("referrers of"));
}

TEST_F(AttachedSbomsTest, AnAttachmentThatHasGoneIsTold) {
  list(descriptor_json(tests::kOciManifestType, base::Digest::of("gone"), 2));
  const Inventory inventory = scan();
  EXPECT_TRUE(inventory.complete) << "nothing is attached";
  ASSERT_THAT(inventory.warnings, SizeIs(1));
  EXPECT_THAT(inventory.warnings.front().message, HasSubstr("not there any more"));
}

TEST_F(AttachedSbomsTest, MoreThanAreReadMakeTheImageIncomplete) {
  for (std::size_t i = 0; i <= kAttachedSbomsMax; ++i) {
    attach(sbom("pkg:gem/rack@3." + std::to_string(i)), kCycloneDx);
  }
  const Inventory inventory = scan();
  EXPECT_THAT(inventory.packages, SizeIs(kAttachedSbomsMax + 1));
  ASSERT_THAT(inventory.warnings, SizeIs(1));
  EXPECT_THAT(inventory.warnings.front().message, HasSubstr("more than 8 SBOMs are attached"));
  EXPECT_FALSE(inventory.complete);
}

// The image is the same, and what is attached to it is not.
TEST_F(AttachedSbomsTest, AKnownImageIsNotTakenForWhatItWasWithoutThem) {
  const tests::TemporaryFolder folder;
  const auto cache = std::make_shared<ScanCache>(ScanCacheSettings{.directory = folder.file("cache")});
  EXPECT_THAT(names_of(scan(true, cache)), ElementsAre("lodash 4.17.11"));
  attach(sbom("pkg:gem/rack@3.0.0"), kCycloneDx);
  EXPECT_THAT(names_of(scan(true, cache)), ElementsAre("rack 3.0.0", "lodash 4.17.11"));
  EXPECT_THAT(names_of(scan(false, cache)), ElementsAre("lodash 4.17.11"));
}

}  // namespace
}  // namespace scanner
