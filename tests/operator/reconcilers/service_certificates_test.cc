#include "operator/reconcilers/service_certificates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "operator/reconcilers/secrets.h"
#include "tests/operator/support/fake_clock.h"
#include "tests/operator/support/memory_api.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;

const kubernetes::ObjectKey kOwn{.ns = "pratique-system", .name = kOperatorTlsSecret};
const kubernetes::ObjectKey kScanner{.ns = "pratique-system", .name = kScannerTlsSecret};

class ServiceCertificatesTest : public testing::Test {
 protected:
  ServiceCertificatesReconciler replica() {
    return ServiceCertificatesReconciler(
        {.api = api_,
         .clock = clock_,
         .metrics = metrics_,
         .ns = "pratique-system",
         .more_names = {},
         .on_identity = [this](const ServiceIdentity& identity) { identities_.push_back(identity); }});
  }
  std::string value(const kubernetes::ObjectKey& key, const char* name) {
    return secret_value(api_.at(kSecret, key), name).value_or("");
  }

  tests::MemoryApi api_;
  tests::FakeClock clock_;
  net::Metrics metrics_;
  std::vector<ServiceIdentity> identities_;
};

TEST_F(ServiceCertificatesTest, MakesOneAuthorityAndBothLeaves) {
  static_cast<void>(replica().reconcile(kOwn, {}));

  const std::string authority = value(kOwn, "ca.crt");
  EXPECT_EQ(value(kScanner, "ca.crt"), authority);
  EXPECT_TRUE(net::issued_by(value(kOwn, "tls.crt"), authority, clock_.system_now()));
  EXPECT_TRUE(net::issued_by(value(kScanner, "tls.crt"), authority, clock_.system_now()));
  EXPECT_EQ(value(kScanner, "ca.key"), "") << "the scanner must not be able to make certificates";
  ASSERT_EQ(identities_.size(), 1u);
  EXPECT_EQ(identities_[0].ca_pem, authority);
  EXPECT_EQ(identities_[0].leaf.certificate_pem, value(kOwn, "tls.crt"));
}

TEST_F(ServiceCertificatesTest, ASecondReplicaTakesWhatIsThere) {
  static_cast<void>(replica().reconcile(kOwn, {}));
  api_.forget_writes();

  static_cast<void>(replica().reconcile(kOwn, {}));

  EXPECT_THAT(api_.writes(), testing::IsEmpty());
  ASSERT_EQ(identities_.size(), 2u);
  EXPECT_EQ(identities_[0].leaf.certificate_pem, identities_[1].leaf.certificate_pem);
}

TEST_F(ServiceCertificatesTest, RenewsLeavesAfterTwoThirdsOfTheirLifeAndKeepsTheAuthority) {
  static_cast<void>(replica().reconcile(kOwn, {}));
  const std::string authority = value(kOwn, "ca.crt");
  const std::string leaf = value(kOwn, "tls.crt");
  clock_.advance(std::chrono::hours(24 * 59));
  static_cast<void>(replica().reconcile(kOwn, {}));
  EXPECT_EQ(value(kOwn, "tls.crt"), leaf);

  clock_.advance(std::chrono::hours(24 * 2));
  static_cast<void>(replica().reconcile(kOwn, {}));

  EXPECT_NE(value(kOwn, "tls.crt"), leaf);
  EXPECT_EQ(value(kOwn, "ca.crt"), authority);
  EXPECT_EQ(value(kScanner, "ca.crt"), authority);
  EXPECT_TRUE(net::issued_by(value(kScanner, "tls.crt"), authority, clock_.system_now()));
}

TEST_F(ServiceCertificatesTest, ReplacesAScannerLeafOfAnotherAuthority) {
  static_cast<void>(replica().reconcile(kOwn, {}));
  static_cast<void>(api_.remove(kSecret, kOwn, {}));

  static_cast<void>(replica().reconcile(kOwn, {}));

  EXPECT_EQ(value(kScanner, "ca.crt"), value(kOwn, "ca.crt"));
}

TEST_F(ServiceCertificatesTest, NamesASecretThatCannotBeUsed) {
  api_.put(kSecret, {{"metadata", {{"name", kOperatorTlsSecret}, {"namespace", "pratique-system"}}}, {"data", {}}});

  EXPECT_THROW(static_cast<void>(replica().reconcile(kOwn, {})), base::ConfigError);
  EXPECT_THAT(identities_, testing::IsEmpty());
}

}  // namespace
}  // namespace pratique_operator::reconcilers
