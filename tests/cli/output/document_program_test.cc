// Every document that `pratique scan` writes, held against the schema that its format's own project publishes, or that
// we publish of our own.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/cli/program_fixture.h"
#include "tests/support/paths.h"
#include "tests/support/shared_data.h"

namespace tests {
namespace {

using Json = nlohmann::ordered_json;

class Documents : public ProgramTest, public testing::WithParamInterface<const char*> {
 protected:
  Documents() {
    build_database(sample_osv_records());
    // The Debian package is there twice: documents name each thing once.
    write_image({sample_layer(), sample_layer()});
  }

  [[nodiscard]] std::string document_of(const std::string& image) const {
    return scan(image, {"--output", GetParam()}).out;
  }

  [[nodiscard]] int validate(const std::vector<std::string>& texts) const {
    std::string files;
    for (const std::string& text : texts) {
      const std::string file = path(fmt::format("document{}.{}.json", files.size(), GetParam()));
      std::ofstream(file, std::ios::binary) << text;
      files += fmt::format(" '{}'", file);
    }
    const std::string script = tests::source_path() / "tests/cli/output/validate_document.py";
    return std::system(fmt::format("python3 -B '{}' {} {} >&2", script, GetParam(), files).c_str());
  }
};

TEST_P(Documents, KeepToThePublishedSchema) {
  const ProgramRun run = scan("oci:image", {"--output", GetParam()});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(scan("oci:image", {"--output", GetParam()}).out, run.out) << "the same result is the same bytes";
  database_.write("bom.json", scan("oci:image", {"--output", "cyclonedx"}).out);
  const std::string of_sbom =
      pratique({"scan", "--sbom", "bom.json", "--database", database_.database(), "--output", GetParam()}).out;
  // Without a distribution, an image's name or a digest.
  database_.write("small.json", R"({"bomFormat":"CycloneDX","components":[{"purl":"pkg:npm/lodash@4.17.11"}]})");
  const std::string of_small_sbom =
      pratique({"scan", "--sbom", "small.json", "--database", database_.database(), "--output", GetParam()}).out;

  build_database({sample_osv_records()[1]});  // instead of the record about npm
  const ProgramRun incomplete = scan("oci:image", {"--output", GetParam()});

  EXPECT_EQ(incomplete.exit_code, 3);
  EXPECT_EQ(validate({run.out, of_sbom, of_small_sbom, incomplete.out}), 0);
}

TEST_P(Documents, AreRefusedBrokenByTheSameValidator) {
  std::string text = document_of("oci:image");
  for (const std::string key : {"\"version\"", "\"SPDXID\"", "\"status\"", "\"ruleId\""}) {
    for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + 1)) text[at + 2] = 'X';
  }
  EXPECT_NE(validate({text}), 0);
}

// SPDX's validator passes over members that it does not know.
class ClosedDocuments : public Documents {};

TEST_P(ClosedDocuments, AreRefusedWithAMemberThatTheSchemaDoesNotKnow) {
  Json document = Json::parse(document_of("oci:image"));
  ASSERT_EQ(validate({document.dump()}), 0);
  document["unheardOf"] = true;
  EXPECT_NE(validate({document.dump()}), 0);
}

std::string format_name(const testing::TestParamInfo<const char*>& row) {
  std::string name = row.param;
  std::erase(name, '-');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Formats, Documents,
                         testing::Values("cyclonedx", "spdx", "sarif", "openvex", "cosign-vuln", "json"), format_name);
INSTANTIATE_TEST_SUITE_P(Formats, ClosedDocuments,
                         testing::Values("cyclonedx", "sarif", "openvex", "cosign-vuln", "json"), format_name);

// Each object's members, wherever in the schema: all described, all required, and no others.
void expect_closed(const Json& node, const std::string& where) {
  if (node.is_object() && node.contains("properties") && node["properties"].is_object()) {
    EXPECT_EQ(node.value("additionalProperties", Json(true)), Json(false)) << where;
    const auto required = node.value("required", Json::array()).get<std::set<std::string>>();
    for (const auto& [name, schema] : node["properties"].items()) {
      EXPECT_TRUE(required.contains(name)) << where << "/" << name;
      EXPECT_FALSE(schema.value("description", "").empty()) << where << "/" << name;
    }
  }
  if (!node.is_structured()) return;
  for (const auto& [name, inner] : node.items()) expect_closed(inner, where + "/" + name);
}

TEST(ScanJsonSchema, KnowsEachMemberAndNoOther) {
  const Json schema = Json::parse(read_test_file(tests::source_path() / "docs/formats/scan-json.schema.json"));
  EXPECT_EQ(schema.at("$schema"), "https://json-schema.org/draft/2020-12/schema");
  expect_closed(schema, "");
}

}  // namespace
}  // namespace tests
