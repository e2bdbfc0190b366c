#include "scanner/inventory/rpm/rpm_extractor.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "scanner/inventory/byte_reader.h"
#include "scanner/inventory/rpm/rpm_header.h"
#include "tests/scanner/inventory/extraction_support.h"
#include "tests/support/rpm_files.h"

namespace scanner::inventory {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using tests::extract;
using tests::names_and_versions;
using tests::rpm_header;
using tests::RpmTags;

const RpmTags kBash{.name = "bash", .version = "5.1.8", .release = "9.el9", .source_rpm = "bash-5.1.8-9.el9.src.rpm"};
const RpmTags kOpenssl{.name = "openssl-libs",
                       .version = "3.0.7",
                       .release = "24.el9",
                       .epoch = 1,
                       .source_rpm = "openssl-3.0.7-24.el9.src.rpm"};

struct DatabaseForm {
  const char* name;
  const char* path;
  std::string (*make)(const std::vector<std::string>& headers);
};

void PrintTo(const DatabaseForm& form, std::ostream* out) {
  *out << form.name;
}

class RpmDatabase : public testing::TestWithParam<DatabaseForm> {
 protected:
  static Extraction read(const std::vector<std::string>& headers) {
    return extract(RpmExtractor(), GetParam().path, GetParam().make(headers));
  }
};

TEST_P(RpmDatabase, GivesEveryPackage) {
  const Extraction extraction = read({rpm_header(kBash), rpm_header(kOpenssl)});

  EXPECT_THAT(extraction.warnings, IsEmpty());
  ASSERT_THAT(names_and_versions(extraction.packages), ElementsAre("bash 5.1.8-9.el9", "openssl-libs 1:3.0.7-24.el9"));
  EXPECT_EQ(extraction.packages[0].source_name(), "bash");
  EXPECT_EQ(extraction.packages[1].source_name(), "openssl");
  EXPECT_EQ(extraction.packages[1].effective_source_version(), "1:3.0.7-24.el9") << "the source has the epoch, too";
  EXPECT_EQ(extraction.packages[1].architecture, "x86_64");
}

TEST_P(RpmDatabase, GivesHeadersLargerThanAPage) {
  RpmTags large = kBash;
  large.source_rpm = std::string(20'000, 'x') + "-1-1.src.rpm";

  const Extraction extraction = read({rpm_header(large), rpm_header(kOpenssl)});

  EXPECT_THAT(names_and_versions(extraction.packages), ElementsAre("bash 5.1.8-9.el9", "openssl-libs 1:3.0.7-24.el9"));
}

TEST_P(RpmDatabase, ABrokenHeaderCostsItselfAndAWarning) {
  std::string broken = rpm_header(kBash);
  broken[3] = '\x7f';  // tags beyond the end

  const Extraction extraction = read({broken, rpm_header(kOpenssl)});

  EXPECT_THAT(names_and_versions(extraction.packages), ElementsAre("openssl-libs 1:3.0.7-24.el9"));
  ASSERT_THAT(extraction.warnings, SizeIs(1));
  EXPECT_EQ(extraction.warnings[0].reason, "Unreadable");
  EXPECT_TRUE(extraction.warnings[0].makes_incomplete);
}

TEST_P(RpmDatabase, KeysAreNoPackages) {
  EXPECT_THAT(read({rpm_header({.name = "gpg-pubkey", .version = "fd431d51", .release = "4ae0493b"})}).packages,
              IsEmpty());
}

TEST_P(RpmDatabase, ACutOffFileIsNeverWhole) {
  const std::string whole = GetParam().make({rpm_header(kBash), rpm_header(kOpenssl)});
  for (std::size_t size = 0; size < whole.size(); size += 997) {
    try {
      const Extraction extraction = extract(RpmExtractor(), GetParam().path, whole.substr(0, size));
      EXPECT_FALSE(extraction.warnings.empty() && extraction.packages.size() < 2) << size;
    } catch (const base::ParseError& error) {
      EXPECT_STRNE(error.what(), "");
    }
  }
}

TEST_P(RpmDatabase, AnotherKindOfFileIsRefused) {
  EXPECT_THROW(static_cast<void>(extract(RpmExtractor(), GetParam().path, std::string(8192, 'x'))), base::ParseError);
}

std::string sqlite_database(const std::vector<std::string>& headers) {
  return tests::sqlite_database(headers);
}

INSTANTIATE_TEST_SUITE_P(Forms, RpmDatabase,
                         testing::Values(DatabaseForm{"berkeley", "var/lib/rpm/Packages", tests::berkeley_database},
                                         DatabaseForm{"ndb", "usr/lib/sysimage/rpm/Packages.db", tests::ndb_database},
                                         DatabaseForm{"sqlite", "var/lib/rpm/rpmdb.sqlite", sqlite_database}),
                         [](const auto& form) { return std::string(form.param.name); });

TEST(RpmExtractor, KeepsTheModuleAndItsStream) {
  RpmTags node{.name = "nodejs", .version = "18.14.2", .release = "2.module+el9"};
  node.module = "nodejs:18:9020230308:rhel9";

  const Extraction extraction =
      extract(RpmExtractor(), "var/lib/rpm/Packages", tests::berkeley_database({rpm_header(node)}));

  ASSERT_THAT(extraction.packages, SizeIs(1));
  EXPECT_EQ(extraction.packages[0].module, "nodejs:18");
}

TEST(RpmExtractor, PurlHasTheEpochAsAQualifier) {
  const Distribution almalinux{.id = "almalinux", .version_id = "9.3", .codename = "", .pretty_name = ""};
  const Extraction extraction = tests::extract_in(almalinux, RpmExtractor(), "var/lib/rpm/Packages",
                                                  tests::berkeley_database({rpm_header(kOpenssl)}));
  EXPECT_EQ(extraction.packages.at(0).purl,
            "pkg:rpm/almalinux/openssl-libs@3.0.7-24.el9?arch=x86_64&distro=almalinux-9.3&epoch=1");
}

TEST(RpmExtractor, ChainsOfPagesThatNeverEndAreCut) {
  std::string database = tests::berkeley_database({rpm_header(kBash)});
  database.replace(4096 * 2 + 16, 4, std::string("\x02\0\0\0", 4));  // the overflow page leads to itself
  database.replace(4096 * 2 + 22, 2, std::string("\x01\0", 2));

  const Extraction extraction = extract(RpmExtractor(), "var/lib/rpm/Packages", database);

  EXPECT_THAT(extraction.packages, IsEmpty());
  EXPECT_THAT(extraction.warnings, SizeIs(1));
}

// Each slot of the database leads to the same header: the first is read, and then as many as fit into the file.
TEST(RpmExtractor, HeadersThatLieUponEachOtherAreNotReadForEver) {
  RpmTags large = kBash;
  large.source_rpm = std::string(20'000, 'x') + "-1-1.src.rpm";
  std::string database = tests::ndb_database({rpm_header(large)});
  const std::string slot = database.substr(32, 16);
  for (std::size_t at = 32; at < 4096; at += 16) database.replace(at, 16, slot);

  const Extraction extraction = extract(RpmExtractor(), "var/lib/rpm/Packages.db", database);

  EXPECT_THAT(extraction.packages, SizeIs(1));
  ASSERT_THAT(extraction.warnings, SizeIs(1));
  EXPECT_THAT(extraction.warnings[0].message, HasSubstr("headers that lie upon each other"));
}

TEST(RpmExtractor, APageHasNoMoreItemsThanItHasRoomFor) {
  std::string database = tests::berkeley_database({rpm_header(kBash)});
  database.replace(4096 + 20, 2, "\xff\xff");
  const Extraction extraction = extract(RpmExtractor(), "var/lib/rpm/Packages", database);
  EXPECT_THAT(extraction.packages, IsEmpty());
  ASSERT_THAT(extraction.warnings, SizeIs(1));
  EXPECT_THAT(extraction.warnings[0].message, HasSubstr("more items than a page can have"));
}

TEST(RpmExtractor, AViewInThePlaceOfTheTableIsRefused) {
  const std::string database = tests::sqlite_database(
      {},
      "CREATE VIEW Packages AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS hnum, "
      "x'00' AS blob FROM n");
  EXPECT_THROW(static_cast<void>(extract(RpmExtractor(), "var/lib/rpm/rpmdb.sqlite", database)), base::ParseError);
}

TEST(RpmExtractor, ChangesThatStandInTheLogAloneAreSaid) {
  EXPECT_THAT(extract(RpmExtractor(), "var/lib/rpm/rpmdb.sqlite-wal", "").warnings, IsEmpty());
  EXPECT_THROW(static_cast<void>(extract(RpmExtractor(), "var/lib/rpm/rpmdb.sqlite-wal", "x")), base::ParseError);
}

TEST(RpmExtractor, ReadsTheListOfImagesWithoutADatabase) {
  const Extraction extraction = extract(RpmExtractor(), "var/lib/rpmmanifest/container-manifest-2",
                                        "openssl-libs\t1.1.1k-21.cm2\t1676593427\t1675894832\tVendor\t(none)"
                                        "\t4365321\tx86_64\t0\topenssl-1.1.1k-21.cm2.src.rpm\n"
                                        "bind\t9.1-1.cm2\t1\t1\tVendor\t2\t3\tnoarch\t2\tbind-9.1-1.cm2.src.rpm\n"
                                        "three\tcolumns\tonly\n");

  EXPECT_THAT(names_and_versions(extraction.packages), ElementsAre("openssl-libs 1.1.1k-21.cm2", "bind 2:9.1-1.cm2"));
  EXPECT_EQ(extraction.packages[0].source, "openssl");
  ASSERT_THAT(extraction.warnings, SizeIs(1));
  EXPECT_THAT(extraction.warnings[0].message, HasSubstr("line 3"));
}

TEST(RpmHeader, RefusesWhatLiesOutsideIt) {
  const std::string whole = rpm_header(kOpenssl);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW(static_cast<void>(parse_rpm_header(whole.substr(0, size))), base::ParseError) << size;
  }
  EXPECT_THROW(static_cast<void>(parse_rpm_header(std::string(16, '\xff'))), base::ParseError);
}

std::vector<std::string> files_of(const std::string& header) {
  std::vector<std::string> files;
  parse_rpm_header(header).files.for_each([&](std::string_view path) { files.emplace_back(path); });
  return files;
}

TEST(RpmHeader, TellsItsFiles) {
  RpmTags tags = kBash;
  tags.directories = {"/usr/bin/", "/etc/"};
  tags.files = {{0, "bash"}, {1, "bashrc"}, {0, "sh"}};
  const std::string header = rpm_header(tags);
  EXPECT_THAT(files_of(header), ElementsAre("/usr/bin/bash", "/etc/bashrc", "/usr/bin/sh"));

  const Extraction extraction = extract(RpmExtractor(), "var/lib/rpm/Packages", tests::berkeley_database({header}));
  EXPECT_THAT(extraction.owned_files, ElementsAre("bin/bash", "bin/sh")) << "what may be a program";

  tags.files.push_back({2, "lost"});
  EXPECT_THROW(files_of(rpm_header(tags)), base::ParseError);
}

TEST(RpmHeader, HasNoPathThatNoSystemHas) {
  RpmTags tags = kBash;
  tags.directories = {std::string(4000, 'd')};
  tags.files = {{0, std::string(96, 'n')}};
  EXPECT_THAT(files_of(rpm_header(tags)), SizeIs(1));
  tags.files[0].name += 'n';
  EXPECT_THROW(files_of(rpm_header(tags)), base::ParseError);
}

TEST(RpmHeader, OfOneTagTwiceTheLastCounts) {
  std::string header = rpm_header(kBash);
  // The tags of name and version, 16 bytes each: both of them are names then.
  header.replace(8 + 16, 4, header.substr(8, 4));
  EXPECT_EQ(parse_rpm_header(header).name, "5.1.8");
  EXPECT_EQ(parse_rpm_header(header).version, "");
}

// The values of a header that names its directory once and each file by two bytes are told one by one.
TEST(RpmExtractor, FilesOfADatabaseAreBounded) {
  RpmTags tags = kBash;
  tags.directories = {"/usr/bin/" + std::string(4000, 'd') + "/"};
  tags.files.assign(20'000, {0, "a"});
  const Extraction extraction =
      extract(RpmExtractor(), "var/lib/rpm/Packages", tests::berkeley_database({rpm_header(tags), rpm_header(kOpenssl)}));
  EXPECT_THAT(extraction.packages, SizeIs(2)) << "the packages are told all the same";
  ASSERT_THAT(extraction.warnings, SizeIs(1));
  EXPECT_THAT(extraction.warnings[0].message, HasSubstr("files, or"));
  EXPECT_LT(extraction.owned_files.size(), 13'000U);
}

TEST(RpmExtractor, PagesOfAnotherSizeThanBerkeleyDbHasAreRefused) {
  std::string database = tests::berkeley_database({rpm_header(kBash)});
  for (const char* size : {"\0\0\0", "\xff\1\0", "\1\0\1"}) {
    database.replace(20, 4, std::string(size, 3) + '\0');
    EXPECT_THROW(static_cast<void>(extract(RpmExtractor(), "var/lib/rpm/Packages", database)), base::ParseError);
  }
}

TEST(ByteReader, ReadsBothOrdersAndNothingBeyondTheEnd) {
  const std::string_view bytes("\x01\x02\x03\x04\x05\x06\x07\x08", 8);
  EXPECT_EQ(ByteReader(bytes, ByteOrder::kLittle).u32(0), 0x04030201u);
  EXPECT_EQ(ByteReader(bytes, ByteOrder::kBig).u32(0), 0x01020304u);
  EXPECT_EQ(ByteReader(bytes, ByteOrder::kBig).u16(6), 0x0708u);
  EXPECT_EQ(ByteReader(bytes, ByteOrder::kLittle).u64(0), 0x0807060504030201u);
  EXPECT_THROW(static_cast<void>(ByteReader(bytes, ByteOrder::kBig).u16(7)), base::ParseError);
  EXPECT_THROW(static_cast<void>(ByteReader(bytes, ByteOrder::kBig).piece(9, 0)), base::ParseError);
  EXPECT_THROW(static_cast<void>(ByteReader(bytes, ByteOrder::kBig).piece(1, SIZE_MAX)), base::ParseError);
  EXPECT_THROW(static_cast<void>(ByteReader(bytes, ByteOrder::kBig).text(0)), base::ParseError) << "no end";
}

}  // namespace
}  // namespace scanner::inventory
