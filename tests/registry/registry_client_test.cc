// The registry client against a registry that misbehaves; tests/integration/registry has the well-behaved one.
#include "registry/registry_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "registry/retry_after.h"
#include "tests/support/fake_registry.h"

namespace registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using tests::descriptor_json;
using tests::FakeImage;
using tests::FakeRegistry;

const Credential kAlice{.username = "alice", .password = "hunter2"};
const std::string kAliceBasic = "Basic YWxpY2U6aHVudGVyMg==";

class RegistryClient : public ::testing::Test {
 protected:
  std::unique_ptr<ImageSource> source(const std::string& rest, std::vector<Credential> credentials = {}) {
    return make_registry_source({.reference = registry_.reference(rest),
                                 .credentials = std::move(credentials),
                                 .policy = policy_ ? *policy_ : registry_.policy()},
                                clock_);
  }
  ResolvedImage resolve(const std::string& rest, std::vector<Credential> credentials = {}) {
    return source(rest, std::move(credentials))->resolve({}, {});
  }
  template <typename Exception>
  std::string message_of(const std::function<void()>& step) {
    try {
      step();
    } catch (const Exception& error) {
      return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }
  // Answers 401 with this challenge until `authorization` is sent.
  void require(const std::string& challenge, const std::string& authorization) {
    registry_.intercept([=](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
      if (!request.target.starts_with("/v2/")) return std::nullopt;
      if (net::find_header(request.headers, "Authorization") == authorization) return std::nullopt;
      return net::ServerResponse{.status = 401, .headers = {{"WWW-Authenticate", challenge}}};
    });
  }

  base::RealClock clock_;
  FakeRegistry registry_;
  std::optional<net::UrlPolicy> policy_;
};

TEST_F(RegistryClient, ResolvesATagToItsManifestAndPlatform) {
  const FakeImage image = registry_.add_image("layer", "v1");

  const auto image_source = source("app:v1");
  const ResolvedImage resolved = image_source->resolve({}, {});
  const Manifest manifest = image_source->manifest(image.manifest, {});

  EXPECT_EQ(resolved.digest, image.manifest);
  ASSERT_THAT(resolved.manifests, SizeIs(1));
  EXPECT_EQ(resolved.manifests[0].platform.text(), "linux/amd64");
  EXPECT_EQ(manifest.layers.at(0).digest, image.layer);
  EXPECT_EQ(read_blob(*image_source, manifest.layers[0], 100, {}), "layer");
}

TEST_F(RegistryClient, TheDigestWinsOverTheTag) {
  registry_.add_image("new", "v1");
  const FakeImage old = registry_.add_image("old");

  EXPECT_EQ(resolve("app:v1@" + old.manifest.text()).digest, old.manifest);
}

TEST_F(RegistryClient, ReadsEveryWantedManifestOfAnIndex) {
  const FakeImage amd64 = registry_.add_image("a");
  const FakeImage arm64 = registry_.add_image("b", "", R"({"os":"linux","architecture":"arm64"})");
  const auto entry = [](const FakeImage& image, const std::string& platform) {
    return descriptor_json(tests::kOciManifestType, image.manifest, image.manifest_bytes.size(),
                           R"(,"platform":)" + platform);
  };
  const base::Digest index = registry_.add_manifest(
      R"({"schemaVersion":2,"manifests":[)" + entry(amd64, R"({"os":"linux","architecture":"amd64"})") + "," +
          entry(arm64, R"({"os":"linux","architecture":"arm64","variant":"v8"})") + "," +
          entry(amd64, R"({"os":"unknown","architecture":"unknown"})") + "]}",
      tests::kOciIndexType, "multi");

  const ResolvedImage all = resolve("app:multi");
  const ResolvedImage some = source("app:multi")->resolve({parse_platform("linux/arm64")}, {});

  EXPECT_EQ(all.digest, index);
  EXPECT_THAT(all.manifests, SizeIs(2));
  EXPECT_THAT(all.skipped, ElementsAre(HasSubstr("(unknown/unknown): attestation")));
  ASSERT_THAT(some.manifests, SizeIs(1));
  EXPECT_EQ(some.manifests[0].digest, arm64.manifest);
}

TEST_F(RegistryClient, AnAnnotationDoesNotHideAnEntryThatRuns) {
  const FakeImage image = registry_.add_image("a");
  registry_.add_manifest(R"({"schemaVersion":2,"manifests":[)" +
                             descriptor_json("application/x-odd", image.manifest, image.manifest_bytes.size(),
                                             R"(,"platform":{"os":"linux","architecture":"amd64"},)"
                                             R"("annotations":{"vnd.docker.reference.type":"attestation-manifest"})") +
                             "]}",
                         tests::kOciIndexType, "hidden");

  EXPECT_THAT(resolve("app:hidden").manifests, SizeIs(1));
}

TEST_F(RegistryClient, AChartIsSkippedWithItsReason) {
  const std::string config = R"({"name":"chart","version":"1"})";
  const base::Digest digest = registry_.add_blob(config);
  registry_.add_manifest(R"({"schemaVersion":2,"config":)" +
                             descriptor_json("application/vnd.cncf.helm.config.v1+json", digest, config.size()) +
                             R"(,"layers":[]})",
                         tests::kOciManifestType, "chart");

  const ResolvedImage resolved = resolve("app:chart");

  EXPECT_THAT(resolved.manifests, IsEmpty());
  EXPECT_THAT(resolved.skipped, ElementsAre(HasSubstr("not a container image")));
  EXPECT_TRUE(resolved.is_artifact);
}

TEST_F(RegistryClient, NamesAnUnknownImage) {
  const std::string message = message_of<base::HttpError>([&] { resolve("app:nope"); });

  EXPECT_THAT(message, HasSubstr(registry_.host()));
  EXPECT_THAT(message, HasSubstr("app/manifests/nope: 404 MANIFEST_UNKNOWN"));
}

TEST_F(RegistryClient, RefusesAManifestWhoseDigestLies) {
  const FakeImage image = registry_.add_image("layer");
  registry_.intercept([](const net::ServerRequest&) { return net::ServerResponse{.body = "{}"}; });

  EXPECT_THAT(message_of<base::ParseError>([&] { resolve("app@" + image.manifest.text()); }),
              HasSubstr("manifest " + image.manifest.text() + ": the bytes have the digest"));
}

TEST_F(RegistryClient, RefusesATagWhoseHeaderLies) {
  const FakeImage image = registry_.add_image("layer", "v1");
  registry_.intercept([&](const net::ServerRequest&) {
    return net::ServerResponse{.headers = {{"Docker-Content-Digest", "sha256:" + std::string(64, 'a')}},
                               .body = image.manifest_bytes};
  });

  EXPECT_THAT(message_of<base::ParseError>([&] { resolve("app:v1"); }), HasSubstr("the bytes have the digest"));
}

struct BadBlob {
  std::string name;
  std::string served;
  std::string message;
};
void PrintTo(const BadBlob& blob, std::ostream* out) {
  *out << blob.name;
}
class RegistryClientBadBlob : public RegistryClient, public ::testing::WithParamInterface<BadBlob> {};

TEST_P(RegistryClientBadBlob, IsRefused) {
  const FakeImage image = registry_.add_image("layer", "v1");
  registry_.intercept([&](const net::ServerRequest&) { return net::ServerResponse{.body = GetParam().served}; });

  const std::string message = message_of<base::ParseError>(
      [&] { static_cast<void>(read_blob(*source("app:v1"), {.digest = image.layer, .size = 5}, 100, {})); });

  EXPECT_THAT(message, HasSubstr("blob " + image.layer.text()));
  EXPECT_THAT(message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(Rows, RegistryClientBadBlob,
                         ::testing::Values(BadBlob{"OtherBytes", "LAYER", "the bytes have the digest"},
                                           BadBlob{"TooShort", "laye", "4 bytes, but its descriptor says 5"},
                                           BadBlob{"TooLong", "layer!", "more bytes than the 5"},
                                           BadBlob{"Empty", "", "0 bytes, but its descriptor says 5"}),
                         [](const auto& row) { return row.param.name; });

TEST_F(RegistryClient, SendsBasicCredentialsWhenAsked) {
  registry_.add_image("layer", "v1");
  require("Basic realm=\"registry\"", kAliceBasic);

  EXPECT_THAT(resolve("app:v1", {kAlice}).manifests, SizeIs(1));
  EXPECT_EQ(registry_.seen().front().authorization, "");
}

TEST_F(RegistryClient, TriesEveryCredential) {
  registry_.add_image("layer", "v1");
  require("Basic realm=\"registry\"", kAliceBasic);

  EXPECT_THAT(resolve("app:v1", {{.username = "bob", .password = "wrong"}, kAlice}).manifests, SizeIs(1));
}

TEST_F(RegistryClient, SaysThatCredentialsAreMissingOrWrong) {
  require("Basic realm=\"registry\"", "nobody's");

  EXPECT_THAT(message_of<base::HttpError>([&] { resolve("app:v1"); }), HasSubstr("401 (no credentials were given)"));
  EXPECT_THAT(message_of<base::HttpError>([&] { resolve("app:v1", {kAlice}); }),
              HasSubstr("401 (the credentials were refused)"));
}

// A realm of its own, on another port: for the registry it is another host.
class RegistryClientToken : public RegistryClient {
 protected:
  void SetUp() override {
    registry_.add_image("layer", "v1");
    realm_.intercept([this](const net::ServerRequest&) {
      ++tokens_given_;
      return net::ServerResponse{.body = R"({"token":"t)" + std::to_string(tokens_given_.load()) + R"("})"};
    });
    require("Bearer realm=\"" + realm_.url() + "/token?a=b\",service=\"reg, istry\",scope=\"repository:app:pull,push\"",
            "Bearer t1");
    policy_ = net::UrlPolicy{.plain_http_hosts = {registry_.host(), realm_.host()}};
  }
  FakeRegistry realm_;
  std::atomic<int> tokens_given_ = 0;
};

TEST_F(RegistryClientToken, AsksTheRealmForPullAlone) {
  EXPECT_THAT(resolve("app:v1").manifests, SizeIs(1));

  ASSERT_THAT(realm_.seen(), SizeIs(1));
  EXPECT_EQ(realm_.seen()[0].target, "/token?a=b&scope=repository%3Aapp%3Apull&service=reg%2C%20istry");
  EXPECT_EQ(realm_.seen()[0].authorization, "");
}

TEST_F(RegistryClientToken, SendsCredentialsToATrustedRealmAlone) {
  policy_->trusted_realm_hosts = {realm_.host()};

  EXPECT_THAT(resolve("app:v1", {kAlice}).manifests, SizeIs(1));

  EXPECT_EQ(realm_.seen().at(0).authorization, kAliceBasic);
  EXPECT_THAT(registry_.all_authorizations(), Not(HasSubstr("Basic")));
}

TEST_F(RegistryClientToken, AnUntrustedRealmGetsNoCredentials) {
  require("Bearer realm=\"" + realm_.url() + "/token\"", "nobody's");

  const std::string message = message_of<RealmNotTrustedError>([&] { resolve("app:v1", {kAlice}); });

  EXPECT_THAT(message, HasSubstr("RealmNotTrusted"));
  EXPECT_THAT(message, HasSubstr(realm_.host()));
  EXPECT_THAT(realm_.all_authorizations(), Not(HasSubstr("Basic")));
  EXPECT_THAT(realm_.seen().at(0).target, Not(HasSubstr("hunter2")));
}

TEST_F(RegistryClientToken, APublicImageBehindAnUntrustedRealmIsRead) {
  EXPECT_THAT(resolve("app:v1", {kAlice}).manifests, SizeIs(1));

  EXPECT_THAT(realm_.all_authorizations(), Not(HasSubstr("Basic")));
}

TEST_F(RegistryClientToken, AnAnonymousTokenServesAllRequestsOfAScan) {
  const auto image_source = source("app:v1");
  const ResolvedImage image = image_source->resolve({}, {});
  const Manifest manifest = image_source->manifest(image.manifests.at(0).digest, {});

  EXPECT_EQ(read_blob(*image_source, manifest.layers.at(0), 100, {}), "layer");
  EXPECT_EQ(tokens_given_, 1);
}

TEST_F(RegistryClientToken, ASharedCacheSparesTheSecondScanTheRealm) {
  const auto tokens = std::make_shared<TokenCache>();
  const RegistryClientSettings settings{
      .reference = registry_.reference("app:v1"), .policy = *policy_, .tokens = tokens};

  static_cast<void>(make_registry_source(settings, clock_)->resolve({}, {}));
  static_cast<void>(make_registry_source(settings, clock_)->resolve({}, {}));

  EXPECT_EQ(tokens_given_, 1);
}

TEST_F(RegistryClientToken, AnExpiredTokenIsAskedForAnew) {
  const auto image_source = source("app:v1");
  static_cast<void>(image_source->resolve({}, {}));
  require("Bearer realm=\"" + realm_.url() + "/token\"", "Bearer t2");

  EXPECT_THAT(image_source->resolve({}, {}).manifests, SizeIs(1));
  EXPECT_EQ(tokens_given_, 2);
}

TEST_F(RegistryClientToken, PullAuthorizationIsWhatAnotherProgramMaySend) {
  const std::string authorization =
      pull_authorization({.reference = registry_.reference("app:v1"), .policy = *policy_}, clock_, {});
  const auto other = make_registry_source(
      {.reference = registry_.reference("app:v1"), .authorization = authorization, .policy = registry_.policy()},
      clock_);

  EXPECT_EQ(authorization, "Bearer t1");
  EXPECT_THAT(other->resolve({}, {}).manifests, SizeIs(1));
  EXPECT_EQ(tokens_given_, 1);
}

TEST_F(RegistryClientToken, PullAuthorizationIsANewToken) {
  RegistryClientSettings settings{
      .reference = registry_.reference("app:v1"), .policy = *policy_, .tokens = std::make_shared<TokenCache>()};
  static_cast<void>(make_registry_source(settings, clock_)->resolve({}, {}));
  require("Bearer realm=\"" + realm_.url() + "/token\"", "Bearer t2");

  EXPECT_EQ(pull_authorization(settings, clock_, {}), "Bearer t2");
}

TEST_F(RegistryClientToken, ATokenThatIsNoHeaderValueIsRefused) {
  realm_.intercept(
      [](const net::ServerRequest&) { return net::ServerResponse{.body = R"({"token":"a\r\nX-Evil: b"})"}; });

  EXPECT_THAT(message_of<base::ParseError>([&] { resolve("app:v1"); }), HasSubstr("no usable token"));
}

TEST_F(RegistryClientToken, ARealmWithoutTlsMustBeNamed) {
  policy_ = registry_.policy();

  EXPECT_THAT(message_of<base::NetworkError>([&] { resolve("app:v1"); }), HasSubstr("without TLS"));
  EXPECT_THAT(realm_.seen(), IsEmpty());
}

TEST_F(RegistryClientToken, ARefreshTokenIsPosted) {
  policy_->trusted_realm_hosts = {realm_.host()};

  EXPECT_THAT(resolve("app:v1", {{.identity_token = "refresh"}}).manifests, SizeIs(1));

  EXPECT_EQ(realm_.seen().at(0).method, "POST");
  EXPECT_EQ(realm_.seen().at(0).target, "/token?a=b");
}

class RegistryClientRedirect : public RegistryClient {
 protected:
  void redirect_to(const std::string& location) {
    registry_.intercept([=](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
      if (request.target.find("/blobs/") == std::string::npos) return std::nullopt;
      return net::ServerResponse{.status = 307, .headers = {{"Location", location}}};
    });
  }
  std::string read_layer() {
    const auto image_source = make_registry_source({.reference = registry_.reference("app:v1"),
                                                    .authorization = kAliceBasic,
                                                    .policy = policy_ ? *policy_ : registry_.policy()},
                                                   clock_);
    return read_blob(*image_source, {.digest = base::Digest::of("layer"), .size = 5}, 100, {});
  }
  FakeRegistry storage_;
};

TEST_F(RegistryClientRedirect, GoesWithoutTheAuthorization) {
  policy_ = net::UrlPolicy{.plain_http_hosts = {registry_.host(), storage_.host()}};
  const base::Digest layer = storage_.add_blob("layer");
  redirect_to(storage_.url() + "/x/blobs/" + layer.text());

  EXPECT_EQ(read_layer(), "layer");

  EXPECT_EQ(registry_.seen().at(0).authorization, kAliceBasic);
  EXPECT_EQ(storage_.seen().at(0).authorization, "");
}

TEST_F(RegistryClientRedirect, ToAPlainHttpHostThatNobodyNamedIsRefused) {
  redirect_to(storage_.url() + "/x");

  EXPECT_THAT(message_of<base::NetworkError>([&] { read_layer(); }), HasSubstr("without TLS"));
  EXPECT_THAT(storage_.seen(), IsEmpty());
}

TEST_F(RegistryClientRedirect, ToAPrivateAddressThatNobodyNamedIsRefused) {
  redirect_to("https://localhost:" + std::to_string(storage_.port()) + "/x");

  EXPECT_THAT(message_of<base::NetworkError>([&] { read_layer(); }), HasSubstr("private address"));
}

TEST_F(RegistryClientRedirect, EndsAfterFive) {
  redirect_to("/v2/app/blobs/again");

  EXPECT_THAT(message_of<base::NetworkError>([&] { read_layer(); }), HasSubstr("more than 5 redirects"));
  EXPECT_THAT(registry_.seen(), SizeIs(6));
}

TEST_F(RegistryClientRedirect, ToAnotherSchemeIsRefused) {
  redirect_to("file:///etc/passwd");

  EXPECT_THAT(message_of<base::ParseError>([&] { read_layer(); }), HasSubstr("https://"));
}

TEST_F(RegistryClient, APrivateAddressMustBeNamed) {
  const auto image_source = make_registry_source(
      {.reference = base::parse_image_reference("localhost:" + std::to_string(registry_.port()) + "/app:v1")}, clock_);

  const std::string message = message_of<base::NetworkError>([&] { static_cast<void>(image_source->resolve({}, {})); });

  EXPECT_THAT(message, HasSubstr("--allow-private localhost:" + std::to_string(registry_.port())));
  EXPECT_THAT(registry_.seen(), IsEmpty());
}

TEST_F(RegistryClient, TooManyRequestsCarriesWhenToComeBack) {
  registry_.intercept([](const net::ServerRequest&) {
    return net::ServerResponse{.status = 429, .headers = {{"Retry-After", "7"}}};
  });

  try {
    resolve("app:v1");
    FAIL() << "nothing was thrown";
  } catch (const base::HttpError& error) {
    EXPECT_EQ(error.status(), 429);
    EXPECT_EQ(error.retry_after(), std::chrono::seconds(7));
  }
}

struct RetryAfter {
  std::string name;
  std::string header;
  std::string body;
  std::optional<int> seconds;
};
void PrintTo(const RetryAfter& row, std::ostream* out) {
  *out << row.name;
}
class RetryAfterTest : public ::testing::TestWithParam<RetryAfter> {};

TEST_P(RetryAfterTest, IsReadDefensively) {
  net::HttpResponse response{.status = 429, .body = GetParam().body};
  if (!GetParam().header.empty()) response.headers["Retry-After"] = GetParam().header;
  const base::SystemTime now = *base::parse_rfc3339("2026-01-31T08:00:00Z");

  const auto seconds = parse_retry_after(response, now);

  EXPECT_EQ(seconds.has_value(), GetParam().seconds.has_value());
  if (GetParam().seconds) {
    EXPECT_EQ(seconds->count(), *GetParam().seconds);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, RetryAfterTest,
    ::testing::Values(RetryAfter{"Seconds", "30", "", 30}, RetryAfter{"AtLeastOne", "0", "", 1},
                      RetryAfter{"AtMostFiveMinutes", "86400", "", 300},
                      RetryAfter{"Huge", "99999999999999999999999", "", 300},
                      RetryAfter{"Date", "Sat, 31 Jan 2026 08:00:20 GMT", "", 20},
                      RetryAfter{"PastDate", "Sat, 31 Jan 2026 07:00:00 GMT", "", 1},
                      RetryAfter{"FarDate", "Fri, 31 Dec 9999 23:59:59 GMT", "", 300},
                      RetryAfter{"DateThatIsNone", "Sat, 99 Jan 2026 08:00:20 GMT", "", std::nullopt},
                      RetryAfter{"List", "5, 10", "", 5}, RetryAfter{"Hexadecimal", "0x10", "", 1},
                      RetryAfter{"MicrosecondsInTheBody", "", "retry-after: 35.852\xC2\xB5s, allowed", 1},
                      RetryAfter{"MinutesInTheBody", "", "retry-after: 1.5m", 90},
                      RetryAfter{"Negative", "-5", "", std::nullopt}, RetryAfter{"Words", "soon", "", std::nullopt},
                      RetryAfter{"Nothing", "", "", std::nullopt}, RetryAfter{"NoNumber", "nan", "", std::nullopt},
                      RetryAfter{"NoNumberBelowZero", "-nan", "", std::nullopt},
                      RetryAfter{"NoNumberInTheBody", "", "retry-after: nan(5)m", std::nullopt},
                      RetryAfter{"ForEver", "inf", "", 300}, RetryAfter{"HoursForEver", "1e308h", "", 300}),
    [](const auto& row) { return row.param.name; });

TEST(RegistryRoot, DockerHubIsAnotherHost) {
  const auto root = [](const std::string& reference, const net::UrlPolicy& policy) {
    return registry_root(base::parse_image_reference(reference), policy).text();
  };

  EXPECT_EQ(root("nginx", {}), "https://registry-1.docker.io/");
  EXPECT_EQ(root("registry.example.com/a", {}), "https://registry.example.com/");
  EXPECT_EQ(root("registry:5000/a", {}), "https://registry:5000/");
  EXPECT_EQ(root("registry:5000/a", {.plain_http_hosts = {"registry:5000"}}), "http://registry:5000/");
}

TEST(RegistryRoot, PlainHttpWithoutAPortMeansPort80) {
  const auto root =
      registry_root(base::parse_image_reference("registry.local/a"), {.plain_http_hosts = {"registry.local:80"}});

  EXPECT_EQ(root.text(), "http://registry.local/");
}

}  // namespace
}  // namespace registry
