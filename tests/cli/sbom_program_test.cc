// `pratique scan --sbom`: what an image's scan wrote is scanned again, and says the same.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "tests/cli/program_fixture.h"

namespace tests {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

class SbomProgram : public ProgramTest, public testing::WithParamInterface<const char*> {
 protected:
  SbomProgram() {
    build_database(sample_osv_records());
    write_image({sample_layer()});
  }

  [[nodiscard]] ProgramRun scan_sbom(const std::string& file, const std::string& output = "json") const {
    return pratique({"scan", "--sbom", file, "--database", database_.database(), "--output", output});
  }
};

// Where a package lies stands in properties that SPDX does not have.
Json without_places(Json vulnerabilities) {
  for (Json& one : vulnerabilities) {
    one.erase("layer");
    one.erase("path");
  }
  return vulnerabilities;
}

TEST_P(SbomProgram, FindsWhatTheScanOfTheImageFound) {
  const Json of_image = Json::parse(scan("oci:image", {"--output", "json"}).out);
  database_.write("bom.json", scan("oci:image", {"--output", GetParam()}).out);

  const ProgramRun run = scan_sbom("bom.json");

  EXPECT_EQ(run.exit_code, 0) << run.err;
  const Json of_sbom = Json::parse(run.out);
  EXPECT_EQ(without_places(of_sbom.at("vulnerabilities")), without_places(of_image.at("vulnerabilities")));
  EXPECT_FALSE(of_sbom.at("vulnerabilities").empty());
  EXPECT_EQ(of_sbom.at("digest"), of_image.at("digest"));
  EXPECT_EQ(of_sbom.at("image"), "sbom:bom.json");
}

TEST_P(SbomProgram, IsIncompleteWhereTheScanOfTheImageWas) {
  build_database({sample_osv_records()[1]});
  database_.write("bom.json", scan("oci:image", {"--output", GetParam()}).out);

  const ProgramRun run = scan_sbom("bom.json", "table");

  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.out, HasSubstr("INCOMPLETE"));
  EXPECT_THAT(run.err, HasSubstr("sbom:bom.json: the scan is incomplete"));
}

TEST_P(SbomProgram, IsWrittenInEveryForm) {
  database_.write("bom.json", scan("oci:image", {"--output", GetParam()}).out);

  for (const char* output : {"table", "json", "cyclonedx", "spdx", "sarif", "openvex", "cosign-vuln"}) {
    const ProgramRun run = scan_sbom("bom.json", output);
    EXPECT_EQ(run.exit_code, 0) << output << ": " << run.err;
    EXPECT_THAT(run.out, HasSubstr("CVE-2024-90001")) << output;
  }
}

INSTANTIATE_TEST_SUITE_P(Forms, SbomProgram, testing::Values("cyclonedx", "spdx"),
                         [](const auto& row) { return row.param; });

TEST_F(SbomProgram, NamesTheFileThatItCannotRead) {
  database_.write("a.json", "{}");
  const ProgramRun other = scan_sbom("a.json");
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, HasSubstr("a.json: neither CycloneDX nor SPDX 2; write one of them as JSON"));

  const ProgramRun missing = scan_sbom("b.json");
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("b.json"));
}

}  // namespace
}  // namespace tests
