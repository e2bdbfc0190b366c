#include "net/http_server.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "net/certificates.h"
#include "net/http_client.h"

namespace net {
namespace {

TEST(HttpServer, Smoke) {
  const auto now = base::RealClock().system_now();
  const KeyPair ca = make_authority("ca", now, std::chrono::hours(24));
  const KeyPair leaf = issue_leaf(ca, {.common_name = "leaf", .dns_names = {"127.0.0.1"}}, now);
  for (const bool tls : {false, true}) {
    ServerSettings settings{.name = "test", .address = "127.0.0.1"};
    if (tls) {
      settings.tls = std::make_shared<ServerTls>(ServerTls{
          .certificate_chain_pem = leaf.certificate_pem, .key_pem = leaf.key_pem, .client_ca_pem = ca.certificate_pem});
    }
    const auto server = make_http_server(settings, [](ServerRequest request, Responder responder) {
      responder.respond({.body = request.method + request.target + request.body + request.client_certificate_name});
    });
    const auto client = make_http_client({.tls = {.ca_bundle_pem = ca.certificate_pem, .client_certificate_pem = leaf.certificate_pem, .client_key_pem = leaf.key_pem}});
    for (int i = 0; i < 3; ++i) {
      const HttpResponse response = client->send(
          {.method = "POST", .url = parse_url((tls ? "https" : "http") + ("://127.0.0.1:" + std::to_string(server->port())) + "/x?y"), .body = std::string(3000000, 'x')});
      EXPECT_EQ(response.status, 200);
      EXPECT_EQ(response.body.substr(0, 8), "POST/x?y");
      EXPECT_EQ(response.body.size(), 3000008 + (tls ? 4 : 0));
    }
    server->stop(std::chrono::milliseconds(1000));
  }
}

}  // namespace
}  // namespace net
