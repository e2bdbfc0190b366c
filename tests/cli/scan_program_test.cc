// `pratique scan` from end to end: the built program, a layout on disk, a database of a few records.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "tests/cli/program_fixture.h"
#include "tests/support/fake_registry.h"
#include "tests/support/paths.h"
#include "tests/support/shared_data.h"

namespace tests {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ScanProgram : public ProgramTest {
 protected:
  ScanProgram() { build_database(sample_osv_records()); }
};

// With PRATIQUE_UPDATE_GOLDEN=1 the file is written instead; look at the difference before you commit it.
void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = tests::source_path() / "tests/golden/cli" / name;
  if (std::getenv("PRATIQUE_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  EXPECT_EQ(text, read_test_file(path)) << "the golden file " << path;
}

TEST_F(ScanProgram, JsonIsTheGoldenFile) {
  write_image({sample_layer()});
  const ProgramRun run = scan("oci:image:v1", {"--output", "json"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  expect_golden("scan.json", run.out);
}

TEST_F(ScanProgram, TableIsTheGoldenFile) {
  write_image({sample_layer()});
  const ProgramRun run = scan("oci:image");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  expect_golden("scan.txt", run.out);
  EXPECT_THAT(run.err, Not(HasSubstr("\x1b"))) << "no bar where standard error is no terminal";
}

TEST_F(ScanProgram, FailOnIsReachedAtItsSeverityAndAbove) {
  write_image({sample_layer()});
  EXPECT_EQ(scan("oci:image", {"--fail-on", "critical"}).exit_code, 2);
  EXPECT_EQ(scan("oci:image", {"--fail-on", "unknown"}).exit_code, 2);
  write_image({sample_layer()}, "v2");
  EXPECT_EQ(scan("oci:image:v2", {"--fail-on", "medium"}).exit_code, 2);
}

TEST_F(ScanProgram, AnImageWithoutVulnerabilitiesIsClean) {
  build_database({sample_osv_records()[1]});
  write_image({"", sample_layer()});
  const ProgramRun run = scan("oci:image", {"--fail-on", "critical"});
  EXPECT_EQ(run.exit_code, 3) << "npm and Debian are not in this database, and so were not looked at";
  EXPECT_THAT(run.out, HasSubstr("INCOMPLETE"));
  EXPECT_THAT(run.out, HasSubstr("CVE-2024-90002"));
}

TEST_F(ScanProgram, ScansFromARegistryOverPlainHttp) {
  FakeRegistry registry;
  const FakeImage image = registry.add_image(sample_layer(), "1");

  const ProgramRun by_tag = scan(registry.host() + "/shop/web:1", {"--plain-http", registry.host()});
  const ProgramRun by_digest =
      scan(registry.host() + "/shop/web@" + image.manifest.text(), {"--plain-http", registry.host()});

  EXPECT_EQ(by_tag.exit_code, 0) << by_tag.err;
  EXPECT_THAT(by_tag.out, HasSubstr("CVE-2024-90001"));
  EXPECT_EQ(by_digest.exit_code, 0) << by_digest.err;
  EXPECT_THAT(by_digest.out, HasSubstr(image.manifest.text()));
}

TEST_F(ScanProgram, SendsTheCredentialsOfDockersConfiguration) {
  FakeRegistry registry;
  registry.add_image(sample_layer(), "1");
  registry.intercept([](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
    if (net::find_header(request.headers, "Authorization") == "Basic YW5uOnNlY3JldA==") return std::nullopt;
    net::ServerResponse answer{.status = 401};
    answer.headers.emplace("WWW-Authenticate", "Basic realm=\"test\"");
    return answer;
  });
  database_.write("docker/config.json", R"({"auths": {")" + registry.host() + R"(": {"auth": "YW5uOnNlY3JldA=="}}})");
  const ProgramRun run = scan(registry.host() + "/shop/web:1", {"--plain-http", registry.host()});
  EXPECT_EQ(run.exit_code, 0) << run.err;
}

TEST_F(ScanProgram, HelpAndVersionGoToStandardOutput) {
  for (const std::string& word : {std::string("--help"), std::string("--version")}) {
    const ProgramRun run = pratique({word});
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_THAT(run.out, HasSubstr("ratique"));
    EXPECT_THAT(run.err, IsEmpty());
  }
}

}  // namespace
}  // namespace tests
