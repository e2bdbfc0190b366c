// SBOMs that are attached to an image in its registry, read by the real child.
#include "scanner/attached_sboms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "net/signed_envelope.h"
#include "registry/registry_client.h"
#include "scanner/advisories/ed25519.h"
#include "scanner/report_json.h"
#include "scanner/scanner.h"
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

std::string statement(const std::string& predicate_type, const std::string& predicate, const std::string& more = "") {
  return R"({"_type":"https://in-toto.io/Statement/v1","predicateType":")" + predicate_type + R"(","predicate":)" +
         predicate + more + "}";
}

// The same about a manifest.
std::string statement_about(const base::Digest& manifest, const std::string& predicate) {
  return statement("https://cyclonedx.org/bom", predicate,
                   R"(,"subject":[{"name":"web","digest":{"sha256":")" + manifest.hex() + R"("}}])");
}

class AttachedSbomsTest : public testing::Test {
 protected:
  AttachedSbomsTest() { registry_.add_blob("{}"); }

  void attach(const std::string& document, const std::string& media_type, const std::string& subject = "") {
    list(attachment(document, media_type, subject.empty() ? image_.manifest : base::Digest::of(subject)));
  }
  // The descriptor of one that is stored.
  std::string attachment(const std::string& document, const std::string& media_type,
                         const std::optional<base::Digest>& subject, const std::string& more = "") {
    std::string text = R"({"schemaVersion":2,"config":)" +
                       descriptor_json("application/vnd.oci.empty.v1+json", base::Digest::of("{}"), 2) +
                       R"(,"layers":[)" + descriptor_json(media_type, registry_.add_blob(document), document.size()) +
                       "]";
    if (subject) {
      text += R"(,"subject":)" + descriptor_json(tests::kOciManifestType, *subject, image_.manifest_bytes.size());
    }
    text += "}";
    return descriptor_json(tests::kOciManifestType, registry_.add_manifest(text, tests::kOciManifestType), text.size(),
                           more);
  }
  // An index of the image and of other entries, which led to the image.
  void make_index(const std::string& more = "") {
    const std::string text = R"({"schemaVersion":2,"manifests":[)" +
                             descriptor_json(tests::kOciManifestType, image_.manifest, image_.manifest_bytes.size(),
                                             R"(,"platform":{"os":"linux","architecture":"amd64"})") +
                             more + "]}";
    settings_.index = registry_.add_manifest(text, tests::kOciIndexType);
  }
  // As BuildKit writes it into the index.
  std::string attestation(const std::string& document, const base::Digest& about) {
    return "," + attachment(document, kInToto, std::nullopt,
                            R"(,"annotations":{"vnd.docker.reference.digest":")" + about.text() +
                                R"(","vnd.docker.reference.type":"attestation-manifest"},)"
                                R"("platform":{"os":"unknown","architecture":"unknown"})");
  }
  void attach_to_index(const std::string& document, const std::string& media_type) {
    const std::string listed = attachment(document, media_type, *settings_.index);
    registry_.add_manifest(R"({"schemaVersion":2,"manifests":[)" + listed + "]}", tests::kOciIndexType,
                           "sha256-" + settings_.index->hex());
  }
  void list(const std::string& entry) {
    index_ += (index_.empty() ? "" : ",") + entry;
    registry_.add_manifest(R"({"schemaVersion":2,"manifests":[)" + index_ + "]}", tests::kOciIndexType,
                           "sha256-" + image_.manifest.hex());
  }
  Inventory scan(bool attached = true, std::shared_ptr<ScanCache> cache = nullptr) {
    const auto source = registry::make_registry_source(
        {.reference = registry_.reference("shop/web:1"), .policy = registry_.policy()}, clock_);
    settings_.cache = std::move(cache);
    settings_.attached_sboms = attached;
    return scan_image(*source, image_.manifest, "linux/amd64", settings_, {}, {});
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
  ScanSettings settings_;
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

TEST_F(AttachedSbomsTest, TheyHaveTheTimeOfTheScan) {
  const std::string document = sbom("pkg:gem/rack@3.0.0");
  attach(document, kCycloneDx);
  settings_.limits.timeout = std::chrono::seconds(1);
  registry_.drip("/v2/shop/web/blobs/" + base::Digest::of(document).text(), std::chrono::milliseconds(50));
  EXPECT_THROW(static_cast<void>(scan()), base::NetworkError);
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

// What BuildKit puts into an index beside each platform.
TEST_F(AttachedSbomsTest, AnIndexHoldsThoseOfItsPlatforms) {
  const base::Digest arm = base::Digest::of("the same for another platform");
  make_index(attestation(statement_about(image_.manifest, sbom("pkg:gem/rack@3.0.0")), image_.manifest) +
             attestation(statement_about(arm, sbom("pkg:gem/rails@7.0.0")), arm));
  const Inventory inventory = scan();
  EXPECT_THAT(names_of(inventory), ElementsAre("rack 3.0.0", "lodash 4.17.11"));
  EXPECT_THAT(inventory.warnings, IsEmpty());
  EXPECT_TRUE(inventory.complete);
}

TEST_F(AttachedSbomsTest, AnIndexThatCallsAnothersOursIsNotBelieved) {
  const base::Digest arm = base::Digest::of("the same for another platform");
  make_index(attestation(statement_about(arm, sbom("pkg:gem/rails@7.0.0")), image_.manifest));
  const Inventory inventory = scan();
  EXPECT_THAT(names_of(inventory), ElementsAre("lodash 4.17.11"));
  ASSERT_THAT(inventory.warnings, SizeIs(1));
  EXPECT_EQ(inventory.warnings.front().reason, "SbomNotTaken");
  EXPECT_TRUE(inventory.complete);
}

TEST_F(AttachedSbomsTest, OneAttachedToTheIndexCountsWhereItSpeaksOfThePlatform) {
  make_index();
  const std::string of_document =
      R"({"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{"type":"container","name":"web",)"
      R"("version":")" +
      image_.manifest.text() + R"("}},"components":[{"type":"library","purl":"pkg:gem/rack@3.0.0"}]})";
  for (const std::string& document : {statement_about(image_.manifest, sbom("pkg:gem/rack@3.0.0")), of_document}) {
    attach_to_index(document, kInToto);
    EXPECT_THAT(names_of(scan()), ElementsAre("rack 3.0.0", "lodash 4.17.11")) << document;
  }
  for (const std::string& document :
       {sbom("pkg:gem/rack@3.0.0"), statement_about(*settings_.index, sbom("pkg:gem/rack@3.0.0")),
        statement("https://cyclonedx.org/bom", sbom("pkg:gem/rack@3.0.0"))}) {
    attach_to_index(document, kInToto);
    const Inventory inventory = scan();
    EXPECT_THAT(names_of(inventory), ElementsAre("lodash 4.17.11")) << document;
    ASSERT_THAT(inventory.warnings, SizeIs(1));
    EXPECT_EQ(inventory.warnings.front().reason, "SbomNotTaken");
    EXPECT_TRUE(inventory.complete);
  }
}

TEST_F(AttachedSbomsTest, OneAttachedToBothIsReadOnce) {
  make_index();
  attach(sbom("pkg:gem/rack@3.0.0"), kCycloneDx);
  attach_to_index(sbom("pkg:gem/rack@3.0.0"), kCycloneDx);
  const Inventory inventory = scan();
  EXPECT_THAT(names_of(inventory), ElementsAre("rack 3.0.0", "lodash 4.17.11"));
  EXPECT_THAT(inventory.warnings, IsEmpty());
}

TEST_F(AttachedSbomsTest, WhatLedToTheImageMayBeNoIndex) {
  settings_.index = registry_.add_image("another").manifest;
  const Inventory inventory = scan();
  EXPECT_THAT(names_of(inventory), ElementsAre("lodash 4.17.11"));
  ASSERT_THAT(inventory.warnings, SizeIs(1));
  EXPECT_THAT(inventory.warnings.front().message, HasSubstr("not an index"));
  EXPECT_FALSE(inventory.complete);
}

TEST_F(AttachedSbomsTest, ThoseUnderCosignsTagsAreRead) {
  const std::string envelope = R"({"payloadType":"application/vnd.in-toto+json","payload":")" +
                               base::encode_base64(statement_about(image_.manifest, sbom("pkg:gem/rack@3.0.0"))) +
                               "\"}";
  registry_.add_artifact(envelope, "application/vnd.dsse.envelope.v1+json", "sha256-" + image_.manifest.hex() + ".att");
  registry_.add_artifact(sbom("pkg:gem/rails@7.0.0"), kCycloneDx, "sha256-" + image_.manifest.hex() + ".sbom");
  EXPECT_THAT(names_of(scan()), ElementsAre("rack 3.0.0", "rails 7.0.0", "lodash 4.17.11"));
}

TEST_F(AttachedSbomsTest, MoreAttachmentsThanAreLookedAtMakeTheImageIncomplete) {
  for (std::size_t i = 0; i <= kAttachmentsMax; ++i) attach("signature " + std::to_string(i), "application/x");
  const Inventory inventory = scan();
  EXPECT_FALSE(inventory.complete);
  ASSERT_THAT(inventory.warnings, SizeIs(1));
  EXPECT_THAT(inventory.warnings.front().message, HasSubstr("more than 100 things are attached"));
}

TEST_F(AttachedSbomsTest, AListWithoutEndMakesTheImageIncomplete) {
  registry_.intercept([](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
    if (request.target.find("/referrers/") == std::string::npos) return std::nullopt;
    return net::ServerResponse{.headers = {{"Link", "<" + request.target + ">; rel=\"next\""}},
                               .body = R"({"manifests":[]})"};
  });
  const Inventory inventory = scan();
  EXPECT_FALSE(inventory.complete);
  ASSERT_THAT(inventory.warnings, SizeIs(1));
  EXPECT_EQ(inventory.warnings.front().reason, "LimitExceeded");
  EXPECT_THAT(inventory.warnings.front().message, HasSubstr("only the first 0 were listed"));
}

class SignedSbomsTest : public AttachedSbomsTest {
 protected:
  // What is said of the signature of the one that is attached.
  std::string note_on(const std::string& document) {
    index_.clear();
    attach(document, "application/vnd.dsse.envelope.v1+json");
    settings_.sbom_keys = {other_.public_pem, key_.public_pem};
    const Inventory inventory = scan();
    EXPECT_THAT(names_of(inventory), ElementsAre("rack 3.0.0", "lodash 4.17.11")) << "taken all the same";
    EXPECT_TRUE(inventory.complete);
    if (inventory.warnings.size() != 1) return "not one warning";
    EXPECT_THAT(inventory.warnings.front().path, HasSubstr("attached-"));
    return inventory.warnings.front().reason + ": " + inventory.warnings.front().message;
  }
  std::string signed_by(const scanner::advisories::KeyPair& key, const base::Digest& about) {
    return net::sign_envelope(net::kStatementType, statement_about(about, sbom("pkg:gem/rack@3.0.0")), key.private_pem);
  }

  const advisories::KeyPair key_ = advisories::make_key_pair();
  const advisories::KeyPair other_ = advisories::make_key_pair();
};

TEST_F(SignedSbomsTest, AreToldByWhetherAConfiguredKeySigned) {
  EXPECT_EQ(note_on(signed_by(key_, image_.manifest)), "SbomVerified: signed by a configured key");
  EXPECT_EQ(note_on(R"({"dsseEnvelope":)" + signed_by(key_, image_.manifest) + "}"),
            "SbomVerified: signed by a configured key");
  EXPECT_EQ(note_on(signed_by(advisories::make_key_pair(), image_.manifest)),
            "SbomNotVerified: signed, and no signature matches a configured key");
  EXPECT_EQ(note_on(signed_by(key_, base::Digest::of("another"))),
            "SbomNotVerified: signed by a configured key, as a statement about another image");
  EXPECT_EQ(note_on(statement_about(image_.manifest, sbom("pkg:gem/rack@3.0.0"))), "SbomNotVerified: not signed");
}

TEST_F(SignedSbomsTest, AForgedPayloadIsNotVerified) {
  std::string envelope = signed_by(key_, image_.manifest);
  const std::string before = base::encode_base64(statement_about(image_.manifest, sbom("pkg:gem/rack@3.0.0")));
  const std::string after = base::encode_base64(statement_about(image_.manifest, sbom("pkg:gem/rack@3.0.0") + " "));
  ASSERT_NE(envelope.find(before), std::string::npos);
  envelope.replace(envelope.find(before), before.size(), after);
  EXPECT_EQ(note_on(envelope), "SbomNotVerified: signed, and no signature matches a configured key");
}

TEST_F(SignedSbomsTest, ASignatureThatCannotBeReadIsNotVerified) {
  std::string envelope = signed_by(key_, image_.manifest);
  const std::size_t signature = envelope.find(R"("sig":")");
  ASSERT_NE(signature, std::string::npos);
  envelope.insert(signature + 7, "!");
  EXPECT_THAT(note_on(envelope), HasSubstr("SbomNotVerified: the signature cannot be verified"));
}

TEST_F(SignedSbomsTest, NothingIsSaidWhereNobodyNamedAKey) {
  attach(signed_by(key_, image_.manifest), "application/vnd.dsse.envelope.v1+json");
  EXPECT_THAT(scan().warnings, IsEmpty());
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
