// SBOMs that Trivy and scalibr wrote, from published collections.
#include <gmock/gmock.h>

#include "scanner/inventory/sbom/sbom.h"
#include "tests/scanner/inventory/extraction_support.h"
#include "tests/support/shared_data.h"

namespace scanner::inventory {
namespace {

using testing::Contains;

struct CorpusSbom {
  const char* path;
  const char* package;       // one of those in it
  const char* distribution;  // id and version
};

class RealSbom : public testing::TestWithParam<CorpusSbom> {};

TEST_P(RealSbom, TellsItsPackages) {
  REQUIRE_SHARED_DATA(file, std::string("data/corpora/") + GetParam().path);

  const Inventory inventory = inventory_of_sbom(tests::read_test_file(file), GetParam().path);

  EXPECT_THAT(tests::names_and_versions(inventory.packages), Contains(GetParam().package));
  EXPECT_EQ(inventory.distribution.id + " " + inventory.distribution.version_id, GetParam().distribution);
  EXPECT_TRUE(inventory.complete);
}

INSTANTIATE_TEST_SUITE_P(
    Files, RealSbom,
    testing::Values(
        CorpusSbom{"trivy/sbom-vex-inputs/centos-7-cyclonedx.json", "openssl-libs 1:1.0.2k-16.el7", "centos 7.6.1810"},
        CorpusSbom{"trivy/sbom-vex-inputs/centos-7-cyclonedx.intoto.jsonl", "openssl-libs 1:1.0.2k-16.el7",
                   "centos 7.6.1810"},
        CorpusSbom{"trivy/sbom-vex-inputs/centos-7-spdx.json", "openssl-libs 1:1.0.2k-16.el7", "centos 7.6.1810"},
        CorpusSbom{"trivy/sbom-vex-inputs/fluentd-multiple-lockfiles-cyclonedx.json", "activesupport 6.0.2.1",
                   "debian 10.2"},
        CorpusSbom{"trivy/sbom-vex-inputs/license-cyclonedx.json", "org.slf4j:slf4j-api 2.0.11", " "},
        CorpusSbom{"osv-scanner-inputs/source/testdata/sbom-insecure/alpine-zlib-16.cdx.json", "zlib 1.2.12-r1",
                   "alpine 3.22.0"},
        CorpusSbom{"osv-scanner-inputs/source/testdata/sbom-insecure/only-unimportant.spdx.json",
                   "pcre3 2:8.39-12ubuntu0.1", "ubuntu "}));

}  // namespace
}  // namespace scanner::inventory
