// SBOMs as Trivy, syft, scalibr and Pratique write them: the packages that an image scan would have found.
#include "scanner/inventory/sbom/sbom.h"

#include <gmock/gmock.h>

#include "base/base64.h"
#include "base/error.h"
#include "scanner/inventory/owned_files.h"
#include "tests/scanner/inventory/extraction_support.h"

namespace scanner::inventory {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string cyclonedx(const std::string& components, const std::string& more = "") {
  return R"({"bomFormat":"CycloneDX","specVersion":"1.6","components":[)" + components + "]" + more + "}";
}

std::string spdx(const std::string& packages, const std::string& more = "") {
  return R"({"spdxVersion":"SPDX-2.3","packages":[)" + packages + "]" + more + "}";
}

// An SPDX package with a package URL, and more fields.
std::string spdx_package(const std::string& purl, const std::string& more = "") {
  return R"({"name":"x","externalRefs":[{"referenceType":"purl","referenceLocator":")" + purl + R"("}])" + more + "}";
}

// "rpm openssl-libs 1:1.0.2k-16.el7 of openssl 1:1.0.2k-16.el7"
std::string line_of(const Package& package) {
  std::string line = package.type + " " + package.name + " " + package.version;
  if (!package.source.empty() || !package.source_version.empty()) {
    line += " of " + package.source_name() + " " + package.effective_source_version();
  }
  return package.module.empty() ? line : line + " in " + package.module;
}

std::vector<std::string> lines_of(const Inventory& inventory) {
  std::vector<std::string> lines;
  for (const Package& package : inventory.packages) lines.push_back(line_of(package));
  return lines;
}

struct Written {
  const char* writer;
  std::string document;
  const char* package;
  const char* distribution;
};

class SbomOf : public testing::TestWithParam<Written> {};

TEST_P(SbomOf, TellsThePackageOfAnImageScan) {
  const Inventory inventory = inventory_of_sbom(GetParam().document, "bom.json");

  EXPECT_THAT(lines_of(inventory), ElementsAre(GetParam().package));
  EXPECT_EQ(inventory.distribution.id + " " + inventory.distribution.version_id, GetParam().distribution);
  EXPECT_TRUE(inventory.complete);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, SbomOf,
    testing::Values(
        Written{"TrivyRpm", cyclonedx(R"({"type":"operating-system","name":"redhat","version":"8.4"},
          {"type":"library","name":"openssl-libs","version":"1.0.2k-16.el7",
           "purl":"pkg:rpm/redhat/openssl-libs@1.0.2k-16.el7?arch=x86_64&epoch=1&distro=redhat-8.4","properties":[
           {"name":"aquasecurity:trivy:SrcName","value":"openssl"},{"name":"aquasecurity:trivy:SrcVersion","value":"1.0.2k"},
           {"name":"aquasecurity:trivy:SrcRelease","value":"16.el7"},{"name":"aquasecurity:trivy:SrcEpoch","value":"1"},
           {"name":"aquasecurity:trivy:Modularitylabel","value":"a:b:c:d"}]})"),
                "rpm openssl-libs 1:1.0.2k-16.el7 of openssl 1:1.0.2k-16.el7 in a:b", "rhel 8.4"},
        Written{"SyftRpm", cyclonedx(R"({"type":"library","name":"libacl","version":"0:2.2.53-1.el8",
           "purl":"pkg:rpm/rhel/libacl@2.2.53-1.el8?arch=x86_64&epoch=0&upstream=acl-2.2.53-1.el8.src.rpm&distro=rhel-8.4"})"),
                "rpm libacl 2.2.53-1.el8 of acl 2.2.53-1.el8", "rhel 8.4"},
        Written{"SyftDeb", cyclonedx(R"({"type":"library","name":"libc6",
           "purl":"pkg:deb/debian/libc6@2.36-9?arch=amd64&upstream=glibc&distro=debian-12"})"),
                "deb libc6 2.36-9 of glibc 2.36-9", "debian 12"},
        Written{"SyftDebWithSourceVersion", cyclonedx(R"({"type":"library","name":"libgcc-s1",
           "purl":"pkg:deb/debian/libgcc-s1@12.2.0-14?upstream=gcc-12%4012.2.0-13&distro=debian-12"})"),
                "deb libgcc-s1 12.2.0-14 of gcc-12 12.2.0-13", "debian 12"},
        Written{"ScalibrApk", cyclonedx(R"({"type":"library","name":"libssl3",
           "purl":"pkg:apk/alpine/libssl3@3.1.4-r5?arch=x86_64&distro=3.19.0&origin=openssl"})"),
                "apk libssl3 3.1.4-r5 of openssl 3.1.4-r5", "alpine 3.19.0"},
        Written{"ScalibrSpdxDeb", spdx(spdx_package("pkg:deb/ubuntu/pcre3@2%3A8.39-12?distro=focal&source=pcre3")),
                "deb pcre3 2:8.39-12", "ubuntu "},
        Written{"TrivySpdx",
                spdx(R"x({"SPDXID":"SPDXRef-OperatingSystem-1","name":"amazon","versionInfo":"2 (Karoo)"},)x" +
                     spdx_package("pkg:rpm/amazon/libxml2@2.9.1-6?epoch=0&distro=amazon-2",
                                  R"(,"sourceInfo":"built package from: libxml2 2.9.1-5")")),
                "rpm libxml2 2.9.1-6 of libxml2 2.9.1-5", "amzn 2"},
        Written{"TrivySleMicro", cyclonedx(R"({"type":"library","name":"ModemManager",
           "purl":"pkg:rpm/suse/ModemManager@1.18.10-150500.1.2?arch=aarch64&distro=slem-5.5"})"),
                "rpm ModemManager 1.18.10-150500.1.2", "sle-micro 5.5"},
        Written{"TrivyMariner", cyclonedx(R"({"type":"library","name":"bash",
           "purl":"pkg:rpm/cbl-mariner/bash@5.1.8-1.cm2?arch=x86_64&distro=cbl-mariner-2.0.20220527"})"),
                "rpm bash 5.1.8-1.cm2", "mariner 2.0.20220527"},
        Written{"OldTrivyLeap", cyclonedx(R"({"type":"library","name":"bash",
           "purl":"pkg:rpm/opensuse.leap/bash@4.4-lp151.10.3?arch=x86_64&distro=opensuse.leap-15.1"})"),
                "rpm bash 4.4-lp151.10.3", "opensuse-leap 15.1"},
        Written{"TrivySpdxWithAnnotations",
                spdx(spdx_package("pkg:rpm/redhat/npm@8.19-1?epoch=1&distro=redhat-9.2",
                                  R"(,"sourceInfo":"built package from: nodejs 1:18.12-2","annotations":[
                                    {"annotationType":"OTHER","comment":"PkgType: redhat"},
                                    {"annotationType":"OTHER","comment":"Modularitylabel: nodejs:18:9:rhel9"}])")),
                "rpm npm 1:8.19-1 of nodejs 1:18.12-2 in nodejs:18", "rhel 9.2"},
        Written{"TrivySpdxWithAttributionTexts",
                spdx(spdx_package("pkg:rpm/redhat/npm@8.19-1?distro=redhat-9.2",
                                  R"(,"attributionTexts":["PkgID: x","Modularitylabel: nodejs:18:9:rhel9"])")),
                "rpm npm 8.19-1 in nodejs:18", "rhel 9.2"},
        Written{"SyftModule", cyclonedx(R"({"type":"library","name":"npm",
           "purl":"pkg:rpm/rhel/npm@8.19-1?epoch=1&rpmmod=nodejs%3A18%3A9%3Arhel9&upstream=nodejs-18.12-2.src.rpm&distro=rhel-9.2"})"),
                "rpm npm 1:8.19-1 of nodejs 1:18.12-2 in nodejs:18", "rhel 9.2"},
        Written{"OpenEulersName", cyclonedx(R"({"type":"operating-system","name":"openEuler","version":"22.03"},
           {"type":"library","purl":"pkg:rpm/openeuler/curl@7.79.1-12"})"),
                "rpm curl 7.79.1-12", "openEuler 22.03"},
        Written{"MavenName", cyclonedx(R"({"type":"library","purl":"pkg:maven/org.slf4j/slf4j-api@2.0.11"})"),
                "maven org.slf4j:slf4j-api 2.0.11", " "},
        Written{"NpmScope", cyclonedx(R"({"type":"library","purl":"pkg:npm/%40angular/core@1.0.0"})"),
                "npm @angular/core 1.0.0", " "},
        Written{"PypiName", cyclonedx(R"({"type":"library","purl":"pkg:pypi/Zope.Interface@5.0"})"),
                "pypi zope-interface 5.0", " "},
        Written{"Runtime", cyclonedx(R"({"type":"application","purl":"pkg:generic/node@20.11.1"})"),
                "bitnami node 20.11.1", " "},
        Written{"GenericOfNoKnownRuntime", cyclonedx(R"({"type":"application","purl":"pkg:generic/our-app@1"})"),
                "generic our-app 1", " "},
        Written{"SbomThatLooksLikeAStatement",
                R"({"bomFormat":"CycloneDX","specVersion":"1.6","predicateType":"x","predicate":{},
                "components":[{"type":"library","purl":"pkg:gem/rack@3"}]})",
                "gem rack 3", " "},
        Written{"VersionBesideThePurl", cyclonedx(R"({"type":"library","version":"3","purl":"pkg:gem/rack"})"),
                "gem rack 3", " "},
        Written{"ComponentInAComponent", cyclonedx(R"({"type":"application","name":"app","components":[
           {"type":"library","purl":"pkg:gem/rack@3"}]})"),
                "gem rack 3", " "},
        Written{"TheSubjectItself",
                cyclonedx("", R"(,"metadata":{"component":{"type":"library","purl":"pkg:gem/rack@3"}})"), "gem rack 3",
                " "}),
    [](const auto& row) { return std::string(row.param.writer); });

TEST(Sbom, TellsWherePackagesLieAndOfWhichImage) {
  const Inventory inventory = inventory_of_sbom(
      cyclonedx(R"({"type":"library","purl":"pkg:gem/rack@3","properties":[{"name":"pratique:path","value":"a/b"},
                    {"name":"pratique:layer","value":"sha256:1"}]})",
                R"(,"metadata":{"component":{"type":"container","version":"sha256:2","purl":"pkg:oci/web@sha256:2"}})"),
      "bom.json");

  EXPECT_EQ(inventory.digest, "sha256:2");
  ASSERT_THAT(inventory.packages, SizeIs(1));
  EXPECT_EQ(inventory.packages[0].path, "a/b");
  EXPECT_EQ(inventory.packages[0].layer, "sha256:1");
  EXPECT_EQ(inventory.packages[0].found_by, "sbom");
}

TEST(Sbom, TellsWhatPratiqueWroteIntoSpdx) {
  const Inventory inventory = inventory_of_sbom(
      spdx(R"({"SPDXID":"SPDXRef-OperatingSystem","primaryPackagePurpose":"OPERATING-SYSTEM","name":"debian",
               "description":"Debian GNU/Linux trixie/sid","comment":"codename trixie/sid"},)" +
           spdx_package("pkg:deb/debian/curl@8", R"(,"sourceInfo":"found by dpkg in var/lib/dpkg in /status")")),
      "bom.json");

  EXPECT_EQ(
      inventory.distribution,
      (Distribution{
          .id = "debian", .version_id = {}, .codename = "trixie/sid", .pretty_name = "Debian GNU/Linux trixie/sid"}));
  ASSERT_THAT(inventory.packages, SizeIs(1));
  EXPECT_EQ(inventory.packages[0].path, "var/lib/dpkg in /status");
  EXPECT_EQ(inventory.packages[0].found_by, "sbom");
}

// A manifest of Chisel names no sources: the packages are looked up by their own names alone, or not at all.
TEST(Sbom, DoesNotPretendToKnowASource) {
  for (const std::string& document :
       {cyclonedx(R"({"type":"library","purl":"pkg:deb/ubuntu/libssl3@3.0?distro=ubuntu-22.04","properties":[
                      {"name":"pratique:foundBy","value":"chisel"}]})"),
        spdx(spdx_package("pkg:deb/ubuntu/libssl3@3.0?distro=ubuntu-22.04",
                          R"(,"sourceInfo":"found by chisel in var/lib/chisel/manifest.wall")"))}) {
    const Inventory inventory = inventory_of_sbom(document, "bom.json");
    ASSERT_THAT(inventory.packages, SizeIs(1));
    EXPECT_FALSE(inventory.packages[0].tells_its_source());
  }
}

// An SBOM that was scanned and written again is about a file without a version, which is no package.
TEST(Sbom, OfAnImageThatHasNoDigestIsWhole) {
  const std::string rack = R"({"type":"library","purl":"pkg:gem/rack@3"})";
  for (const std::string& document :
       {cyclonedx(rack, R"(,"metadata":{"component":{"type":"container","name":"sbom:a.json","version":"",
                           "purl":"pkg:generic/a.json"}})"),
        spdx(spdx_package("pkg:gem/rack@3") + "," +
                 spdx_package("pkg:generic/a.json", R"(,"SPDXID":"SPDXRef-1","primaryPackagePurpose":"CONTAINER")"),
             R"(,"documentDescribes":["SPDXRef-1"])")}) {
    const Inventory inventory = inventory_of_sbom(document, "bom.json");
    EXPECT_THAT(lines_of(inventory), ElementsAre("gem rack 3"));
    EXPECT_TRUE(inventory.complete);
  }
}

TEST(Sbom, IsReadOutOfASignedEnvelope) {
  const std::string bom = cyclonedx(R"({"type":"library","purl":"pkg:gem/rack@3"})");
  for (const std::string& predicate : {bom, R"({"Data":)" + bom + "}"}) {
    const std::string envelope =
        R"({"payloadType":"application/vnd.in-toto+json","payload":")" +
        base::encode_base64(R"({"_type":"https://in-toto.io/Statement/v0.1","predicate":)" + predicate + "}") + "\"}";
    EXPECT_THAT(lines_of(inventory_of_sbom(envelope, "a")), ElementsAre("gem rack 3"));
  }
}

struct Doubtful {
  const char* name;
  std::string document;
  const char* message;
};

class DoubtfulSbom : public testing::TestWithParam<Doubtful> {};

TEST_P(DoubtfulSbom, IsIncomplete) {
  const Inventory inventory = inventory_of_sbom(GetParam().document, "bom.json");

  EXPECT_FALSE(inventory.complete);
  ASSERT_THAT(inventory.warnings, SizeIs(1));
  EXPECT_THAT(inventory.warnings[0].message, HasSubstr(GetParam().message));
}

const std::string kRack = R"({"type":"library","purl":"pkg:gem/rack@3"})";

INSTANTIATE_TEST_SUITE_P(
    Rows, DoubtfulSbom,
    testing::Values(
        Doubtful{"WithoutPackages", cyclonedx(""), "names no package"},
        Doubtful{"WithAnImageAlone", cyclonedx(R"({"type":"container","purl":"pkg:oci/web@sha256:1"})"),
                 "names no package"},
        Doubtful{"WithoutPurl", cyclonedx(kRack + R"(,{"type":"library","name":"lib"})"),
                 "\"lib\" has no readable package URL"},
        Doubtful{"WithoutVersion", cyclonedx(R"({"type":"library","purl":"pkg:gem/rack"})"),
                 "rack has no readable version"},
        Doubtful{"WithoutName", cyclonedx(R"({"type":"library","purl":"pkg:gem/ra%20ck@3"})"),
                 "without a readable name"},
        Doubtful{"SpdxWithoutPurl", spdx(R"({"name":"lib","SPDXID":"SPDXRef-1"})"), "no readable package URL"},
        Doubtful{"SaysSoItself", cyclonedx(kRack, R"(,"compositions":[{"aggregate":"incomplete"}])"), "says of itself"},
        Doubtful{"PratiqueSaysSo",
                 cyclonedx(kRack, R"(,"metadata":{"properties":[{"name":"pratique:complete","value":"false"}]})"),
                 "says of itself"},
        Doubtful{"SpdxSaysSo", spdx(spdx_package("pkg:gem/rack@3"), R"(,"comment":"INCOMPLETE: something")"),
                 "says of itself"},
        Doubtful{"SystemPackagesOfNobody", cyclonedx(R"({"type":"library","purl":"pkg:deb/other/a@1"})"),
                 "no advisories are known"}),
    [](const auto& row) { return std::string(row.param.name); });

struct Refused {
  const char* name;
  std::string document;
  const char* message;
};

class RefusedSbom : public testing::TestWithParam<Refused> {};

TEST_P(RefusedSbom, SaysWhatToWriteInstead) {
  try {
    static_cast<void>(read_sbom(GetParam().document, "a"));
    FAIL() << "nothing was thrown";
  } catch (const base::ParseError& error) {
    EXPECT_THAT(error.what(), HasSubstr(GetParam().message));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, RefusedSbom,
    testing::Values(Refused{"Nothing", "", "not JSON"}, Refused{"CutOff", cyclonedx("").substr(0, 40), "not JSON"},
                    Refused{"TagValue", "SPDXVersion: SPDX-2.3\n", "write it as JSON"},
                    Refused{"Spdx3", R"({"spdxVersion":"SPDX-3.0"})", "other than 2.x"},
                    Refused{"Other", R"({"@context":"https://openvex.dev/ns"})", "neither CycloneDX nor SPDX"},
                    Refused{"List", "[]", "neither CycloneDX nor SPDX"},
                    Refused{"BrokenEnvelope", R"({"payload":"%"})", "not base64"},
                    Refused{"TooDeep", std::string(1000, '['), "nested deeper"}),
    [](const auto& row) { return std::string(row.param.name); });

// What is not text where text should be, is not there.
TEST(Sbom, SurvivesFieldsOfOtherTypes) {
  for (const char* odd : {"1", "null", "[]", "{}", "\"a\"", "[1]", "[[]]", "[{}]"}) {
    for (const char* field : {"components", "metadata", "compositions", "packages", "relationships"}) {
      const std::string tail = std::string(R"(,")") + field + "\":" + odd + "}";
      EXPECT_NO_THROW(static_cast<void>(inventory_of_sbom(R"({"bomFormat":"CycloneDX")" + tail, "a")));
      EXPECT_NO_THROW(static_cast<void>(inventory_of_sbom(R"({"spdxVersion":"SPDX-2.3")" + tail, "a")));
    }
    for (const char* field : {"name", "version", "purl", "properties", "components", "type"}) {
      const std::string component = std::string(R"({"type":"library",")") + field + "\":" + odd + "}";
      EXPECT_NO_THROW(static_cast<void>(inventory_of_sbom(cyclonedx(component), "a")));
    }
  }
}

TEST(SbomInAnImage, IsWantedByItsName) {
  const auto extractor = make_sbom_extractor();
  for (const char* path :
       {"var/lib/db/sbom/apk-tools.spdx.json", "app/bom.cdx.json", "opt/bitnami/redis/.spdx-redis.spdx", "app/bom.json",
        "usr/share/a.spdx", "app/a.cdx", "app/bom.xml", "app/a.cdx.xml"}) {
    EXPECT_TRUE(extractor->wants(path)) << path;
  }
  for (const char* path : {"spdx.json", "app/mybom.json", "app/a.xml", "app/a.spdx.yaml"})
    EXPECT_FALSE(extractor->wants(path)) << path;
}

TEST(SbomInAnImage, OfANameThatOthersHaveIsOneByItsContent) {
  const std::string rack = cyclonedx(kRack);
  for (const char* path : {"app/bom.json", "app/rack.cdx", "app/rack.spdx"}) {
    const Extraction extraction = tests::extract(*make_sbom_extractor(), path, rack);
    EXPECT_THAT(tests::names_and_versions(extraction.packages), ElementsAre("rack 3")) << path;
    EXPECT_TRUE(extraction.is_locked) << path;
    for (const char* other : {"", "{", R"({"parts": 3})", "<bom/>", "\x03\x01\xff"}) {
      const Extraction none = tests::extract(*make_sbom_extractor(), path, other);
      EXPECT_THAT(none.packages, IsEmpty()) << path;
      EXPECT_THAT(none.warnings, IsEmpty()) << path << other;
    }
  }
}

TEST(SbomInAnImage, OfBitnamiNamesPartsThatNobodyKnows) {
  const std::string document =
      spdx(spdx_package("pkg:bitnami/redis@7.0.0") + R"(,{"name":"jemalloc","versionInfo":"5"})");
  const Extraction bitnamis = tests::extract(*make_sbom_extractor(), "opt/bitnami/redis/.spdx-redis.spdx", document);
  EXPECT_THAT(tests::names_and_versions(bitnamis.packages), ElementsAre("redis 7.0.0"));
  EXPECT_THAT(bitnamis.warnings, IsEmpty());
  EXPECT_THAT(tests::extract(*make_sbom_extractor(), "app/redis.spdx.json", document).warnings, SizeIs(1))
      << "of anybody else it is told";
  EXPECT_THAT(tests::extract(*make_sbom_extractor(), "opt/bitnami/a/.spdx-a.spdx", spdx(R"({"name":"a"})")).warnings,
              SizeIs(1))
      << "nothing in it was looked at";
}

// What is certainly one, in a form that nobody reads here.
TEST(SbomInAnImage, OfAnotherFormIsSaidToBeUnread) {
  const std::string xml =
      "\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<bom xmlns=\"http://cyclonedx.org/schema/bom/1.4\"></bom>";
  const std::string tags = "# made by hand\nSPDXVersion: SPDX-2.3\n";
  for (const auto& [path, content] : {std::pair{"app/bom.xml", xml}, std::pair{"app/a.cdx.xml", xml},
                                      std::pair{"app/a.cdx", xml}, std::pair{"app/a.spdx", tags}}) {
    const Extraction extraction = tests::extract(*make_sbom_extractor(), path, content);
    ASSERT_THAT(extraction.warnings, SizeIs(1)) << path;
    EXPECT_EQ(extraction.warnings[0].reason, "Unsupported") << path;
    EXPECT_TRUE(extraction.warnings[0].makes_incomplete) << path;
  }
  EXPECT_THAT(tests::extract(*make_sbom_extractor(), "usr/lib/python3/site-packages/a/a.spdx", tags).warnings,
              IsEmpty())
      << "of an installed package";
}

// Wolfi's images hold an SBOM for each of their packages: the package database tells the same, and more.
TEST(SbomInAnImage, DoesNotRepeatWhatIsInstalled) {
  const Extraction installed = {
      .packages = {{.type = "apk", .name = "zlib", .version = "1.3-r0"}},
      .distribution = Distribution{.id = "wolfi", .version_id = {}, .codename = {}, .pretty_name = {}}};
  const Extraction told =
      tests::extract(*make_sbom_extractor(), "zlib.spdx.json",
                     spdx(spdx_package("pkg:apk/wolfi/zlib@1.3-r1") + "," + spdx_package("pkg:gem/rack@3")));
  ASSERT_THAT(told.packages, SizeIs(2));
  EXPECT_FALSE(told.distribution);

  const ImageInventory inventory =
      inventory_of({.files = {{.path = "lib/apk/db/installed", .layer = tests::kTestLayer, .extraction = &installed},
                              {.path = "zlib.spdx.json", .layer = tests::kTestLayer, .extraction = &told}},
                    .unsupported = {}});

  EXPECT_THAT(tests::names_and_versions(inventory.packages), ElementsAre("zlib 1.3-r0", "rack 3"));
  EXPECT_EQ(inventory.packages[1].path, "zlib.spdx.json");
  EXPECT_THAT(inventory.warnings, IsEmpty());
}

TEST(SbomInAnImage, OfAnInstalledPackageSaysNothingNew) {
  const Extraction installed = {
      .packages = {{.type = "apk", .name = "zlib", .version = "1.3-r0"}},
      .distribution = Distribution{.id = "wolfi", .version_id = {}, .codename = {}, .pretty_name = {}},
      .owned_files = {std::string(comparable_path("var/lib/db/sbom/zlib.spdx.json"))}};
  const Extraction told = tests::extract(*make_sbom_extractor(), "var/lib/db/sbom/zlib.spdx.json",
                                         spdx(spdx_package("pkg:github/madler/zlib@v1.3") + R"(,{"name":"source"})"));
  ASSERT_THAT(told.warnings, SizeIs(1));

  const auto inventory_with = [&](const Extraction& database) {
    return inventory_of(
        {.files = {{.path = "lib/apk/db/installed", .layer = tests::kTestLayer, .extraction = &database},
                   {.path = "var/lib/db/sbom/zlib.spdx.json", .layer = tests::kTestLayer, .extraction = &told}},
         .unsupported = {}});
  };

  EXPECT_THAT(tests::names_and_versions(inventory_with(installed).packages), ElementsAre("zlib 1.3-r0"));
  EXPECT_THAT(inventory_with(installed).warnings, IsEmpty());
  Extraction without_files = installed;
  without_files.owned_files.clear();
  EXPECT_THAT(inventory_with(without_files).warnings, SizeIs(1)) << "nobody installed it";
}

}  // namespace
}  // namespace scanner::inventory
