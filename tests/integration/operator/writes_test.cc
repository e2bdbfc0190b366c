// How often the operator writes to the API server, by the server's own audit log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crds/object_names.h"
#include "tests/integration/operator/installed_operator.h"
#include "tests/support/compress.h"
#include "tests/support/sample_image.h"

namespace pratique_operator {
namespace {

using std::chrono::seconds;
using tests::eventually;
using tests::InstalledOperator;
using tests::state_of;

class Writes : public ::testing::Test {
 protected:
  kubernetes::ObjectKey create_scan(const std::string& name) const {
    return tests::create_scan(ns_, name, {{"image", registry_.host() + "/shop/web:" + name}});
  }
  std::size_t asked_for(const std::string& tag) const {
    std::size_t count = 0;
    for (const auto& seen : registry_.seen()) {
      count += seen.method == "GET" && seen.target == "/v2/shop/web/manifests/" + tag ? 1 : 0;
    }
    return count;
  }

  InstalledOperator& cluster_ = InstalledOperator::instance();
  tests::FollowedNamespace followed_{"writes"};
  const std::string& ns_ = followed_.name();
  tests::FakeRegistry& registry_ = followed_.registry();
};

// Three looks at the database's file, seven renewals of the Lease and as many looks at it by the other replica lie in
// the time in which nothing may be written.
TEST_F(Writes, AScanCostsAFewAndThenTheOperatorRests) {
  const tests::FakeImage image = registry_.add_image(tests::gzip(tests::sample_layer() + std::string(1024, '\0')), "1");

  const kubernetes::ObjectKey key = create_scan("1");

  ASSERT_TRUE(eventually(
      [&] { return state_of(tests::stored_scan(key).status.conditions, crds::kScanned) == "True/Scanned"; }));
  EXPECT_TRUE(tests::operator_rests(seconds(15)));
  EXPECT_EQ(tests::count_writes("imagereports", {"", crds::image_report_name(image.manifest)}), 1U);
  EXPECT_LE(tests::count_writes("imagescans/status", key), 4U);
  EXPECT_EQ(tests::count_writes("imagescans", key), 0U) << "its spec is not ours";
  EXPECT_EQ(asked_for("1"), 1U);
  const kubernetes::ObjectKey row{
      ns_, crds::finding_name({.id = "CVE-2024-90001", .package_type = "npm", .source_package = "lodash"})};
  EXPECT_EQ(tests::count_writes("findings", row), 1U);
  EXPECT_EQ(tests::count_writes("findings/status", row), 1U);
}

TEST_F(Writes, AScanThatFailsIsTriedAfterLongerAndLongerPauses) {
  registry_.intercept([](const net::ServerRequest&) { return std::optional(net::ServerResponse{.status = 500}); });
  const auto began = std::chrono::steady_clock::now();

  const kubernetes::ObjectKey key = create_scan("failing");

  ASSERT_TRUE(eventually([&] { return asked_for("failing") >= 4; }));
  EXPECT_GE(std::chrono::steady_clock::now() - began, seconds(6)) << "1 s, 2 s and 4 s lie between four tries";
  EXPECT_LE(tests::count_writes("imagescans/status", key), 5U);
  EXPECT_EQ(state_of(tests::stored_scan(key).status.conditions, crds::kResolved), "False/RegistryError");
}

// What a role does not allow would show here, in whatever the tests of this program made the operator do.
TEST_F(Writes, NoneIsForbidden) {
  for (const tests::AuditedWrite& write : tests::operator_writes()) {
    // What a test's quota refuses, no role would allow.
    if (write.message.find("quota") != std::string::npos) continue;
    EXPECT_NE(write.code, 403) << write.verb << " " << write.resource << " " << write.key.text();
    EXPECT_NE(write.code, 422) << write.verb << " " << write.resource << " " << write.key.text();
  }
}

}  // namespace
}  // namespace pratique_operator
