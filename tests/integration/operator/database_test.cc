// An advisory database that is missing, cut off or older: what the VulnerabilityDatabase says, and that no image is
// called clean for the want of one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/integration/operator/installed_operator.h"
#include "tests/support/compress.h"
#include "tests/support/sample_image.h"

namespace pratique_operator {
namespace {

using ::testing::HasSubstr;
using tests::eventually;
using tests::InstalledOperator;
using tests::message_of;
using tests::state_of;

class AdvisoryDatabase : public ::testing::Test {
 protected:
  crds::VulnerabilityDatabaseStatus status() const {
    return cluster_.admin()
        ->get(crds::kVulnerabilityDatabase, {"", "default"})
        ->get<crds::VulnerabilityDatabase>()
        .status;
  }
  bool eventually_says(const std::string& type, const std::string& state) const {
    return eventually([&] { return state_of(status().conditions, type) == state; });
  }

  InstalledOperator& cluster_ = InstalledOperator::instance();
};

TEST_F(AdvisoryDatabase, AFileThatIsSpoiledIsRefusedAndTheLastGoodOneStays) {
  ASSERT_TRUE(eventually_says("Ready", "True/Active"));
  const std::optional<std::int64_t> before = status().active_generation;
  const std::string newer = cluster_.build_database();
  cluster_.set_database_file(newer);
  ASSERT_TRUE(eventually([&] { return status().active_generation > before; }));
  struct Row {
    std::optional<std::string> file;
    const char* says;
  } const rows[] = {
      {newer.substr(0, newer.size() / 2), "build or fetch it again"},
      {cluster_.first_database(), "is older than"},
      {std::nullopt, "there is no file"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.says);
    cluster_.set_database_file(row.file);
    EXPECT_TRUE(eventually([&] { return message_of(status().conditions, "Held").find(row.says) != std::string::npos; }))
        << nlohmann::json(status()).dump(1);
    EXPECT_EQ(state_of(status().conditions, "Held"), "True/FileRefused");
    EXPECT_THAT(message_of(status().conditions, "Held"), HasSubstr(cluster_.database_path()));
    EXPECT_EQ(state_of(status().conditions, "Ready"), "True/Active") << "the last good one";
  }
  cluster_.set_database_file(newer);
  EXPECT_TRUE(eventually_says("Held", "False/Current"));
}

TEST_F(AdvisoryDatabase, ABundleOfARegistryCountsBeforeTheFile) {
  tests::FollowedNamespace followed("bundle");
  const std::optional<std::int64_t> before = status().active_generation;
  const std::string newer = cluster_.build_database();
  tests::FakeRegistry& registry = followed.registry();
  registry.add_artifact(newer, "application/vnd.pratique.database.v1+lmdb", "latest");
  const auto set_bundle = [this](const nlohmann::json& bundle) {
    cluster_.admin()->merge_patch(crds::kVulnerabilityDatabase, {"", "default"}, {{"spec", {{"bundle", bundle}}}}, "");
  };
  set_bundle({{"oci", registry.host() + "/advisories:latest"}});
  EXPECT_TRUE(eventually([&] { return status().active_generation > before; })) << nlohmann::json(status()).dump(1);

  set_bundle({{"oci", registry.host() + "/advisories:none"}});
  EXPECT_TRUE(
      eventually([&] { return message_of(status().conditions, "Held").find("advisories:none") != std::string::npos; }));
  EXPECT_EQ(state_of(status().conditions, "Ready"), "True/Active") << "the last good one";
  set_bundle(nullptr);
  cluster_.set_database_file(cluster_.build_database());
  EXPECT_TRUE(eventually_says("Held", "False/Current"));
}

TEST_F(AdvisoryDatabase, WithoutOneNoImageIsCalledClean) {
  const std::string good = cluster_.build_database();
  tests::FollowedNamespace followed("bare");
  followed.registry().add_image(tests::gzip(tests::sample_layer()), "1");
  cluster_.end_leader(SIGTERM);
  cluster_.end_leader(SIGTERM);
  cluster_.set_database_file(std::nullopt);
  cluster_.start_missing_replicas();
  EXPECT_TRUE(eventually_says("Ready", "False/NoDatabase"));
  EXPECT_THAT(message_of(status().conditions, "Ready"), HasSubstr("pratique database build"));

  const kubernetes::ObjectKey key =
      tests::create_scan(followed.name(), "web", {{"image", followed.registry().host() + "/shop/web:1"}});

  ASSERT_TRUE(eventually(
      [&] { return state_of(tests::stored_scan(key).status.conditions, crds::kScanned) == "False/NoDatabase"; }));
  EXPECT_FALSE(tests::stored_scan(key).status.counts.has_value());
  EXPECT_THAT(state_of(tests::stored_scan(key).status.conditions, crds::kReady), HasSubstr("NoDatabase"));
  cluster_.set_database_file(good);
  EXPECT_TRUE(eventually([&] {
    return state_of(tests::stored_scan(key).status.conditions, crds::kScanned) == "True/Scanned";
  })) << "matched by itself once there is one";
  EXPECT_EQ(tests::stored_scan(key).status.counts->critical, 1);
}

}  // namespace
}  // namespace pratique_operator
