#include "operator/push_events/push_event_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/guarded.h"
#include "net/hmac.h"
#include "net/http_client.h"
#include "operator/push_events/limits.h"
#include "tests/operator/support/fake_clock.h"

namespace pratique_operator::push_events {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kPush = R"({"events":[{"action":"push","target":{
  "mediaType":"application/vnd.oci.image.manifest.v1+json","repository":"shop/web","tag":"1",
  "digest":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}]})";
constexpr const char* kLayer =
    R"({"events":[{"action":"push","target":{"mediaType":"application/octet-stream","repository":"shop/web"}}]})";
constexpr const char* kType = "application/vnd.docker.distribution.events.v1+json";
constexpr const char* kSecret = "Bearer s3cret";

class FakeRequests final : public ScanRequests {
 public:
  std::optional<EventSender> find_sender(const std::string& name) override {
    looked_up.with([&](auto& names) { names.push_back(name); });
    if (name == "broken") {
      throw base::NetworkError("no API server");
    }
    if (name == "open") {
      return EventSender{.registry = name, .server = "registry:5000", .ns = "shop"};
    }
    if (name == "pipeline") {
      EventSender sender{
          .registry = name, .server = "registry:5000", .ns = "shop", .format = crds::EventFormat::kSigned};
      sender.secret = kSecret;
      return sender;
    }
    if (name == "grid") {
      EventSender sender{.registry = name, .server = "shop.azurecr.io", .ns = "shop"};
      sender.format = crds::EventFormat::kEventGrid;
      sender.hosts = {"shop.example.com"};
      sender.secret = kSecret;
      return sender;
    }
    if (name != "main") {
      return std::nullopt;
    }
    EventSender sender{.registry = "main", .server = "registry:5000", .ns = "shop"};
    sender.secret = kSecret;
    return sender;
  }
  void request(const EventSender&, const ImageEvent& event) override {
    std::unique_lock lock(mutex);
    ++waiting;
    changed.notify_all();
    changed.wait(lock, [&] { return !held; });
    on_request();
    if (fail || fails_for.contains(event.repository)) {
      throw base::NetworkError("no API server");
    }
    if (is_full) {
      throw OverQuota("exceeded quota");
    }
    events.push_back(event);
  }

  void hold(bool on) {
    const std::lock_guard lock(mutex);
    held = on;
    changed.notify_all();
  }

  base::Guarded<std::vector<std::string>> looked_up;
  std::mutex mutex;
  std::condition_variable changed;
  bool held = false;
  bool fail = false;
  std::set<std::string> fails_for;  // repositories
  std::function<void()> on_request = [] {};
  bool is_full = false;
  int waiting = 0;
  std::vector<ImageEvent> events;
};

class PushEventHandlerTest : public testing::Test {
 protected:
  net::HttpRequest event(const std::string& body) const {
    net::HttpRequest request;
    request.method = "POST";
    request.url = net::parse_url("http://127.0.0.1:" + std::to_string(server_->port()) + "/events/main");
    request.headers = {{"Authorization", kSecret}, {"Content-Type", kType}};
    request.body = body;
    return request;
  }
  int send(const net::HttpRequest& request) { return client_->send(request).status; }
  // What a pipeline sends, signed with the sender's secret.
  net::HttpRequest signed_event(const json& body) const {
    net::HttpRequest request = event(body.dump());
    request.url.target = "/events/pipeline";
    request.headers = {{"Content-Type", "application/json"},
                       {"X-Signature", "sha256=" + net::hmac_hex(net::HmacHash::kSha256, kSecret, request.body)}};
    return request;
  }
  net::HttpRequest grid_event(const json& body) const {
    net::HttpRequest request = event(body.dump());
    request.url.target = "/events/grid";
    request.headers["Content-Type"] = "application/json";
    return request;
  }

  FakeRequests requests_;
  net::Metrics metrics_;
  tests::FakeClock clock_;
  PushEventHandler handler_{requests_, metrics_, clock_};
  std::unique_ptr<net::HttpServer> server_ = net::make_http_server(
      {.name = "events", .address = "127.0.0.1", .port = 0, .threads = 1, .limits = {}, .tls = nullptr},
      [this](net::ServerRequest request, net::Responder responder) {
        handler_.handle(std::move(request), std::move(responder));
      });
  std::unique_ptr<net::HttpClient> client_ = net::make_http_client({});
};

TEST_F(PushEventHandlerTest, StoresBeforeItAnswers) {
  EXPECT_EQ(send(event(kPush)), 202);

  ASSERT_EQ(requests_.events.size(), 1u);
  EXPECT_EQ(requests_.events[0].repository, "shop/web");
  EXPECT_EQ(requests_.events[0].tag, "1");
  EXPECT_THAT(metrics_.expose(), HasSubstr(R"(pratique_events_received_total{result="stored"} 1)"));
}

TEST_F(PushEventHandlerTest, AcceptsAndCountsWhatAsksForNothing) {
  EXPECT_EQ(send(event(kLayer)), 202);

  EXPECT_TRUE(requests_.events.empty());
  EXPECT_THAT(metrics_.expose(), HasSubstr(R"(pratique_events_received_total{result="ignored"} 1)"));
}

TEST_F(PushEventHandlerTest, RefusesForgedEvents) {
  struct Row {
    const char* name;
    std::string path;
    std::optional<std::string> authorization;
    int status;
  };
  const std::vector<Row> rows = {
      {"no header", "/events/main", std::nullopt, 401},
      {"empty header", "/events/main", "", 401},
      {"another secret", "/events/main", "Bearer s3creT", 403},
      {"a part of the secret", "/events/main", "Bearer s3cre", 403},
      {"more than the secret", "/events/main", "Bearer s3cret1", 403},
      {"unknown registry", "/events/other", kSecret, 403},
      {"registry without a secret", "/events/open", "x", 403},
      {"name that no object has", "/events/..%2fmain", kSecret, 403},
      {"no name", "/events/", kSecret, 403},
  };
  for (const Row& row : rows) {
    net::HttpRequest request = event(kPush);
    request.url.target = row.path;
    request.headers.erase("Authorization");
    if (row.authorization) {
      request.headers["Authorization"] = *row.authorization;
    }
    EXPECT_EQ(send(request), row.status) << row.name;
  }
  EXPECT_TRUE(requests_.events.empty());
}

TEST_F(PushEventHandlerTest, DoesNotLookUpNamesThatNoObjectCanHave) {
  net::HttpRequest request = event(kPush);
  request.url.target = "/events/..%2fmain";

  EXPECT_EQ(send(request), 403);

  requests_.looked_up.with([](const auto& names) { EXPECT_TRUE(names.empty()); });
}

TEST_F(PushEventHandlerTest, RefusesWhatCannotBeRead) {
  EXPECT_EQ(send(event("{")), 400);
  EXPECT_EQ(send(event("[]")), 400);
  net::HttpRequest other_type = event(kPush);
  other_type.headers["Content-Type"] = "text/plain";
  EXPECT_EQ(send(other_type), 400);
  EXPECT_EQ(send(event(R"({"events":[]})" + std::string(kEventBodyBytesMax, ' '))), 413);
  net::HttpRequest get = event("");
  get.method = "GET";
  EXPECT_EQ(send(get), 405);
  net::HttpRequest elsewhere = event(kPush);
  elsewhere.url.target = "/";
  EXPECT_EQ(send(elsewhere), 404);
}

TEST_F(PushEventHandlerTest, SaysLaterWhenItCannotStore) {
  requests_.fail = true;
  EXPECT_EQ(send(event(kPush)), 503);
  net::HttpRequest unreadable_secret = event(kPush);
  unreadable_secret.url.target = "/events/broken";
  EXPECT_EQ(send(unreadable_secret), 503);
  requests_.fail = false;
  EXPECT_EQ(send(event(kPush)), 202);
}

// A body with one push of each repository.
std::string body_of(const std::vector<std::string>& repositories) {
  json body = json::parse(kPush);
  const json event = body.at("events").at(0);
  body["events"] = json::array();
  for (const std::string& repository : repositories) {
    body["events"].push_back(event);
    body["events"].back()["target"]["repository"] = repository;
  }
  return body.dump();
}

TEST_F(PushEventHandlerTest, AnImageThatCannotBeStoredKeepsNoOtherOfItsBody) {
  requests_.fails_for = {"shop/a"};
  EXPECT_EQ(send(event(body_of({"shop/a", "shop/b", "shop/c"}))), 503);

  ASSERT_EQ(requests_.events.size(), 2U);
  EXPECT_EQ(requests_.events[0].repository, "shop/b");
  EXPECT_EQ(requests_.events[1].repository, "shop/c");
  EXPECT_THAT(metrics_.expose(), HasSubstr(R"(pratique_events_received_total{result="not_stored"} 1)"));
  EXPECT_THAT(metrics_.expose(), HasSubstr(R"(pratique_events_received_total{result="stored"} 2)"));
}

// Each of 256 images would take its timeout.
TEST_F(PushEventHandlerTest, DoesNotTryAWholeBodyAgainstAnApiServerThatIsAway) {
  requests_.fail = true;
  requests_.on_request = [this] { clock_.advance(kStoringTimeMax / 2 + std::chrono::seconds(1)); };
  EXPECT_EQ(send(event(body_of({"shop/a", "shop/b", "shop/c", "shop/d"}))), 503);
  EXPECT_EQ(requests_.waiting, 2);
}

TEST_F(PushEventHandlerTest, AnswersASenderThatAsksWhetherItsEventsAreWanted) {
  const json validation = {{{"eventType", "Microsoft.EventGrid.SubscriptionValidationEvent"},
                            {"data", {{"validationCode", "512d38b6"}, {"validationUrl", "https://192.0.2.1/"}}}}};
  const net::HttpResponse answer = client_->send(grid_event(validation));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"validationResponse":"512d38b6"})");

  net::HttpRequest options = event("");
  options.method = "OPTIONS";
  options.headers = {{"WebHook-Request-Origin", "eventemitter.example.com"}};
  const net::HttpResponse invitation = client_->send(options);
  EXPECT_EQ(invitation.status, 200);
  EXPECT_EQ(net::find_header(invitation.headers, "WebHook-Allowed-Origin"), "eventemitter.example.com");
  options.headers.clear();
  EXPECT_EQ(send(options), 405);
}

TEST_F(PushEventHandlerTest, LeavesOutImagesOfAnotherRegistry) {
  const auto pushed = [](const std::string& host) {
    return json{
        {{"eventType", "Microsoft.ContainerRegistry.ImagePushed"},
         {"data",
          {{"action", "push"},
           {"target",
            {{"mediaType", "application/vnd.oci.image.manifest.v1+json"}, {"repository", "shop/web"}, {"tag", "1"}}},
           {"request", {{"host", host}}}}}}};
  };
  EXPECT_EQ(send(grid_event(pushed("other.azurecr.io"))), 202);
  EXPECT_TRUE(requests_.events.empty());
  EXPECT_THAT(metrics_.expose(), HasSubstr(R"(pratique_events_received_total{result="other_host"} 1)"));
  EXPECT_EQ(send(grid_event(pushed("Shop.azurecr.io"))), 202);
  EXPECT_EQ(send(grid_event(pushed("shop.example.com"))), 202);
  EXPECT_EQ(requests_.events.size(), 2U);
}

TEST_F(PushEventHandlerTest, LogsNoSecretOfAPath) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  net::HttpRequest request = event(kPush);
  request.url.target = "/events/broken/a-secret-of-the-sender";
  EXPECT_EQ(send(request), 503);
  request.url.target = "/events/main/a-secret-of-the-sender";
  request.headers["Authorization"] = "wrong";
  EXPECT_EQ(send(request), 403);
  const std::string log = testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("broken"));
  EXPECT_THAT(log, testing::Not(HasSubstr("a-secret")));
}

TEST_F(PushEventHandlerTest, StoresAnEventOnceHoweverOftenItIsSent) {
  const json pushed = {
      {"id", "build-7"}, {"time", base::format_rfc3339(clock_.system_now())}, {"image", "registry:5000/shop/web:1"}};
  requests_.fail = true;
  EXPECT_EQ(send(signed_event(pushed)), 503);
  requests_.fail = false;
  EXPECT_EQ(send(signed_event(pushed)), 202) << "what was not stored is no repetition";
  EXPECT_EQ(send(signed_event(pushed)), 202);
  EXPECT_EQ(requests_.events.size(), 1U);
  EXPECT_THAT(metrics_.expose(), HasSubstr(R"(pratique_events_received_total{result="repeated"} 1)"));
}

// A registry that was told no would send it for ever, and nothing else.
TEST_F(PushEventHandlerTest, AFullNamespaceDoesNotHoldUpTheRegistry) {
  requests_.is_full = true;
  EXPECT_EQ(send(event(kPush)), 202);
  EXPECT_TRUE(requests_.events.empty());
  EXPECT_THAT(metrics_.expose(), HasSubstr(R"(pratique_events_received_total{result="over_quota"} 1)"));
}

TEST_F(PushEventHandlerTest, ASignatureCountsForAWhile) {
  const json pushed = {{"time", base::format_rfc3339(clock_.system_now())}, {"image", "registry:5000/shop/web:1"}};
  clock_.advance(kReplayWindow / 2 - std::chrono::seconds(1));
  EXPECT_EQ(send(signed_event(pushed)), 202);
  clock_.advance(std::chrono::seconds(3));
  EXPECT_EQ(send(signed_event(pushed)), 403);
  const json ahead = {{"time", base::format_rfc3339(clock_.system_now() + kReplayWindow)},
                      {"image", "registry:5000/shop/web:1"}};
  EXPECT_EQ(send(signed_event(ahead)), 403);
  EXPECT_EQ(requests_.events.size(), 1U);
}

TEST_F(PushEventHandlerTest, SaysWhatIsWrongWithAPipelinesEvent) {
  const std::string now = base::format_rfc3339(clock_.system_now());
  EXPECT_EQ(send(signed_event({{"image", "registry:5000/shop/web:1"}})), 400);
  EXPECT_EQ(send(signed_event({{"time", now}, {"image", "Shop Web"}})), 400);
  EXPECT_EQ(send(signed_event({{"time", now}, {"image", "registry:5000/shop/web:1"}, {"digest", "sha256:1"}})), 400);
  EXPECT_EQ(send(signed_event({{"time", now}, {"image", "registry:5000/shop/web:1"}, {"action", "pull"}})), 400);
}

TEST_F(PushEventHandlerTest, HoldsASenderToItsRate) {
  const auto body = [](std::size_t count) {
    json events = json::array();
    for (std::size_t i = 0; i < count; ++i) events.push_back(json::parse(kPush).at("events").at(0));
    return json{{"events", events}}.dump();
  };
  const auto whole_bodies = static_cast<std::size_t>(kEventBurst) / kEventsPerBodyMax;
  for (std::size_t i = 0; i < whole_bodies; ++i) EXPECT_EQ(send(event(body(kEventsPerBodyMax))), 202);
  EXPECT_EQ(send(event(body(kEventsPerBodyMax))), 429);
  EXPECT_EQ(send(event(kLayer)), 202) << "what asks for nothing is not counted";
  clock_.advance(std::chrono::seconds(60));
  EXPECT_EQ(send(event(body(kEventsPerBodyMax))), 202);
}

// Four workers and the queue are full: the next sender is told at once, and a server thread is never blocked.
TEST_F(PushEventHandlerTest, SaysLaterWhenTooMuchIsWaiting) {
  requests_.hold(true);
  constexpr std::size_t kWorkers = 4;
  std::vector<std::jthread> senders;
  for (std::size_t i = 0; i < kWorkers; ++i) {
    senders.emplace_back([this] { EXPECT_EQ(send(event(kPush)), 202); });
  }
  {
    std::unique_lock lock(requests_.mutex);
    requests_.changed.wait(lock, [&] { return requests_.waiting == kWorkers; });
  }
  std::atomic<int> busy = 0;
  std::atomic<int> stored = 0;
  for (std::size_t i = 0; i < kEventsWaitingMax + 1; ++i) {
    senders.emplace_back([&] {
      const int status = send(event(kPush));
      status == 503 ? ++busy : ++stored;
      // The first refusal shows that all places are taken.
      if (status == 503) {
        requests_.hold(false);
      }
    });
  }
  senders.clear();

  EXPECT_EQ(busy, 1);
  EXPECT_EQ(stored, static_cast<int>(kEventsWaitingMax));
}

}  // namespace
}  // namespace pratique_operator::push_events
