#include "operator/vex/vex_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace pratique_operator::vex {
namespace {

using crds::VexFormat;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kHex(64, 'a');

std::string open_vex(const std::string& statements) {
  return R"({"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example.com/vex/1","author":"Example Security",
    "timestamp":"2026-01-01T00:00:00Z","last_updated":"2026-02-01T00:00:00Z","version":2,"statements":[)" +
         statements + "]}";
}

Document read(VexFormat format, const std::string& text) {
  return read_document(format, text);
}

std::string refusal_of(VexFormat format, const std::string& text) {
  try {
    static_cast<void>(read_document(format, text));
  } catch (const base::Error& error) {
    return error.what();
  }
  return "it was read";
}

TEST(OpenVex, TellsWhoSaysWhatOfWhich) {
  const Document document =
      read(VexFormat::kOpenVex, open_vex(R"({"vulnerability":{"name":"CVE-2023-1255","aliases":["GHSA-x"]},
        "products":[{"@id":"pkg:oci/web@sha256%3A)" +
                                         kHex +
                                         R"(?repository_url=registry.example.com%2Fshop%2Fweb",
          "subcomponents":[{"@id":"pkg:deb/debian/libssl3@3.0.8-1?arch=amd64"},{"identifiers":{"purl":"pkg:pypi/requests"}}]}],
        "status":"not_affected","justification":"vulnerable_code_not_in_execute_path","impact_statement":"AES-XTS is not used"})"));

  EXPECT_EQ(document.author, "Example Security");
  EXPECT_EQ(document.updated, "2026-02-01T00:00:00Z");
  EXPECT_EQ(document.not_understood, 0u);
  ASSERT_EQ(document.statements.size(), 2u);
  const Statement& statement = document.statements[0];
  EXPECT_THAT(statement.names, ElementsAre("CVE-2023-1255", "GHSA-x"));
  EXPECT_EQ(statement.status, Status::kNotAffected);
  EXPECT_EQ(statement.justification, "vulnerable_code_not_in_execute_path");
  EXPECT_EQ(statement.impact, "AES-XTS is not used");
  EXPECT_EQ(statement.product,
            (Product{.repository = {}, .digest = "sha256:" + kHex, .package = "pkg:deb/debian/libssl3@3.0.8-1"}));
  EXPECT_EQ(document.statements[1].product.package, "pkg:pypi/requests");
}

// The form of before 0.2.0.
TEST(OpenVex, TextsAreNamesToo) {
  const Document document = read(VexFormat::kOpenVex, open_vex(R"({"vulnerability":"CVE-2023-1255",
    "products":["pkg:apk/wolfi/git@2.39.0-r1?arch=x86_64"],"status":"fixed"},
    {"vulnerability":"CVE-2","products":["pkg:oci/web@latest?repository_url=registry:5000/web"],"subcomponents":["pkg:npm/lodash@4.17.20"],"status":"fixed"})"));
  ASSERT_EQ(document.statements.size(), 2u);
  EXPECT_EQ(document.statements[0].product.package, "pkg:apk/wolfi/git@2.39.0-r1");
  EXPECT_EQ(document.statements[0].status, Status::kFixed);
  EXPECT_EQ(document.statements[1].product,
            (Product{.repository = "registry:5000/web:latest", .digest = {}, .package = "pkg:npm/lodash@4.17.20"}));
}

TEST(OpenVex, TheLastWordCountsWhicheverNameItUses) {
  const std::string product = R"("products":[{"@id":"pkg:pypi/requests@2.19.0"}])";
  const auto statement = [&](const char* name, const char* status, const char* time) {
    return std::string(R"({"vulnerability":{"name":")") + name + R"(","aliases":["GHSA-1"]},)" + product +
           R"(,"justification":"component_not_present","status":")" + status + R"(","timestamp":")" + time + "\"}";
  };
  // The later one stands first.
  const Document document =
      read(VexFormat::kOpenVex, open_vex(statement("ghsa-1", "affected", "2026-03-01T00:00:00Z") + "," +
                                         statement("CVE-1", "not_affected", "2026-01-01T00:00:00Z")));
  ASSERT_EQ(document.statements.size(), 1u);
  EXPECT_EQ(document.statements[0].status, Status::kAffected);
}

// "No version has it", and then: "but this one does". An exception for all would hide the one.
TEST(OpenVex, WhatALaterWordDoubtsInPartIsNotClearedAsAWhole) {
  const auto statement = [](const char* product, const char* status, const char* time) {
    return std::string(R"({"vulnerability":{"name":"CVE-1"},"products":[{"@id":")") + product +
           R"("}],"justification":"component_not_present","status":")" + status + R"(","timestamp":")" + time + "\"}";
  };
  const auto cleared = [&](const char* wide, const char* narrow) {
    const Document document =
        read(VexFormat::kOpenVex, open_vex(statement(wide, "not_affected", "2026-01-01T00:00:00Z") + "," +
                                           statement(narrow, "under_investigation", "2026-02-01T00:00:00Z")));
    return document.statements.front().status == Status::kNotAffected;
  };
  EXPECT_FALSE(cleared("pkg:npm/lodash", "pkg:npm/lodash@4.17.20"));
  EXPECT_FALSE(cleared("pkg:oci/web?repository_url=r/web", "pkg:oci/web@1?repository_url=r/web"));
  EXPECT_TRUE(cleared("pkg:npm/lodash@4.17.20", "pkg:npm/lodash"));
  EXPECT_TRUE(cleared("pkg:npm/lodash", "pkg:npm/lodash.get@4.4.2"));
  EXPECT_TRUE(cleared("pkg:oci/web?repository_url=r/web", "pkg:oci/web@1?repository_url=r/other"));
  // Whoever clears all afterwards has looked at the one.
  const Document later =
      read(VexFormat::kOpenVex, open_vex(statement("pkg:npm/lodash", "not_affected", "2026-03-01T00:00:00Z") + "," +
                                         statement("pkg:npm/lodash@4.17.20", "affected", "2026-02-01T00:00:00Z")));
  EXPECT_EQ(later.statements.back().status, Status::kNotAffected);
}

TEST(OpenVex, WhatCannotBeUnderstoodIsCounted) {
  const Document document = read(VexFormat::kOpenVex, open_vex(R"(
    {"vulnerability":{"name":"CVE-1"},"products":[{"@id":"our product"},{"@id":"pkg:oci/web"}],"status":"not_affected"},
    {"vulnerability":{"name":"CVE-1"},"products":[{"@id":"pkg:pypi/a"}],"status":"harmless"},
    {"vulnerability":{},"products":[{"@id":"pkg:pypi/a"}],"status":"fixed"},
    {"vulnerability":{"name":"CVE-1"},"products":[{"@id":"pkg:pypi/a","subcomponents":[{"@id":"pkg:pypi/b"}]}],"status":"fixed"},
    "nonsense")"));
  EXPECT_THAT(document.statements, IsEmpty());
  EXPECT_EQ(document.not_understood, 6u);
}

TEST(OpenVex, AnImageIsFoundByItsRepositoryWhereNoDigestTellsMore) {
  const auto product = [](const std::string& purl) {
    const Document document =
        read(VexFormat::kOpenVex,
             open_vex(R"({"vulnerability":{"name":"CVE-1"},"products":[{"@id":")" + purl + R"("}],"status":"fixed"})"));
    return document.statements.at(0).product;
  };
  EXPECT_EQ(product("pkg:oci/web?repository_url=registry:5000/shop/web").repository, "registry:5000/shop/web:*");
  EXPECT_EQ(product("pkg:oci/web?repository_url=registry:5000/shop/web&tag=1").repository, "registry:5000/shop/web:1");
  EXPECT_EQ(product("pkg:docker/library/nginx@1.25").repository, "docker.io/library/nginx:1.25");
  EXPECT_EQ(product("pkg:docker/nginx").repository, "docker.io/library/nginx:*");
  EXPECT_EQ(product("pkg:oci/web?repository_url=r%FF%00/web").repository, "r\\u{ff}\\u{0}/web:*")
      << "no bytes that no text has";
  EXPECT_EQ(product("pkg:oci/web@sha256:" + kHex).repository, "");
}

constexpr const char* kCsaf = R"({"document":{"category":"csaf_vex","csaf_version":"2.0","title":"t",
  "publisher":{"category":"vendor","name":"Example PSIRT"},
  "tracking":{"current_release_date":"2026-02-03T00:00:00Z","id":"1","status":"final"}},
 "product_tree":{"branches":[{"category":"vendor","name":"Example","branches":[
   {"category":"product_version","name":"1","product":{"product_id":"IMG","name":"web",
     "product_identification_helper":{"purl":"pkg:oci/web?repository_url=registry.example.com/web"}}},
   {"category":"product_version","name":"2","product":{"product_id":"SSL","name":"openssl",
     "product_identification_helper":{"purl":"pkg:deb/debian/openssl"}}},
   {"category":"product_version","name":"3","product":{"product_id":"CPE","name":"x",
     "product_identification_helper":{"cpe":"cpe:/a:x"}}}]}],
  "relationships":[{"category":"default_component_of","product_reference":"SSL","relates_to_product_reference":"IMG",
    "full_product_name":{"product_id":"IMG:SSL","name":"openssl in web"}}]},
 "vulnerabilities":[{"cve":"CVE-2026-1","ids":[{"system_name":"GHSA","text":"GHSA-1"}],
   "product_status":{"known_not_affected":["IMG:SSL","CPE"],"known_affected":["SSL"],"fixed":["IMG"]},
   "flags":[{"label":"vulnerable_code_not_present","product_ids":["IMG:SSL"]}],
   "threats":[{"category":"impact","details":"not built in","product_ids":["IMG:SSL"]}]}]})";

TEST(Csaf, TellsOfComponentsAndWholes) {
  const Document document = read(VexFormat::kCsaf, kCsaf);

  EXPECT_EQ(document.author, "Example PSIRT");
  EXPECT_EQ(document.updated, "2026-02-03T00:00:00Z");
  EXPECT_EQ(document.not_understood, 1u) << "a product by its CPE alone";
  ASSERT_EQ(document.statements.size(), 3u);
  const Statement& part = document.statements[0];
  EXPECT_THAT(part.names, ElementsAre("CVE-2026-1", "GHSA-1"));
  EXPECT_EQ(part.product,
            (Product{.repository = "registry.example.com/web:*", .digest = {}, .package = "pkg:deb/debian/openssl"}));
  EXPECT_EQ(part.justification, "vulnerable_code_not_present");
  EXPECT_EQ(part.impact, "not built in");
  EXPECT_EQ(document.statements[1].status, Status::kFixed);
  EXPECT_EQ(document.statements[2].status, Status::kAffected);
}

constexpr const char* kCycloneDx = R"({"bomFormat":"CycloneDX","specVersion":"1.6",
 "metadata":{"timestamp":"2026-02-03T00:00:00Z","supplier":{"name":"Example"},
   "component":{"bom-ref":"img","type":"container","name":"web","purl":"pkg:oci/web@sha256:AAAA"}},
 "components":[{"bom-ref":"c1","type":"library","name":"lodash","purl":"pkg:npm/lodash@4.17.20",
   "components":[{"bom-ref":"c2","type":"library","name":"minimist","purl":"pkg:npm/minimist@1.2.5"}]}],
 "vulnerabilities":[
  {"id":"CVE-2021-23337","references":[{"id":"GHSA-35jh-r3h4-6jhm","source":{"name":"GitHub"}}],
   "analysis":{"state":"not_affected","justification":"code_not_reachable","detail":"template() is not called"},
   "affects":[{"ref":"c1"},{"ref":"urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg:npm/lodash@4.17.19"}]},
  {"id":"CVE-2021-44906","analysis":{"state":"false_positive"},"affects":[{"ref":"c2"},{"ref":"pkg:npm/minimist@1.2.4"}]},
  {"id":"CVE-3","analysis":{"state":"exploitable"},"affects":[{"ref":"c1"}]},
  {"id":"CVE-4","affects":[{"ref":"c1"}]},
  {"id":"CVE-6","analysis":{"state":"resolved"},"affects":[{"ref":"pkg:npm/a","versions":[{"version":"1","status":"affected"}]}]},
  {"id":"CVE-5","analysis":{"state":"resolved"},"affects":[{"ref":"nowhere"}]}]})";

TEST(CycloneDx, TellsOfComponentsByReferenceAndByPurl) {
  const Document document = read(VexFormat::kCycloneDx, kCycloneDx);

  EXPECT_EQ(document.author, "Example");
  ASSERT_EQ(document.statements.size(), 5u);
  EXPECT_THAT(document.statements[0].names, ElementsAre("CVE-2021-23337", "GHSA-35jh-r3h4-6jhm"));
  EXPECT_EQ(document.statements[0].justification, "vulnerable_code_not_in_execute_path");
  EXPECT_EQ(document.statements[0].impact, "template() is not called");
  EXPECT_EQ(document.statements[1].product.package, "pkg:npm/lodash@4.17.19");
  EXPECT_EQ(document.statements[2].justification, "component_not_present");
  EXPECT_EQ(document.statements[3].product.package, "pkg:npm/minimist@1.2.4");
  EXPECT_EQ(document.statements[4].status, Status::kAffected);
  EXPECT_EQ(document.not_understood, 3u) << "no analysis, versions in another language, and a reference to nothing";
}

TEST(VexDocument, WhatIsNoneIsRefusedByName) {
  EXPECT_THAT(refusal_of(VexFormat::kOpenVex, "{}"), HasSubstr("not an OpenVEX document"));
  EXPECT_THAT(refusal_of(VexFormat::kCsaf, "{}"), HasSubstr("not a CSAF document"));
  EXPECT_THAT(refusal_of(VexFormat::kCsaf, kCycloneDx), HasSubstr("not a CSAF document"));
  EXPECT_THAT(refusal_of(VexFormat::kCycloneDx, kCsaf), HasSubstr("not a CycloneDX document"));
  EXPECT_THAT(refusal_of(VexFormat::kOpenVex, "[]"), HasSubstr("not an object"));
  EXPECT_THAT(refusal_of(VexFormat::kOpenVex, "<html>"), HasSubstr("malformed"));
  EXPECT_THAT(refusal_of(VexFormat::kOpenVex, std::string(kDocumentBytesMax + 1, ' ')), HasSubstr("16 MiB"));
}

TEST(VexDocument, HasABoundOfStatements) {
  std::string products = R"({"@id":"pkg:pypi/p0"})";
  for (int i = 1; i < 200; ++i) products += R"(,{"@id":"pkg:pypi/p)" + std::to_string(i) + "\"}";
  std::string statements;
  for (int i = 0; i < 101; ++i) {
    statements += (i == 0 ? "" : ",") + std::string(R"({"vulnerability":{"name":"CVE-)") + std::to_string(i) +
                  R"("},"status":"fixed","products":[)" + products + "]}";
  }
  EXPECT_THAT(refusal_of(VexFormat::kOpenVex, open_vex(statements)), HasSubstr("more than 20000 statements"));
}

}  // namespace
}  // namespace pratique_operator::vex
