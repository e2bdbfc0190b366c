// The webhook's certificate on a real kube-apiserver: made once by many, healed, renewed and trusted.
#include "admission/certificate_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "base/base64.h"
#include "tests/support/control_plane.h"

namespace admission {
namespace {

using nlohmann::json;
using tests::ControlPlane;
using tests::kSecret;
using tests::kWebhookConfiguration;

class FakeClock final : public base::Clock {
 public:
  [[nodiscard]] base::SystemTime system_now() const override { return now; }
  [[nodiscard]] base::SteadyTime steady_now() const override { return {}; }
  base::SystemTime now = base::RealClock().system_now();
};

std::string leaf_of(const ServingCertificate& certificate) {
  return certificate.leaf.certificate_pem;
}

class Certificates : public ::testing::Test {
 protected:
  CertificateKeeper keeper() {
    return {ControlPlane::instance().client(), clock_, {.ns = ns_, .service_name = "webhook", .webhook_url = {}}};
  }
  WebhookTrust trust() { return {client_, {.webhook_configuration = name_, .webhook_url = {}}}; }
  void make_configuration() {
    const json webhook{{"name", "pods.pratique.dev"},
                       {"admissionReviewVersions", {"v1"}},
                       {"sideEffects", "None"},
                       {"clientConfig", {{"service", {{"name", "webhook"}, {"namespace", ns_}}}}},
                       {"namespaceSelector", {{"matchLabels", {{"nobody", "has-this"}}}}}};
    (void)client_->create(kWebhookConfiguration, {{"metadata", {{"name", name_}}}, {"webhooks", {webhook}}});
  }
  std::string bundle() const {
    const json configuration = *client_->get(kWebhookConfiguration, {.ns = {}, .name = name_});
    return base::decode_base64(configuration["webhooks"][0]["clientConfig"].value("caBundle", "")).value();
  }
  ~Certificates() override { (void)client_->remove(kWebhookConfiguration, {.ns = {}, .name = name_}, ""); }

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
      replicas.emplace_back([&] { certificate = keeper().current(); });
    }
  }
  for (const ServingCertificate& certificate : certificates)
    EXPECT_EQ(leaf_of(certificate), leaf_of(certificates.front()));
  EXPECT_TRUE(
      net::issued_by(certificates.front().leaf.certificate_pem, certificates.front().authority_pem, clock_.now));
}

TEST_F(Certificates, AreKeptWhileTheyServe) {
  const ServingCertificate first = keeper().current();
  clock_.now += std::chrono::hours(24 * 50);
  EXPECT_EQ(leaf_of(keeper().current()), leaf_of(first));
}

TEST_F(Certificates, TheLeafIsRenewedAtTwoThirdsOfItsLife) {
  const base::SystemTime today = clock_.now;
  const ServingCertificate first = keeper().current();
  clock_.now += std::chrono::hours(24 * 61);
  const ServingCertificate second = keeper().current();
  EXPECT_NE(leaf_of(second), leaf_of(first));
  EXPECT_EQ(second.authority_pem, first.authority_pem);
  EXPECT_TRUE(net::issued_by(leaf_of(second), second.authority_pem, today))
      << "a clock that is ahead makes none that others take for not yet valid";
}

TEST_F(Certificates, TheAuthorityIsRenewedAndItsPredecessorStaysTrusted) {
  const ServingCertificate first = keeper().current();
  clock_.now += std::chrono::hours(24 * 365 * 4);
  const ServingCertificate second = keeper().current();
  EXPECT_NE(second.authority_pem, first.authority_pem);
  EXPECT_EQ(second.old_authority_pem, first.authority_pem);
  EXPECT_TRUE(net::issued_by(leaf_of(second), second.authority_pem, clock_.now));
  EXPECT_EQ(keeper().current().authority_pem, second.authority_pem);
}

TEST_F(Certificates, AClockThatIsBehindRenewsNothing) {
  const ServingCertificate first = keeper().current();
  clock_.now -= std::chrono::hours(24 * 365 * 30);
  EXPECT_EQ(leaf_of(keeper().current()), leaf_of(first));
}

TEST_F(Certificates, AnAuthorityThatWasMadeByAClockThatWasAheadIsReplaced) {
  const base::SystemTime today = clock_.now;
  clock_.now += std::chrono::hours(24 * 365);
  const ServingCertificate first = keeper().current();
  clock_.now = today;
  const ServingCertificate second = keeper().current();
  EXPECT_NE(second.authority_pem, first.authority_pem);
  EXPECT_TRUE(net::issued_by(leaf_of(second), second.authority_pem, today));
}

TEST_F(Certificates, ADeletedOrSpoiltSecretGetsAgainWhatIsServed) {
  CertificateKeeper one = keeper();
  const ServingCertificate first = one.current();
  EXPECT_TRUE(client_->remove(kSecret, {ns_, "pratique-admission-tls"}, ""));
  EXPECT_EQ(leaf_of(one.current()), leaf_of(first));
  EXPECT_EQ(leaf_of(keeper().current()), leaf_of(first)) << "it stands in the Secret";

  const json junk{{"data", {{"tls.crt", base::encode_base64("junk")}, {"ca.crt", base::encode_base64("junk")}}}};
  (void)client_->merge_patch(kSecret, {ns_, "pratique-admission-tls"}, junk, "");
  EXPECT_EQ(leaf_of(one.current()), leaf_of(first));
  EXPECT_EQ(leaf_of(keeper().current()), leaf_of(first));
}

TEST_F(Certificates, EachSpoiltKeyOfTheSecretIsHealed) {
  CertificateKeeper one = keeper();
  const ServingCertificate first = one.current();
  for (const char* key : {"tls.crt", "tls.key", "ca.crt", "ca.key", "old-ca.crt"}) {
    (void)client_->merge_patch(kSecret, {ns_, "pratique-admission-tls"},
                               {{"data", {{key, base::encode_base64("junk")}}}}, "");
    const ServingCertificate healed = one.current();
    EXPECT_EQ(healed.authority_pem, first.authority_pem) << key;
    const ServingCertificate anew = keeper().current();
    EXPECT_EQ(leaf_of(anew), leaf_of(healed)) << key;
    EXPECT_TRUE(net::is_pair(anew.leaf)) << key;
    EXPECT_EQ(anew.old_authority_pem, "") << key;
  }
}

TEST_F(Certificates, ASpoiltSecretThatNobodyRemembersIsMadeAnew) {
  const ServingCertificate first = keeper().current();
  const json junk{{"data", {{"ca.key", base::encode_base64("junk")}, {"tls.crt", base::encode_base64("junk")}}}};
  (void)client_->merge_patch(kSecret, {ns_, "pratique-admission-tls"}, junk, "");
  const ServingCertificate second = keeper().current();
  EXPECT_NE(second.authority_pem, first.authority_pem);
  EXPECT_TRUE(net::issued_by(leaf_of(second), second.authority_pem, clock_.now));
  EXPECT_EQ(leaf_of(keeper().current()), leaf_of(second));
}

TEST_F(Certificates, TrustIsWrittenOnceAndPutBack) {
  EXPECT_EQ(trust().ensure("a bundle"), Trust::kNoConfiguration);
  make_configuration();
  EXPECT_EQ(trust().ensure(""), Trust::kNotOurs);
  const std::string authorities = keeper().current().authority_pem;
  EXPECT_EQ(trust().ensure(authorities), Trust::kWritten);
  EXPECT_EQ(bundle(), authorities);
  EXPECT_EQ(trust().ensure(authorities), Trust::kStands);

  json configuration = *client_->get(kWebhookConfiguration, {.ns = {}, .name = name_});
  configuration["webhooks"][0]["clientConfig"].erase("caBundle");
  (void)client_->replace(kWebhookConfiguration, configuration, "");
  EXPECT_EQ(trust().ensure(authorities), Trust::kWritten);
  EXPECT_EQ(bundle(), authorities);
}

TEST_F(Certificates, ATrustedConfigurationIsSoWithinTwoSecondsOfItsCreation) {
  CertificateKeeper one = keeper();
  WebhookTrust its_trust = trust();
  const base::RealClock clock;
  std::atomic<bool> ready = false;
  std::jthread loop([&](std::stop_token stop) {
    keep_certificate({.source = one,
                      .trust = its_trust,
                      .clock = clock,
                      .show = [](const ServingCertificate&) {},
                      .on_ready = [&] { ready = true; }},
                     std::move(stop));
  });
  ASSERT_TRUE(tests::eventually([&] { return ready.load(); })) << "nobody asks us yet";
  make_configuration();
  EXPECT_TRUE(tests::eventually([&] { return !bundle().empty(); }, std::chrono::seconds(4)))
      << "a second to look again, and time for a busy machine";
}

}  // namespace
}  // namespace admission
