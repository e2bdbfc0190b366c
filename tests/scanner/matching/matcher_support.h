// Packages, images and records of the matcher's tests.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "scanner/matching/matcher.h"
#include "tests/scanner/advisories/database_fixture.h"

namespace scanner::matching {

inline std::string osv(const std::string& id, const std::string& ecosystem, const std::string& package,
                       const std::string& fixed, const std::string& more = "") {
  return R"({"id":")" + id + "\"," + more + R"("affected":[{"package":{"ecosystem":")" + ecosystem + R"(","name":")" +
         package + R"("},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":")" + fixed +
         R"("}]}]}]})";
}

inline std::string vector_field(const std::string& vector) {
  return R"("severity":[{"type":"CVSS_V3","score":")" + vector + R"("}],)";
}

inline constexpr const char* kCriticalVector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
inline constexpr const char* kHighVector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N";

inline Package package(std::string type, std::string name, std::string version) {
  Package result;
  result.type = std::move(type);
  result.name = std::move(name);
  result.version = std::move(version);
  result.purl = "pkg:" + result.type + "/" + result.name + "@" + result.version;
  result.layer = "sha256:layer";
  result.path = "path/of/" + result.name;
  return result;
}

inline Package binary(std::string name, std::string version, std::string source) {
  Package result = package("deb", std::move(name), std::move(version));
  result.source = std::move(source);
  return result;
}

inline Inventory debian(std::vector<Package> packages) {
  Inventory inventory;
  inventory.distribution.id = "debian";
  inventory.distribution.version_id = "12";
  inventory.packages = std::move(packages);
  return inventory;
}

inline Inventory almalinux(std::vector<Package> packages) {
  Inventory inventory = debian(std::move(packages));
  inventory.distribution.id = "almalinux";
  inventory.distribution.version_id = "9.3";
  return inventory;
}

inline Package rpm(std::string name, std::string version, std::string module = "") {
  Package result = package("rpm", std::move(name), std::move(version));
  result.source = "another-name";
  result.module = std::move(module);
  return result;
}

inline Package rpm_of(std::string source, std::string name, std::string version) {
  Package result = rpm(std::move(name), std::move(version));
  result.source = std::move(source);
  return result;
}

inline Inventory rpm_image(std::string id, std::string release, std::vector<Package> packages) {
  Inventory inventory = debian(std::move(packages));
  inventory.distribution.id = std::move(id);
  inventory.distribution.version_id = std::move(release);
  return inventory;
}

// A database of OSV records, and a matcher on it.
class MatcherFixture : public testing::Test {
 protected:
  Matcher matcher() {
    static_cast<void>(fixture.build({"osv:osv"}));
    return Matcher(fixture.open());
  }
  void advise(const std::string& name, const std::string& json) { fixture.write("osv/" + name + ".json", json); }

  tests::DatabaseFixture fixture;
};

}  // namespace scanner::matching
