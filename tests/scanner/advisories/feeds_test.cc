// The feeds on files: OSV in its three forms, Alpine's secdb, Debian's OVAL.
#include "scanner/advisories/feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/error.h"
#include "tests/scanner/advisories/database_fixture.h"
#include "tests/scanner/advisories/feed_result.h"

namespace scanner::advisories {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using tests::FeedResult;
using tests::read_feed;

std::string osv(const std::string& id) {
  return R"({"id":")" + id + R"(","affected":[{"package":{"ecosystem":"npm","name":"p"},"versions":["1.0.0"]}]})";
}

void run(const std::string& command) {
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

class FeedsTest : public testing::Test {
 protected:
  void overwrite(const std::string& path, std::streamoff offset, char byte) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(offset);
    file.put(byte);
  }
  tests::DatabaseFixture fixture;
};

TEST_F(FeedsTest, OsvIsAFileADirectoryOrAZip) {
  fixture.write("osv/a.json", osv("A-1"));
  fixture.write("osv/below/b.json", osv("B-1"));
  fixture.write("osv/README.md", "not a record");
  run("cd " + fixture.path("osv") + " && python3 -m zipfile -c ../all.zip a.json below/b.json README.md");
  run("cd " + fixture.path("osv") +
      " && python3 -c \"import zipfile; z = zipfile.ZipFile('../stored.zip', 'w'); z.write('a.json')\"");

  EXPECT_THAT(read_feed("osv", fixture.path("osv/a.json")).advisories, SizeIs(1));
  EXPECT_EQ(read_feed("osv", fixture.path("osv")).summary.records, 2U);
  EXPECT_EQ(read_feed("osv", fixture.path("all.zip")).summary.records, 2U);
  EXPECT_THAT(read_feed("osv", fixture.path("stored.zip")).advisories, SizeIs(1));
}

TEST_F(FeedsTest, AZip64IsRead) {
  run("python3 -c \"import zipfile; z = zipfile.ZipFile('" + fixture.path("many.zip") +
      "', 'w', zipfile.ZIP_DEFLATED)\nfor i in range(65600): z.writestr(f'{i}.txt', '')\nz.writestr('a.json', "
      "'{\\\"id\\\": \\\"A-1\\\"}')\nz.close()\"");
  EXPECT_EQ(read_feed("osv", fixture.path("many.zip")).summary.records, 1U);
}

TEST_F(FeedsTest, ADamagedZipIsNamed) {
  fixture.write("a.json", osv("A-1"));
  run("cd " + fixture.path("") + " && python3 -m zipfile -c all.zip a.json");
  const std::string zip = fixture.path("all.zip");
  const auto size = std::filesystem::file_size(zip);

  overwrite(zip, 45, '\x7e');
  EXPECT_THROW(static_cast<void>(read_feed("osv", zip)), base::ParseError) << "a byte of the data";
  for (std::uintmax_t left = size - 1; left > 0; left -= 7 < left ? 7 : left) {
    std::filesystem::resize_file(zip, left);
    EXPECT_THROW(static_cast<void>(read_feed("osv", zip)), base::ParseError) << left;
  }
  fixture.write("empty.zip", "");
  EXPECT_THROW(static_cast<void>(read_feed("osv", fixture.path("empty.zip"))), base::ParseError);
}

TEST_F(FeedsTest, AnEmptyDirectoryIsAMistake) {
  std::filesystem::create_directory(fixture.path("empty"));
  EXPECT_THROW(static_cast<void>(read_feed("osv", fixture.path("empty"))), base::ConfigError);
}

TEST_F(FeedsTest, SecdbGivesOneIssueForEachCve) {
  fixture.write("main.json", R"({"distroversion":"v3.18","reponame":"main","packages":[{"pkg":{"name":"xen","secfixes":{
    "4.12.1-r0":["CVE-2019-17349 CVE-2019-17350 XSA-295"],
    "4.10.0-r1":["XSA-248"],
    "0":["CVE-2020-29568 XSA-349"]}}},
    {"pkg":{"name":"busybox","secfixes":{"1.30.0-r1":["CVE-2018-1"],"1.35.0-r2":["CVE-2018-1"]}}}]})");

  const FeedResult feed = read_feed("alpine-secdb", fixture.path("main.json"));

  ASSERT_THAT(feed.advisories, SizeIs(5));
  EXPECT_EQ(feed.advisories[0].id, "CVE-2019-17349");
  EXPECT_THAT(feed.advisories[0].aliases, ElementsAre("XSA-295"));
  EXPECT_EQ(feed.advisories[0].ecosystem, "apk:alpine:3.18");
  EXPECT_THAT(feed.advisories[0].intervals, ElementsAre(Interval{"", "4.12.1-r0", ""}));
  EXPECT_EQ(feed.advisories[1].id, "CVE-2019-17350");
  EXPECT_EQ(feed.advisories[2].status, Status::kNotAffected);
  EXPECT_EQ(feed.advisories[3].id, "XSA-248");
  EXPECT_THAT(feed.advisories[4].intervals, SizeIs(2)) << "it came back and was fixed again";
  EXPECT_THAT(feed.ecosystems, ElementsAre("apk:alpine:3.18"));
}

TEST_F(FeedsTest, SecdbMendsSlipsInVersionsAndNotesWhatItCannot) {
  fixture.write("main.json", R"({"distroversion":"v3.9","packages":[{"pkg":{"name":"p","secfixes":{
    "1.7.5.-r1":["CVE-1"],"0.8.21.r2":["CVE-2"],"4.10-1-r1":["CVE-3"],"?":["CVE-4"]}}}]})");

  const FeedResult feed = read_feed("alpine-secdb", fixture.path("main.json"));

  ASSERT_THAT(feed.advisories, SizeIs(4));
  EXPECT_EQ(feed.advisories[0].intervals[0].fixed, "1.7.5-r1");
  EXPECT_EQ(feed.advisories[1].intervals[0].fixed, "0.8.21-r2");
  EXPECT_EQ(feed.advisories[2].intervals[0].fixed, "4.10.1-r1");
  EXPECT_THAT(feed.notes, SizeIs(1));
}

TEST_F(FeedsTest, SecdbOfWolfiAndChainguardIsToldByItsAddress) {
  const auto secdb = [](const std::string& address) {
    return R"({"apkurl":"{{urlprefix}}/{{arch}}/{{pkg.name}}.apk","archs":["x86_64"],"reponame":"os","urlprefix":")" +
           address + R"(","packages":[{"pkg":{"name":"curl","secfixes":{"8.1.0-r0":["CVE-2023-1"]}}}]})";
  };
  const std::pair<const char*, const char*> rows[] = {{"https://packages.wolfi.dev", "apk:wolfi"},
                                                      {"https://packages.cgr.dev/chainguard", "apk:chainguard"}};
  for (const auto& [address, ecosystem] : rows) {
    fixture.write("security.json", secdb(address));
    const FeedResult feed = read_feed("alpine-secdb", fixture.path("security.json"));
    EXPECT_THAT(feed.ecosystems, ElementsAre(ecosystem));
    EXPECT_THAT(feed.advisories, SizeIs(1));
  }
  fixture.write("security.json", secdb("https://example.com"));
  EXPECT_THROW(static_cast<void>(read_feed("alpine-secdb", fixture.path("security.json"))), base::ParseError);
}

TEST_F(FeedsTest, SecdbThatIsNoneIsRefused) {
  for (const char* text :
       {"{}", "[]", "", R"({"distroversion":"v3.9"})", R"({"distroversion":"","packages":[]})", "{\"distroversion\""}) {
    fixture.write("main.json", text);
    EXPECT_THROW(static_cast<void>(read_feed("alpine-secdb", fixture.path("main.json"))), base::ParseError) << text;
  }
}

std::string oval(const std::string& definitions) {
  return R"(<?xml version='1.0'?><oval_definitions xmlns:oval="x"><generator><oval:timestamp>2023-07-14T03:39:10.188-04:00</oval:timestamp></generator>
<definitions>)" +
         definitions + "</definitions><tests/></oval_definitions>";
}

std::string definition(const std::string& title, const std::string& comment,
                       const std::string& platform = "Debian GNU/Linux 12", const std::string& more = "") {
  return "<definition class=\"vulnerability\"><metadata><title>" + title + "</title><affected><platform>" + platform +
         "</platform></affected>" + more +
         "<description>It &lt;breaks&gt;.\nMore.</description></metadata><criteria><criteria><criterion comment=\"all "
         "architecture\"/>"
         "<criterion comment=\"" +
         comment + "\"/></criteria></criteria></definition>\n";
}

TEST_F(FeedsTest, OvalNamesFixesAndTheirAbsence) {
  const std::string references =
      R"(<reference source="CVE" ref_id="CVE-2023-2"/><reference source="CVE" ref_id="CVE-2023-1"/><debian><date date="2023-05-31"/></debian>)";
  fixture.write("d.xml", oval(definition("CVE-2023-0464 openssl", "openssl DPKG is earlier than 3.0.9-1") +
                              definition("CVE-1999-0001 net-tools", "net-tools DPKG is earlier than 0") +
                              definition("DSA-5417-1 openssl", "openssl DPKG is earlier than 3.0.9-1",
                                         "Debian GNU/Linux 12", references)));

  const FeedResult feed = read_feed("debian-oval", fixture.path("d.xml"));

  ASSERT_THAT(feed.advisories, SizeIs(3));
  EXPECT_EQ(feed.advisories[0].id, "CVE-2023-0464");
  EXPECT_EQ(feed.advisories[0].package, "openssl");
  EXPECT_EQ(feed.advisories[0].ecosystem, "deb:debian:12");
  EXPECT_EQ(feed.advisories[0].title, "It <breaks>.");
  EXPECT_THAT(feed.advisories[0].intervals, ElementsAre(Interval{"", "3.0.9-1", ""}));
  EXPECT_THAT(feed.advisories[1].intervals, ElementsAre(Interval{"", "", ""}));
  EXPECT_EQ(feed.advisories[2].id, "DSA-5417-1");
  EXPECT_THAT(feed.advisories[2].aliases, ElementsAre("CVE-2023-1", "CVE-2023-2"));
  EXPECT_EQ(feed.advisories[2].fix_date, "2023-05-31T00:00:00Z");
  EXPECT_THAT(feed.ecosystems, ElementsAre("deb:debian:12"));
  EXPECT_EQ(feed.summary.newest, "2023-07-14T03:39:10.188-04:00");
}

TEST_F(FeedsTest, OvalIsReadFromBzip2InAnyNumberOfStreams) {
  fixture.write("one", oval(definition("CVE-1 p", "p DPKG is earlier than 1")).substr(0, 100));
  fixture.write("two", oval(definition("CVE-1 p", "p DPKG is earlier than 1")).substr(100));
  run("cd " + fixture.path("") + " && bzip2 -k one two && cat one.bz2 two.bz2 > d.xml.bz2");

  EXPECT_THAT(read_feed("debian-oval", fixture.path("d.xml.bz2")).advisories, SizeIs(1));

  const auto size = std::filesystem::file_size(fixture.path("d.xml.bz2"));
  for (std::uintmax_t left = size - 1; left > 0; left -= 5 < left ? 5 : left) {
    std::filesystem::resize_file(fixture.path("d.xml.bz2"), left);
    EXPECT_THROW(static_cast<void>(read_feed("debian-oval", fixture.path("d.xml.bz2"))), base::ParseError) << left;
  }
}

TEST_F(FeedsTest, OvalSkipsWithANoteWhatNamesNoReleaseOrVersion) {
  fixture.write("d.xml", oval(definition("CVE-1 p", "p DPKG is earlier than 1") + definition("CVE-2 p", "p is odd") +
                              definition("CVE-3 p", "p DPKG is earlier than 1", "Ubuntu 22.04")));

  const FeedResult feed = read_feed("debian-oval", fixture.path("d.xml"));

  EXPECT_THAT(feed.advisories, SizeIs(1));
  EXPECT_THAT(feed.notes, SizeIs(2));
  EXPECT_THAT(feed.notes[0].place, HasSubstr("d.xml:5"));
}

TEST_F(FeedsTest, OvalThatIsNoneIsRefusedWithItsLine) {
  const std::pair<std::string, const char*> rows[] = {
      {"", "d.xml:1"},
      {"<html/>", "not an OVAL file"},
      {"<oval_definitions>\n\n</wrong>", "d.xml:3"},
      {oval(""), "no definition"},
      {"<!DOCTYPE x [<!ENTITY a \"aaaa\">]><oval_definitions/>", "document type"},
      {"<oval_definitions>" +
           [] {
             std::string deep;
             for (int i = 0; i < 100; ++i) deep += "<a>";
             return deep;
           }(),
       "deeper than 64"},
  };
  for (const auto& [text, message] : rows) {
    fixture.write("d.xml", text);
    EXPECT_THAT(tests::feed_error("debian-oval", fixture.path("d.xml")), HasSubstr(message));
  }
}

}  // namespace
}  // namespace scanner::advisories
