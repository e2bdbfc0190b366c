// Waiting over HTTP: who is parked, what wakes him, who is not, and what it costs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "admission/webhook.h"
#include "base/guarded.h"
#include "tests/admission/reviews.h"
#include "tests/net/raw_connection.h"
#include "tests/support/eventually.h"

namespace admission {
namespace {

using crds::Severity;
using nlohmann::json;
using testing::FedView;
using ::testing::HasSubstr;
using testing::kAmd64;
using testing::namespace_object;
using testing::pod;
using testing::policy_object;
using testing::report_object;
using testing::Request;
using testing::review_json;
using testing::row;
using testing::scan_object;
using testing::ScanObject;
using testing::wait_then_deny;
using tests::eventually;
using Connection = net::testing::RawConnection;

std::ptrdiff_t threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

// The day of the fixtures, and the machine's time.
class Today final : public base::Clock {
 public:
  [[nodiscard]] base::SystemTime system_now() const override { return testing::kNow; }
  [[nodiscard]] base::SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }
};

// The webhook on a port of its own, and namespace shop whose policy waits.
class Served {
 public:
  struct Settings {
    int wait_seconds = 8;
    ParkingLimits parking{};
  };
  explicit Served(const Settings& settings)
      : webhook_({.view = fed_.view(),
                  .clock = clock_,
                  .metrics = metrics_,
                  .kinds = policy::kubernetes_workload_kinds(),
                  .ask_for_scan = [this](const ScanWish& wish) { return take(wish); },
                  .parking = settings.parking}),
        server_(net::make_http_server({.name = "test",
                                       .address = "127.0.0.1",
                                       .limits = {.connections_max = 2000, .requests_in_flight_max = 1000}},
                                      webhook_.handler())) {
    fed_.list_nothing();
    fed_.apply(namespace_object("shop"));
    fed_.apply(policy_object(wait_then_deny(settings.wait_seconds)));
  }

  // Sends the request; its answer is to be read later.
  [[nodiscard]] std::unique_ptr<Connection> ask(const Request& request) const {
    auto connection = std::make_unique<Connection>(server_->port());
    const std::string body = review_json(request).dump();
    connection->send("POST /validate?timeout=10s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " +
                     std::to_string(body.size()) + "\r\n\r\n" + body);
    return connection;
  }
  [[nodiscard]] static json answer(Connection& connection) {
    const std::string all = connection.read_all();
    const std::size_t body = all.find("\r\n\r\n");
    if (body == std::string::npos) return nullptr;
    return json::parse(all.substr(body + 4))["response"];
  }
  [[nodiscard]] bool waits(std::size_t requests) {
    return eventually([&] { return webhook_.waiting() == requests; });
  }
  // Counted after the answer.
  [[nodiscard]] bool counts(const std::string& end) const {
    const std::string line = "pratique_admission_waits_total{end=\"" + end + "\"} 1\n";
    return eventually([&] { return metrics_.expose().find(line) != std::string::npos; });
  }
  [[nodiscard]] std::vector<ScanWish> wishes() const {
    return wishes_.with([](const auto& wishes) { return wishes; });
  }
  void scan_is_there(const std::vector<crds::ReportRow>& rows, const ScanObject& scan = {}) {
    fed_.apply(scan_object(scan));
    fed_.apply(report_object(kAmd64, rows));
  }

  FedView fed_;
  Today clock_;
  net::Metrics metrics_;
  std::atomic<bool> takes_wishes_ = true;
  base::Guarded<std::vector<ScanWish>> wishes_;
  Webhook webhook_;
  std::unique_ptr<net::HttpServer> server_;

 private:
  bool take(const ScanWish& wish) {
    wishes_.with([&](std::vector<ScanWish>& wishes) { wishes.push_back(wish); });
    return takes_wishes_;
  }
};

std::string message_of(const json& answer) {
  return answer["status"]["message"].get<std::string>();
}

TEST(Wait, IsEndedByTheFindingsOfTheScan) {
  Served served({});
  const auto asked = served.ask({});
  ASSERT_TRUE(served.waits(1));
  ASSERT_EQ(served.wishes().size(), 1U);
  EXPECT_EQ(served.wishes().front().urgency, WishUrgency::kWaiting);

  // Resolved is not scanned yet.
  served.fed_.apply(scan_object({}));
  EXPECT_TRUE(served.waits(1));
  served.fed_.apply(report_object(kAmd64, {row("CVE-2021-23337", Severity::kHigh)}));

  const json answer = Served::answer(*asked);
  EXPECT_FALSE(answer["allowed"].get<bool>());
  EXPECT_THAT(message_of(answer), HasSubstr("CVE-2021-23337"));
  EXPECT_EQ(served.wishes().size(), 1U) << "asked for once";
  EXPECT_TRUE(served.counts("decided"));
}

TEST(Wait, IsEndedByACleanScan) {
  Served served({});
  const auto asked = served.ask({});
  ASSERT_TRUE(served.waits(1));

  served.scan_is_there({});

  EXPECT_TRUE(Served::answer(*asked)["allowed"].get<bool>());
}

TEST(Wait, IsEndedByTheReportOfADigestThatAnotherNamespaceHadScanned) {
  Served served({});
  const auto asked = served.ask({.object = pod({"registry:5000/web@" + kAmd64})});
  ASSERT_TRUE(served.waits(1));

  served.scan_is_there({}, {.ns = "bank", .image = "registry:5000/other:1"});

  EXPECT_TRUE(Served::answer(*asked)["allowed"].get<bool>());
}

TEST(Wait, OfTwoImagesGoesOnUntilBothAreKnown) {
  Served served({});
  const auto asked = served.ask({.object = pod({"registry:5000/web:1", "registry:5000/api:1"})});
  ASSERT_TRUE(served.waits(1));

  served.scan_is_there({});
  EXPECT_TRUE(served.waits(1));
  served.fed_.apply(scan_object({.name = "api", .image = "registry:5000/api:1"}));

  EXPECT_TRUE(Served::answer(*asked)["allowed"].get<bool>());
}

TEST(Wait, EndsWithItsTimeAndSaysWhatToDo) {
  Served served({.wait_seconds = 1});
  const auto asked = served.ask({});

  const json answer = Served::answer(*asked);

  EXPECT_FALSE(answer["allowed"].get<bool>());
  EXPECT_THAT(message_of(answer), HasSubstr("kubectl wait -n shop imagescan/"));
  EXPECT_EQ(answer["auditAnnotations"]["decision"], "deny");
  EXPECT_TRUE(served.waits(0));
  EXPECT_TRUE(served.counts("time_up"));
}

TEST(Wait, EndsWithWhatThePolicySaysThen) {
  Served served({});
  json policy = wait_then_deny(1);
  policy["unscanned"]["then"] = "Allow";
  served.fed_.apply(policy_object(policy));

  EXPECT_TRUE(Served::answer(*served.ask({}))["allowed"].get<bool>());
}

TEST(Wait, EndsWhenTheScanNeedsSomebody) {
  Served served({});
  const auto asked = served.ask({});
  ASSERT_TRUE(served.waits(1));

  json failed = scan_object({.digest = ""});
  failed["status"] = {{"observedGeneration", 1},
                      {"conditions",
                       {{{"type", "Resolved"}, {"status", "False"}, {"reason", "NotFound"}, {"message", "push it"}},
                        {{"type", "Stalled"}, {"status", "True"}, {"reason", "NotFound"}, {"message", "push it"}}}}};
  served.fed_.apply(failed);

  const json answer = Served::answer(*asked);
  EXPECT_FALSE(answer["allowed"].get<bool>());
  EXPECT_THAT(message_of(answer), HasSubstr("NotFound: push it"));
}

TEST(Wait, OfAClientThatGoesAwayFreesItsPlace) {
  Served served({});
  const auto asked = served.ask({});
  ASSERT_TRUE(served.waits(1));

  asked->close();

  EXPECT_TRUE(served.waits(0));
  EXPECT_TRUE(served.counts("client_gone"));
}

TEST(Wait, IsEndedByTheStopOfTheWebhook) {
  Served served({});
  const auto asked = served.ask({});
  ASSERT_TRUE(served.waits(1));

  served.webhook_.stop_waiting();

  EXPECT_THAT(message_of(Served::answer(*asked)), HasSubstr("kubectl wait"));
  EXPECT_THAT(message_of(Served::answer(*served.ask({}))), HasSubstr("kubectl wait")) << "nobody waits any more";
}

TEST(Wait, BeyondTheBoundsIsAnsweredAtOnce) {
  Served served({.parking = {.requests_max = 3, .of_a_namespace_max = 2}});
  std::vector<std::unique_ptr<Connection>> asked;
  for (const char* ns : {"shop", "shop", "bank"}) asked.push_back(served.ask({.ns = ns}));
  ASSERT_TRUE(served.waits(3));

  EXPECT_FALSE(Served::answer(*served.ask({.ns = "shop"}))["allowed"].get<bool>());
  EXPECT_FALSE(Served::answer(*served.ask({.ns = "port"}))["allowed"].get<bool>());

  EXPECT_EQ(served.webhook_.waiting(), 3U);
}

TEST(Wait, DoesNotBeginForAScanThatNobodyTakes) {
  Served served({});
  served.takes_wishes_ = false;

  EXPECT_FALSE(Served::answer(*served.ask({}))["allowed"].get<bool>());
  EXPECT_TRUE(served.counts("not_asked"));
}

TEST(Wait, OfAControllerIsShort) {
  Served served({.wait_seconds = 8});
  const auto begun = std::chrono::steady_clock::now();

  const json answer = Served::answer(*served.ask({.user = "system:serviceaccount:kube-system:replicaset-controller"}));

  EXPECT_FALSE(answer["allowed"].get<bool>());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(6)) << "a second, on a busy machine";
}

TEST(Wait, OfADryRunIsForWhatSomebodyElseAskedFor) {
  Served served({});
  EXPECT_FALSE(Served::answer(*served.ask({.dry_run = true}))["allowed"].get<bool>());

  served.fed_.apply(scan_object({.digest = ""}));
  const auto asked = served.ask({.dry_run = true});
  ASSERT_TRUE(served.waits(1));
  served.scan_is_there({});

  EXPECT_TRUE(Served::answer(*asked)["allowed"].get<bool>());
  EXPECT_TRUE(served.wishes().empty());
}

TEST(Wait, IsNotForAControllersTemplateWhoseScanIsAskedForAllTheSame) {
  Served served({});
  const json deployment{{"metadata", {{"name", "web"}}}, {"spec", {{"template", pod({"registry:5000/web:1"})}}}};

  const json answer = Served::answer(*served.ask({.group = "apps", .resource = "deployments", .object = deployment}));

  EXPECT_TRUE(answer["allowed"].get<bool>());
  ASSERT_TRUE(eventually([&] { return served.wishes().size() == 1; }));
  EXPECT_EQ(served.wishes().front().urgency, WishUrgency::kRoutine);
}

TEST(Wait, HurriesAScanThatWaitsItsTurn) {
  Served served({});
  served.fed_.apply(scan_object({.digest = ""}));

  const auto asked = served.ask({});

  ASSERT_TRUE(served.waits(1));
  ASSERT_EQ(served.wishes().size(), 1U);
  EXPECT_EQ(served.wishes().front().kind, WishKind::kHurry);
}

// A storm of unknown images neither takes threads nor keeps a known one waiting.
TEST(Wait, OfFiveHundredCostsNoThreadsAndKeepsNobodyElse) {
  Served served({.parking = {.requests_max = 500, .of_a_namespace_max = 500}});
  served.scan_is_there({});
  const std::ptrdiff_t before = threads();
  std::vector<std::unique_ptr<Connection>> asked;
  for (int i = 0; i < 500; ++i) asked.push_back(served.ask({.object = pod({"registry:5000/new:1"})}));
  ASSERT_TRUE(served.waits(500));

  EXPECT_EQ(threads(), before);
  EXPECT_TRUE(Served::answer(*served.ask({}))["allowed"].get<bool>()) << "the known image";
  EXPECT_EQ(served.webhook_.waiting(), 500U);

  served.fed_.apply(scan_object({.name = "new", .image = "registry:5000/new:1"}));
  for (const auto& connection : asked) ASSERT_TRUE(Served::answer(*connection)["allowed"].get<bool>());
}

}  // namespace
}  // namespace admission
