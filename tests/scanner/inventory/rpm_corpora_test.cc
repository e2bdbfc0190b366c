// The rpm extractor on real databases, against the lists published with them and the rpm program's own reading.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>

#include "scanner/inventory/rpm/rpm_extractor.h"
#include "tests/scanner/inventory/extraction_support.h"
#include "tests/scanner/inventory/lines_of_command.h"
#include "tests/support/shared_data.h"

namespace scanner::inventory {
namespace {

std::vector<std::string> sorted(std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> lines_of(const Extraction& extraction) {
  std::vector<std::string> lines;
  for (const Package& package : extraction.packages) {
    lines.push_back(package.name + " " + package.version + " " + package.architecture);
  }
  return sorted(lines);
}

std::string line_of(const nlohmann::json& row) {
  const std::string epoch =
      row.at("epoch").is_number() && row.at("epoch") != 0 ? std::to_string(row.at("epoch").get<int>()) + ":" : "";
  return row.at("name").get<std::string>() + " " + epoch + row.at("version").get<std::string>() + "-" +
         row.at("release").get<std::string>() + " " + row.at("arch").get<std::string>();
}

TEST(RpmCorpora, TheNdbDatabaseHoldsWhatItsListSays) {
  REQUIRE_SHARED_DATA(folder, "data/corpora/rpmdb/sle15-bci-ndb");
  std::vector<std::string> expected;
  for (const auto& row : nlohmann::json::parse(tests::read_test_file(folder / "expected.json"))) {
    if (row.at("name") != "gpg-pubkey") expected.push_back(line_of(row));
  }

  const Extraction extraction =
      tests::extract(RpmExtractor(), "usr/lib/sysimage/rpm/Packages.db", tests::read_test_file(folder / "Packages.db"));

  EXPECT_GT(expected.size(), 30u);
  EXPECT_EQ(lines_of(extraction), sorted(expected));
  EXPECT_TRUE(extraction.warnings.empty());
}

class RealRpmDatabase : public testing::TestWithParam<const char*> {};

// A copy of a database: rpm writes its lock and index files beside it.
class RpmFolder {
 public:
  explicit RpmFolder(const std::filesystem::path& database)
      : path_(std::filesystem::temp_directory_path() / ("pratique-rpm-" + std::to_string(std::random_device{}()))) {
    std::filesystem::create_directories(path_);
    std::filesystem::copy_file(database, path_ / "Packages");
    std::filesystem::permissions(path_ / "Packages", std::filesystem::perms::owner_all);
  }
  ~RpmFolder() { std::filesystem::remove_all(path_); }
  RpmFolder(const RpmFolder&) = delete;
  RpmFolder& operator=(const RpmFolder&) = delete;

  [[nodiscard]] std::filesystem::path path() const { return path_; }
  [[nodiscard]] std::vector<std::string> packages() const {
    std::vector<std::string> lines =
        tests::lines_of_command("rpm --dbpath " + path_.string() +
                                " -qa --qf '%{name} %|epoch?{%{epoch}:}|%{version}-%{release} %{arch}\\n' 2>/dev/null");
    std::erase_if(lines, [](const std::string& line) { return line.starts_with("gpg-pubkey "); });
    return sorted(lines);
  }

 private:
  std::filesystem::path path_;
};

TEST_P(RealRpmDatabase, IsReadAsRpmReadsIt) {
  REQUIRE_SHARED_DATA(file, std::string("data/corpora/rpmdb/") + GetParam());
  const RpmFolder folder(file);
  const std::vector<std::string> expected = folder.packages();

  const Extraction extraction = tests::extract(RpmExtractor(), "var/lib/rpm/Packages", tests::read_test_file(file));

  EXPECT_FALSE(expected.empty()) << "the rpm program is needed (package rpm)";
  EXPECT_EQ(lines_of(extraction), expected);
  EXPECT_TRUE(extraction.warnings.empty());
}

TEST_P(RealRpmDatabase, IsReadTheSameOnceRpmHasMadeItSqlite) {
  REQUIRE_SHARED_DATA(file, std::string("data/corpora/rpmdb/") + GetParam());
  const RpmFolder folder(file);
  static_cast<void>(tests::lines_of_command("rpmdb --dbpath " + folder.path().string() + " --rebuilddb 2>&1"));

  const Extraction extraction =
      tests::extract(RpmExtractor(), "var/lib/rpm/rpmdb.sqlite", tests::read_test_file(folder.path() / "rpmdb.sqlite"));

  EXPECT_FALSE(extraction.packages.empty());
  EXPECT_EQ(lines_of(extraction), folder.packages());
  EXPECT_TRUE(extraction.warnings.empty());
}

INSTANTIATE_TEST_SUITE_P(Files, RealRpmDatabase, testing::Values("libuuid-bdb/Packages", "syft-fixture/Packages"));

}  // namespace
}  // namespace scanner::inventory
