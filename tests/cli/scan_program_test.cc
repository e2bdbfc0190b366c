// `pratique scan` from end to end: the built program, a layout on disk, a database of a few records.
#include <gmock/gmock.h>
#include <sched.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/cli/program_fixture.h"
#include "tests/support/fake_registry.h"
#include "tests/support/paths.h"
#include "tests/support/shared_data.h"
#include "tests/support/tar_builder.h"

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

TEST_F(ScanProgram, AKnownImageIsToldTheSameWithoutItsLayers) {
  write_image({sample_layer()});
  const ProgramRun first = scan("oci:image", {"--output", "json"});
  const std::string layers = path("home/.cache/pratique/scans");
  ASSERT_TRUE(std::filesystem::exists(layers)) << first.err;
  EXPECT_FALSE(std::filesystem::is_empty(layers));
  EXPECT_EQ(scan("oci:image", {"--output", "json"}).out, first.out);
  EXPECT_EQ(scan("oci:image", {"--output", "json", "--no-cache"}).out, first.out);
}

// As many layers are read at once as there are processors; programs inherit those of whoever starts them.
TEST_F(ScanProgram, TheNumberOfProcessorsShowsInNoDocument) {
  std::vector<std::string> layers;
  for (int number = 0; number < 6; ++number) {
    const std::string folder = "app" + std::to_string(number % 4) + "/node_modules/lodash/package.json";
    layers.push_back(TarBuilder()
                         .file(folder, R"({"name": "lodash", "version": "4.17.)" + std::to_string(number) + "\"}")
                         .file("app/" + std::to_string(number) + "/requirements.txt", "requests==2.19.0\n==\n")
                         .archive());
  }
  layers.push_back(sample_layer());
  write_image(layers);
  cpu_set_t all;
  ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  for (std::size_t processor = 0; CPU_COUNT(&one) == 0; ++processor) {
    if (CPU_ISSET(processor, &all)) CPU_SET(processor, &one);
  }
  for (const char* output : {"table", "json", "cyclonedx", "spdx", "sarif", "openvex", "cosign-vuln"}) {
    const ProgramRun with_all = scan("oci:image", {"--output", output, "--no-cache"});
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    const ProgramRun with_one = scan("oci:image", {"--output", output, "--no-cache"});
    ASSERT_EQ(sched_setaffinity(0, sizeof all, &all), 0);
    EXPECT_THAT(with_all.out, HasSubstr("CVE-2024-90001")) << output;
    EXPECT_EQ(with_one.out, with_all.out) << output;
  }
}

TEST_F(ScanProgram, TheCacheIsWhereItIsWanted) {
  write_image({sample_layer()});
  EXPECT_EQ(scan("oci:image", {"--no-cache"}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(path("home/.cache")));
  EXPECT_EQ(scan("oci:image", {"--cache", "here/layers"}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::is_empty(path("here/layers")));
  EXPECT_FALSE(std::filesystem::exists(path("home/.cache")));

  const ProgramRun both = scan("oci:image", {"--cache", "here", "--no-cache"});
  EXPECT_EQ(both.exit_code, 1);
  EXPECT_THAT(both.err, HasSubstr("--no-cache"));
}

// A place that was named must do; without one a scan goes on.
TEST_F(ScanProgram, APlaceThatCannotBeACacheIsTold) {
  write_image({sample_layer()});
  database_.write("file", "");
  const ProgramRun named = scan("oci:image", {"--cache", "file/layers"});
  EXPECT_EQ(named.exit_code, 1);
  EXPECT_THAT(named.err, HasSubstr("cannot make the cache file/layers"));

  database_.write("home/.cache", "a file");
  const ProgramRun own = scan("oci:image");
  EXPECT_EQ(own.exit_code, 0);
  EXPECT_THAT(own.err, HasSubstr("nothing is kept (--cache names another, --no-cache wants none)"));
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

TEST_F(ScanProgram, AKnownImageCostsARegistryNoBlob) {
  FakeRegistry registry;
  registry.add_image(sample_layer(), "v1");
  const auto scan_it = [&] {
    return scan(registry.host() + "/app:v1", {"--plain-http", registry.host()}).out;
  };
  const std::string first = scan_it();
  const std::size_t requests = registry.seen().size();
  EXPECT_EQ(scan_it(), first);

  std::vector<std::string> since;
  for (const auto& seen : registry.seen()) since.push_back(seen.method + " " + seen.target);
  since.erase(since.begin(), since.begin() + static_cast<std::ptrdiff_t>(requests));
  EXPECT_THAT(since, testing::ElementsAre("GET /v2/app/manifests/v1"));
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
