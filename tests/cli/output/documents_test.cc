#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "cli/output/document.h"
#include "cli/output/formats.h"
#include "tests/cli/output/sample_result.h"

namespace cli::output {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using tests::sample_result;

ScanResult incomplete_result() {
  ScanResult result = sample_result();
  result.complete = false;
  result.warnings = {{.reason = "Unreadable", .path = "a.jar", .message = "not a zip file"}};
  return result;
}

TEST(Document, UuidDependsOnWhatTheDocumentIsAbout) {
  const ScanResult result = sample_result();
  const std::string uuid = document_uuid(result, "spdx");
  EXPECT_THAT(uuid, MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_EQ(document_uuid(sample_result(), "spdx"), uuid);
  EXPECT_NE(document_uuid(result, "cyclonedx"), uuid);
  ScanResult newer = sample_result();
  newer.database.generation = 8;
  EXPECT_NE(document_uuid(newer, "spdx"), uuid);
}

TEST(Document, ImagePurlNamesRepositoryTagAndDigest) {
  ScanResult result = sample_result();
  const std::string digest = "sha256:" + std::string(64, 'a');
  EXPECT_EQ(image_purl(result), "pkg:oci/web@" + digest + "?repository_url=registry:5000%2Fshop%2Fweb&tag=1");
  for (const char* layout : {"oci:some/dir/shop:v1", "oci:shop/", "oci:shop"}) {
    result.image = layout;
    EXPECT_EQ(image_purl(result), "pkg:oci/shop@" + digest) << layout;
  }
  result.image = "oci:.";
  EXPECT_EQ(image_purl(result), "pkg:oci/image@" + digest);
}

TEST(Document, AReferenceNamesOnePackageAlone) {
  EXPECT_THAT(package_references(sample_result()),
              ElementsAre("pkg:deb/libssl3@3.0.9-1?arch=amd64", "pkg:npm/lodash@4.17.11", "pkg:npm/lodash@4.17.11#2"));
}

TEST(Document, PurlTellsTheSourceWhereItIsAnother) {
  const ScanResult result = sample_result();
  EXPECT_EQ(component_purl(result.inventory.packages[0]),
            "pkg:deb/libssl3@3.0.9-1?arch=amd64&upstream=openssl%403.0.9-1");
  EXPECT_EQ(component_purl(result.inventory.packages[1]), "pkg:npm/lodash@4.17.11");
}

TEST(Document, PurlTellsTheModuleStream) {
  scanner::Package rpm{.type = "rpm",
                       .name = "npm",
                       .version = "1:8.19-1",
                       .module = "nodejs:18",
                       .purl = "pkg:rpm/redhat/npm@8.19-1?epoch=1"};
  EXPECT_EQ(component_purl(rpm), "pkg:rpm/redhat/npm@8.19-1?epoch=1&rpmmod=nodejs:18");
  rpm.source = "nodejs";
  rpm.source_version = "1:18.12-2";
  rpm.purl = "pkg:rpm/redhat/npm@8.19-1";
  EXPECT_EQ(component_purl(rpm), "pkg:rpm/redhat/npm@8.19-1?rpmmod=nodejs:18&upstream=nodejs%401:18.12-2");
}

TEST(CycloneDx, PointsFromVulnerabilitiesToEveryComponentThatHasThem) {
  const json bom = json::parse(write_cyclonedx(sample_result()));
  EXPECT_EQ(bom["components"].size(), 4U) << "the distribution and three packages";
  const json& critical = bom["vulnerabilities"][0];
  EXPECT_EQ(critical["id"], "CVE-2024-0001");
  EXPECT_EQ(critical["affects"].size(), 2U);
  EXPECT_EQ(critical["affects"][1]["ref"], "pkg:npm/lodash@4.17.11#2");
  EXPECT_EQ(critical["ratings"][0]["method"], "CVSSv31");
  EXPECT_EQ(critical["ratings"][0]["score"], 9.8);
  EXPECT_EQ(critical["ratings"][1]["method"], "other");
  EXPECT_EQ(critical["advisories"][1]["url"], "https://example.org/fix");
  EXPECT_FALSE(bom["vulnerabilities"][1].contains("advisories"));
  EXPECT_EQ(critical["recommendation"], "Upgrade lodash to 4.17.12: npm install lodash@4.17.12");
  EXPECT_EQ(bom["vulnerabilities"][1]["recommendation"],
            "No version of openssl that mends it is known; a newer base image may, or one without the package.");
  EXPECT_EQ(bom["metadata"]["timestamp"], "2026-01-31T08:00:00Z");
}

TEST(CycloneDx, TellsOfTheDistributionWhatDecidesWhereToLook) {
  ScanResult result = sample_result();
  result.inventory.distribution = {
      .id = "debian", .version_id = {}, .codename = "trixie/sid", .pretty_name = "Debian GNU/Linux trixie/sid"};
  const json system = json::parse(write_cyclonedx(result))["components"][0];
  EXPECT_EQ(system["type"], "operating-system");
  EXPECT_FALSE(system.contains("version"));
  EXPECT_EQ(system["description"], "Debian GNU/Linux trixie/sid");
  EXPECT_EQ(system["properties"][0]["value"], "trixie/sid");
}

TEST(CycloneDx, SaysThatItIsNotAll) {
  EXPECT_EQ(json::parse(write_cyclonedx(sample_result()))["compositions"][0]["aggregate"], "complete");
  const json bom = json::parse(write_cyclonedx(incomplete_result()));
  EXPECT_EQ(bom["compositions"][0]["aggregate"], "incomplete");
  EXPECT_THAT(bom["metadata"]["properties"].dump(), HasSubstr("Unreadable: a.jar: not a zip file"));
}

TEST(Spdx, TheImageContainsEachPackage) {
  const json document = json::parse(write_spdx(sample_result()));
  EXPECT_EQ(document["packages"].size(), 5U) << "the image, the distribution and three packages";
  EXPECT_EQ(document["packages"][0]["primaryPackagePurpose"], "CONTAINER");
  EXPECT_EQ(document["packages"][1]["primaryPackagePurpose"], "OPERATING-SYSTEM");
  EXPECT_EQ(document["relationships"].size(), 5U);
  EXPECT_EQ(document["packages"][3]["externalRefs"][1]["referenceLocator"], "https://example.org/CVE-2024-0001");
  EXPECT_EQ(document["packages"][4]["externalRefs"], document["packages"][3]["externalRefs"]) << "it is there twice";
  EXPECT_EQ(document["packages"][2]["externalRefs"].size(), 1U) << "an issue without a page has no reference";
  EXPECT_THAT(json::parse(write_spdx(incomplete_result()))["comment"], HasSubstr("INCOMPLETE"));
}

TEST(Sarif, AnIssueIsARuleAndWhatAPackageHasOfItAResult) {
  ScanResult result = sample_result();
  result.vulnerabilities.push_back(result.vulnerabilities[0]);
  result.vulnerabilities.back().package = "lodash.merge";
  result.vulnerabilities.back().path = "b c/%/package.json";
  const json run = json::parse(write_sarif(result))["runs"][0];
  EXPECT_EQ(run["tool"]["driver"]["rules"].size(), 2U);
  EXPECT_EQ(run["results"].size(), 3U);
  EXPECT_EQ(run["results"][2]["ruleIndex"], 0);
  EXPECT_EQ(run["results"][2]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "b%20c/%25/package.json");
  EXPECT_EQ(run["results"][0]["level"], "error");
  EXPECT_EQ(run["results"][1]["level"], "note");
  EXPECT_THAT(run["tool"]["driver"]["rules"][0]["help"]["text"].get<std::string>(),
              HasSubstr("\nhttps://example.org/advisory\nhttps://example.org/fix"));
  EXPECT_NE(run["results"][0]["partialFingerprints"], run["results"][2]["partialFingerprints"]);
}

TEST(Sarif, ScoreIsOfTheVectorElseOfTheSeverity) {
  const json rules = json::parse(write_sarif(sample_result()))["runs"][0]["tool"]["driver"]["rules"];
  EXPECT_EQ(rules[0]["properties"]["security-severity"], "9.8");
  EXPECT_EQ(rules[1]["properties"]["security-severity"], "2.0");
}

TEST(Sarif, AnIncompleteScanDidNotSucceed) {
  const json invocation = json::parse(write_sarif(incomplete_result()))["runs"][0]["invocations"][0];
  EXPECT_EQ(invocation["executionSuccessful"], false);
  EXPECT_EQ(invocation["toolExecutionNotifications"][0]["descriptor"]["id"], "Unreadable");
  EXPECT_EQ(json::parse(write_sarif(sample_result()))["runs"][0]["invocations"][0]["executionSuccessful"], true);
}

TEST(OpenVex, StatesOfEachIssueThatTheImageIsAffected) {
  const json document = json::parse(write_openvex(sample_result()));
  ASSERT_EQ(document["statements"].size(), 2U);
  const json& statement = document["statements"][0];
  EXPECT_EQ(statement["status"], "affected");
  EXPECT_EQ(statement["products"][0]["subcomponents"][0]["@id"], "pkg:npm/lodash@4.17.11");
  EXPECT_EQ(statement["vulnerability"]["aliases"][0], "GHSA-aaaa-bbbb-cccc");
  EXPECT_EQ(statement["action_statement"], "Upgrade lodash to 4.17.12: npm install lodash@4.17.12");
}

// https://github.com/sigstore/cosign/blob/main/specs/COSIGN_VULN_ATTESTATION_SPEC.md
TEST(CosignVuln, CarriesTheJsonOfTheScan) {
  const json predicate = json::parse(write_cosign_vuln(sample_result()));
  EXPECT_EQ(predicate["scanner"]["result"], json::parse(write_json(sample_result())));
  EXPECT_EQ(predicate["scanner"]["db"]["version"], "7");
  EXPECT_EQ(predicate["metadata"]["scanFinishedOn"], "2026-01-31T08:00:00Z");
  EXPECT_TRUE(predicate["invocation"].contains("builder.id"));
}

// What can be wrong with texts of an image, in every place that has some.
ScanResult hostile_result() {
  ScanResult result = incomplete_result();
  const std::string hostile = "\xff\"\\\n\x01\xed\xa0\x80 \xc3\xa9\x7f</script>";
  result.image = "oci:" + hostile;
  result.inventory.distribution.pretty_name = hostile;
  result.inventory.distribution.codename = hostile;
  result.inventory.packages[0].path = hostile;
  result.inventory.packages[0].module = hostile;
  result.inventory.programs =
      scanner::ProgramCoverage{.bytes = 2, .known_bytes = 1, .unknown = {{.path = hostile, .bytes = 1}}};
  result.vulnerabilities[0].title = hostile;
  result.vulnerabilities[0].ratings[0].source = hostile;
  result.vulnerabilities[1].id = hostile;
  result.warnings[0].message = hostile;
  return result;
}

// What is written is what a parser of it writes again: well-formed, each text escaped as it must be and no more.
TEST(Formats, AreWhatADumpOfThemWouldBe) {
  for (const OutputFormat format : {OutputFormat::kJson, OutputFormat::kCycloneDx, OutputFormat::kSpdx,
                                    OutputFormat::kSarif, OutputFormat::kOpenVex, OutputFormat::kCosignVuln}) {
    for (const ScanResult& result : {sample_result(), incomplete_result(), hostile_result()}) {
      const std::string text = write_result(result, format);
      EXPECT_EQ(nlohmann::ordered_json::parse(text).dump(2) + "\n", text);
    }
  }
}

TEST(Formats, EachEndsWithANewlineAndIsTheSameTwice) {
  for (const OutputFormat format :
       {OutputFormat::kTable, OutputFormat::kJson, OutputFormat::kCycloneDx, OutputFormat::kSpdx, OutputFormat::kSarif,
        OutputFormat::kOpenVex, OutputFormat::kCosignVuln}) {
    const std::string text = write_result(sample_result(), format);
    EXPECT_TRUE(text.ends_with('\n'));
    EXPECT_EQ(write_result(sample_result(), format), text);
  }
}

}  // namespace
}  // namespace cli::output
