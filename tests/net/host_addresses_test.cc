#include "net/host_addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "net/http_client.h"
#include "net/http_server.h"

namespace net {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(HostAddresses, ANumberStandsForItself) {
  EXPECT_THAT(addresses_of(parse_url("https://10.0.0.7:8443")), ElementsAre("10.0.0.7"));
  EXPECT_THAT(addresses_of(parse_url("https://[fd00::7]:8443")), ElementsAre("fd00::7"));
}

TEST(HostAddresses, ANameStandsForAllThatItHas) {
  EXPECT_THAT(addresses_of(parse_url("https://localhost:8443")), Contains("127.0.0.1"));
}

TEST(HostAddresses, AnUnknownNameIsNamed) {
  try {
    static_cast<void>(addresses_of(parse_url("https://no-such-host.invalid")));
    FAIL() << "nothing was thrown";
  } catch (const base::NetworkError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no-such-host.invalid"));
  }
}

// A request may say which of them it is for: the name stays the host's.
TEST(HostAddresses, OneOfThemIsDialled) {
  const auto server =
      make_http_server({.name = "test", .address = "127.0.0.1"}, [](const ServerRequest& request, Responder responder) {
        responder.respond({.body = find_header(request.headers, "Host").value_or("")});
      });
  HttpRequest request;
  request.url = parse_url("http://no-such-host.invalid:" + std::to_string(server->port()) + "/");
  request.address = "127.0.0.1";
  EXPECT_THAT(make_http_client()->send(request).body, HasSubstr("no-such-host.invalid"));

  request.address = "::1";  // where nobody listens
  EXPECT_THROW(static_cast<void>(make_http_client()->send(request)), base::NetworkError);
}

}  // namespace
}  // namespace net
