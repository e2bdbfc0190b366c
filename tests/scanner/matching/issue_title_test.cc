#include "scanner/matching/issue_title.h"

#include <gtest/gtest.h>

#include "tests/scanner/advisories/database_fixture.h"

namespace scanner::matching {
namespace {

std::string record(const std::string& id, const std::string& more, const std::string& ecosystem,
                   const std::string& package) {
  return R"({"id":")" + id + "\"," + more + R"("affected":[{"package":{"ecosystem":")" + ecosystem + R"(","name":")" +
         package + R"("},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]}]})";
}

class IssueTitleTest : public testing::Test {
 protected:
  void SetUp() override {
    fixture_.write("osv/a.json",
                   record("DEBIAN-CVE-1", R"("upstream":["CVE-1"],"summary":"in Debian 12",)", "Debian:12", "openssl"));
    fixture_.write("osv/b.json", record("CVE-1", R"("summary":"in Alpine 3.20",)", "Alpine:v3.20", "openssl"));
    fixture_.write("osv/c.json", record("CVE-2", "", "PyPI", "flask-cors"));
    fixture_.write("osv/d.json",
                   record("GHSA-2", R"("aliases":["CVE-2"],"summary":"of another record",)", "PyPI", "flask-cors"));
    fixture_.write("osv/e.json", record("CVE-3", R"("summary":"of a package",)", "npm", "@scope/name"));
    fixture_.write("osv/f.json",
                   record("RLSA-1", R"("upstream":["CVE-4"],"summary":"of a source",)", "Rocky Linux:9", "curl"));
    static_cast<void>(fixture_.build({"osv:osv"}));
    database_ = fixture_.open();
  }

  tests::DatabaseFixture fixture_;
  std::shared_ptr<const advisories::Database> database_;
};

TEST_F(IssueTitleTest, IsLookedUpWhereTheIssueWasFound) {
  struct Row {
    const char* what;
    IssuePlace place;
    const char* title;
  };
  const Row rows[] = {
      {"a Debian source package, by an alias",
       {"CVE-1", "openssl", "pkg:deb/debian/libssl3@3?arch=amd64&distro=debian-12"},
       "in Debian 12"},
      {"a point release", {"CVE-1", "openssl", "pkg:deb/debian/libssl3@3?distro=debian-12.5#x"}, "in Debian 12"},
      {"the same issue elsewhere",
       {"CVE-1", "openssl", "pkg:apk/alpine/libssl3@3?arch=x86_64&distro=alpine-3.20.1"},
       "in Alpine 3.20"},
      {"a record without a title beside one with",
       {"CVE-2", "Flask_Cors", "pkg:pypi/flask-cors@1"},
       "of another record"},
      {"a scoped package", {"CVE-3", "@scope/name", "pkg:npm/%40scope/name@1.0.0"}, "of a package"},
      {"an rpm's source package",
       {"CVE-4", "curl", "pkg:rpm/rocky/libcurl@7.76.1-26.el9?distro=rocky-9.3"},
       "of a source"},
      {"another issue", {"CVE-9", "openssl", "pkg:deb/debian/libssl3@3?distro=debian-12"}, ""},
      {"another package", {"CVE-1", "curl", "pkg:deb/debian/curl@3?distro=debian-12"}, ""},
      {"another release", {"CVE-1", "openssl", "pkg:deb/debian/libssl3@3?distro=debian-11"}, ""},
      {"no distribution", {"CVE-1", "openssl", "pkg:deb/debian/libssl3@3"}, ""},
      {"a distribution without release", {"CVE-1", "openssl", "pkg:deb/debian/libssl3@3?distro=debian"}, ""},
      {"no purl", {"CVE-1", "openssl", ""}, ""},
      {"half a purl", {"CVE-1", "openssl", "pkg:"}, ""},
  };
  for (const Row& row : rows) EXPECT_EQ(issue_title(*database_, row.place), row.title) << row.what;
}

}  // namespace
}  // namespace scanner::matching
