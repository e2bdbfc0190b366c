#include "kubernetes/api_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_api_server.h"

namespace kubernetes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tests::FakeApiServer;
using tests::object_of;

const ResourceType kType{.group = "", .version = "v1", .kind = "ConfigMap", .plural = "configmaps", .namespaced = true};
const ObjectKey kKey{.ns = "shop", .name = "web"};

class ApiClientTest : public testing::Test {
 protected:
  FakeApiServer server_;
  std::unique_ptr<ApiClient> client_ = make_api_client(server_.config("secret"));

  net::ServerRequest request() const { return server_.requests().back(); }
  nlohmann::json body() const { return nlohmann::json::parse(request().body); }
  std::optional<ApiError> error_of_get() {
    try {
      (void)client_->get(kType, kKey);
    } catch (const ApiError& error) {
      return error;
    }
    return std::nullopt;
  }
};

TEST_F(ApiClientTest, SendsItsTokenAndAsksForJson) {
  server_.then_object(object_of("web", "7"));

  EXPECT_EQ(resource_version_of(*client_->get(kType, kKey)), "7");

  EXPECT_EQ(request().target, "/api/v1/namespaces/shop/configmaps/web");
  EXPECT_EQ(net::find_header(request().headers, "authorization"), "Bearer secret");
  EXPECT_EQ(net::find_header(request().headers, "accept"), "application/json");
}

TEST_F(ApiClientTest, AppliesAsOneFieldManager) {
  server_.then_object(object_of("web", "7"));

  (void)client_->apply(kType, {{"metadata", {{"namespace", "shop"}, {"name", "web"}}}},
                       {.field_manager = "pratique operator", .subresource = "status", .force = true});

  EXPECT_EQ(request().method, "PATCH");
  EXPECT_EQ(request().target,
            "/api/v1/namespaces/shop/configmaps/web/status?fieldManager=pratique%20operator&force=true");
  EXPECT_EQ(net::find_header(request().headers, "content-type"), "application/apply-patch+yaml");
  EXPECT_EQ(body().at("apiVersion"), "v1");
  EXPECT_EQ(body().at("kind"), "ConfigMap");
}

TEST_F(ApiClientTest, WritesByTheOtherVerbs) {
  for (int i = 0; i < 4; ++i) server_.then_object(object_of("web", "7"));

  (void)client_->create(kType, {{"metadata", {{"namespace", "shop"}, {"generateName", "web-"}}}});
  EXPECT_EQ(request().method + " " + request().target, "POST /api/v1/namespaces/shop/configmaps");
  (void)client_->replace(kType, object_of("web", "6"), "status");
  EXPECT_EQ(request().method + " " + request().target, "PUT /api/v1/namespaces/shop/configmaps/web/status");
  EXPECT_EQ(resource_version_of(body()), "6");
  (void)client_->merge_patch(kType, kKey, {{"data", {{"a", "b"}}}}, {});
  EXPECT_EQ(net::find_header(request().headers, "content-type"), "application/merge-patch+json");
  EXPECT_TRUE(client_->remove(kType, kKey, "7"));
  EXPECT_EQ(request().method, "DELETE");
  EXPECT_EQ(body().at("preconditions").at("resourceVersion"), "7");
}

TEST_F(ApiClientTest, TellsAbsenceFromFailure) {
  server_.then_status(404, "NotFound").then_status(404, "NotFound").then_status(500, "InternalError");

  EXPECT_EQ(client_->get(kType, kKey), std::nullopt);
  EXPECT_FALSE(client_->remove(kType, kKey, {}));
  EXPECT_THROW((void)client_->remove(kType, kKey, {}), ApiError);
}

TEST_F(ApiClientTest, NamesTheRequestAndTheReasonOfAnError) {
  server_.then_status(429, "TooManyRequests", {{"Retry-After", "5"}});

  const std::optional<ApiError> error = error_of_get();

  ASSERT_TRUE(error);
  EXPECT_THAT(error->what(), HasSubstr("/api/v1/namespaces/shop/configmaps/web: no: TooManyRequests"));
  EXPECT_EQ(error->reason(), "TooManyRequests");
  EXPECT_EQ(error->retry_after(), std::chrono::seconds(5));
}

TEST_F(ApiClientTest, UnderstandsAnErrorThatIsNoStatus) {
  server_.then({.status = 502, .headers = {}, .body = "<h1>bad\x1b gateway</h1>"});

  const std::optional<ApiError> error = error_of_get();

  ASSERT_TRUE(error);
  EXPECT_EQ(error->status(), 502);
  EXPECT_THAT(error->what(), HasSubstr("<h1>bad\\u{1b} gateway</h1>"));
}

TEST_F(ApiClientTest, RefusesAnAnswerThatIsNoObject) {
  for (const char* body : {"", "[]", "<html>", "{\"a\":"}) {
    server_.then({.status = 200, .headers = {}, .body = body});
    EXPECT_THROW((void)client_->get(kType, kKey), base::ParseError) << body;
  }
}

TEST_F(ApiClientTest, DoesNotFollowARedirectWithItsToken) {
  server_.then({.status = 302, .headers = {{"Location", "http://127.0.0.1:1/steal"}}, .body = ""});

  const std::optional<ApiError> error = error_of_get();

  ASSERT_TRUE(error);
  EXPECT_EQ(error->status(), 302);
  EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(ApiClientTest, ListsAPageAfterTheOther) {
  server_.then_list("5", {object_of("a", "1")}, "t1").then_list("5", {object_of("b", "2")});
  ListOptions options;
  options.ns = "shop";
  options.label_selector = "app in (web)";
  options.limit = 1;
  std::vector<std::string> names;

  const std::string version = client_->list(
      kType, options, [&](const nlohmann::json& item) { names.push_back(key_of(item).name); }, [] { FAIL(); }, {});

  EXPECT_EQ(version, "5");
  EXPECT_THAT(names, ElementsAre("a", "b"));
  EXPECT_EQ(request().target,
            "/api/v1/namespaces/shop/configmaps?limit=1&labelSelector=app%20in%20%28web%29&continue=t1");
}

TEST_F(ApiClientTest, BeginsAListAnewThreeTimesAndNotForEver) {
  for (int i = 0; i < 10; ++i) server_.then_list("5", {object_of("a", "1")}, "t").then_status(410, "Expired");
  int restarts = 0;

  try {
    (void)client_->list(
        kType, {}, [](const nlohmann::json&) {}, [&] { ++restarts; }, {});
    FAIL() << "it must give up";
  } catch (const ApiError& error) {
    EXPECT_TRUE(error.gone());
    EXPECT_THAT(error.what(), HasSubstr("and so did 3 that were begun anew"));
  }

  EXPECT_EQ(restarts, 3);
  EXPECT_EQ(server_.requests().size(), 8U);
}

TEST_F(ApiClientTest, LeavesItAtTheFirstPageWhereThatIsAllThatIsWanted) {
  server_.then_list("5", {object_of("a", "1")}, "t1");
  ListOptions options;
  options.limit = 1;
  options.extent = ListExtent::kFirstPage;

  EXPECT_EQ(client_->list(
                kType, options, [](const nlohmann::json&) {}, [] { FAIL(); }, {}),
            "5");

  EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(ApiClientTest, EndsAListOrWatchThatIsToStop) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW((void)client_->list(
                   kType, {}, [](const nlohmann::json&) {}, [] {}, stop.get_token()),
               base::NetworkError);
}

TEST_F(ApiClientTest, EndsAWatchWhenTheReaderHasEnough) {
  server_.then_watch(tests::watch_line("ADDED", object_of("a", "1")) + tests::watch_line("ADDED", object_of("b", "2")),
                     tests::WatchEnd::kSilent);
  std::vector<std::string> names;

  client_->watch(kType, {},
                 [&](const WatchEvent& event) {
                   names.push_back(key_of(event.object).name);
                   return false;
                 },
                 {});

  EXPECT_THAT(names, ElementsAre("a"));
}

TEST_F(ApiClientTest, CountsItsRequests) {
  net::Metrics metrics;
  const std::unique_ptr<ApiClient> client = make_api_client(server_.config(), &metrics);
  server_.then_status(404, "NotFound");

  (void)client->get(kType, kKey);

  EXPECT_THAT(metrics.expose(), HasSubstr("rest_client_requests_total{code=\"404\""));
  EXPECT_THAT(metrics.expose(), HasSubstr("rest_client_request_duration_seconds_count"));
}

}  // namespace
}  // namespace kubernetes
