#include "crds/object_names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace crds {
namespace {

const std::string kHex(64, 'a');

// RFC 1123 subdomain, as the API server checks names.
bool is_subdomain(const std::string& name) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (name.empty() || name.size() > 253) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (alphanumeric(name[i])) continue;
    const bool inner = i > 0 && i + 1 < name.size();
    if (!inner || (name[i] != '-' && name[i] != '.')) return false;
    if (name[i] == '.' && !(alphanumeric(name[i - 1]) && alphanumeric(name[i + 1]))) return false;
  }
  return true;
}

std::string scan_name(const std::string& reference) {
  return image_scan_name(base::parse_image_reference(reference));
}

TEST(ImageScanName, ShowsTheRepositorysLastPartAndTheTag) {
  struct Row {
    std::string reference;
    std::string begins;
  };
  const std::vector<Row> rows{
      {"registry:5000/shop/web:1", "web-1-"},
      {"nginx", "nginx-latest-"},
      {"registry.example.com/a/b/c:v1.2.3", "c-v1.2.3-"},
      {"registry/web:V1_2..-x", "web-v1-2---x-"},
      {"registry/my__image:1", "my--image-1-"},
      {"registry/web@sha256:" + kHex, "web-aaaaaaaaaaaa-"},
      {"registry/web:1@sha256:" + kHex, "web-1-"},
      {"registry/web:___", "web-x-"},
  };
  for (const Row& row : rows) {
    const std::string name = scan_name(row.reference);
    EXPECT_EQ(name.substr(0, row.begins.size()), row.begins) << row.reference;
    EXPECT_EQ(name.size(), row.begins.size() + 10) << row.reference;
    EXPECT_TRUE(is_subdomain(name)) << name;
  }
}

TEST(ImageScanName, IsTheSameForTheSameReferenceAlone) {
  EXPECT_EQ(scan_name("nginx"), scan_name("docker.io/library/nginx:latest"));
  const std::set<std::string> names{scan_name("a/web:1"),   scan_name("a/web:1@sha256:" + kHex), scan_name("b/web:1"),
                                    scan_name("a/x/web:1"), scan_name("a/web@sha256:" + kHex),   scan_name("a/web:2")};
  EXPECT_EQ(names.size(), 6U);
}

TEST(ImageScanName, StaysAnAllowedNameForTheLongestReference) {
  const std::string name = scan_name("registry.example.com/" + std::string(200, 'r') + ":" + std::string(128, 'T'));
  EXPECT_TRUE(is_subdomain(name)) << name;
  EXPECT_LE(name.size(), 150U);
}

TEST(ImageReportName, IsTheDigest) {
  EXPECT_EQ(image_report_name(*base::Digest::parse("sha256:" + kHex)), "sha256-" + kHex);
}

TEST(FindingName, BeginsWithTheIdAndTellsPackagesApart) {
  const std::string openssl = finding_name({"CVE-2024-0727", "deb", "openssl"});
  EXPECT_EQ(openssl.substr(0, 14), "cve-2024-0727-");
  EXPECT_EQ(openssl.size(), 14U + 8U);
  const std::set<std::string> names{openssl, finding_name({"CVE-2024-0727", "deb", "openssl1.1"}),
                                    finding_name({"CVE-2024-0727", "apk", "openssl"}),
                                    finding_name({"CVE-2024-0728", "deb", "openssl"})};
  EXPECT_EQ(names.size(), 4U);
}

TEST(FindingName, TellsIdsApartThatLookAlikeInLowerCase) {
  EXPECT_NE(finding_name({"GHSA-AAAA", "npm", "x"}), finding_name({"ghsa-aaaa", "npm", "x"}));
}

TEST(FindingName, IsAnAllowedNameForAnyId) {
  for (const std::string id : {"", "-x", "CVE-2024-1", "a b/c:d", "\xc3\xa9", "GO-2024-0001"}) {
    EXPECT_TRUE(is_subdomain(finding_name({id, "deb", "p"}))) << id;
  }
  EXPECT_TRUE(is_subdomain(finding_name({std::string(5000, 'X'), "deb", "p"})));
}

TEST(ManifestOfReport, IsWhatTheNameWasMadeOf) {
  const base::Digest digest = base::Digest::of("manifest");
  EXPECT_EQ(manifest_of_report(image_report_name(digest)), digest);
  EXPECT_FALSE(manifest_of_report("sha256-beef"));
  EXPECT_FALSE(manifest_of_report("sha512-" + digest.hex()));
  EXPECT_FALSE(manifest_of_report(digest.text()));
  EXPECT_FALSE(manifest_of_report(""));
}

}  // namespace
}  // namespace crds
