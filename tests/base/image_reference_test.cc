#include "base/image_reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace base {
namespace {

const std::string kHex = std::string(64, 'a');
const std::string kDigest = "sha256:" + kHex;

struct Good {
  std::string name;
  std::string text;
  std::string normal;
};
void PrintTo(const Good& good, std::ostream* out) {
  *out << good.name;
}
class GoodReference : public ::testing::TestWithParam<Good> {};

TEST_P(GoodReference, HasOneNormalForm) {
  const ImageReference reference = parse_image_reference(GetParam().text);

  EXPECT_EQ(reference.text(), GetParam().normal);
  EXPECT_EQ(parse_image_reference(reference.text()), reference);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, GoodReference,
    ::testing::Values(Good{"OnePart", "nginx", "docker.io/library/nginx:latest"},
                      Good{"Tag", "nginx:1.25", "docker.io/library/nginx:1.25"},
                      Good{"TwoParts", "team/app", "docker.io/team/app:latest"},
                      Good{"DockerIo", "docker.io/nginx", "docker.io/library/nginx:latest"},
                      Good{"IndexDockerIo", "index.docker.io/team/app:1", "docker.io/team/app:1"},
                      Good{"RegistryDockerIo", "registry-1.docker.io/library/nginx", "docker.io/library/nginx:latest"},
                      Good{"Host", "registry.example.com/app", "registry.example.com/app:latest"},
                      Good{"HostPort", "registry:5000/app", "registry:5000/app:latest"},
                      Good{"HostPortTag", "registry:5000/team/app:v1", "registry:5000/team/app:v1"},
                      Good{"Localhost", "localhost/app", "localhost/app:latest"},
                      Good{"UpperCaseHost", "Registry.Example.COM/app", "registry.example.com/app:latest"},
                      Good{"Ipv4", "10.0.0.1:5000/app", "10.0.0.1:5000/app:latest"},
                      Good{"Ipv6", "[fd00::1]:5000/app:v1", "[fd00::1]:5000/app:v1"},
                      Good{"Ipv6WithoutPort", "[::1]/app", "[::1]/app:latest"},
                      Good{"Digest", "nginx@" + kDigest, "docker.io/library/nginx@" + kDigest},
                      Good{"TagAndDigest", "r:5000/app:v1@" + kDigest, "r:5000/app:v1@" + kDigest},
                      Good{"Separators", "r.io/a.b/c_d/e__f/g---h", "r.io/a.b/c_d/e__f/g---h:latest"},
                      Good{"TagWithColonLikePort", "app:5000", "docker.io/library/app:5000"},
                      Good{"UpperCaseTag", "app:V1_.-x", "docker.io/library/app:V1_.-x"},
                      Good{"ColonBetweenHostAndPath", "host:5000/app", "host:5000/app:latest"},
                      Good{"ColonWithoutPath", "host:5000", "docker.io/library/host:5000"},
                      Good{"PortAndTag", "host:5000/app:6000", "host:5000/app:6000"},
                      Good{"HighestPort", "host:65535/app", "host:65535/app:latest"},
                      Good{"DockerIoAsAPrefix", "docker.io.evil.example/library/nginx",
                           "docker.io.evil.example/library/nginx:latest"},
                      Good{"DockerIoAsASuffix", "evil-docker.io/nginx", "evil-docker.io/nginx:latest"},
                      Good{"DockerIoAsAPath", "evil.example/docker.io/nginx", "evil.example/docker.io/nginx:latest"},
                      Good{"DockerIoWithAPort", "docker.io:443/library/nginx", "docker.io:443/library/nginx:latest"},
                      Good{"DockerIoInUpperCase", "DOCKER.IO/nginx", "docker.io/library/nginx:latest"},
                      Good{"LibraryWritten", "library/nginx", "docker.io/library/nginx:latest"},
                      Good{"LibraryOfAnotherHost", "registry:5000/nginx", "registry:5000/nginx:latest"},
                      Good{"IndexDockerIoOnePart", "index.docker.io/nginx", "docker.io/library/nginx:latest"},
                      Good{"LocalhostInUpperCase", "LOCALHOST/app", "localhost/app:latest"},
                      Good{"Ipv6InUpperCase", "[FD00::1]/app", "[fd00::1]/app:latest"},
                      Good{"Ipv6WithIpv4", "[::ffff:10.0.0.1]:5000/app", "[::ffff:10.0.0.1]:5000/app:latest"},
                      Good{"HexName", std::string(63, 'a'), "docker.io/library/" + std::string(63, 'a') + ":latest"},
                      Good{"HexNameAndTag", kHex + ":v1", "docker.io/library/" + kHex + ":v1"},
                      Good{"NameLikeAnAlgorithm", "sha256:v1", "docker.io/library/sha256:v1"},
                      Good{"LongTag", "app:" + std::string(128, 'a'),
                           "docker.io/library/app:" + std::string(128, 'a')}),
    [](const auto& row) { return row.param.name; });

struct Bad {
  std::string name;
  std::string text;
  std::string reason;
};
void PrintTo(const Bad& bad, std::ostream* out) {
  *out << bad.name;
}
class BadReference : public ::testing::TestWithParam<Bad> {};

TEST_P(BadReference, IsRefusedWithItsReason) {
  try {
    static_cast<void>(parse_image_reference(GetParam().text));
    FAIL() << "was accepted";
  } catch (const ParseError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr(GetParam().reason));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadReference,
    ::testing::Values(
        Bad{"Empty", "", "empty"}, Bad{"UpperCasePath", "registry.io/App", "lower-case"},
        Bad{"UpperCaseHostWithoutDot", "REGISTRY/app", "cannot be told from a path"},
        Bad{"UpperCaseOnePart", "Nginx", "lower-case"}, Bad{"Space", "app :v1", "printable ASCII"},
        Bad{"Newline", "app\n", "printable ASCII"}, Bad{"Utf8", "\xD0\xB0pp", "printable ASCII"},
        Bad{"Scheme", "https://registry.io/app", ""}, Bad{"EmptyTag", "app:", "tag"},
        Bad{"TagBeginsWithDot", "app:.v1", "tag"}, Bad{"TagTooLong", "app:" + std::string(129, 'a'), "tag"},
        Bad{"Sha512", "app@sha512:" + kHex + kHex, "digest"}, Bad{"ShortDigest", "app@sha256:abc", "digest"},
        Bad{"UpperCaseDigest", "app@sha256:" + std::string(64, 'A'), "digest"},
        Bad{"TwoDigests", "app@" + kDigest + "@" + kDigest, "digest"},
        Bad{"TagAfterDigest", "app@" + kDigest + ":v1", "digest"}, Bad{"EmptyPart", "a//b", ""},
        Bad{"LeadingSlash", "/app", ""}, Bad{"TrailingSlash", "app/", ""}, Bad{"DotDot", "a/../b", ""},
        Bad{"TwoDots", "a..b", ""}, Bad{"ThreeUnderscores", "a___b", ""}, Bad{"LeadingDash", "-app", ""},
        Bad{"TrailingDot", "app.", ""}, Bad{"PortNotANumber", "registry:port/app", "host"},
        Bad{"PortTooLong", "registry:123456/app", "host"}, Bad{"HostDash", "-a.io/app", "host"},
        Bad{"OpenBracket", "[::1/app", "host"}, Bad{"HostAlone", "registry.io/", ""},
        Bad{"UserInformation", "user@registry.io/app", ""}, Bad{"TooLong", std::string(1025, 'a'), "1024 bytes"},
        Bad{"FourKilobytes", "r.io/" + std::string(4096, 'a'), "1024 bytes"},
        Bad{"Nul", std::string("app\0:v1", 7), "printable ASCII"}, Bad{"Tab", "app\t", "printable ASCII"},
        Bad{"TrailingSpace", "app:v1 ", "printable ASCII"}, Bad{"LeadingSpace", " app:v1", "printable ASCII"},
        Bad{"OnlyASpace", " ", "printable ASCII"}, Bad{"Delete", "app\x7F", "printable ASCII"},
        Bad{"CyrillicHost", "r\xD0\xB5gistry.io/app", "printable ASCII"},
        Bad{"FullWidthColon", "app\xEF\xBC\x9Av1", "printable ASCII"},
        Bad{"FractionSlash",
            "registry.io\xE2\x81\x84"
            "app",
            "printable ASCII"},
        Bad{"RightToLeft", "app\xE2\x80\xAE:v1", "printable ASCII"},
        Bad{"ZeroWidthSpace", "ap\xE2\x80\x8Bp", "printable ASCII"},
        Bad{"ByteOrderMark",
            "\xEF\xBB\xBF"
            "app",
            "printable ASCII"},
        Bad{"NotUtf8", "app\xFF", "printable ASCII"}, Bad{"ImageId", kDigest, "id of an image on a node"},
        Bad{"BareImageId", kHex, "id of an image on a node"},
        Bad{"ImageIdOfSha512", "sha512:" + kHex + kHex, "id of an image on a node"},
        Bad{"ImageIdOfSha384", "sha384:" + std::string(96, '0'), "id of an image on a node"},
        Bad{"PortPastTheLast", "registry:65536/app", "registry must be"},
        Bad{"PortZero", "registry:0/app", "registry must be"},
        Bad{"PortSigned", "registry:+80/app", "registry must be"},
        Bad{"EmptyPort", "registry:/app", "registry must be"}, Bad{"TwoPorts", "registry:1:2/app", "registry must be"},
        Bad{"TwoTags", "app:v1:v2", "tag"}, Bad{"TagBeforeThePath", "registry.io:v1/app", "registry must be"},
        Bad{"BracketsWithoutAnAddress", "[abcd]/app", "registry must be"},
        Bad{"TwoDoubleColons", "[1::2::3]/app", "registry must be"},
        Bad{"Ipv6WithZone", "[fe80::1%eth0]/app", "registry must be"},
        Bad{"Ipv6Bare", "fe80::1/app", "registry must be"}, Bad{"TextAfterBrackets", "[::1]x/app", "registry must be"},
        Bad{"HostTrailingDot", "registry.io./app", "registry must be"},
        Bad{"HostUnderscore", "my_registry.io/app", "registry must be"},
        Bad{"Percent", "registry.io/a%2fb", "lower-case"}, Bad{"Backslash", "registry.io\\app", "lower-case"},
        Bad{"Query", "registry.io/app?x=1", "lower-case"}, Bad{"EmptyDigest", "app@", "digest"},
        Bad{"DigestWithoutAlgorithm", "app@" + kHex, "digest"}, Bad{"LongDigest", "app@" + kDigest + "a", "digest"},
        Bad{"UpperCaseAlgorithm", "app@SHA256:" + kHex, "digest"},
        Bad{"DigestAlone", "@" + kDigest, "repository is missing"}, Bad{"TagAlone", ":v1", "repository is missing"},
        Bad{"NameTooLong", "r.io/" + std::string(251, 'a'), "255 bytes"}),
    [](const auto& row) { return row.param.name; });

TEST(ImageReference, NamesTheReferenceWithoutItsControlCharacters) {
  try {
    static_cast<void>(parse_image_reference("app\x1B[31m"));
    FAIL() << "was accepted";
  } catch (const ParseError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("app\\u{1b}[31m"));
  }
}

TEST(ImageReference, ShowsALookAlikeByItsBytes) {
  try {
    static_cast<void>(parse_image_reference("r\xD0\xB5gistry.io/app"));
    FAIL() << "was accepted";
  } catch (const ParseError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("\"r\\xd0\\xb5gistry.io/app\""));
  }
}

TEST(ImageReference, AtADigestHasNoTag) {
  const ImageReference reference = parse_image_reference("registry.io/app:v1");

  EXPECT_EQ(reference.at(*Digest::parse(kDigest)).text(), "registry.io/app@" + kDigest);
}

}  // namespace
}  // namespace base
