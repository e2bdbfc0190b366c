#include "operator/reconcilers/inventory_attestation.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "scanner/report_json.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const base::Digest kManifest = base::Digest::of("image");
constexpr const char* kPlatform = "linux/amd64";

AttestedInventory sample() {
  scanner::Inventory inventory;
  inventory.digest = kManifest.text();
  inventory.platform = kPlatform;
  inventory.distribution.id = "debian";
  inventory.packages = {{.type = "deb", .name = "bash", .version = "5.2"}};
  inventory.complete = true;
  inventory.scanner_version = "0.1.0+1";
  return {.inventory = inventory, .attached_sboms = true};
}

std::string error_of(const json& statement) {
  try {
    static_cast<void>(parse_statement(statement.dump(), kManifest, kPlatform));
  } catch (const base::ParseError& error) {
    return error.what();
  }
  return "read";
}

TEST(InventoryAttestation, ComesBackAsItWasWritten) {
  const AttestedInventory before = sample();
  const std::string text = write_statement("registry:5000/shop/web", before);
  const AttestedInventory after = parse_statement(text, kManifest, kPlatform);
  EXPECT_EQ(scanner::write_inventory(after.inventory), scanner::write_inventory(before.inventory));
  EXPECT_TRUE(after.attached_sboms);
}

TEST(InventoryAttestation, IsAStatementThatOtherToolsUnderstand) {
  const json statement = json::parse(write_statement("registry:5000/shop/web", sample()));
  EXPECT_EQ(statement.at("_type"), "https://in-toto.io/Statement/v1");
  EXPECT_EQ(statement.at("predicateType"), kInventoryPredicate);
  ASSERT_EQ(statement.at("subject").size(), 1U);
  EXPECT_EQ(statement.at("subject").at(0).at("name"), "registry:5000/shop/web");
  EXPECT_EQ(statement.at("subject").at(0).at("digest").at("sha256"), kManifest.hex());
}

TEST(InventoryAttestation, WhatIsNotThisImagesInventoryIsRefused) {
  const json good = json::parse(write_statement("registry:5000/shop/web", sample()));
  ASSERT_EQ(error_of(good), "read");
  struct Row {
    const char* pointer;
    json value;
    const char* why;
  };
  const std::string other = base::Digest::of("another image").text();
  for (const Row& row : {
           Row{"/_type", "https://in-toto.io/Statement/v0.1", "not a statement of type"},
           Row{"/predicateType", "https://slsa.dev/provenance/v1", "not a statement of type"},
           Row{"/subject", json::array(), "about another manifest"},
           Row{"/subject/0/digest/sha256", base::Digest::of("another image").hex(), "about another manifest"},
           Row{"/predicate", json::array(), "whether attached SBOMs"},
           Row{"/predicate/attachedSboms", "yes", "whether attached SBOMs"},
           Row{"/predicate/inventory", nullptr, "inventory"},
           Row{"/predicate/inventory/digest", other, "its inventory is of "},
           Row{"/predicate/inventory/platform", "linux/arm64", "its inventory is of "},
           Row{"/predicate/inventory/version", 2, "version"},
       }) {
    json bad = good;
    bad[json::json_pointer(row.pointer)] = row.value;
    EXPECT_THAT(error_of(bad), HasSubstr(row.why)) << row.pointer;
  }
  EXPECT_THAT(error_of("text"), HasSubstr("not a statement"));
}

}  // namespace
}  // namespace pratique_operator::reconcilers
