#include "operator/reconcilers/scanner_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/digest.h"
#include "net/http_server.h"
#include "operator/reconcilers/failure.h"
#include "operator/reconcilers/scanner_choice.h"
#include "scanner/report_wire.h"

namespace pratique_operator::reconcilers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A scan service that says what a test wants.
class FakeScanService {
 public:
  using Answer = std::function<void(net::Responder responder)>;
  explicit FakeScanService(Answer answer = {})
      : answer_(std::move(answer)),
        server_(net::make_http_server({.name = "scanner", .address = "127.0.0.1"},
                                      [this](const net::ServerRequest& request, net::Responder responder) {
                                        seen_.with([&](auto& seen) { seen.push_back(request); });
                                        answer_(std::move(responder));
                                      })) {}
  ~FakeScanService() { server_->stop(std::chrono::milliseconds(0)); }
  FakeScanService(const FakeScanService&) = delete;
  FakeScanService& operator=(const FakeScanService&) = delete;

  [[nodiscard]] net::Url url() const { return net::parse_url("http://127.0.0.1:" + std::to_string(server_->port())); }
  [[nodiscard]] std::vector<net::ServerRequest> seen() const {
    return seen_.with([](const auto& seen) { return seen; });
  }

 private:
  Answer answer_;
  base::Guarded<std::vector<net::ServerRequest>> seen_;
  std::unique_ptr<net::HttpServer> server_;  // last: it uses the others
};

// A client that is let in: plain HTTP looks at no certificate.
std::unique_ptr<ScannerClient> client_of(std::vector<net::Url> urls) {
  auto client = std::make_unique<ScannerClient>(std::move(urls));
  client->set_tls({.ca_bundle_pem = {}, .client_certificate_pem = "certificate", .client_key_pem = "key"});
  return client;
}

scanner::Inventory inventory() {
  scanner::Inventory inventory;
  inventory.digest = "sha256:" + std::string(64, 'a');
  inventory.platform = "linux/amd64";
  inventory.complete = true;
  return inventory;
}

scanner::ScanRequest request() {
  return {.reference = "registry/web:1", .digest = inventory().digest, .platform = "linux/amd64", .access = {}};
}

FakeScanService::Answer lines(std::vector<scanner::ScanLine> lines) {
  return [lines = std::move(lines)](net::Responder responder) {
    responder.start(200, {{"Content-Type", "application/x-ndjson"}});
    for (const scanner::ScanLine& line : lines) {
      static_cast<void>(responder.write(scanner::write_scan_line(line)));
    }
    responder.end();
  };
}

FakeScanService::Answer status(int status, net::Headers headers = {}) {
  return [=](net::Responder responder) {
    responder.respond({.status = status, .headers = headers, .body = R"({"error":"no"})"});
  };
}

// As the ImageScan's condition tells of it.
Failure failure_of(FakeScanService::Answer answer) {
  const FakeScanService service(std::move(answer));
  try {
    static_cast<void>(client_of({service.url()})->scan({.reference = "registry/web:1"}, {}, {}));
  } catch (const base::Error& error) {
    return describe_failure(ScanStep::kScan, error);
  }
  return {.reason = "NoFailure", .message = "", .remedy = Remedy::kRetry, .retry_after = {}};
}

TEST(ScannerClient, BringsTheInventoryThatFollowsTheProgress) {
  const FakeScanService service(
      lines({scanner::ScanProgressLine{.bytes_done = 1, .bytes_total = 2, .stage = "fetch"}, inventory()}));

  const scanner::Inventory answer =
      client_of({service.url()})
          ->scan({.reference = "registry/web:1", .digest = inventory().digest, .platform = "linux/amd64"}, {}, {});

  EXPECT_EQ(answer.digest, inventory().digest);
  EXPECT_TRUE(answer.complete);
  const net::ServerRequest request = service.seen().at(0);
  EXPECT_EQ(request.method + " " + request.target, "POST /v1/inventories");
  EXPECT_EQ(scanner::parse_scan_request(request.body).reference, "registry/web:1");
}

// Two services, and the layers that prefer each of them.
class TwoScanners : public testing::Test {
 protected:
  void start(FakeScanService::Answer first, FakeScanService::Answer second) {
    services_.push_back(std::make_unique<FakeScanService>(std::move(first)));
    services_.push_back(std::make_unique<FakeScanService>(std::move(second)));
    client_ = client_of({services_[0]->url(), services_[1]->url()});
  }
  // A layer's digest for which the service is asked first.
  [[nodiscard]] std::string layer_of(std::size_t service) const {
    for (int i = 0;; ++i) {
      const std::string layer = base::Digest::of(std::to_string(i)).text();
      const auto order = by_preference({{services_[0]->url(), "127.0.0.1"}, {services_[1]->url(), "127.0.0.1"}}, layer);
      if (order.front().url == services_[service]->url()) return layer;
    }
  }
  [[nodiscard]] std::size_t asked(std::size_t service) const { return services_[service]->seen().size(); }

  std::vector<std::unique_ptr<FakeScanService>> services_;
  std::unique_ptr<ScannerClient> client_;
};

TEST_F(TwoScanners, ALayerKeepsItsOwn) {
  start(lines({inventory()}), lines({inventory()}));

  for (int i = 0; i < 3; ++i) static_cast<void>(client_->scan(request(), layer_of(1), {}));
  static_cast<void>(client_->scan(request(), layer_of(0), {}));

  EXPECT_EQ(asked(0), 1u);
  EXPECT_EQ(asked(1), 3u);
}

TEST_F(TwoScanners, TheOtherIsAskedWhenOneIsFullOrDiesOfIt) {
  for (const FakeScanService::Answer& trouble :
       {status(429), status(503),
        lines({scanner::ScanProgressLine{.bytes_done = 1, .bytes_total = 2, .stage = "fetch"}})}) {
    services_.clear();
    start(trouble, lines({inventory()}));

    EXPECT_EQ(client_->scan(request(), layer_of(0), {}).digest, inventory().digest);

    EXPECT_EQ(asked(0), 1u);
    EXPECT_EQ(asked(1), 1u);
  }
}

TEST_F(TwoScanners, TheOtherIsAskedWhenOneIsGone) {
  start(lines({inventory()}), lines({inventory()}));
  const std::string layer = layer_of(0);
  const net::Url gone = services_[0]->url();
  const net::Url there = services_[1]->url();
  services_[0].reset();

  EXPECT_EQ(client_->scan(request(), layer, {}).digest, inventory().digest);
}

// What another scanner cannot help.
TEST_F(TwoScanners, TheImagesOwnFaultIsToldAtOnce) {
  start(lines({scanner::ScanFailure{.reason = "NotFound", .message = "404", .retry_after = {}}}), lines({inventory()}));

  EXPECT_THROW(static_cast<void>(client_->scan(request(), layer_of(0), {})), scanner::ScanFailed);

  EXPECT_EQ(asked(1), 0u);
}

// The first round asks for a free slot alone; where there is none, the scan waits where its layers are.
TEST_F(TwoScanners, AScanQueuesAtItsOwnWhenAllAreBusy) {
  const auto answer = [](bool free_later) {
    return [=, asked = 0](net::Responder responder) mutable {
      if (asked++ == 0 || !free_later) return status(429)(std::move(responder));
      lines({inventory()})(std::move(responder));
    };
  };
  start(answer(true), answer(false));

  EXPECT_EQ(client_->scan(request(), layer_of(0), {}).digest, inventory().digest);

  ASSERT_EQ(asked(0), 2u);
  EXPECT_TRUE(scanner::parse_scan_request(services_[0]->seen()[0].body).refuse_if_busy);
  EXPECT_FALSE(scanner::parse_scan_request(services_[0]->seen()[1].body).refuse_if_busy);
  EXPECT_EQ(asked(1), 1u);
}

TEST_F(TwoScanners, AllBusyIsToldAsSuch) {
  start(status(429, {{"Retry-After", "7"}}), status(429, {{"Retry-After", "7"}}));
  try {
    static_cast<void>(client_->scan(request(), layer_of(0), {}));
    FAIL() << "nobody has room";
  } catch (const base::HttpError& error) {
    EXPECT_EQ(error.status(), 429);
    EXPECT_EQ(error.retry_after(), std::chrono::seconds(7));
  }
}

TEST(ScannerClient, HasNothingToShowBeforeItsCertificateIsThere) {
  ScannerClient client({net::parse_url("https://pratique-scanner:8443")});
  EXPECT_THROW(static_cast<void>(client.scan({}, {}, {})), base::NetworkError);
}

struct FailureRow {
  const char* name;
  FakeScanService::Answer answer;
  const char* reason;
  Remedy remedy;
};

TEST(ScannerClient, EachFailureHasItsReason) {
  const std::vector<FailureRow> rows = {
      {"all slots are taken", status(429), "ScannerBusy", Remedy::kRetry},
      {"it starts or stops", status(503), "ScannerBusy", Remedy::kRetry},
      {"it is broken", status(500), "ScannerError", Remedy::kRetry},
      {"the layer is not for us",
       lines({scanner::ScanFailure{.reason = "Unauthorized", .message = "401", .retry_after = {}}}), "Unauthorized",
       Remedy::kIntervene},
      {"a layer lies",
       lines({scanner::ScanFailure{.reason = "InvalidImage", .message = "not its digest", .retry_after = {}}}),
       "InvalidImage", Remedy::kIntervene},
      {"the registry is away",
       lines({scanner::ScanFailure{.reason = "RegistryUnreachable", .message = "refused", .retry_after = {}}}),
       "RegistryUnreachable", Remedy::kRetry},
      {"it died in the middle", lines({scanner::ScanProgressLine{.bytes_done = 1, .bytes_total = 2, .stage = "fetch"}}),
       "ScannerUnavailable", Remedy::kRetry},
      {"it speaks another language",
       [](net::Responder responder) { responder.respond({.status = 200, .body = "<html>\n"}); }, "ScanFailed",
       Remedy::kRetry},
  };
  for (const FailureRow& row : rows) {
    const Failure failure = failure_of(row.answer);
    EXPECT_EQ(failure.reason, row.reason) << row.name << ": " << failure.message;
    EXPECT_EQ(failure.remedy, row.remedy) << row.name;
    EXPECT_FALSE(failure.message.empty()) << row.name;
  }
}

TEST(ScannerClient, ComesBackWhenTheServiceSaysSo) {
  EXPECT_EQ(failure_of(status(429, {{"Retry-After", "7"}})).retry_after, std::chrono::seconds(7));
  for (const char* nonsense : {"soon", "-1", "", "7 s", "99999999999"}) {
    EXPECT_EQ(failure_of(status(429, {{"Retry-After", nonsense}})).retry_after, std::nullopt) << nonsense;
  }
}

TEST(ScannerClient, NamesTheServiceThatCannotBeReached) {
  net::Url closed;
  {
    const FakeScanService gone(lines({}));
    closed = gone.url();
  }
  try {
    static_cast<void>(client_of({closed})->scan({}, {}, {}));
    FAIL() << "nobody listens there";
  } catch (const base::NetworkError& error) {
    EXPECT_THAT(error.what(), HasSubstr(closed.authority()));
    EXPECT_EQ(describe_failure(ScanStep::kScan, error).reason, "ScannerUnavailable");
  }
}

// The scan goes on elsewhere as soon as nobody waits for it.
TEST(ScannerClient, EndsWhenItIsAskedToStop) {
  std::optional<net::Responder> waiting;
  std::stop_source stop;
  const FakeScanService service([&](net::Responder responder) {
    waiting.emplace(std::move(responder));
    stop.request_stop();
  });

  EXPECT_THROW(static_cast<void>(client_of({service.url()})->scan({}, {}, stop.get_token())), base::Error);
}

}  // namespace
}  // namespace pratique_operator::reconcilers
