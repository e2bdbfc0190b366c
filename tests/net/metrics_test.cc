#include "net/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "net/health.h"
#include "net/http_client.h"
#include "net/server_metrics.h"

namespace net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, AddsCountersByLabels) {
  Metrics metrics;
  metrics.describe("requests_total", "Requests by code.");
  metrics.add("requests_total", {{"code", "200"}, {"name", "a\"b\\c\nd"}});
  metrics.add("requests_total", {{"code", "200"}, {"name", "a\"b\\c\nd"}}, 2);
  metrics.add("requests_total", {{"code", "500"}, {"name", ""}});

  EXPECT_THAT(metrics.expose(), HasSubstr("# HELP requests_total Requests by code.\n"
                                          "# TYPE requests_total counter\n"
                                          "requests_total{code=\"200\",name=\"a\\\"b\\\\c\\nd\"} 3\n"
                                          "requests_total{code=\"500\",name=\"\"} 1\n"));
}

TEST(ServerMetrics, PublishWhatCameSinceTheLastTime) {
  Metrics metrics;
  ServerMetrics server("admission", metrics);
  server.publish({.connections = 3, .requests_in_flight = 2, .answers = {0, 10, 0, 1, 0}});
  server.publish({.connections = 1, .requests_in_flight = 0, .overloaded = 4, .answers = {0, 15, 0, 1, 4}});

  const std::string text = metrics.expose();
  EXPECT_THAT(text, HasSubstr("http_server_responses_total{server=\"admission\",code=\"2xx\"} 15\n"));
  EXPECT_THAT(text, HasSubstr("http_server_responses_total{server=\"admission\",code=\"4xx\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("http_server_responses_total{server=\"admission\",code=\"5xx\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("http_server_overloaded_total{server=\"admission\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("http_server_connections{server=\"admission\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("http_server_requests_in_flight{server=\"admission\"} 0\n"));
}

TEST(Metrics, ShowsADescribedMetricAtZero) {
  Metrics metrics;
  metrics.describe("errors_total", "Errors.");
  metrics.describe("depth", "Depth.");
  metrics.describe("work_seconds", "Work.");

  const std::string text = metrics.expose();

  EXPECT_THAT(text, HasSubstr("# TYPE errors_total counter\nerrors_total 0\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE depth gauge\ndepth 0\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE work_seconds histogram\n"));
  EXPECT_THAT(text, Not(HasSubstr("work_seconds 0")));
}

TEST(Metrics, KeepsTheLastValueOfAGauge) {
  Metrics metrics;
  metrics.set("depth", {}, 3);
  metrics.set("depth", {}, 2.5);

  EXPECT_THAT(metrics.expose(), HasSubstr("depth 2.5\n"));
}

TEST(Metrics, AReplacedGaugeForgetsWhatIsGone) {
  Metrics metrics;
  metrics.describe("open", "Open.");
  metrics.replace("open", {{{{"ns", "a"}}, 3}, {{{"ns", "b"}}, 1}});
  metrics.replace("open", {{{{"ns", "b"}}, 2}});

  const std::string text = metrics.expose();

  EXPECT_THAT(text, HasSubstr("# TYPE open gauge\nopen{ns=\"b\"} 2\n"));
  EXPECT_THAT(text, Not(HasSubstr("ns=\"a\"")));
}

TEST(Metrics, AHistogramMayHaveBucketsOfItsOwn) {
  Metrics metrics;
  metrics.describe_histogram("fix_seconds", "Fix.", {3600, 86400});
  EXPECT_THAT(metrics.expose(), HasSubstr("# TYPE fix_seconds histogram\n"));
  metrics.observe("fix_seconds", {}, 7200);
  metrics.observe("fix_seconds", {}, 86401);

  const std::string text = metrics.expose();

  EXPECT_THAT(text, HasSubstr("fix_seconds_bucket{le=\"3600\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("fix_seconds_bucket{le=\"86400\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("fix_seconds_bucket{le=\"+Inf\"} 2\n"));
}

TEST(Metrics, CountsObservationsInCumulativeBuckets) {
  Metrics metrics;
  metrics.observe("work_seconds", {{"kind", "a"}}, 0.0001);
  metrics.observe("work_seconds", {{"kind", "a"}}, 0.3);
  metrics.observe("work_seconds", {{"kind", "a"}}, 1000);

  const std::string text = metrics.expose();

  EXPECT_THAT(text, HasSubstr("work_seconds_bucket{kind=\"a\",le=\"0.0001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("work_seconds_bucket{kind=\"a\",le=\"0.25\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("work_seconds_bucket{kind=\"a\",le=\"0.5\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("work_seconds_bucket{kind=\"a\",le=\"300\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("work_seconds_bucket{kind=\"a\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("work_seconds_sum{kind=\"a\"} 1000.3001\n"));
  EXPECT_THAT(text, HasSubstr("work_seconds_count{kind=\"a\"} 3\n"));
}

TEST(Metrics, DescribesTheProcess) {
  const std::string text = Metrics().expose();

  for (const char* name :
       {"process_cpu_seconds_total", "process_open_fds", "process_max_fds", "process_resident_memory_bytes",
        "process_virtual_memory_bytes", "process_start_time_seconds"}) {
    EXPECT_THAT(text, HasSubstr(std::string("\n") + name + " ")) << name;
  }
}

TEST(Metrics, CountsFromSeveralThreads) {
  Metrics metrics;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) metrics.add("n_total", {});
      });
    }
  }

  EXPECT_THAT(metrics.expose(), HasSubstr("n_total 4000\n"));
}

TEST(Health, AnswersLivenessReadinessAndMetrics) {
  Metrics metrics;
  metrics.add("answers_total", {});
  std::string reason = "cache not filled";
  const auto server = make_http_server({.name = "health", .address = "127.0.0.1"},
                                       make_health_handler([&] { return reason; }, metrics));
  const auto client = make_http_client();
  const auto get = [&](const std::string& path, const std::string& method = "GET") {
    const HttpResponse response =
        client->send({.method = method, .url = parse_url("http://127.0.0.1:" + std::to_string(server->port()) + path)});
    return std::to_string(response.status) + " " + response.body;
  };

  EXPECT_EQ(get("/livez"), "200 ok\n");
  EXPECT_EQ(get("/readyz"), "503 not ready: cache not filled\n");
  EXPECT_THAT(get("/metrics?x"), HasSubstr("answers_total 1\n"));
  EXPECT_THAT(get("/other"), HasSubstr("404"));
  EXPECT_THAT(get("/livez", "POST"), HasSubstr("405"));
  reason.clear();
  EXPECT_EQ(get("/readyz"), "200 ok\n");
}

}  // namespace
}  // namespace net
