#include "net/proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "net/certificates.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/url_policy.h"
#include "tests/support/forward_proxy.h"

namespace net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Variables = std::map<std::string, std::string>;

ProxySettings settings_of(const Variables& variables) {
  return proxy_settings([&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  });
}

TEST(ProxySettings, AreTheUsualVariables) {
  const ProxySettings settings = settings_of(
      {{"HTTPS_PROXY", " proxy.example:3128 "}, {"http_proxy", "https://user:secret@other:1"}, {"no_proxy", "a,b"}});
  EXPECT_EQ(settings.https, "http://proxy.example:3128");
  EXPECT_EQ(settings.http, "https://user:secret@other:1");
  EXPECT_EQ(settings.no_proxy, "a,b");
  EXPECT_EQ(settings_of({{"HTTPS_PROXY", "http://upper"}, {"https_proxy", "http://lower"}}).https, "http://upper");
  EXPECT_EQ(settings_of({}).https, "");
}

TEST(ProxySettings, WhatIsNoUrlIsNamedWithoutItsPassword) {
  for (const std::string value :
       {"socks5://user:secret@proxy:1080", "http://user:secret@", "http://user:secret@proxy:x"}) {
    try {
      static_cast<void>(settings_of({{"HTTPS_PROXY", value}}));
      FAIL() << value;
    } catch (const base::ConfigError& error) {
      EXPECT_THAT(error.what(), HasSubstr("HTTPS_PROXY"));
      EXPECT_THAT(error.what(), HasSubstr("http://proxy.example:3128"));
      EXPECT_THAT(error.what(), Not(HasSubstr("secret")));
    }
  }
}

TEST(ProxySettings, NoProxyNamesHosts) {
  struct Row {
    const char* no_proxy;
    const char* url;
    bool exempt;
  };
  const Row rows[] = {
      {"", "https://registry.example", false},
      {"*", "https://registry.example", true},
      {"registry.example", "https://registry.example", true},
      {"Registry.Example", "https://registry.example", true},
      {"example", "https://registry.example", true},
      {".example", "https://registry.example", true},
      {"*.example", "https://registry.example", true},
      {".registry.example", "https://registry.example", false},
      {"gistry.example", "https://registry.example", false},
      {"a, registry.example ,b", "https://registry.example", true},
      {",,", "https://registry.example", false},
      {"registry.example:443", "https://registry.example", true},
      {"registry.example:5000", "https://registry.example", false},
      {"10.0.0.0/8", "https://10.1.2.3", true},
      {"10.0.0.0/8", "https://11.1.2.3", false},
      {"10.1.2.3", "https://10.1.2.3:5000", true},
      {"10.1.2.3:5000", "https://10.1.2.3:5000", true},
      {"10.1.2.3:5001", "https://10.1.2.3:5000", false},
      {"10.0.0.0/8", "https://name.example", false},
      {"10.0.0.0/33", "https://10.1.2.3", false},
      {"10.0.0.0/x", "https://10.1.2.3", false},
      {"fd00::/8", "https://[fd00::7]", true},
      {"fd00::7", "https://[fd00::7]:5000", true},
      {"[fd00::7]:5000", "https://[fd00::7]:5000", true},
      {"fe00::/8", "https://[fd00::7]", false},
      {"", "http://localhost:5000", true},
      {"", "http://127.0.0.9:5000", true},
      {"", "http://[::1]:5000", true},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(is_exempt(row.no_proxy, parse_url(row.url)), row.exempt) << row.no_proxy << " " << row.url;
  }
}

TEST(ProxySettings, EachSchemeHasItsOwn) {
  const ProxySettings settings{.https = "http://one:1", .http = "http://two:2", .no_proxy = "direct.example"};
  EXPECT_EQ(proxy_for(settings, parse_url("https://registry.example")), "http://one:1");
  EXPECT_EQ(proxy_for(settings, parse_url("http://registry.example")), "http://two:2");
  EXPECT_EQ(proxy_for(settings, parse_url("https://direct.example")), "");
  EXPECT_EQ(proxy_for({}, parse_url("https://registry.example")), "");
}

TEST(ProxySettings, OnlyTheHostIsShown) {
  EXPECT_EQ(proxy_host("http://user:secret@proxy.example:3128/path"), "proxy.example:3128");
  EXPECT_EQ(proxy_host("http://proxy.example"), "proxy.example");
}

class ThroughAProxyTest : public testing::Test {
 protected:
  void serve(std::shared_ptr<const ServerTls> tls) {
    server_ = make_http_server({.name = "test", .address = "127.0.0.1", .tls = std::move(tls)},
                               [](const ServerRequest& request, Responder responder) {
                                 responder.respond({.headers = {{"X-A", "1"}},
                                                    .body = request.method + " " + request.target + " " + request.body +
                                                            find_header(request.headers, "Host").value_or("-")});
                               });
  }
  void stand_between(const std::string& authority, const std::string& authorization = {}) {
    proxy_.emplace(std::map<std::string, int>{{authority, server_->port()}}, authorization);
  }
  [[nodiscard]] HttpClientSettings by_proxy(const std::string& user = {}) const {
    return {.proxy = [proxy = "http://" + user + proxy_->host()](const Url& url) {
      return proxy_for({.https = proxy, .http = proxy, .no_proxy = {}}, url);
    }};
  }
  std::string failure_of(const HttpClientSettings& settings, const std::string& url) {
    try {
      static_cast<void>(make_http_client(settings)->send({.url = parse_url(url)}));
    } catch (const base::NetworkError& error) {
      return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }

  std::unique_ptr<HttpServer> server_;
  std::optional<tests::ForwardProxy> proxy_;
};

TEST_F(ThroughAProxyTest, PlainHttpIsAskedForByItsWholeUrl) {
  serve(nullptr);
  stand_between("registry.example:80");
  const auto client = make_http_client(by_proxy());

  const HttpResponse response =
      client->send({.method = "POST", .url = parse_url("http://registry.example/v2/?a=b"), .body = "x"});

  EXPECT_EQ(response.body, "POST /v2/?a=b xregistry.example");
  EXPECT_THAT(proxy_->asked(), ElementsAre("POST http://registry.example/v2/?a=b HTTP/1.1"));
}

TEST_F(ThroughAProxyTest, TlsGoesThroughATunnelAndIsTheHostsOwn) {
  const base::SystemTime now = base::RealClock().system_now();
  const KeyPair authority = make_authority("test", now, std::chrono::hours(1));
  const KeyPair leaf = issue_leaf(
      authority,
      {.common_name = "registry.example", .dns_names = {"registry.example"}, .lifetime = std::chrono::hours(1)}, now);
  serve(std::make_shared<const ServerTls>(
      ServerTls{.certificate_chain_pem = leaf.certificate_pem, .key_pem = leaf.key_pem}));
  stand_between("registry.example:443");
  HttpClientSettings settings = by_proxy();
  settings.tls.ca_bundle_pem = authority.certificate_pem;
  const auto client = make_http_client(settings);

  const HttpResponse first = client->send({.url = parse_url("https://registry.example/v2/")});
  const HttpResponse second = client->send({.url = parse_url("https://registry.example/v2/more")});

  EXPECT_EQ(first.body, "GET /v2/ registry.example");
  EXPECT_EQ(first.headers.count("X-Of-The-Proxy"), 0u) << "the proxy's answer is not the host's";
  EXPECT_EQ(second.body, "GET /v2/more registry.example");
  EXPECT_THAT(proxy_->asked(), ElementsAre("CONNECT registry.example:443 HTTP/1.1")) << "one tunnel for both";
  EXPECT_THAT(failure_of(by_proxy(), "https://registry.example/"), HasSubstr("certificate")) << "an unknown authority";
}

TEST_F(ThroughAProxyTest, WhatTheProxySaysIsSaidWithItsName) {
  serve(nullptr);
  stand_between("registry.example:443", "Basic dXNlcjpzZWNyZXQ=");

  const std::string refused = failure_of(by_proxy("user:wrong@"), "https://registry.example/");
  EXPECT_THAT(refused, HasSubstr("(by the proxy " + proxy_->host() + ")"));
  EXPECT_THAT(refused, HasSubstr("407"));
  EXPECT_THAT(refused, Not(HasSubstr("wrong")));
  EXPECT_THAT(failure_of(by_proxy("user:secret@"), "https://unknown.example/"), HasSubstr("502"));
  const HttpClientSettings nobody{.proxy = [](const Url&) { return "http://127.0.0.1:1"; }};
  EXPECT_THAT(failure_of(nobody, "https://registry.example/"), HasSubstr("(by the proxy 127.0.0.1:1)"));
}

// The proxy dials whatever it is asked for: an address that a registry wrote into a realm must not get there.
TEST_F(ThroughAProxyTest, AddressesAreJudgedBeforeTheProxyIsAsked) {
  serve(nullptr);
  stand_between("10.0.0.7:80");
  HttpClientSettings settings = by_proxy();
  UrlPolicy policy;
  settings.address_policy = [&policy](const Url& url, const std::string& address) {
    check_address(policy, url, address);
  };
  for (const std::string url : {"http://169.254.169.254/latest", "http://10.0.0.7/", "http://167772167/",
                                "http://0x0a000007/", "http://10.7/", "http://[fd00::7]/"}) {
    EXPECT_THAT(failure_of(settings, url), Not(IsEmpty())) << url;
  }
  EXPECT_THAT(proxy_->asked(), IsEmpty());

  policy.private_hosts.insert("10.0.0.7:80");
  EXPECT_EQ(make_http_client(settings)->send({.url = parse_url("http://10.0.0.7/")}).status, 200);
}

TEST_F(ThroughAProxyTest, WhatIsExemptIsDialledAndJudged) {
  serve(nullptr);
  stand_between("registry.example:80");
  const std::string own = "http://127.0.0.1:" + std::to_string(server_->port()) + "/";
  EXPECT_EQ(make_http_client(by_proxy())->send({.url = parse_url(own)}).status, 200);
  HttpClientSettings settings = by_proxy();
  settings.address_policy = [](const Url& url, const std::string& address) { check_address({}, url, address); };
  EXPECT_THAT(failure_of(settings, own), HasSubstr("127.0.0.1"));
  EXPECT_THAT(proxy_->asked(), IsEmpty());
}

}  // namespace
}  // namespace net
