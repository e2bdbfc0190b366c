// The server over TLS: certificates of both sides, versions, deadlines, rotation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "net/certificates.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "tests/net/raw_connection.h"

namespace net {
namespace {

using std::chrono::milliseconds;
using testing::RawConnection;
using ::testing::StartsWith;

class TlsServer : public ::testing::Test {
 protected:
  KeyPair leaf(const std::string& common_name) const {
    return issue_leaf(authority_, {.common_name = common_name, .dns_names = {"127.0.0.1", "localhost"}}, now_);
  }
  std::shared_ptr<const ServerTls> server_tls(const std::string& client_ca = "") const {
    const KeyPair pair = leaf("server");
    return std::make_shared<const ServerTls>(
        ServerTls{.certificate_chain_pem = pair.certificate_pem, .key_pem = pair.key_pem, .client_ca_pem = client_ca});
  }
  void start(std::shared_ptr<const ServerTls> tls, ServerLimits limits = {}) {
    server_ = make_http_server({.name = "test", .address = "127.0.0.1", .limits = limits, .tls = std::move(tls)},
                               [](const ServerRequest& request, Responder responder) {
                                 responder.respond({.body = "hello " + request.client_certificate_name + request.body});
                               });
  }
  HttpRequest request(std::string body = "") const {
    return {.method = "POST",
            .url = parse_url("https://127.0.0.1:" + std::to_string(server_->port()) + "/"),
            .body = std::move(body)};
  }
  HttpClientSettings client_settings() const { return {.tls = {.ca_bundle_pem = authority_.certificate_pem}}; }

  const base::SystemTime now_ = base::RealClock().system_now();
  const KeyPair authority_ = make_authority("test authority", now_, std::chrono::hours(24));
  std::unique_ptr<HttpServer> server_;
};

TEST_F(TlsServer, AnswersAndKeepsTheConnection) {
  start(server_tls());
  const auto client = make_http_client(client_settings());

  for (int round = 0; round < 3; ++round) EXPECT_EQ(client->send(request("x")).body, "hello x");
}

TEST_F(TlsServer, CarriesBodiesOfManyRecords) {
  start(server_tls());
  const std::string body(3 << 20, 'b');

  EXPECT_EQ(make_http_client(client_settings())->send(request(body)).body, "hello " + body);
}

TEST_F(TlsServer, IsRefusedByAClientThatDoesNotKnowItsAuthority) {
  start(server_tls());
  const KeyPair other = make_authority("other", now_, std::chrono::hours(24));

  const auto client = make_http_client({.tls = {.ca_bundle_pem = other.certificate_pem}});

  EXPECT_THROW(static_cast<void>(client->send(request())), base::NetworkError);
}

TEST_F(TlsServer, NamesTheClientOfAVerifiedCertificate) {
  start(server_tls(authority_.certificate_pem));
  const KeyPair mine = leaf("pratique-operator");
  HttpClientSettings settings = client_settings();
  settings.tls.client_certificate_pem = mine.certificate_pem;
  settings.tls.client_key_pem = mine.key_pem;

  EXPECT_EQ(make_http_client(settings)->send(request()).body, "hello pratique-operator");
}

TEST_F(TlsServer, RefusesAClientWithoutACertificate) {
  start(server_tls(authority_.certificate_pem));

  EXPECT_THROW(static_cast<void>(make_http_client(client_settings())->send(request())), base::NetworkError);
}

TEST_F(TlsServer, RefusesAClientOfAnotherAuthority) {
  start(server_tls(authority_.certificate_pem));
  const KeyPair other = make_authority("test authority", now_, std::chrono::hours(24));
  const KeyPair forged = issue_leaf(other, {.common_name = "pratique-operator"}, now_);
  HttpClientSettings settings = client_settings();
  settings.tls.client_certificate_pem = forged.certificate_pem;
  settings.tls.client_key_pem = forged.key_pem;

  EXPECT_THROW(static_cast<void>(make_http_client(settings)->send(request())), base::NetworkError);
}

// For the handler to judge: whose certificate it is, is told; who issued it, is not verified.
TEST_F(TlsServer, TakesACertificateOfAnyAuthorityWhereItAsksForOne) {
  ServerTls tls = *server_tls();
  tls.asks_for_client_certificate = true;
  server_ = make_http_server({.name = "test", .address = "127.0.0.1", .tls = std::make_shared<const ServerTls>(tls)},
                             [](const ServerRequest& request, Responder responder) {
                               responder.respond({.body = request.client_certificate_name + request.client_chain_pem});
                             });
  const KeyPair other = make_authority("other", now_, std::chrono::hours(24));
  const KeyPair shown = issue_leaf(other, {.common_name = "pratique-operator"}, now_);
  HttpClientSettings settings = client_settings();
  settings.tls.client_certificate_pem = shown.certificate_pem;
  settings.tls.client_key_pem = shown.key_pem;

  const std::string chain = make_http_client(settings)->send(request()).body;
  EXPECT_EQ(chain, shown.certificate_pem) << "and no name, since nobody has verified it";
  EXPECT_TRUE(trusts(other.certificate_pem, chain, now_));
  EXPECT_FALSE(trusts(authority_.certificate_pem, chain, now_));
  EXPECT_EQ(make_http_client(client_settings())->send(request()).body, "") << "and needs none";
}

TEST_F(TlsServer, UsesANewCertificateForNewConnections) {
  start(server_tls());
  const auto old_client = make_http_client(client_settings());
  EXPECT_EQ(old_client->send(request()).status, 200);
  const KeyPair other = make_authority("other", now_, std::chrono::hours(24));
  const KeyPair renewed = issue_leaf(other, {.common_name = "server", .dns_names = {"127.0.0.1"}}, now_);

  server_->set_tls(std::make_shared<const ServerTls>(
      ServerTls{.certificate_chain_pem = renewed.certificate_pem, .key_pem = renewed.key_pem}));

  EXPECT_EQ(make_http_client({.tls = {.ca_bundle_pem = other.certificate_pem}})->send(request()).status, 200);
  EXPECT_EQ(old_client->send(request()).status, 200) << "the old connection lives on";
  EXPECT_THROW(static_cast<void>(make_http_client(client_settings())->send(request())), base::NetworkError);
}

TEST_F(TlsServer, KeepsTheOldCertificateWhenTheNewOneIsUnusable) {
  start(server_tls());
  const KeyPair mismatch{.certificate_pem = leaf("a").certificate_pem, .key_pem = leaf("b").key_pem};
  for (const KeyPair& pair : {KeyPair{"", ""}, KeyPair{"nonsense", "nonsense"}, mismatch}) {
    EXPECT_THROW(server_->set_tls(std::make_shared<const ServerTls>(
                     ServerTls{.certificate_chain_pem = pair.certificate_pem, .key_pem = pair.key_pem})),
                 base::ConfigError);
  }

  EXPECT_EQ(make_http_client(client_settings())->send(request()).status, 200);
}

TEST_F(TlsServer, ClosesAConnectionThatDoesNotShakeHands) {
  start(server_tls(), {.handshake_timeout = milliseconds(150)});
  RawConnection silent(server_->port());
  RawConnection half(server_->port());
  half.send(std::string("\x16\x03\x01\x02\x00\x01", 6));

  EXPECT_TRUE(silent.is_closed_by_peer());
  EXPECT_TRUE(half.is_closed_by_peer());
}

TEST_F(TlsServer, ClosesAConnectionThatSpeaksPlainHttp) {
  start(server_tls());
  RawConnection plain(server_->port());
  plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

  EXPECT_TRUE(plain.is_closed_by_peer());
}

// Handshakes are done one at a time, each to its end.
TEST_F(TlsServer, ServesAStormOfNewConnections) {
  start(server_tls());
  std::atomic<int> answered = 0;
  {
    std::vector<std::jthread> clients;
    for (int client = 0; client < 16; ++client) {
      clients.emplace_back([&] {
        for (int i = 0; i < 8; ++i)
          answered += make_http_client(client_settings())->send(request("x")).body == "hello x";
      });
    }
  }
  EXPECT_EQ(answered, 128);
}

TEST_F(TlsServer, EndsInTheMiddleOfHandshakes) {
  start(server_tls());
  std::vector<std::unique_ptr<RawConnection>> storm;
  for (int i = 0; i < 64; ++i) {
    storm.push_back(std::make_unique<RawConnection>(server_->port()));
    storm.back()->send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  }
  server_->stop(milliseconds(10));
  for (const auto& connection : storm) EXPECT_TRUE(connection->is_closed_by_peer());
}

TEST_F(TlsServer, SurvivesConnectionsThatCloseAtOnce) {
  start(server_tls(), {.connections_max = 16});
  for (int i = 0; i < 200; ++i) RawConnection probe(server_->port());

  EXPECT_EQ(make_http_client(client_settings())->send(request()).status, 200);
}

// What a handshake with these settings ends in: the ALPN that was chosen, or "refused".
class Handshake {
 public:
  Handshake(int port, int version_max, std::string_view alpn) : connection_(port) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, version_max);
    SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(alpn.data()),
                            static_cast<unsigned int>(alpn.size()));
    SSL* ssl = SSL_new(context);
    SSL_set_fd(ssl, connection_.socket());
    if (SSL_connect(ssl) == 1) {
      const unsigned char* chosen = nullptr;
      unsigned int size = 0;
      SSL_get0_alpn_selected(ssl, &chosen, &size);
      outcome_ = std::string(reinterpret_cast<const char*>(chosen), size) + " " + SSL_get_version(ssl);
    }
    SSL_free(ssl);
    SSL_CTX_free(context);
  }
  [[nodiscard]] const std::string& outcome() const { return outcome_; }

 private:
  RawConnection connection_;
  std::string outcome_ = "refused";
};

TEST_F(TlsServer, ChoosesHttp11AndNoOldVersions) {
  start(server_tls());
  const auto outcome = [&](int version_max, std::string_view alpn) {
    return Handshake(server_->port(), version_max, alpn).outcome();
  };

  EXPECT_EQ(outcome(TLS1_3_VERSION, "\x02h2\x08http/1.1"), "http/1.1 TLSv1.3");
  EXPECT_EQ(outcome(TLS1_2_VERSION, "\x08http/1.1"), "http/1.1 TLSv1.2");
  EXPECT_EQ(outcome(TLS1_3_VERSION, "\x02h2"), " TLSv1.3");
  EXPECT_EQ(outcome(TLS1_1_VERSION, "\x08http/1.1"), "refused");
}

}  // namespace
}  // namespace net
