#include "scanner/inventory/unsupported.h"

#include <gtest/gtest.h>

#include <string>

namespace scanner::inventory {
namespace {

struct PathRow {
  const char* path;
  const char* kind;
};

class UnsupportedPath : public testing::TestWithParam<PathRow> {};

TEST_P(UnsupportedPath, IsTold) {
  EXPECT_EQ(recognise_unsupported(GetParam().path), GetParam().kind);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, UnsupportedPath,
    testing::Values(
        PathRow{"var/lib/rpm/Packages", "rpm database"}, PathRow{"var/lib/rpm/rpmdb.sqlite", "rpm database"},
        PathRow{"usr/lib/sysimage/rpm/Packages.db", "rpm database"}, PathRow{"srv/var/lib/rpm/Packages", ""},
        PathRow{"opt/app/log4j-core-2.14.1.jar", "jar"}, PathRow{"a.war", "jar"}, PathRow{"a/b.ear", "jar"},
        PathRow{"var/jenkins/plugins/x.jpi", "jar"}, PathRow{"app/jar", ""}, PathRow{"app/x.jar.asc", ""},
        PathRow{"app/Cargo.lock", "Rust lock file"}, PathRow{"Gemfile.lock", "Ruby lock file"},
        PathRow{"app/package-lock.json", "npm lock file"}, PathRow{"app/MyGemfile.lock", ""},
        PathRow{"app/node_modules/a/yarn.lock", ""}, PathRow{"app/node_modules/.package-lock.json", ""},
        PathRow{"usr/lib/python3/dist-packages/x/poetry.lock", ""},
        PathRow{"usr/lib/python3/site-packages/pyspark/jars/a.jar", "jar"},
        PathRow{"var/lib/gems/3.1.0/specifications/rack-2.2.4.gemspec", "Ruby gem"}, PathRow{"app/rack.gemspec", ""},
        PathRow{"srv/vendor/composer/installed.json", "installed PHP packages"},
        PathRow{"app/App.deps.json", ".NET dependencies"},
        PathRow{"opt/conda/conda-meta/openssl-3.0.json", "conda package"},
        PathRow{"var/lib/pacman/local/zlib-1.3-1/desc", "pacman database"},
        PathRow{"var/db/pkg/dev-libs/x-1/CONTENTS", "portage database"},
        PathRow{"usr/lib/opkg/status", "opkg database"}, PathRow{"a/x.egg", "zipped Python egg"},
        PathRow{"usr/share/python-wheels/pip-23.0.1-py3-none-any.whl", ""}, PathRow{"go/src/go.mod", ""},
        PathRow{"var/lib/dpkg/status", ""}, PathRow{"etc/os-release", ""}, PathRow{"", ""}));

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// Feeds the content in pieces of this size; returns how many bytes were taken.
std::size_t feed(ContentRecogniser& recogniser, std::string_view content, std::size_t piece) {
  for (std::size_t start = 0; start < content.size(); start += piece) {
    if (!recogniser.feed(bytes_of(content.substr(start, piece)))) return start;
  }
  return content.size();
}

std::string elf_file(std::size_t offset_of_build_info) {
  std::string content =
      "\x7f"
      "ELF" +
      std::string(offset_of_build_info, '\0');
  content.resize(offset_of_build_info);
  return content + "\xff Go buildinf:\x08\x02" + std::string(100, 'x');
}

TEST(ContentRecogniser, FindsGoBuildInformationInPiecesOfAnySize) {
  for (const std::size_t piece : {1U, 3U, 15U, 16U, 17U, 512U, 100'000U}) {
    for (const std::size_t offset : {16U, 4096U, 65'536U}) {
      ContentRecogniser recogniser;
      static_cast<void>(feed(recogniser, elf_file(offset), piece));
      EXPECT_TRUE(recogniser.is_elf()) << piece;
      EXPECT_EQ(recogniser.unsupported_kind(), "Go program") << piece << " " << offset;
    }
  }
}

TEST(ContentRecogniser, OtherElfFilesAreElfAlone) {
  ContentRecogniser recogniser;
  const std::string content =
      "\x7f"
      "ELF" +
      std::string(5000, '\xff');
  EXPECT_EQ(feed(recogniser, content, 700), content.size());
  EXPECT_TRUE(recogniser.is_elf());
  EXPECT_EQ(recogniser.unsupported_kind(), "");
}

TEST(ContentRecogniser, OtherFilesAreLeftAfterTheirFirstBytes) {
  ContentRecogniser recogniser;
  const std::string content = "#!/bin/sh\n" + elf_file(4096);
  EXPECT_LE(feed(recogniser, content, 16), 16U);
  EXPECT_FALSE(recogniser.is_elf());
  EXPECT_EQ(recogniser.unsupported_kind(), "");
}

TEST(ContentRecogniser, AMarkOffTheGridIsOnlyText) {
  ContentRecogniser recogniser;
  static_cast<void>(feed(recogniser, elf_file(4097), 512));
  EXPECT_EQ(recogniser.unsupported_kind(), "");
}

TEST(ContentRecogniser, ShortAndEmptyFilesAreNothing) {
  for (const char* content : {"", "\x7f",
                              "\x7f"
                              "ELF"}) {
    ContentRecogniser recogniser;
    static_cast<void>(recogniser.feed(bytes_of(content)));
    EXPECT_FALSE(recogniser.is_elf());
    EXPECT_EQ(recogniser.unsupported_kind(), "");
  }
}

}  // namespace
}  // namespace scanner::inventory
