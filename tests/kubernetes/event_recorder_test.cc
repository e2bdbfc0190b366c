#include "kubernetes/event_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_api_server.h"

namespace kubernetes {
namespace {

using testing::HasSubstr;
using tests::FakeApiServer;

const ResourceType kPods{.group = "", .version = "v1", .kind = "Pod", .plural = "pods", .namespaced = true};
const ResourceType kNodes{.group = "", .version = "v1", .kind = "Node", .plural = "nodes", .namespaced = false};

Event event(const std::string& name, const std::string& reason = "ScanFailed") {
  return {.regarding_type = kPods,
          .regarding = {.ns = "shop", .name = name},
          .regarding_uid = "0f1e",
          .severity = EventSeverity::kWarning,
          .reason = reason,
          .action = "Scan",
          .note = "no such image"};
}

EventRecorderSettings settings() {
  EventRecorderSettings settings;
  settings.controller = "pratique.dev/operator";
  settings.instance = "operator-0";
  return settings;
}

void accept_everything(FakeApiServer& server) {
  server.answer_with([](const net::ServerRequest& request) { return net::ServerResponse{.body = request.body}; });
}

nlohmann::json body(const net::ServerRequest& request) {
  return nlohmann::json::parse(request.body);
}

TEST(EventRecorder, WritesWhatEventsNeed) {
  FakeApiServer server;
  accept_everything(server);
  EventRecorder recorder(make_api_client(server.config()), settings(), nullptr);

  recorder.record(event("web"));

  const net::ServerRequest request = server.wait_for_requests(1).at(0);
  EXPECT_EQ(request.method + " " + request.target, "POST /apis/events.k8s.io/v1/namespaces/shop/events");
  const nlohmann::json written = body(request);
  EXPECT_THAT(written.at("metadata").at("name").get<std::string>(), testing::StartsWith("web."));
  EXPECT_EQ(written.at("reportingController"), "pratique.dev/operator");
  EXPECT_EQ(written.at("reportingInstance"), "operator-0");
  EXPECT_EQ(written.at("reason"), "ScanFailed");
  EXPECT_EQ(written.at("action"), "Scan");
  EXPECT_EQ(written.at("type"), "Warning");
  EXPECT_EQ(written.at("note"), "no such image");
  EXPECT_EQ(written.at("regarding").at("kind"), "Pod");
  EXPECT_EQ(written.at("regarding").at("uid"), "0f1e");
}

TEST(EventRecorder, PutsEventsOfClusterScopedObjectsIntoDefault) {
  FakeApiServer server;
  accept_everything(server);
  EventRecorder recorder(make_api_client(server.config()), settings(), nullptr);
  Event of_node = event("node-1");
  of_node.regarding_type = kNodes;
  of_node.regarding.ns.clear();

  recorder.record(of_node);

  EXPECT_EQ(server.wait_for_requests(1).at(0).target, "/apis/events.k8s.io/v1/namespaces/default/events");
}

TEST(EventRecorder, CutsLongNamesAndNotes) {
  FakeApiServer server;
  accept_everything(server);
  EventRecorder recorder(make_api_client(server.config()), settings(), nullptr);
  Event longest = event(std::string(253, 'a'));
  longest.note = std::string(5000, 'n');

  recorder.record(longest);

  const nlohmann::json written = body(server.wait_for_requests(1).at(0));
  EXPECT_EQ(written.at("metadata").at("name").get<std::string>().size(), 253U);
  EXPECT_LE(written.at("note").get<std::string>().size(), 1024U);
}

TEST(EventRecorder, WritesOnlyTheFirstOfWhatRepeats) {
  FakeApiServer server;
  accept_everything(server);
  {
    EventRecorder recorder(make_api_client(server.config()), settings(), nullptr);
    for (int i = 0; i < 50; ++i) recorder.record(event("web"));
    recorder.record(event("web", "ScanSucceeded"));
  }
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST(EventRecorder, WritesTheCountOfASeriesWhenItsPeriodIsOver) {
  FakeApiServer server;
  accept_everything(server);
  EventRecorderSettings at_once = settings();
  at_once.series_period = std::chrono::seconds(0);
  EventRecorder recorder(make_api_client(server.config()), at_once, nullptr);

  // The two are taken together, or the second begins a new Event: until both came in one go, try again.
  std::vector<net::ServerRequest> requests;
  bool is_series = false;
  for (int i = 0; i < 100 && !is_series; ++i) {
    recorder.record(event("web"));
    recorder.record(event("web"));
    requests = server.wait_for_requests(requests.size() + 2);
    is_series = requests.back().method == "PATCH";
  }

  ASSERT_TRUE(is_series);
  EXPECT_EQ(body(requests.back()).at("series").at("count"), 2);
  EXPECT_TRUE(body(requests.back()).at("series").contains("lastObservedTime"));
}

TEST(EventRecorder, DropsAndCountsWhatIsTooMuch) {
  FakeApiServer server;
  accept_everything(server);
  net::Metrics metrics;
  EventRecorderSettings few = settings();
  few.burst = 3;
  few.per_second = 0;
  {
    EventRecorder recorder(make_api_client(server.config()), few, &metrics);
    for (int i = 0; i < 10; ++i) recorder.record(event("web-" + std::to_string(i)));
  }
  EXPECT_EQ(server.requests().size(), 3U);
  EXPECT_THAT(metrics.expose(), HasSubstr("pratique_events_total{result=\"written\"} 3"));
  EXPECT_THAT(metrics.expose(), HasSubstr("pratique_events_total{result=\"dropped\"} 7"));
}

TEST(EventRecorder, BoundsItsQueueWhileTheServerHangs) {
  FakeApiServer server;  // an empty script: the first request is held
  net::Metrics metrics;
  EventRecorderSettings small = settings();
  small.queue_max = 5;
  auto client = make_api_client(server.config());
  auto recorder = std::make_unique<EventRecorder>(std::move(client), small, &metrics);
  recorder->record(event("first"));
  (void)server.wait_for_requests(1);

  for (int i = 0; i < 8; ++i) recorder->record(event("web-" + std::to_string(i)));

  EXPECT_THAT(metrics.expose(), HasSubstr("pratique_events_total{result=\"dropped\"} 3"));
  server.release();
}

// Once in a while is enough to know why.
TEST(EventRecorder, CountsWhatCouldNotBeWrittenAndSaysWhyOnce) {
  FakeApiServer server;
  server.then_status(403, "Forbidden");
  server.then_status(403, "Forbidden");
  net::Metrics metrics;
  testing::internal::CaptureStderr();
  {
    EventRecorder recorder(make_api_client(server.config()), settings(), &metrics);
    recorder.record(event("web"));
    recorder.record(event("api"));
    (void)server.wait_for_requests(2);
  }
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(metrics.expose(), HasSubstr("pratique_events_total{result=\"failed\"} 2"));
  EXPECT_NE(log.find("an Event was not written"), std::string::npos) << log;
  EXPECT_EQ(log.find("an Event was not written"), log.rfind("an Event was not written")) << log;
}

}  // namespace
}  // namespace kubernetes
