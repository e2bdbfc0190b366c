// Every document that `pratique scan` writes, held against the schema that its format's own project publishes.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

#include "tests/cli/program_fixture.h"
#include "tests/support/paths.h"

namespace tests {
namespace {

class Documents : public ProgramTest, public testing::WithParamInterface<const char*> {
 protected:
  Documents() {
    build_database(sample_osv_records());
    // The Debian package is there twice: documents name each thing once.
    write_image({sample_layer(), sample_layer()});
  }

  [[nodiscard]] int validate(const std::string& text) const {
    const std::string file = path(fmt::format("document.{}.json", GetParam()));
    std::ofstream(file, std::ios::binary) << text;
    const std::string script = tests::source_path() / "tests/cli/output/validate_document.py";
    return std::system(fmt::format("python3 -B '{}' {} '{}' >&2", script, GetParam(), file).c_str());
  }
};

TEST_P(Documents, KeepToThePublishedSchema) {
  const ProgramRun run = scan("oci:image", {"--output", GetParam()});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(validate(run.out), 0);
  EXPECT_EQ(scan("oci:image", {"--output", GetParam()}).out, run.out) << "the same result is the same bytes";
}

TEST_P(Documents, AreRefusedBrokenByTheSameValidator) {
  std::string text = scan("oci:image", {"--output", GetParam()}).out;
  for (const std::string key : {"\"version\"", "\"SPDXID\"", "\"status\"", "\"ruleId\""}) {
    for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + 1)) text[at + 2] = 'X';
  }
  EXPECT_NE(validate(text), 0);
}

INSTANTIATE_TEST_SUITE_P(Formats, Documents, testing::Values("cyclonedx", "spdx", "sarif", "openvex"),
                         [](const auto& row) { return row.param; });

}  // namespace
}  // namespace tests
