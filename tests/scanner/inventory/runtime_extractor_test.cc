#include "scanner/inventory/runtimes/runtime_extractor.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "scanner/inventory/runtimes/runtime_programs.h"
#include "scanner/layers/content_recogniser.h"
#include "tests/scanner/inventory/extraction_support.h"

namespace scanner::inventory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using tests::extract;
using tests::names_and_versions;

TEST(RuntimeMark, IsThatOfTheProgramsName) {
  struct Row {
    std::string_view path;
    std::string_view mark;
  };
  const Row rows[] = {{"usr/local/bin/node", "node.js/v"},
                      {"node", "node.js/v"},
                      {"usr/local/bin/nodemon", ""},
                      {"usr/local/bin/python3.11", "3.11."},
                      {"usr/local/lib/libpython3.11.so.1.0", "3.11."},
                      {"usr/local/lib/libpython2.7m.so.1.0", "2.7."},
                      {"usr/local/lib/libpython3.so", ""},
                      {"usr/local/bin/python3", ""},
                      {"usr/local/bin/python3.11-config", ""},
                      {"usr/local/bin/php", "PHP/"},
                      {"usr/bin/php8.2", "PHP/"},
                      {"usr/local/sbin/php-fpm", "PHP/"},
                      {"usr/lib/libphp8.2.so", "PHP/"},
                      {"usr/lib/apache2/modules/libphp.so", "PHP/"},
                      {"usr/local/bin/phpize", ""},
                      {"usr/local/lib/libruby.so.3.2.2", "ruby "},
                      {"usr/local/bin/ruby", "ruby "},
                      {"usr/sbin/nginx", "nginx/"},
                      {"usr/local/apache2/bin/httpd", "Apache/"},
                      {"usr/lib/postgresql/15/bin/postgres", "PostgreSQL "},
                      {"usr/local/sbin/haproxy", " version "},
                      {"usr/sbin/mariadbd", std::string_view("\0MariaDB ", 9)},
                      {"usr/sbin/mysqld", std::string_view("\0MariaDB ", 9)},
                      {"usr/bin/mysqldump", ""},
                      {"usr/lib/nginx/modules", ""},
                      {"", ""}};
  for (const Row& row : rows) EXPECT_EQ(runtime_mark(row.path), row.mark) << row.path;
}

TEST(RuntimeRelease, IsTheFirstWholeVersion) {
  struct Row {
    std::string_view path;
    std::string_view text;
    std::string_view release;  // empty: none
  };
  // Texts as the programs have them.
  const Row rows[] = {
      {"usr/local/bin/node", "node.js/v20.11.1", "node 20.11.1"},
      {"usr/local/bin/node", "node.js/v20.11", ""},
      {"usr/local/bin/node", "node.js/v20.11.1-nightly", ""},
      {"usr/local/bin/python3.11", "3.11.7", "python 3.11.7"},
      {"usr/local/bin/python3.11", "3.11.7+", "python 3.11.7"},
      {"usr/local/bin/python3.11", "3.11.7/lib", ""},
      {"usr/local/bin/python3.11", "3.11.so.1.0", ""},
      {"usr/local/bin/python3.11", "3.11..", ""},
      {"usr/local/bin/php", "PHP/8.2.36", "php 8.2.36"},
      {"usr/local/lib/libruby.so.3.1.2", "ruby 1.8)", ""},
      {"usr/local/lib/libruby.so.3.1.2", "ruby 3.1.2p20 (2022-04-12 revision 4491bb740a)", "ruby 3.1.2"},
      {"usr/local/lib/libruby.so.3.2.1", "ruby 3.2.1 (2023-02-08 revision 31819e82c8)", "ruby 3.2.1"},
      {"usr/local/lib/libruby.so.3.4.0", "ruby 3.4.0preview1 (2024-05-16 master)", ""},
      {"usr/sbin/nginx", "nginx/1.22.1</center>", "nginx 1.22.1"},
      {"usr/sbin/nginx", "nginx/1.22.1", "nginx 1.22.1"},
      {"usr/local/apache2/bin/httpd", "Apache/2.4", ""},
      {"usr/local/apache2/bin/httpd", "Apache/2.4.57 (Unix)", "apache 2.4.57"},
      {"usr/local/bin/memcached", "memcached 1.6.18", "memcached 1.6.18"},
      {"usr/local/bin/postgres", "PostgreSQL 9.1.", ""},
      {"usr/local/bin/postgres", "PostgreSQL 15.20 (Debian 15.20-0+deb12u1)", "postgresql 15.20"},
      {"usr/local/sbin/haproxy", " version 2.6.12-1+deb12u4, released 2026/10/17", "haproxy 2.6.12"},
      {"usr/local/sbin/haproxy", " version 2.8.3-86e043a, released 2023/09/07", "haproxy 2.8.3"},
      {"usr/local/sbin/haproxy", " version 2.9-dev5, released 2023/09/08", ""},
      {"usr/local/sbin/haproxy", " version 2.7. Please use 'tune.ssl.capture-buffer-size' instead.", ""},
      {"usr/local/sbin/haproxy", " version : OpenSSL 3.0.22 25 Aug 2026", ""},
      {"usr/sbin/mariadbd", "MariaDB 10.11.19", "mariadb 10.11.19"},
      {"usr/sbin/mysqld", "MariaDB 10.4.3", "mariadb 10.4.3"},
      {"usr/sbin/mariadbd", "MariaDB 10.2.2, and we did not find a valid checkpoint.", ""},
      {"usr/local/bin/other", "PHP/8.2.36", ""}};
  for (const Row& row : rows) {
    const auto release = runtime_release(row.path, row.text);
    EXPECT_EQ(release ? std::string(release->name) + " " + std::string(release->version) : "", row.release)
        << row.path << " " << row.text;
  }
}

TEST(RuntimeExtractor, TellsAProgramByItsTexts) {
  const Extraction extraction = extract(RuntimeExtractor(), "usr/local/lib/libruby.so.3.1.2",
                                        "ruby 1.8)\nruby 3.1.2p20 (2022-04-12 revision 4491bb740a)\n");
  EXPECT_THAT(names_and_versions(extraction.packages), ElementsAre("ruby 3.1.2"));
  EXPECT_EQ(extraction.packages[0].type, "bitnami") << "whose advisories are asked";
  EXPECT_EQ(extraction.packages[0].purl, "pkg:generic/ruby@3.1.2") << "who did not build it";
}

TEST(RuntimeExtractor, AProgramWithoutAWholeVersionIsNone) {
  const Extraction extraction = extract(RuntimeExtractor(), "usr/local/bin/ruby", "ruby 1.8)\nruby \n");
  EXPECT_THAT(extraction.packages, IsEmpty());
  EXPECT_THAT(extraction.warnings, IsEmpty());
}

TEST(RuntimeExtractor, TellsReleasesByTheirFiles) {
  struct Row {
    std::string_view path;
    std::string_view content;
    std::string_view package;  // empty: none
  };
  const Row rows[] = {
      {"opt/java/openjdk/release", "IMPLEMENTOR=\"Eclipse Adoptium\"\nJAVA_VERSION=\"17.0.9\"\n", "java 17.0.9"},
      {"opt/java/openjdk/release", "JAVA_VERSION=\"1.8.0_392\"\n", "java 8.0.392"},
      {"opt/java/openjdk/release", "JAVA_VERSION=\"17.0.4.1\"", "java 17.0.4"},
      {"opt/java/openjdk/release", "JAVA_VERSION=\"21\"", "java 21"},
      {"opt/java/openjdk/release", "JAVA_VERSION=\"\"", ""},
      {"opt/java/openjdk/release", "JAVA_VERSION=\"17 beta\"", ""},
      {"opt/app/release", "Release 7 of our application\n", ""},
      {"usr/local/go/VERSION", "go1.22.1\ntime 2024-02-29T18:18:48Z\n", "stdlib 1.22.1"},
      {"usr/local/go/VERSION", "go1.20.4-fips", "stdlib 1.20.4"},
      {"srv/www/VERSION", "2.0\n", ""},
      {"srv/www/VERSION", "", ""},
      {"usr/local/lib/erlang/releases/26/OTP_VERSION", "26.1.2\n", "erlang 26.1.2"},
      {"usr/local/lib/erlang/releases/26/OTP_VERSION", "\n", ""},
  };
  for (const Row& row : rows) {
    const RuntimeExtractor extractor;
    ASSERT_TRUE(extractor.wants(row.path)) << row.path;
    const auto packages = names_and_versions(extract(extractor, row.path, row.content).packages);
    EXPECT_EQ(packages.empty() ? "" : packages.front(), row.package) << row.path << " " << row.content;
  }
}

// Go's advisories know the commands of a tool chain by a name of their own.
TEST(RuntimeExtractor, AGoToolChainIsItsStandardLibraryAndItsCommands) {
  const Extraction extraction = extract(RuntimeExtractor(), "usr/local/go/VERSION", "go1.22.1\n");
  ASSERT_EQ(extraction.packages.size(), 2U);
  EXPECT_EQ(extraction.packages[0].purl, "pkg:golang/stdlib@1.22.1");
  EXPECT_EQ(extraction.packages[1].purl, "pkg:golang/toolchain@1.22.1");
}

// The interpreter that Debian built, as it lies on this machine.
TEST(RuntimeExtractor, TellsARealProgram) {
  const std::filesystem::path program = std::filesystem::canonical("/usr/bin/python3");
  std::ifstream file(program, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  layers::ContentRecogniser recogniser;
  recogniser.reset(runtime_mark(program.native()));
  constexpr std::size_t kPiece = 65'536;
  for (std::size_t at = 0; at < content.size(); at += kPiece) {
    if (!recogniser.feed(std::as_bytes(std::span(content).subspan(at, std::min(kPiece, content.size() - at))))) break;
  }
  recogniser.finish();
  const Extraction extraction =
      read_content(layers::kProgramTextKind, {.path = program.native(), .content = recogniser.program_text()});
  ASSERT_EQ(extraction.packages.size(), 1U) << recogniser.program_text();
  EXPECT_EQ(extraction.packages[0].name, "python");
  EXPECT_TRUE(("python" + extraction.packages[0].version).starts_with(program.filename().native() + "."));
}

}  // namespace
}  // namespace scanner::inventory
