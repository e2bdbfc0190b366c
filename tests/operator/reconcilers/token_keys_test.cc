#include "operator/reconcilers/token_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "base/error.h"
#include "net/certificates.h"
#include "net/http_server.h"
#include "tests/operator/support/fake_clock.h"
#include "tests/support/token_signer.h"

namespace pratique_operator::reconcilers {
namespace {

using testing::HasSubstr;

constexpr const char* kClaims = R"({"iss":"i","exp":1769850000})";

// An issuer on loopback, with a certificate of an authority of its own.
class TokenKeysTest : public testing::Test {
 protected:
  TokenKeysTest() {
    const net::KeyPair leaf = net::issue_leaf(authority_, {.common_name = "issuer", .dns_names = {"127.0.0.1"}},
                                              base::RealClock().system_now());
    const net::ServerTls tls{.certificate_chain_pem = leaf.certificate_pem, .key_pem = leaf.key_pem};
    server_ = net::make_http_server(
        {.name = "issuer", .address = "127.0.0.1", .tls = std::make_shared<const net::ServerTls>(tls)},
        [this](const net::ServerRequest& request, net::Responder responder) { answer(request, responder); });
  }
  void answer(const net::ServerRequest& request, net::Responder& responder) {
    ++asked_;
    if (is_down_) return responder.respond({.status = 503});
    if (request.target == "/.well-known/openid-configuration") {
      const std::string uri = leads_to_.empty() ? root() + "/keys" : leads_to_;
      return responder.respond({.body = R"({"issuer":"i","jwks_uri":")" + uri + R"("})"});
    }
    responder.respond(request.target == "/keys" ? net::ServerResponse{.body = signer_.key_set()}
                                                : net::ServerResponse{.status = 404});
  }
  [[nodiscard]] std::string root() const { return "https://127.0.0.1:" + std::to_string(server_->port()); }
  [[nodiscard]] crds::EventToken token() const {
    return {.issuer = root(), .audience = "a", .subject = "s", .keys_url = {}, .ca_bundle = authority_.certificate_pem};
  }
  [[nodiscard]] std::string failure_of(const crds::EventToken& token) {
    try {
      static_cast<void>(keys_.of(token));
      return {};
    } catch (const base::Error& error) {
      return error.what();
    }
  }

  const net::KeyPair authority_ =
      net::make_authority("issuers", base::RealClock().system_now(), std::chrono::hours(24));
  const tests::TokenSigner signer_{"k"};
  std::atomic<int> asked_ = 0;
  std::atomic<bool> is_down_ = false;
  std::string leads_to_;
  tests::FakeClock clock_;
  TokenKeys keys_{clock_};
  std::unique_ptr<net::HttpServer> server_;
};

TEST_F(TokenKeysTest, AreWhatTheIssuersConfigurationNames) {
  const auto keys = keys_.of(token());
  EXPECT_EQ(net::verify_web_token(signer_.sign(signer_.header(), kClaims), *keys, clock_.system_now()).issuer, "i");
  EXPECT_EQ(asked_, 2);
}

TEST_F(TokenKeysTest, AreFetchedFromTheUrlThatIsNamed) {
  crds::EventToken named = token();
  named.issuer = "https://issuer.invalid";
  named.keys_url = root() + "/keys";
  EXPECT_NE(keys_.of(named), nullptr);
  EXPECT_EQ(asked_, 1);
}

TEST_F(TokenKeysTest, AreFetchedAgainWhenTheyAreOld) {
  const auto first = keys_.of(token());
  clock_.advance(TokenKeys::kAge - std::chrono::seconds(1));
  EXPECT_EQ(keys_.of(token()), first);
  clock_.advance(std::chrono::seconds(1));
  EXPECT_NE(keys_.of(token()), first);
  EXPECT_EQ(asked_, 4);
}

TEST_F(TokenKeysTest, AnIssuerThatFailsIsLeftAloneForAWhile) {
  is_down_ = true;
  EXPECT_THAT(failure_of(token()), HasSubstr("answered 503"));
  EXPECT_THAT(failure_of(token()), HasSubstr("answered 503"));
  EXPECT_EQ(asked_, 1);
  is_down_ = false;
  clock_.advance(TokenKeys::kAgeOfFailure);
  EXPECT_EQ(failure_of(token()), "");
}

TEST_F(TokenKeysTest, AnIssuerLeadsToNoPrivateAddress) {
  // Another port of loopback, which nobody named.
  leads_to_ = "https://127.0.0.1:1/keys";
  EXPECT_THAT(failure_of(token()), HasSubstr("127.0.0.1"));
  leads_to_ = "http://192.0.2.1/keys";
  clock_.advance(TokenKeys::kAgeOfFailure);
  EXPECT_NE(failure_of(token()), "");
}

TEST_F(TokenKeysTest, AnIssuerOfAnUnknownAuthorityIsNotBelieved) {
  crds::EventToken unknown = token();
  unknown.ca_bundle.clear();
  EXPECT_NE(failure_of(unknown), "");
  EXPECT_EQ(asked_, 0);
}

}  // namespace
}  // namespace pratique_operator::reconcilers
