#include "scanner/report_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace scanner {
namespace {

using ::testing::HasSubstr;

Inventory sample() {
  return {
      .digest = "sha256:1111",
      .platform = "linux/arm64/v8",
      .distribution = {.id = "debian", .version_id = "12", .codename = "bookworm", .pretty_name = "Debian 12"},
      .packages = {{.type = "deb",
                    .name = "bash",
                    .version = "5.2",
                    .architecture = "amd64",
                    .purl = "pkg:deb/debian/bash@5.2",
                    .layer = "sha256:2222",
                    .path = "var/lib/dpkg/status"},
                   {.type = "deb", .name = "libc6", .version = "2.36", .source = "glibc", .source_version = "2.36-9"}},
      .warnings = {{.reason = "Unsupported", .path = "a.jar", .message = "jar", .count = 3, .makes_incomplete = true},
                   {.reason = "Unsupported", .path = "b", .message = "note", .count = 1, .makes_incomplete = false}},
      .programs = ProgramCoverage{.bytes = 100, .known_bytes = 60, .unknown = {{.path = "opt/x", .bytes = 40}}},
      .complete = false,
      .compressed_bytes = 123456789012,
      .scanner_version = "0.1.0"};
}

void expect_equal(const Inventory& left, const Inventory& right) {
  EXPECT_EQ(left.digest, right.digest);
  EXPECT_EQ(left.platform, right.platform);
  EXPECT_EQ(left.distribution, right.distribution);
  EXPECT_EQ(left.packages, right.packages);
  EXPECT_EQ(left.warnings, right.warnings);
  EXPECT_EQ(left.programs, right.programs);
  EXPECT_EQ(left.complete, right.complete);
  EXPECT_EQ(left.compressed_bytes, right.compressed_bytes);
  EXPECT_EQ(left.scanner_version, right.scanner_version);
}

// An inventory with this in place of its packages.
std::string with_packages(const std::string& packages) {
  return R"({"version":1,"packages":)" + packages + R"(,"warnings":[]})";
}

std::string refusal_of(const std::string& json) {
  try {
    static_cast<void>(parse_inventory(json));
  } catch (const base::Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(InventoryJson, ProgramsThatCannotBeAreRefused) {
  const auto with_programs = [](const std::string& programs) {
    return R"({"version":1,"programs":)" + programs + R"(,"packages":[],"warnings":[]})";
  };
  EXPECT_EQ(refusal_of(with_programs(R"({"bytes":2,"knownBytes":2,"unknown":[]})")), "accepted");
  EXPECT_EQ(refusal_of(with_programs(R"({"bytes":2,"knownBytes":2})")), "accepted");
  EXPECT_THAT(refusal_of(with_programs(R"({"bytes":1,"knownBytes":2})")), HasSubstr("than there are"));
  EXPECT_THAT(refusal_of(with_programs("7")), HasSubstr("programs is not an object"));
  std::string many = R"({"bytes":0,"knownBytes":0,"unknown":[{"path":"a","bytes":1})";
  for (std::size_t i = 0; i < kUnknownProgramsMax; ++i) many += R"(,{"path":"a","bytes":1})";
  EXPECT_THAT(refusal_of(with_programs(many + "]}")), HasSubstr("too many"));
}

TEST(InventoryJson, IsReadBack) {
  expect_equal(parse_inventory(write_inventory(sample())), sample());
  expect_equal(parse_inventory(write_inventory({})), {});
}

TEST(InventoryJson, IsOneLineAndAlwaysTheSame) {
  const std::string json = write_inventory(sample());
  EXPECT_EQ(json, write_inventory(sample()));
  EXPECT_EQ(json.find('\n'), std::string::npos);
  EXPECT_EQ(
      json,
      R"({"complete":false,"compressedBytes":123456789012,"digest":"sha256:1111","distribution":{"codename":"bookworm",)"
      R"("id":"debian","prettyName":"Debian 12","versionId":"12"},"platform":"linux/arm64/v8","programs":{"bytes":100,)"
      R"("knownBytes":60,"unknown":[{"bytes":40,"path":"opt/x"}]},"scannerVersion":"0.1.0","version":1,"packages":[)"
      R"({"architecture":"amd64","layer":"sha256:2222","name":"bash","path":"var/lib/dpkg/status",)"
      R"("purl":"pkg:deb/debian/bash@5.2","type":"deb","version":"5.2"},{"name":"libc6","source":"glibc",)"
      R"("sourceVersion":"2.36-9","type":"deb","version":"2.36"}],"warnings":[{"count":3,"incomplete":true,)"
      R"("message":"jar","path":"a.jar","reason":"Unsupported"},{"count":1,"incomplete":false,"message":"note",)"
      R"("path":"b","reason":"Unsupported"}]})");
  EXPECT_EQ(write_inventory({}),
            R"({"complete":false,"compressedBytes":0,"digest":"","distribution":{},"platform":"","scannerVersion":"",)"
            R"("version":1,"packages":[],"warnings":[]})");
}

TEST(InventoryJson, IsPutInOrderAndEscapedWhenItIsRead) {
  const Inventory inventory = parse_inventory(with_packages(
      R"([{"type":"npm","name":"z"},{"type":"npm","name":"a\u001b[31m"},{"type":"npm","name":"z"},{"type":"deb","name":"m"}])"));
  ASSERT_EQ(inventory.packages.size(), 3U);
  EXPECT_EQ(inventory.packages[0].name, "m");
  EXPECT_EQ(inventory.packages[1].name, "a\\u{1b}[31m");
  EXPECT_EQ(inventory.packages[2].name, "z");
}

TEST(InventoryJson, IsNeverCompleteBySilence) {
  EXPECT_FALSE(parse_inventory(with_packages("[]")).complete);
  const Inventory warned = parse_inventory(R"({"version":1,"packages":[],"warnings":[{"reason":"X"}]})");
  EXPECT_TRUE(warned.warnings.at(0).makes_incomplete);
  EXPECT_THAT(refusal_of(R"({"version":1,"complete":true,"packages":[],"warnings":[{"reason":"X"}]})"),
              HasSubstr("says otherwise"));
}

TEST(InventoryJson, RefusesWhatIsNone) {
  struct Row {
    std::string json;
    std::string why;
  } const rows[] = {
      {"", "inventory: "},
      {"[]", "not an object"},
      {"{}", "not version 1"},
      {R"({"version":2,"packages":[],"warnings":[]})", "not version 1"},
      {R"({"version":1,"warnings":[]})", "no packages"},
      {with_packages("{}"), "packages is not an array"},
      {with_packages("[1]"), "package is not an object"},
      {with_packages("[{}]"), "without type or name"},
      {with_packages(R"([{"type":"deb","name":1}])"), "package.name is not a string"},
      {R"({"version":1,"compressedBytes":-1,"packages":[],"warnings":[]})", "compressedBytes is not a whole number"},
      {R"({"version":1,"complete":"yes","packages":[],"warnings":[]})", "complete is not true or false"},
      {R"({"version":1,"packages":[],"warnings":[{"path":"x"}]})", "without reason"},
      {with_packages("[]") + "{}", "inventory: "},
      {with_packages(std::string(500, '[') + std::string(500, ']')), "inventory: "},
  };
  for (const Row& row : rows) EXPECT_THAT(refusal_of(row.json), HasSubstr(row.why)) << row.json.substr(0, 100);
}

TEST(InventoryJson, IsBounded) {
  EXPECT_THROW(static_cast<void>(parse_inventory(std::string(kInventoryBytesMax + 1, ' '))), base::LimitExceeded);
  std::string many = "[";
  for (int i = 0; i < 200'001; ++i) many += R"({"type":"npm","name":"p)" + std::to_string(i) + "\"},";
  many.back() = ']';
  EXPECT_THROW(static_cast<void>(parse_inventory(with_packages(many))), base::LimitExceeded);
  const Inventory long_name =
      parse_inventory(with_packages(R"([{"type":"npm","name":")" + std::string(10'000, 'x') + "\"}]"));
  EXPECT_LE(long_name.packages.at(0).name.size(), 4096U);
}

}  // namespace
}  // namespace scanner
