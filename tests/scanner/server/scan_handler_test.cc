// The scan service over a real connection on loopback, with a scan function that does what each case needs.
#include "scanner/server/scan_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <semaphore>
#include <thread>

#include "base/error.h"
#include "net/http_client.h"
#include "registry/token_auth.h"
#include "tests/support/eventually.h"

namespace scanner::server {
namespace {

using ::testing::HasSubstr;

const std::string kDigest = "sha256:" + std::string(64, 'a');

class ScanService : public ::testing::Test {
 protected:
  void start(ScanFunction scan, std::size_t slots = 1, std::size_t queue = 0) {
    slots_ = std::make_unique<ScanSlots>(slots, queue);
    handler_ = std::make_unique<ScanHandler>(
        std::move(scan),
        ScanEnvironment{
            .slots = *slots_, .metrics = metrics_, .clock = clock_, .sign_of_life = std::chrono::milliseconds(20)});
    server_ = net::make_http_server({.name = "scans", .address = "127.0.0.1"}, std::ref(*handler_));
  }

  void TearDown() override {
    server_->stop(std::chrono::seconds(1));
    slots_->stop();
  }

  net::HttpRequest request(const std::string& body, const std::string& target = "/v1/inventories") const {
    net::HttpRequest request;
    request.method = "POST";
    request.url = net::parse_url("http://127.0.0.1:" + std::to_string(server_->port()) + target);
    request.body = body;
    return request;
  }
  net::HttpResponse ask(const std::string& body) { return client_->send(request(body)); }
  net::HttpResponse ask() { return ask(valid_request()); }

  static std::string valid_request() {
    return write_scan_request({.reference = "r/x", .digest = kDigest, .platform = "linux/amd64", .access = {}});
  }

  static ScanFailure failure_in(const net::HttpResponse& response) {
    ScanAnswerReader reader;
    reader.feed(response.body);
    try {
      static_cast<void>(reader.finish());
    } catch (const ScanFailed& failed) {
      return failed.failure();
    }
    return {};
  }

  base::RealClock clock_;
  net::Metrics metrics_;
  std::unique_ptr<ScanSlots> slots_;
  std::unique_ptr<ScanHandler> handler_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<net::HttpClient> client_ = net::make_http_client({});
};

TEST_F(ScanService, AnswersProgressAndThenTheInventory) {
  start([](const ScanRequest& request, const OnProgress& on_progress, std::stop_token) {
    on_progress({.bytes_done = 1, .bytes_total = 2, .stage = "fetch"});
    Inventory inventory;
    inventory.digest = request.digest;
    inventory.platform = request.platform;
    inventory.complete = true;
    return inventory;
  });

  const net::HttpResponse response = ask();

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(net::find_header(response.headers, "Content-Type"), "application/x-ndjson");
  std::vector<ScanProgressLine> progress;
  // On a slow machine it gives signs of life before it begins.
  ScanAnswerReader reader([&](const ScanProgressLine& line) {
    if (line.stage != "queued") progress.push_back(line);
  });
  reader.feed(response.body);
  const Inventory inventory = reader.finish();
  EXPECT_EQ(inventory.digest, kDigest);
  EXPECT_EQ(inventory.platform, "linux/amd64");
  EXPECT_EQ(progress, (std::vector<ScanProgressLine>{{1, 2, "fetch"}}));
  EXPECT_THAT(metrics_.expose(), HasSubstr("pratique_scans_total{result=\"Complete\"} 1"));
}

TEST_F(ScanService, TellsTheReasonOfAFailure) {
  struct Row {
    std::string reason;
    std::function<void()> fail;
  } const rows[] = {
      {"RealmNotTrusted", [] { throw registry::RealmNotTrustedError("401", 401); }},
      {"Unauthorized", [] { throw base::HttpError("401", 401); }},
      {"Forbidden", [] { throw base::HttpError("403", 403); }},
      {"NotFound", [] { throw base::HttpError("404", 404); }},
      {"RateLimited", [] { throw base::HttpError("429", 429, "", std::chrono::seconds(9)); }},
      {"RegistryError", [] { throw base::HttpError("500", 500); }},
      {"RegistryUnreachable", [] { throw base::NetworkError("no route"); }},
      {"InvalidImage", [] { throw base::ParseError("the digest is another"); }},
      {"LimitExceeded", [] { throw base::LimitExceeded("a manifest of 5 MiB"); }},
      {"Internal", [] { throw base::ConfigError("no sandbox"); }},
  };
  std::function<void()> fail;
  start([&](const ScanRequest&, const OnProgress&, std::stop_token) {
    fail();
    return Inventory{};
  });
  for (const Row& row : rows) {
    // The answer is there a moment before its slot is free.
    ASSERT_TRUE(tests::eventually([&] { return slots_->counts().busy == 0; }));
    fail = row.fail;
    const ScanFailure failure = failure_in(ask());
    EXPECT_EQ(failure.reason, row.reason);
    EXPECT_FALSE(failure.message.empty());
    EXPECT_EQ(failure.retry_after.has_value(), row.reason == "RateLimited");
  }
}

TEST_F(ScanService, RefusesWhatIsNoScanRequest) {
  start([](const ScanRequest&, const OnProgress&, std::stop_token) { return Inventory{}; });
  EXPECT_EQ(ask("{").status, 400);
  EXPECT_EQ(failure_in(ask("{}")).reason, "BadRequest");
  EXPECT_EQ(client_->send(request(valid_request(), "/v1/other")).status, 404);
  net::HttpRequest get = request("");
  get.method = "GET";
  EXPECT_EQ(client_->send(get).status, 405);
}

TEST_F(ScanService, AnswersAtOnceWhenItIsFull) {
  std::binary_semaphore started(0);
  std::binary_semaphore may_end(0);
  start([&](const ScanRequest&, const OnProgress&, std::stop_token) {
    started.release();
    may_end.acquire();
    return Inventory{};
  });
  std::jthread first([&] { EXPECT_EQ(ask().status, 200); });
  started.acquire();

  const net::HttpResponse response = ask();

  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(net::find_header(response.headers, "Retry-After"), "5");
  EXPECT_EQ(failure_in(response).reason, "Overloaded");
  may_end.release();
}

// Waits for a stop request as a fetch from a registry that stalls does: without a word.
void wait_for_stop(const std::stop_token& stop) {
  std::binary_semaphore asked(0);
  const std::stop_callback callback(stop, [&] { asked.release(); });
  asked.acquire();
}

TEST_F(ScanService, AScanEndsWhenNobodyWaitsForIt) {
  std::binary_semaphore started(0);
  std::binary_semaphore stopped(0);
  start([&](const ScanRequest&, const OnProgress&, std::stop_token stop) -> Inventory {
    started.release();
    wait_for_stop(stop);
    stopped.release();
    throw base::NetworkError("stopped");
  });
  std::stop_source give_up;
  std::jthread caller([&] {
    EXPECT_THROW(client_->stream(
                     request(valid_request()), [](const net::HttpResponse&) {},
                     [](std::span<const char>) { return true; }, give_up.get_token()),
                 base::NetworkError);
  });
  started.acquire();
  give_up.request_stop();
  EXPECT_TRUE(stopped.try_acquire_for(std::chrono::seconds(30)));
}

TEST_F(ScanService, SilentScansAndQueuedOnesGiveSignsOfLife) {
  std::counting_semaphore<4> may_end(0);
  start(
      [&](const ScanRequest&, const OnProgress&, std::stop_token) {
        may_end.acquire();
        return Inventory{};
      },
      1, 1);
  // Each caller lets both scans end only after it has heard something of its own.
  const auto ask_and_listen = [&] {
    std::size_t pieces = 0;
    client_->stream(
        request(valid_request()), [](const net::HttpResponse&) {},
        [&](std::span<const char>) {
          if (++pieces == 2) may_end.release();
          return true;
        },
        {});
    EXPECT_GE(pieces, 3U);
  };
  const std::jthread first(ask_and_listen);
  const std::jthread second(ask_and_listen);
}

TEST_F(ScanService, AStoppingServiceCancelsItsScans) {
  std::binary_semaphore started(0);
  start([&](const ScanRequest&, const OnProgress&, std::stop_token stop) -> Inventory {
    started.release();
    wait_for_stop(stop);
    throw base::NetworkError("stopped");
  });
  std::jthread caller([&] { EXPECT_EQ(failure_in(ask()).reason, "Cancelled"); });
  started.acquire();
  slots_->stop();
}

}  // namespace
}  // namespace scanner::server
