#include "scanner/matching/fix_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scanner/matching/upgrade_command.h"

namespace scanner::matching {
namespace {

using advisories::Severity;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Vulnerability found(const std::string& type, const std::string& package, const std::string& fixed,
                    Severity severity = Severity::kHigh) {
  Vulnerability result;
  result.id = "CVE-1";
  result.package_type = type;
  result.package = package;
  result.installed = "1.0";
  result.fixed = fixed;
  result.severity = severity;
  return result;
}

Distribution distribution(const std::string& id, const std::string& version = "1") {
  return {.id = id, .version_id = version, .codename = "", .pretty_name = ""};
}

TEST(FixPlan, UpgradesEachPackageOnceToTheHighestOfItsFixes) {
  const FixPlan plan =
      fix_plan({found("pypi", "requests", "2.9.0"), found("pypi", "requests", "2.31.0", Severity::kLow),
                found("pypi", "requests", "2.20.0"), found("pypi", "requests", "")},
               {});
  ASSERT_THAT(plan.upgrades, SizeIs(1));
  EXPECT_EQ(plan.upgrades[0].to, "2.31.0") << "by the ecosystem's order, not by text";
  EXPECT_EQ(plan.upgrades[0].cleared(), 3U);
  EXPECT_EQ(plan.upgrades[0].clears[static_cast<std::size_t>(Severity::kHigh)], 2U);
  EXPECT_EQ(plan.upgrades[0].command, "pip install 'requests>=2.31.0'");
  EXPECT_EQ(plan.without_fix, 1U);
}

TEST(FixPlan, TheWorstAndTheMostComeFirst) {
  const FixPlan plan =
      fix_plan({found("npm", "many", "2", Severity::kLow), found("npm", "many", "2", Severity::kLow),
                found("npm", "high", "2", Severity::kHigh), found("npm", "bad", "2", Severity::kCritical),
                found("npm", "also-high", "2", Severity::kHigh)},
               {});
  std::vector<std::string> order;
  for (const Upgrade& upgrade : plan.upgrades) order.push_back(upgrade.package);
  EXPECT_THAT(order, testing::ElementsAre("bad", "also-high", "high", "many"));
}

TEST(FixPlan, TwoVersionsOfAPackageAreTwoUpgrades) {
  Vulnerability other = found("npm", "p", "3");
  other.installed = "2.0";
  EXPECT_THAT(fix_plan({found("npm", "p", "3"), other}, {}).upgrades, SizeIs(2));
  EXPECT_THAT(fix_plan({}, {}).upgrades, IsEmpty());
}

struct CommandRow {
  const char* type;
  const char* package;
  const char* distribution;
  const char* command;
};

TEST(UpgradeCommand, IsThatOfThePackageManagerAtHand) {
  const CommandRow rows[] = {
      {"npm", "@angular/core", "", "npm install @angular/core@2.0"},
      {"golang", "golang.org/x/net", "", "go get golang.org/x/net@v2.0"},
      {"golang", "stdlib", "", "build it again with Go 2.0 or later"},
      {"gem", "rails", "", "gem install rails --version '>= 2.0'"},
      {"composer", "guzzlehttp/psr7", "", "composer require 'guzzlehttp/psr7:>=2.0'"},
      {"nuget", "newtonsoft.json", "", "dotnet add package newtonsoft.json --version 2.0"},
      {"cargo", "time", "", "cargo update --package time --precise 2.0"},
      {"maven", "org.x:y", "", "set org.x:y to version 2.0 in pom.xml or build.gradle"},
      {"bitnami", "node", "", "install node 2.0 or later, or take a newer base image"},
      {"julia", "X", "", ""},
      {"npm", "a;rm -rf ~", "", ""},
      {"npm", "$(x)", "", ""},
  };
  for (const CommandRow& row : rows) {
    EXPECT_EQ(upgrade_command(found(row.type, row.package, "2.0"), "2.0", distribution(row.distribution)), row.command)
        << row.package;
  }
}

TEST(UpgradeCommand, OfADistributionNamesTheBinariesInTheImage) {
  Vulnerability openssl = found("deb", "openssl", "1.1");
  openssl.purls = {"pkg:deb/debian/libssl3@1.0?arch=amd64", "pkg:deb/debian/openssl-own@9.9?arch=amd64"};
  EXPECT_EQ(upgrade_command(openssl, "1.1", distribution("debian")),
            "apt-get install --only-upgrade libssl3=1.1 openssl-own")
      << "a binary with a version of its own gets none";
  Vulnerability musl = found("apk", "musl", "1.1");
  musl.purls = {"pkg:apk/alpine/musl@1.0?arch=x86_64"};
  EXPECT_EQ(upgrade_command(musl, "1.1", distribution("alpine")), "apk add --upgrade 'musl>=1.1'");

  Vulnerability curl = found("rpm", "curl", "1.1");
  curl.purls = {"pkg:rpm/redhat/curl@1.0?arch=x86_64"};
  Vulnerability zlib = found("alpm", "zlib", "1.1");
  zlib.purls = {"pkg:alpm/arch/zlib@1.0?arch=x86_64"};
  EXPECT_EQ(upgrade_command(zlib, "1.1", distribution("arch")), "pacman -Syu zlib");
  const std::tuple<const char*, const char*, const char*> rows[] = {
      {"rhel", "9.2", "dnf upgrade curl"},       {"centos", "7", "yum update curl"},
      {"amzn", "2", "yum update curl"},          {"amzn", "2023", "dnf upgrade curl"},
      {"sles", "15.4", "zypper update curl"},    {"opensuse-leap", "15.5", "zypper update curl"},
      {"photon", "3.0", "tdnf update curl"},     {"fedora", "40", "dnf upgrade curl"},
      {"azurelinux", "3.0", "tdnf update curl"},
  };
  for (const auto& [id, version, command] : rows) {
    EXPECT_EQ(upgrade_command(curl, "1.1", distribution(id, version)), command) << id;
  }
}

TEST(UpgradeCommand, SaysThatOnlySubscribersHaveTheFix) {
  Vulnerability vips = found("deb", "vips", "8.12.1-1ubuntu0.1~esm1");
  vips.purls = {"pkg:deb/ubuntu/libvips42@1.0?arch=amd64"};
  EXPECT_EQ(upgrade_command(vips, vips.fixed, distribution("ubuntu")),
            "apt-get install --only-upgrade libvips42=8.12.1-1ubuntu0.1~esm1  # with Ubuntu Pro, which alone has it");
}

TEST(Remediation, SaysWhatToDoOrThatNothingIsKnown) {
  EXPECT_EQ(remediation(found("npm", "p", "2.0"), {}), "Upgrade p to 2.0: npm install p@2.0");
  EXPECT_EQ(remediation(found("julia", "P", "2.0"), {}), "Upgrade P to 2.0.");
  EXPECT_THAT(remediation(found("deb", "p", ""), {}), HasSubstr("newer base image"));
  EXPECT_THAT(remediation(found("npm", "p", ""), {}), HasSubstr("No version of p that mends it is known"));
  Vulnerability refused = found("rpm", "vim", "");
  refused.without_fix = "Will not fix";
  EXPECT_THAT(remediation(refused, {}),
              HasSubstr("No version of vim that mends it is known (the vendor: Will not fix);"));
}

}  // namespace
}  // namespace scanner::matching
