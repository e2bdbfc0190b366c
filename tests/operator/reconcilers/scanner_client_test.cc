#include "operator/reconcilers/scanner_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "net/http_server.h"
#include "operator/reconcilers/failure.h"
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
    static_cast<void>(client_of({service.url()})->scan({.reference = "registry/web:1"}, {}));
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
          ->scan({.reference = "registry/web:1", .digest = inventory().digest, .platform = "linux/amd64"}, {});

  EXPECT_EQ(answer.digest, inventory().digest);
  EXPECT_TRUE(answer.complete);
  const net::ServerRequest request = service.seen().at(0);
  EXPECT_EQ(request.method + " " + request.target, "POST /v1/inventories");
  EXPECT_EQ(scanner::parse_scan_request(request.body).reference, "registry/web:1");
}

TEST(ScannerClient, TakesTheServicesInTurn) {
  const FakeScanService one(lines({inventory()}));
  const FakeScanService two(lines({inventory()}));
  const auto client = client_of({one.url(), two.url()});

  for (int i = 0; i < 4; ++i) {
    static_cast<void>(client->scan({}, {}));
  }

  EXPECT_EQ(one.seen().size(), 2u);
  EXPECT_EQ(two.seen().size(), 2u);
}

TEST(ScannerClient, HasNothingToShowBeforeItsCertificateIsThere) {
  ScannerClient client({net::parse_url("https://pratique-scanner:8443")});
  EXPECT_THROW(static_cast<void>(client.scan({}, {})), base::NetworkError);
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
    static_cast<void>(client_of({closed})->scan({}, {}));
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

  EXPECT_THROW(static_cast<void>(client_of({service.url()})->scan({}, stop.get_token())), base::Error);
}

}  // namespace
}  // namespace pratique_operator::reconcilers
