#include "operator/push_events/sender_proof.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "net/certificates.h"
#include "tests/support/token_signer.h"

namespace pratique_operator::push_events {
namespace {

using crds::EventFormat;

const base::SystemTime kNow = *base::parse_rfc3339("2026-01-31T08:00:00Z");
constexpr const char* kSecret = "a-secret-of-the-sender";

EventSender sender_of(EventFormat format, const std::string& secret = kSecret) {
  EventSender sender{.registry = "main", .server = "registry:5000", .ns = "shop", .format = format};
  sender.secret = secret;
  return sender;
}

bool proves(const EventSender& sender, const net::ServerRequest& request, const std::string& path = "main") {
  return why_not_proved(sender, request, split_event_path(path), kNow).empty();
}

net::ServerRequest with_header(const std::string& name, const std::string& value) {
  net::ServerRequest request;
  request.body = "{}";
  request.headers[name] = value;
  return request;
}

TEST(EventPath, HasTheRegistryAndPerhapsASecret) {
  EXPECT_EQ(split_event_path("main").registry, "main");
  EXPECT_EQ(split_event_path("main").secret, "");
  EXPECT_EQ(split_event_path("main/s").secret, "s");
  EXPECT_EQ(split_event_path("main/s/t").secret, "s/t");
  EXPECT_EQ(split_event_path("").registry, "");
}

TEST(SenderProof, ASenderThatIsSetUpWithNothingOpensNoDoor) {
  for (const EventFormat format : {EventFormat::kDistribution, EventFormat::kQuay, EventFormat::kGhcr}) {
    EXPECT_FALSE(proves(sender_of(format, ""), with_header("Authorization", "")));
    EXPECT_FALSE(proves(sender_of(format, ""), {}, "main/"));
  }
}

TEST(SenderProof, EachFormatHasItsOwnHeader) {
  EXPECT_TRUE(proves(sender_of(EventFormat::kHarbor), with_header("Authorization", kSecret)));
  EXPECT_TRUE(proves(sender_of(EventFormat::kGitLab), with_header("X-Gitlab-Token", kSecret)));
  EXPECT_TRUE(proves(sender_of(EventFormat::kJFrog), with_header("X-JFrog-Event-Auth", kSecret)));
  EXPECT_FALSE(proves(sender_of(EventFormat::kHarbor), with_header("X-Gitlab-Token", kSecret)));
  EXPECT_FALSE(proves(sender_of(EventFormat::kGhcr), with_header("Authorization", kSecret)))
      << "what signs is never shown as it is";
  EXPECT_FALSE(proves(sender_of(EventFormat::kGhcr), with_header("X-Hub-Signature-256", kSecret)));
  EXPECT_FALSE(proves(sender_of(EventFormat::kSigned), with_header("X-Signature", "sha256=")));
}

TEST(SenderProof, ASecretInThePathIsForThoseWhoHaveNoHeader) {
  for (const EventFormat format :
       {EventFormat::kDockerHub, EventFormat::kQuay, EventFormat::kEventGrid, EventFormat::kArtifactRegistry}) {
    EXPECT_TRUE(proves(sender_of(format), {}, std::string("main/") + kSecret));
    EXPECT_FALSE(proves(sender_of(format), {}, std::string("main/") + kSecret + "x"));
    EXPECT_FALSE(proves(sender_of(format), {}, "main/"));
    EXPECT_FALSE(proves(sender_of(format), {}, "main"));
  }
  EXPECT_FALSE(proves(sender_of(EventFormat::kDistribution), {}, std::string("main/") + kSecret));
  EXPECT_FALSE(proves(sender_of(EventFormat::kQuay, "short"), {}, "main/short")) << "it could be guessed";
}

TEST(SenderProof, AClientCertificateIsOfTheAuthorityThatIsNamed) {
  const net::KeyPair authority = net::make_authority("quay", kNow, std::chrono::hours(24));
  const net::KeyPair leaf = net::issue_leaf(authority, {.common_name = "quay-server"}, kNow);
  EventSender sender = sender_of(EventFormat::kQuay, "");
  sender.client_ca_pem = authority.certificate_pem;
  net::ServerRequest request;
  EXPECT_FALSE(proves(sender, request));
  request.client_chain_pem = leaf.certificate_pem;
  EXPECT_TRUE(proves(sender, request));
  request.client_chain_pem = net::make_authority("quay", kNow, std::chrono::hours(24)).certificate_pem;
  EXPECT_FALSE(proves(sender, request));
  sender.client_ca_pem = "junk";
  EXPECT_THROW((void)proves(sender, request), base::ParseError);
}

TEST(SenderProof, EverythingThatIsSetMustHold) {
  const net::KeyPair authority = net::make_authority("quay", kNow, std::chrono::hours(24));
  EventSender sender = sender_of(EventFormat::kQuay);
  sender.client_ca_pem = authority.certificate_pem;
  net::ServerRequest request;
  const std::string path = std::string("main/") + kSecret;
  EXPECT_FALSE(proves(sender, request, path));
  request.client_chain_pem = net::issue_leaf(authority, {.common_name = "quay-server"}, kNow).certificate_pem;
  EXPECT_TRUE(proves(sender, request, path));
  EXPECT_FALSE(proves(sender, request, "main"));
}

class TokenProof : public testing::Test {
 protected:
  TokenProof() {
    sender_.token = TokenRule{.issuer = "https://issuer.example.com",
                              .audience = "pratique",
                              .subject = "push@example.com",
                              .keys = std::make_shared<net::WebKeys>(net::WebKeys::parse(signer_.key_set()))};
  }
  [[nodiscard]] bool proves_with(const std::string& claims) const {
    return proves(sender_, with_header("Authorization", "Bearer " + signer_.sign(signer_.header(), claims)));
  }

  const tests::TokenSigner signer_{"k"};
  EventSender sender_ = sender_of(EventFormat::kArtifactRegistry, "");
};

TEST_F(TokenProof, NamesIssuerAudienceAndSubject) {
  const std::string end = R"(,"exp":1769850000})";
  EXPECT_TRUE(proves_with(
      R"({"iss":"https://issuer.example.com","aud":"pratique","email":"push@example.com","email_verified":true)" +
      end));
  EXPECT_TRUE(
      proves_with(R"({"iss":"https://issuer.example.com","aud":["x","pratique"],"sub":"push@example.com")" + end));
  for (const char* claims :
       {R"({"iss":"https://other.example.com","aud":"pratique","sub":"push@example.com")",
        R"({"iss":"https://issuer.example.com","aud":"other","sub":"push@example.com")",
        R"({"iss":"https://issuer.example.com","sub":"push@example.com")",
        R"({"iss":"https://issuer.example.com","aud":"pratique","sub":"other")",
        R"({"iss":"https://issuer.example.com","aud":"pratique","email":"push@example.com","email_verified":false)",
        R"({"aud":"pratique","sub":"push@example.com")"}) {
    EXPECT_FALSE(proves_with(claims + end)) << claims;
  }
}

TEST_F(TokenProof, IsABearerToken) {
  EXPECT_FALSE(proves(sender_, {}));
  EXPECT_FALSE(proves(sender_, with_header("Authorization", "Basic x")));
  EXPECT_THROW((void)proves(sender_, with_header("Authorization", "Bearer x")), base::ParseError);
}

TEST(SenderProof, ShowingNothingIsTheSameForEveryRegistry) {
  EXPECT_TRUE(shows_nothing({}, split_event_path("main")));
  EXPECT_TRUE(shows_nothing(with_header("Authorization", ""), split_event_path("main")));
  EXPECT_TRUE(shows_nothing(with_header("X-GitHub-Event", "ping"), split_event_path("main")));
  EXPECT_FALSE(shows_nothing(with_header("X-Hub-Signature-256", "x"), split_event_path("main")));
  EXPECT_FALSE(shows_nothing({}, split_event_path("main/x")));
  net::ServerRequest certified;
  certified.client_chain_pem = "x";
  EXPECT_FALSE(shows_nothing(certified, split_event_path("main")));
}

}  // namespace
}  // namespace pratique_operator::push_events
