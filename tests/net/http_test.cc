#include "net/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace net {
namespace {

struct Good {
  std::string name;
  std::string text;
  Url url;
};
void PrintTo(const Good& good, std::ostream* out) {
  *out << good.name;
}
class GoodUrl : public ::testing::TestWithParam<Good> {};

TEST_P(GoodUrl, IsSplit) {
  EXPECT_EQ(parse_url(GetParam().text), GetParam().url);
}
TEST_P(GoodUrl, ReadsItsOwnText) {
  EXPECT_EQ(parse_url(GetParam().url.text()), GetParam().url);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, GoodUrl,
    ::testing::Values(Good{"Https", "https://a.example/", {"https", "a.example", 443, "/"}},
                      Good{"Http", "http://a.example/b", {"http", "a.example", 80, "/b"}},
                      Good{"NoPath", "https://a.example", {"https", "a.example", 443, "/"}},
                      Good{"QueryWithoutPath", "https://a.example?b=c", {"https", "a.example", 443, "/?b=c"}},
                      Good{"Port", "https://a.example:8443/b?c", {"https", "a.example", 8443, "/b?c"}},
                      Good{"DefaultPortWritten", "https://a.example:443/", {"https", "a.example", 443, "/"}},
                      Good{"Case", "HTTPS://A.Example/B", {"https", "a.example", 443, "/B"}},
                      Good{"Ipv6", "http://[::1]:5000/", {"http", "[::1]", 5000, "/"}},
                      Good{"Fragment", "https://a.example/b#c", {"https", "a.example", 443, "/b"}},
                      Good{"Underscore", "https://a_b/", {"https", "a_b", 443, "/"}}),
    [](const auto& row) { return row.param.name; });

struct Bad {
  std::string name;
  std::string text;
};
void PrintTo(const Bad& bad, std::ostream* out) {
  *out << bad.name;
}
class BadUrl : public ::testing::TestWithParam<Bad> {};

TEST_P(BadUrl, IsRefused) {
  EXPECT_THROW(static_cast<void>(parse_url(GetParam().text)), base::ParseError);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadUrl,
    ::testing::Values(Bad{"Empty", ""}, Bad{"NoScheme", "a.example/"}, Bad{"OtherScheme", "ftp://a.example/"},
                      Bad{"File", "file:///etc/passwd"}, Bad{"NoHost", "https:///a"}, Bad{"OnlyPort", "https://:443/"},
                      Bad{"UserInformation", "https://a.example@evil.example/"},
                      Bad{"UserInformationInPortPlace", "https://a.example:443@evil.example/"},
                      Bad{"Backslash", "https://a.example\\@evil.example/"}, Bad{"Space", "https://a.example/ b"},
                      Bad{"Newline", "https://a.example/\r\nHost: b"}, Bad{"Utf8Host", "https://ex\xC3\xA4mple/"},
                      Bad{"PercentInHost", "https://a%2eexample/"}, Bad{"PortZero", "https://a:0/"},
                      Bad{"PortTooLarge", "https://a:65536/"}, Bad{"PortOverflow", "https://a:99999999999/"},
                      Bad{"PortNotANumber", "https://a:b/"}, Bad{"EmptyPort", "https://a:/"},
                      Bad{"OpenBracket", "https://[::1/"}, Bad{"JunkAfterBracket", "https://[::1]x/"},
                      Bad{"ZoneId", "https://[fe80::1%25eth0]/"},
                      Bad{"TooLong", "https://a/" + std::string(8192, 'a')}),
    [](const auto& row) { return row.param.name; });

TEST(ParseUrl, DoesNotShowTheQueryInItsMessage) {
  try {
    static_cast<void>(parse_url("ftp://a.example/b?signature=secret"));
    FAIL() << "was accepted";
  } catch (const base::ParseError& error) {
    EXPECT_THAT(error.what(), ::testing::Not(::testing::HasSubstr("secret")));
  }
}

TEST(ResolveUrl, FollowsRfc3986) {
  const Url base = parse_url("https://a.example:8443/b/c?d");
  const auto resolve = [&](std::string_view reference) { return resolve_url(base, reference).text(); };

  EXPECT_EQ(resolve("http://x.example/y"), "http://x.example/y");
  EXPECT_EQ(resolve("//x.example/y"), "https://x.example/y");
  EXPECT_EQ(resolve("/y?z"), "https://a.example:8443/y?z");
  EXPECT_EQ(resolve("y"), "https://a.example:8443/b/y");
  EXPECT_EQ(resolve("?y"), "https://a.example:8443/b/c?y");
  EXPECT_EQ(resolve(""), "https://a.example:8443/b/c?d");
  EXPECT_EQ(resolve("/y?z=a:b"), "https://a.example:8443/y?z=a:b");
}

TEST(ResolveUrl, RefusesOtherSchemes) {
  for (const std::string reference : {"javascript:alert(1)", "data:,x", "file:///etc/passwd", "ftp://a/"}) {
    EXPECT_THROW(static_cast<void>(resolve_url(parse_url("https://a/"), reference)), base::ParseError) << reference;
  }
}

TEST(Headers, AreFoundInAnyCase) {
  const Headers headers = {{"Content-Type", "a"}};

  EXPECT_EQ(find_header(headers, "content-TYPE"), "a");
  EXPECT_EQ(find_header(headers, "Content"), std::nullopt);
}

TEST(FieldValue, HasNoControlCharacters) {
  EXPECT_TRUE(is_field_value("a b\tc"));
  EXPECT_FALSE(is_field_value("a\r\nb"));
  EXPECT_FALSE(is_field_value(std::string_view("a\0b", 3)));
  EXPECT_FALSE(is_field_value("\x7F"));
}

TEST(PercentEncode, KeepsUnreservedCharactersAlone) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("a/b:c d&=+\xC3\xA4"), "a%2Fb%3Ac%20d%26%3D%2B%C3%A4");
}

}  // namespace
}  // namespace net
