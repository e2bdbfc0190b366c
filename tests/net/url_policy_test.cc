#include "net/url_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace net {
namespace {

using ::testing::HasSubstr;

struct Address {
  std::string text;
  bool allowed;
};
void PrintTo(const Address& address, std::ostream* out) {
  *out << address.text;
}

class AddressPolicyTest : public ::testing::TestWithParam<Address> {};

TEST_P(AddressPolicyTest, DialsTheInternetAlone) {
  const Url url = parse_url("https://registry.example.com/");
  const auto check = [&] { check_address({}, url, GetParam().text); };

  if (GetParam().allowed) {
    EXPECT_NO_THROW(check());
  } else {
    EXPECT_THROW(check(), base::NetworkError);
  }
}

TEST_P(AddressPolicyTest, DialsAnythingForANamedHost) {
  const Url url = parse_url("https://registry.example.com/");

  EXPECT_NO_THROW(check_address({.private_hosts = {"registry.example.com:443"}}, url, GetParam().text));
  EXPECT_NO_THROW(check_address({.plain_http_hosts = {"registry.example.com:443"}}, url, GetParam().text));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, AddressPolicyTest,
    ::testing::Values(Address{"93.184.216.34", true}, Address{"1.1.1.1", true}, Address{"172.15.255.255", true},
                      Address{"172.32.0.0", true}, Address{"100.63.255.255", true}, Address{"100.128.0.0", true},
                      Address{"223.255.255.255", true}, Address{"2606:2800:220:1::1", true},
                      Address{"64:ff9b::5db8:d822", true}, Address{"::ffff:93.184.216.34", true},
                      Address{"127.0.0.1", false}, Address{"127.255.255.255", false}, Address{"0.0.0.0", false},
                      Address{"0.1.2.3", false}, Address{"10.0.0.1", false}, Address{"172.16.0.1", false},
                      Address{"172.31.255.255", false}, Address{"192.168.1.1", false},
                      Address{"169.254.169.254", false}, Address{"100.64.0.1", false}, Address{"198.18.0.1", false},
                      Address{"224.0.0.1", false}, Address{"255.255.255.255", false}, Address{"::1", false},
                      Address{"::", false}, Address{"fe80::1", false}, Address{"fc00::1", false},
                      Address{"fd12::1", false}, Address{"ff02::1", false}, Address{"::ffff:127.0.0.1", false},
                      Address{"::ffff:169.254.169.254", false}, Address{"::127.0.0.1", false},
                      Address{"64:ff9b::7f00:1", false}, Address{"2002:7f00:1::", false},
                      Address{"2002:a9fe:a9fe::1", false}, Address{"not an address", false}, Address{"", false}));

TEST(AddressPolicy, NamingOnePortDoesNotNameAnother) {
  const UrlPolicy policy{.private_hosts = {"registry.local:5000"}};

  EXPECT_NO_THROW(check_address(policy, parse_url("https://registry.local:5000/"), "10.0.0.1"));
  EXPECT_THROW(check_address(policy, parse_url("https://registry.local/"), "10.0.0.1"), base::NetworkError);
}

TEST(AddressPolicy, SaysHowToNameTheHost) {
  try {
    check_address({}, parse_url("https://registry.local/"), "10.0.0.1");
    FAIL() << "was allowed";
  } catch (const base::NetworkError& error) {
    EXPECT_THAT(error.what(), HasSubstr("registry.local:443 resolves to the private address 10.0.0.1"));
    EXPECT_THAT(error.what(), HasSubstr("--allow-private registry.local:443"));
  }
}

TEST(SchemePolicy, PlainHttpIsForNamedHostsAlone) {
  const UrlPolicy policy{.plain_http_hosts = {"localhost:5000"}, .private_hosts = {"localhost:5001"}};

  EXPECT_NO_THROW(check_scheme(policy, parse_url("https://anything/")));
  EXPECT_NO_THROW(check_scheme(policy, parse_url("http://localhost:5000/")));
  EXPECT_THROW(check_scheme(policy, parse_url("http://localhost:5001/")), base::NetworkError);
  EXPECT_THROW(check_scheme(policy, parse_url("http://localhost/")), base::NetworkError);
}

struct Realm {
  std::string name;
  std::string registry;
  std::string realm;
  Credentials expected;
};
void PrintTo(const Realm& realm, std::ostream* out) {
  *out << realm.name;
}
class RealmPolicy : public ::testing::TestWithParam<Realm> {};

TEST_P(RealmPolicy, JudgesWhoGetsCredentials) {
  const UrlPolicy policy{.trusted_realm_hosts = {"auth.example.org", "auth.example.org:8443"}};

  EXPECT_EQ(judge_realm(policy, parse_url(GetParam().registry), parse_url(GetParam().realm)), GetParam().expected);
}

constexpr Credentials kSend = Credentials::kSend;
constexpr Credentials kWithhold = Credentials::kWithhold;
INSTANTIATE_TEST_SUITE_P(
    Rows, RealmPolicy,
    ::testing::Values(
        Realm{"Itself", "https://r.example.com/", "https://r.example.com/token", kSend},
        Realm{"ItselfInOtherCase", "https://r.example.com/", "https://R.Example.COM/token", kSend},
        Realm{"DockerHub", "https://registry-1.docker.io/", "https://auth.docker.io/token", kSend},
        Realm{"DockerHubForOthers", "https://r.example.com/", "https://auth.docker.io/token", kWithhold},
        Realm{"DockerHubOnAnotherPort", "https://registry-1.docker.io/", "https://auth.docker.io:444/t", kWithhold},
        Realm{"GitLab", "https://registry.gitlab.com/", "https://gitlab.com/jwt/auth", kSend},
        Realm{"Trusted", "https://r.example.com/", "https://auth.example.org/token", kSend},
        Realm{"TrustedPort", "https://r.example.com/", "https://auth.example.org:8443/token", kSend},
        Realm{"OtherPortOfTrusted", "https://r.example.com/", "https://auth.example.org:9443/token", kWithhold},
        Realm{"TrustedWithoutTls", "https://r.example.com/", "http://auth.example.org/token", kWithhold},
        Realm{"OtherHost", "https://r.example.com/", "https://evil.example.net/token", kWithhold},
        Realm{"Subdomain", "https://r.example.com/", "https://x.r.example.com/token", kWithhold},
        Realm{"Superdomain", "https://r.example.com/", "https://r.example.com.evil.net/token", kWithhold},
        Realm{"OtherPort", "https://r.example.com/", "https://r.example.com:8443/token", kWithhold},
        Realm{"Downgrade", "https://r.example.com/", "http://r.example.com:443/token", kWithhold},
        Realm{"PlainItself", "http://localhost:5000/", "http://localhost:5000/token", kSend},
        Realm{"Metadata", "https://r.example.com/", "http://169.254.169.254/token", kWithhold}),
    [](const auto& row) { return row.param.name; });

TEST(RedirectPolicy, OnlyTheSameOriginKeepsTheHeader) {
  const Url from = parse_url("https://r.example.com/v2/");

  EXPECT_EQ(judge_redirect(from, parse_url("https://r.example.com/other")), kSend);
  EXPECT_EQ(judge_redirect(from, parse_url("https://r.example.com:443/other")), kSend);
  EXPECT_EQ(judge_redirect(from, parse_url("https://r.example.com:444/")), kWithhold);
  EXPECT_EQ(judge_redirect(from, parse_url("http://r.example.com/")), kWithhold);
  EXPECT_EQ(judge_redirect(from, parse_url("https://cdn.example.com/")), kWithhold);
}

}  // namespace
}  // namespace net
