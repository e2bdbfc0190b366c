// The webhook's certificate on a real kube-apiserver: made once by many, healed, renewed and trusted.
#include "admission/certificates.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "base/base64.h"
#include "tests/support/control_plane.h"

namespace admission {
namespace {

using nlohmann::json;
using tests::ControlPlane;

const kubernetes::ResourceType kSecret{"", "v1", "Secret", "secrets", true};
const kubernetes::ResourceType kConfiguration{"admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration",
                                              "validatingwebhookconfigurations", false};

class FakeClock final : public base::Clock {
 public:
  [[nodiscard]] base::SystemTime system_now() const override { return now; }
  [[nodiscard]] base::SteadyTime steady_now() const override { return {}; }
  base::SystemTime now = base::RealClock().system_now();
};

class Certificates : public ::testing::Test {
 protected:
  CertificateKeeper keeper() {
    return {ControlPlane::instance().client(),
            clock_,
            {.ns = ns_, .service_name = "webhook", .webhook_configuration = name_, .webhook_url = {}}};
  }
  void make_configuration() {
    const json webhook{{"name", "pods.pratique.dev"},
                       {"admissionReviewVersions", {"v1"}},
                       {"sideEffects", "None"},
                       {"clientConfig", {{"service", {{"name", "webhook"}, {"namespace", ns_}}}}},
                       {"namespaceSelector", {{"matchLabels", {{"nobody", "has-this"}}}}}};
    (void)client_->create(kConfiguration, {{"metadata", {{"name", name_}}}, {"webhooks", {webhook}}});
  }
  std::string bundle() const {
    const json configuration = *client_->get(kConfiguration, {.ns = {}, .name = name_});
    return base::decode_base64(configuration["webhooks"][0]["clientConfig"].value("caBundle", "")).value();
  }
  ~Certificates() override { (void)client_->remove(kConfiguration, {.ns = {}, .name = name_}, ""); }

  FakeClock clock_;
  std::string ns_ = ControlPlane::instance().make_namespace("certificates");
  std::string name_ = tests::unique_name("certificates");
  std::shared_ptr<kubernetes::ApiClient> client_ = ControlPlane::instance().client();
};

TEST_F(Certificates, ReplicasThatStartAtOnceEndWithOneAuthority) {
  constexpr std::size_t kReplicas = 6;
  std::vector<ServingCertificate> certificates(kReplicas);
  {
    std::vector<std::jthread> replicas;
    for (ServingCertificate& certificate : certificates) {
      replicas.emplace_back([&] { certificate = keeper().ensure_certificate(); });
    }
  }
  for (const ServingCertificate& certificate : certificates) EXPECT_EQ(certificate, certificates.front());
  EXPECT_TRUE(
      net::issued_by(certificates.front().leaf.certificate_pem, certificates.front().authorities_pem, clock_.now));
}

TEST_F(Certificates, AreKeptWhileTheyServe) {
  const ServingCertificate first = keeper().ensure_certificate();
  clock_.now += std::chrono::hours(24 * 50);
  EXPECT_EQ(keeper().ensure_certificate(), first);
}

TEST_F(Certificates, TheLeafIsRenewedAtTwoThirdsOfItsLife) {
  const ServingCertificate first = keeper().ensure_certificate();
  clock_.now += std::chrono::hours(24 * 61);
  const ServingCertificate second = keeper().ensure_certificate();
  EXPECT_NE(second.leaf.certificate_pem, first.leaf.certificate_pem);
  EXPECT_EQ(second.authorities_pem, first.authorities_pem);
}

TEST_F(Certificates, TheAuthorityIsRenewedAndItsPredecessorStaysTrusted) {
  const ServingCertificate first = keeper().ensure_certificate();
  clock_.now += std::chrono::hours(24 * 365 * 4);
  const ServingCertificate second = keeper().ensure_certificate();
  EXPECT_NE(second.authorities_pem, first.authorities_pem);
  EXPECT_NE(second.authorities_pem.find(first.authorities_pem), std::string::npos);
  EXPECT_TRUE(net::issued_by(second.leaf.certificate_pem, second.authorities_pem, clock_.now));
}

TEST_F(Certificates, ADeletedOrOverwrittenSecretIsHealed) {
  const ServingCertificate first = keeper().ensure_certificate();
  EXPECT_TRUE(client_->remove(kSecret, {ns_, "pratique-admission-tls"}, ""));
  const ServingCertificate second = keeper().ensure_certificate();
  EXPECT_NE(second.leaf.certificate_pem, first.leaf.certificate_pem);

  const json junk{{"data", {{"tls.crt", base::encode_base64("junk")}, {"ca.crt", base::encode_base64("junk")}}}};
  (void)client_->merge_patch(kSecret, {ns_, "pratique-admission-tls"}, junk, "");
  const ServingCertificate third = keeper().ensure_certificate();
  EXPECT_TRUE(net::issued_by(third.leaf.certificate_pem, third.authorities_pem, clock_.now));
  EXPECT_EQ(keeper().ensure_certificate(), third);
}

TEST_F(Certificates, TrustIsWrittenOnceAndPutBack) {
  CertificateKeeper one = keeper();
  const ServingCertificate certificate = one.ensure_certificate();
  EXPECT_FALSE(one.ensure_trust(certificate)) << "there is no configuration yet";
  make_configuration();
  EXPECT_TRUE(one.ensure_trust(certificate));
  EXPECT_EQ(bundle(), certificate.authorities_pem);
  const std::string version = kubernetes::resource_version_of(*client_->get(kConfiguration, {.ns = {}, .name = name_}));
  EXPECT_TRUE(one.ensure_trust(certificate));
  EXPECT_EQ(kubernetes::resource_version_of(*client_->get(kConfiguration, {.ns = {}, .name = name_})), version)
      << "nothing to write";

  json configuration = *client_->get(kConfiguration, {.ns = {}, .name = name_});
  configuration["webhooks"][0]["clientConfig"].erase("caBundle");
  (void)client_->replace(kConfiguration, configuration, "");
  EXPECT_TRUE(one.ensure_trust(certificate));
  EXPECT_EQ(bundle(), certificate.authorities_pem);
}

TEST_F(Certificates, ATrustedConfigurationIsSoWithinTwoSecondsOfItsCreation) {
  CertificateKeeper one = keeper();
  std::jthread loop([&](std::stop_token stop) {
    keep_certificate({.keeper = one, .on_change = [](const ServingCertificate&) {}}, std::move(stop));
  });
  ASSERT_TRUE(tests::eventually([&] { return client_->get(kSecret, {ns_, "pratique-admission-tls"}).has_value(); }));
  make_configuration();
  EXPECT_TRUE(tests::eventually([&] { return !bundle().empty(); }, std::chrono::seconds(4)))
      << "a second to look again, and time for a busy machine";
}

}  // namespace
}  // namespace admission
