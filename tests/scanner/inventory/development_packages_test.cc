#include "scanner/inventory/development_packages.h"

#include <gtest/gtest.h>

namespace scanner::inventory {
namespace {

using Use = DevelopmentPackages::Use;

TEST(DevelopmentPackages, AreThoseThatTheProgramDoesNotNeed) {
  DevelopmentPackages packages;
  for (const char* name : {"web", "shared", "jest", "matcher", "orphan"}) packages.add_package(name);
  packages.add_root("web", Use::kProgram);
  packages.add_root("jest", Use::kDevelopment);
  packages.add_need("web", "shared");
  packages.add_need("jest", "shared");
  packages.add_need("jest", "matcher");
  packages.add_need("matcher", "jest");
  packages.resolve();
  EXPECT_TRUE(packages.contains("jest"));
  EXPECT_TRUE(packages.contains("matcher"));
  EXPECT_FALSE(packages.contains("web"));
  EXPECT_FALSE(packages.contains("shared")) << "both need it";
  EXPECT_FALSE(packages.contains("orphan")) << "nobody tells what it is for";
}

TEST(DevelopmentPackages, InDoubtAreNone) {
  DevelopmentPackages packages;
  packages.add_package("web");
  packages.add_package("jest");
  packages.add_root("web", Use::kProgram);
  packages.add_root("jest", Use::kDevelopment);
  packages.add_need("web", "what the file does not have");
  packages.resolve();
  EXPECT_FALSE(packages.contains("jest"));
}

TEST(DevelopmentPackages, AreOfGroupsThatAreNamedSo) {
  for (const char* name : {"dev", "development", "test", "tests", "lint"}) EXPECT_TRUE(is_development_group(name));
  for (const char* name : {"", "main", "default", "prod", "docs", "device"}) EXPECT_FALSE(is_development_group(name));
}

}  // namespace
}  // namespace scanner::inventory
