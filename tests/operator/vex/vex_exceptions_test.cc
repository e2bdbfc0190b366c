#include "operator/vex/vex_exceptions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "policy/exceptions.h"

namespace pratique_operator::vex {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

crds::VexSource source(std::vector<std::string> images = {}) {
  crds::VexSource source;
  source.metadata.name = "vendor";
  source.metadata.uid = "uid-1";
  source.spec.images = std::move(images);
  return source;
}

Statement statement(const std::string& id, Product product, Status status = Status::kNotAffected) {
  return {.names = {id},
          .product = std::move(product),
          .status = status,
          .justification = status == Status::kNotAffected ? "component_not_present" : "",
          .impact = "it is not there"};
}

Document document(std::vector<Statement> statements) {
  return {.author = "Example", .updated = {}, .statements = std::move(statements), .not_understood = 0};
}

const Product kLodash{.repository = {}, .digest = {}, .package = "pkg:npm/lodash@4.17.20"};
const Product kWeb{.repository = "registry:5000/web:*", .digest = {}, .package = {}};

TEST(VexExceptions, OneProductIsOneException) {
  const MadeExceptions made = exceptions_of(
      source(),
      document({statement("CVE-1", kLodash), statement("CVE-2", kLodash, Status::kFixed), statement("CVE-1", kWeb)}));

  ASSERT_EQ(made.exceptions.size(), 2u);
  EXPECT_EQ(made.statements, 3u);
  const auto& lodash = made.exceptions[0].spec.match.packages.empty() ? made.exceptions[1] : made.exceptions[0];
  EXPECT_THAT(lodash.metadata.name, HasSubstr("vex-vendor-"));
  EXPECT_EQ(lodash.metadata.owner_references.at(0).uid, "uid-1");
  EXPECT_THAT(lodash.spec.match.packages, ElementsAre("pkg:npm/lodash@4.17.20"));
  EXPECT_EQ(lodash.spec.reason, "VexSource/vendor, statement of Example");
  ASSERT_EQ(lodash.spec.vulnerabilities.size(), 2u);
  EXPECT_EQ(lodash.spec.vulnerabilities[0].status, crds::ExceptionStatus::kNotAffected);
  EXPECT_EQ(lodash.spec.vulnerabilities[0].justification, "component_not_present");
  EXPECT_EQ(lodash.spec.vulnerabilities[0].impact_statement, "it is not there");
  EXPECT_EQ(lodash.spec.vulnerabilities[1].status, crds::ExceptionStatus::kFixed);
}

TEST(VexExceptions, TheSameDocumentMakesTheSame) {
  const Document one = document({statement("CVE-1", kLodash), statement("CVE-1", kWeb)});
  EXPECT_EQ(exceptions_of(source(), one).exceptions, exceptions_of(source(), one).exceptions);
}

TEST(VexExceptions, OnlyWhatClearsMakesOne) {
  Statement silent = statement("CVE-3", kLodash);
  silent.justification = "trust me";
  const MadeExceptions made =
      exceptions_of(source(), document({statement("CVE-1", kLodash, Status::kAffected),
                                        statement("CVE-2", kLodash, Status::kUnderInvestigation), silent}));
  EXPECT_THAT(made.exceptions, IsEmpty());
  EXPECT_EQ(made.left_out, 1u) << "not affected, and nobody says why";
}

TEST(VexExceptions, WhatIsFixedIsFixedInSomeVersion) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const auto made_of = [](const Product& product) {
    return exceptions_of(source(), document({statement("CVE-1", product, Status::kFixed)})).exceptions.size();
  };
  EXPECT_EQ(made_of({.repository = {}, .digest = {}, .package = "pkg:npm/lodash"}), 0u);
  EXPECT_EQ(made_of({.repository = {}, .digest = {}, .package = "pkg:npm/%40scope/lodash"}), 0u);
  EXPECT_EQ(made_of(kWeb), 0u);
  EXPECT_EQ(made_of(kLodash), 1u);
  EXPECT_EQ(made_of({.repository = {}, .digest = digest, .package = "pkg:npm/lodash"}), 1u);
  EXPECT_EQ(made_of({.repository = "registry:5000/web:1", .digest = {}, .package = {}}), 1u);
}

TEST(VexExceptions, ASourceSpeaksOfItsImagesAlone) {
  const Product other{.repository = "registry:5000/bank:*", .digest = {}, .package = {}};
  const Product digest{.repository = {}, .digest = "sha256:" + std::string(64, 'a'), .package = {}};
  const MadeExceptions made = exceptions_of(source({"registry:5000/web*"}),
                                            document({statement("CVE-1", kWeb), statement("CVE-1", other),
                                                      statement("CVE-1", digest), statement("CVE-1", kLodash)}));
  EXPECT_EQ(made.left_out, 1u);
  ASSERT_EQ(made.exceptions.size(), 3u);
  for (const crds::FindingException& exception : made.exceptions) {
    ASSERT_EQ(exception.spec.match.images.size(), 1u) << exception.metadata.name;
    EXPECT_THAT(exception.spec.match.images[0], testing::StartsWith("registry:5000/web"));
  }
}

// One product that the API server would refuse costs that product and not the document.
TEST(VexExceptions, WhatNoExceptionCanSayIsLeftOut) {
  const Product longest{.repository = {}, .digest = {}, .package = "pkg:npm/" + std::string(600, 'a')};
  const MadeExceptions made =
      exceptions_of(source(), document({statement("CVE-1", longest), statement("CVE-1", kLodash)}));
  EXPECT_EQ(made.exceptions.size(), 1u);
  EXPECT_EQ(made.left_out, 1u);
}

TEST(VexExceptions, ManyVulnerabilitiesOfAProductArePartedAsTheSchemaWants) {
  std::vector<Statement> statements;
  for (int i = 0; i < 250; ++i) statements.push_back(statement("CVE-" + std::to_string(i), kLodash));
  const MadeExceptions made = exceptions_of(source(), document(std::move(statements)));
  ASSERT_EQ(made.exceptions.size(), 3u);
  EXPECT_EQ(made.statements, 250u);
  std::size_t all = 0;
  for (const auto& exception : made.exceptions) {
    EXPECT_LE(exception.spec.vulnerabilities.size(), 100u);
    all += exception.spec.vulnerabilities.size();
  }
  EXPECT_EQ(all, 250u);
}

TEST(VexExceptions, TheirNumberHasABound) {
  std::vector<Statement> statements;
  for (int i = 0; i < 1001; ++i) {
    statements.push_back(
        statement("CVE-1", {.repository = {}, .digest = {}, .package = "pkg:npm/p" + std::to_string(i)}));
  }
  EXPECT_THROW(static_cast<void>(exceptions_of(source(), document(std::move(statements)))), base::LimitExceeded);
}

// What it is all for: the gate's own code takes the finding away, and no other.
TEST(VexExceptions, TheGateBelievesThem) {
  const MadeExceptions made = exceptions_of(source(), document({statement("CVE-1", kLodash)}));
  const policy::ExceptionIndex index({std::make_shared<const crds::FindingException>(made.exceptions.at(0))});
  const policy::Subject subject{.ns = "shop", .namespace_labels = {}, .labels = {}};
  policy::ImageFacts image;
  policy::ManifestFacts manifest;
  policy::FindingFacts finding;
  finding.id = "GHSA-1";
  finding.aliases = {"CVE-1"};
  finding.purls = {"pkg:npm/lodash@4.17.20?x=y"};
  const auto covering = [&] { return index.covering({subject, image, manifest, finding, {}, base::SystemTime{}}); };
  EXPECT_NE(covering(), nullptr);
  finding.purls = {"pkg:npm/lodash@4.17.200"};
  EXPECT_EQ(covering(), nullptr);
  finding.purls = {"pkg:npm/lodash@4.17.20"};
  finding.aliases = {"CVE-2"};
  EXPECT_EQ(covering(), nullptr);
}

}  // namespace
}  // namespace pratique_operator::vex
