// The webhook over HTTP: what is answered to whom.
#include "admission/webhook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/guarded.h"
#include "net/http_client.h"
#include "tests/admission/reviews.h"

namespace admission {
namespace {

using nlohmann::json;
using testing::deny_high;
using testing::FedView;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::pod;
using testing::policy_object;
using testing::review_json;

class WebhookOverHttp : public ::testing::Test {
 protected:
  net::HttpResponse send(const std::string& method, const std::string& path, const std::string& body) {
    net::HttpRequest request;
    request.method = method;
    request.url = net::parse_url("http://127.0.0.1:" + std::to_string(server_->port()) + path);
    request.headers["Content-Type"] = "application/json";
    request.body = body;
    return client_->send(request);
  }
  json answer_to(const json& review) { return json::parse(send("POST", "/validate", review.dump()).body)["response"]; }

  FedView fed_;
  base::RealClock clock_;
  net::Metrics metrics_;
  base::Guarded<std::vector<ScanWish>> wishes_;
  Webhook webhook_{{.view = fed_.view(),
                    .clock = clock_,
                    .metrics = metrics_,
                    .kinds = policy::kubernetes_workload_kinds(),
                    .ask_for_scan = [this](ScanWish wish) {
                      wishes_.with([&](std::vector<ScanWish>& wishes) { wishes.push_back(std::move(wish)); });
                      return true;
                    }}};
  std::unique_ptr<net::HttpServer> server_ = net::make_http_server(
      {.name = "test", .address = "127.0.0.1", .port = 0, .threads = 1, .limits = {}, .tls = nullptr},
      webhook_.handler());
  std::unique_ptr<net::HttpClient> client_ = net::make_http_client({});
};

TEST_F(WebhookOverHttp, OnlyPostsToItsPathAreServed) {
  fed_.list_nothing();
  EXPECT_EQ(send("POST", "/", review_json({}).dump()).status, 404);
  EXPECT_EQ(send("POST", "/validate/more", review_json({}).dump()).status, 404);
  EXPECT_EQ(send("GET", "/validate", "").status, 405);
  EXPECT_EQ(send("POST", "/validate?timeout=10s", review_json({}).dump()).status, 200);
}

TEST_F(WebhookOverHttp, BeforeEverythingIsListedNothingIsAdmitted) {
  const json answer = answer_to(review_json({}));
  EXPECT_FALSE(answer["allowed"].get<bool>());
  EXPECT_EQ(answer["status"]["code"], 503);
  fed_.list_nothing();
  EXPECT_TRUE(answer_to(review_json({}))["allowed"].get<bool>());
}

TEST_F(WebhookOverHttp, WhatHasNoUidIsABadRequest) {
  fed_.list_nothing();
  for (const std::string body : {"", "{", "{}", "[1]", "\xff"}) {
    EXPECT_EQ(send("POST", "/validate", body).status, 400) << body;
  }
}

TEST_F(WebhookOverHttp, WhatCannotBeReadIsDeniedByItsUid) {
  fed_.list_nothing();
  json review = review_json({});
  review["request"]["object"]["spec"]["containers"] = "none";
  const json answer = answer_to(review);
  EXPECT_EQ(answer["uid"], "u-1");
  EXPECT_FALSE(answer["allowed"].get<bool>());
  EXPECT_EQ(answer["status"]["code"], 400);
  EXPECT_THAT(answer["status"]["message"].get<std::string>(), HasSubstr("containers"));
}

TEST_F(WebhookOverHttp, AnUnknownImageIsAskedFor) {
  fed_.list_nothing();
  fed_.apply(policy_object(deny_high()));
  EXPECT_FALSE(answer_to(review_json({}))["allowed"].get<bool>());
  // The wish is told after the answer, on the same thread: a second answer comes after it.
  (void)answer_to(review_json({.operation = "DELETE"}));
  wishes_.with([](const std::vector<ScanWish>& wishes) {
    ASSERT_EQ(wishes.size(), 1U);
    EXPECT_EQ(wishes.front().image, "registry:5000/web:1");
  });
}

TEST_F(WebhookOverHttp, CountsWithLabelsOfClosedSetsAlone) {
  fed_.list_nothing();
  fed_.apply(policy_object(deny_high()));
  (void)answer_to(review_json({}));
  (void)send("POST", "/validate", "{");
  (void)answer_to(review_json({.operation = "DELETE"}));
  const std::string metrics = metrics_.expose();
  EXPECT_THAT(metrics, HasSubstr("pratique_admission_decisions_total{decision=\"deny\",reason=\"unscanned\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("controller_runtime_webhook_requests_total{webhook=\"/validate\",code=\"400\"} 1"));
  EXPECT_THAT(metrics, Not(HasSubstr("registry:5000")));
}

}  // namespace
}  // namespace admission
