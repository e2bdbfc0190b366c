#include "registry/registry_listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/error.h"
#include "registry/attachment_tag.h"
#include "registry/limits.h"
#include "tests/support/fake_registry.h"

namespace registry {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class RegistryListingTest : public ::testing::Test {
 protected:
  using Answer = std::optional<net::ServerResponse>;

  // Answers by target; whatever has none passes to the fake's content.
  void serve(std::map<std::string, net::ServerResponse> pages) {
    registry_.intercept([pages = std::move(pages)](const net::ServerRequest& request) -> Answer {
      const auto found = pages.find(request.target);
      return found == pages.end() ? Answer() : Answer(found->second);
    });
  }
  static net::ServerResponse page(const std::string& body, const std::string& next = "") {
    net::ServerResponse response{.body = body};
    if (!next.empty()) response.headers["Link"] = "<" + next + ">; rel=\"next\"";
    return response;
  }
  RegistryListing listing(Keyring keyring = {}) {
    return {{.server = registry_.host(), .keyring = std::move(keyring), .policy = registry_.policy()}, clock_};
  }
  [[nodiscard]] std::vector<std::string> targets() const {
    std::vector<std::string> targets;
    for (const tests::FakeRegistry::Seen& seen : registry_.seen()) targets.push_back(seen.method + " " + seen.target);
    return targets;
  }

  tests::FakeRegistry registry_;
  const base::RealClock clock_;
};

TEST_F(RegistryListingTest, ReadsTheCataloguePageByPage) {
  serve({{"/v2/_catalog?n=1000", page(R"({"repositories":["a","b/c"]})", "/v2/_catalog?last=b&n=1000")},
         {"/v2/_catalog?last=b&n=1000", page(R"({"repositories":["d"]})", "_catalog?last=d&n=1000")},
         {"/v2/_catalog?last=d&n=1000", page(R"({"repositories":[]})")}});
  const Names names = listing().repositories({});
  EXPECT_THAT(names.names, ElementsAre("a", "b/c", "d"));
  EXPECT_TRUE(names.complete);
}

TEST_F(RegistryListingTest, LeavesOutWhatIsNoName) {
  serve({{"/v2/_catalog?n=1000", page(R"({"repositories":["Upper","../x","a b",7,null,"ok"]})")},
         {"/v2/ok/tags/list?n=1000", page(R"({"name":"ok","tags":["1","-x","a/b","latest",{}]})")}});
  EXPECT_THAT(listing().repositories({}).names, ElementsAre("ok"));
  EXPECT_THAT(listing().tags("ok", {}).names, ElementsAre("1", "latest"));
}

TEST_F(RegistryListingTest, ARepositoryWithoutTagsOrThatIsGoneHasNone) {
  serve({{"/v2/empty/tags/list?n=1000", page(R"({"name":"empty","tags":null})")},
         {"/v2/gone/tags/list?n=1000", {.status = 404}}});
  EXPECT_THAT(listing().tags("empty", {}).names, IsEmpty());
  EXPECT_THAT(listing().tags("gone", {}).names, IsEmpty());
}

TEST_F(RegistryListingTest, FollowsNoLinkToElsewhere) {
  for (const char* next :
       {"http://127.0.0.1:1/v2/_catalog", "https://registry.example.com/v2/_catalog", "/secret", "//x/v2/a"}) {
    serve({{"/v2/_catalog?n=1000", page(R"({"repositories":["a"]})", next)}});
    EXPECT_THROW((void)listing().repositories({}), base::Error) << next;
  }
}

TEST_F(RegistryListingTest, AListWithoutAnEndIsCut) {
  serve({{"/v2/_catalog?n=1000", page(R"({"repositories":["a"]})", "/v2/_catalog?n=1000")}});
  const Names names = listing().repositories({});
  EXPECT_FALSE(names.complete);
  EXPECT_EQ(registry_.seen().size(), static_cast<std::size_t>(kListPagesMax));
}

TEST_F(RegistryListingTest, RefusesPagesThatAreNone) {
  for (const char* body : {"", "[]", "{}", R"({"repositories":"a"})", "<html>"}) {
    serve({{"/v2/_catalog?n=1000", page(body)}});
    EXPECT_THROW((void)listing().repositories({}), base::ParseError) << body;
  }
  serve({{"/v2/_catalog?n=1000", page(std::string(kListPageBytesMax + 1, ' '))}});
  EXPECT_THROW((void)listing().repositories({}), base::LimitExceeded);
}

TEST_F(RegistryListingTest, TellsForHowLongItIsToBeLeftAlone) {
  serve({{"/v2/_catalog?n=1000", {.status = 429, .headers = {{"Retry-After", "17"}}}}});
  try {
    (void)listing().repositories({});
    FAIL();
  } catch (const base::HttpError& error) {
    EXPECT_EQ(error.status(), 429);
    EXPECT_EQ(error.retry_after(), std::chrono::seconds(17));
  }
}

TEST_F(RegistryListingTest, AsksForADigestWithoutPulling) {
  const tests::FakeImage image = registry_.add_image("layer", "1");
  RegistryListing one = listing();
  EXPECT_EQ(one.digest_of("shop/web", "1", {}), image.manifest);
  EXPECT_EQ(one.digest_of("shop/web", "2", {}), std::nullopt);
  EXPECT_THAT(targets(), Not(Contains(HasSubstr("GET "))));
}

TEST_F(RegistryListingTest, ReadsTheManifestWhereTheHeaderIsMissing) {
  const tests::FakeImage image = registry_.add_image("layer", "1");
  registry_.intercept(
      [&](const net::ServerRequest&) -> Answer { return net::ServerResponse{.body = image.manifest_bytes}; });
  EXPECT_EQ(listing().digest_of("shop/web", "1", {}), image.manifest);
}

TEST_F(RegistryListingTest, TellsWhenAnImageWasBuilt) {
  const tests::FakeImage dated =
      registry_.add_image("layer", "1", R"({"os":"linux","architecture":"amd64","created":"2026-01-31T08:00:00Z"})");
  const tests::FakeImage undated = registry_.add_image("layer", "2");
  RegistryListing one = listing();
  EXPECT_EQ(one.created_at("shop/web", dated.manifest, {}), base::parse_rfc3339("2026-01-31T08:00:00Z"));
  EXPECT_EQ(one.created_at("shop/web", undated.manifest, {}), std::nullopt);
}

TEST_F(RegistryListingTest, ShowsEachRepositoryItsOwnCredential) {
  const Keyring keyring =
      parse_docker_config_json(R"({"auths":{")" + registry_.host() + R"(/shop":{"username":"shop","password":"1"},")" +
                                   registry_.host() + R"(/bank":{"username":"bank","password":"2"}}})",
                               "test");
  registry_.intercept([](const net::ServerRequest& request) -> Answer {
    if (!net::find_header(request.headers, "Authorization")) {
      return net::ServerResponse{.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=\"r\""}}};
    }
    return page(R"({"tags":["1"]})");
  });
  RegistryListing one = listing(keyring);
  EXPECT_THAT(one.tags("shop/web", {}).names, ElementsAre("1"));
  EXPECT_THAT(one.tags("bank/api", {}).names, ElementsAre("1"));
  for (const tests::FakeRegistry::Seen& seen : registry_.seen()) {
    if (seen.authorization.empty()) continue;
    const bool is_shop = seen.target.starts_with("/v2/shop/");
    EXPECT_EQ(seen.authorization, "Basic " + base::encode_base64(is_shop ? "shop:1" : "bank:2")) << seen.target;
  }
}

TEST_F(RegistryListingTest, IsHeldBackBeforeEachRequest) {
  serve({{"/v2/_catalog?n=1000", page(R"({"repositories":["a"]})", "/v2/_catalog?last=a")},
         {"/v2/_catalog?last=a", page(R"({"repositories":[]})")}});
  int held_back = 0;
  RegistryListing one(
      {.server = registry_.host(), .policy = registry_.policy(), .before_request = [&] { ++held_back; }}, clock_);
  (void)one.repositories({});
  EXPECT_EQ(held_back, 2);
  (void)one.digest_of("a", "1", {});
  EXPECT_EQ(held_back, 3);
}

TEST(AttachmentTag, NamesTheDigestOfAnImage) {
  const std::string hex(64, 'a');
  EXPECT_TRUE(is_attachment_tag("sha256-" + hex));
  EXPECT_TRUE(is_attachment_tag("sha256-" + hex + ".sig"));
  EXPECT_TRUE(is_attachment_tag("sha256-" + hex + ".att"));
  EXPECT_FALSE(is_attachment_tag("sha256-" + hex + "a"));
  EXPECT_FALSE(is_attachment_tag("sha256-" + std::string(63, 'a') + ".sig"));
  EXPECT_FALSE(is_attachment_tag("sha256-" + std::string(64, 'g')));
  EXPECT_FALSE(is_attachment_tag("latest"));
  EXPECT_FALSE(is_attachment_tag(""));
}

}  // namespace
}  // namespace registry
