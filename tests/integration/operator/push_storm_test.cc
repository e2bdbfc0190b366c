// Pushes at a steady rate while replicas of the operator are killed: none is lost. A registry sends an event until it
// is taken, so that what was answered with 202 and is not stored would be lost for ever.
//
// PRATIQUE_PUSHES and PRATIQUE_PUSH_SEED make it longer and another one; the figures of a release are of 10,000.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <random>
#include <set>

#include "base/guarded.h"
#include "crds/object_names.h"
#include "net/http_client.h"
#include "tests/integration/operator/installed_operator.h"
#include "tests/support/compress.h"
#include "tests/support/pace.h"
#include "tests/support/sample_image.h"

namespace pratique_operator {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using tests::InstalledOperator;

constexpr int kPushesASecond = 50;
constexpr int kSenders = 16;
constexpr const char* kEventType = "application/vnd.docker.distribution.events.v2+json";

int setting(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

std::string tag_of(int push) {
  return "build-" + std::to_string(push);
}

// A registry as its events see it: each is sent again, to whichever replica answers, until it is taken.
class Sender {
 public:
  Sender(std::string registry, std::string ca, base::Digest digest)
      : registry_(std::move(registry)), ca_(std::move(ca)), digest_(std::move(digest)) {}

  void set_ports(std::vector<int> ports) {
    ports_.with([&](auto& now) { now = std::move(ports); });
  }
  // Returns when every one has been taken.
  void send_all(int pushes) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::jthread> senders;
    for (int i = 0; i < kSenders; ++i) {
      senders.emplace_back([this, pushes, start, i] {
        std::mt19937 dice(static_cast<unsigned>(i));
        for (int push = next_++; push < pushes; push = next_++) {
          tests::wait_for_turn(start, push, kPushesASecond);
          send(push, dice);
        }
      });
    }
  }
  [[nodiscard]] int tries() const { return tries_; }

 private:
  void send(int push, std::mt19937& dice) {
    for (bool taken = false; !taken; ++tries_) taken = try_once(push, dice);
  }
  bool try_once(int push, std::mt19937& dice) {
    const int port = ports_.with([&](const auto& ports) { return ports.empty() ? 1 : ports[dice() % ports.size()]; });
    net::HttpRequest request;
    request.method = "POST";
    request.url = net::parse_url("https://localhost:" + std::to_string(port) + "/events/" + registry_);
    request.headers = {{"Content-Type", kEventType}, {"Authorization", InstalledOperator::kEventSecret}};
    const json target{{"mediaType", tests::kOciManifestType},
                      {"digest", digest_.text()},
                      {"repository", "shop/web"},
                      {"tag", tag_of(push)}};
    const json event{
        {"id", std::to_string(push)}, {"timestamp", "2026-01-31T08:00:00Z"}, {"action", "push"}, {"target", target}};
    request.body = json{{"events", {event}}}.dump();
    request.total_timeout = milliseconds(2'000);
    try {
      const auto http = net::make_http_client(
          {.tls = {.ca_bundle_pem = ca_, .client_certificate_pem = {}, .client_key_pem = {}}, .address_policy = {}});
      return http->send(request).status == 202;
    } catch (const base::NetworkError&) {
      return false;
    }
  }

  const std::string registry_;
  const std::string ca_;
  const base::Digest digest_;
  base::Guarded<std::vector<int>> ports_;
  std::atomic<int> next_ = 0;
  std::atomic<int> tries_ = 0;
};

TEST(PushStorm, LosesNoneWhileReplicasAreKilled) {
  InstalledOperator& cluster = InstalledOperator::instance();
  tests::FollowedNamespace followed("storm");
  tests::FakeRegistry& registry = followed.registry();
  const tests::FakeImage image = registry.add_image(tests::gzip(tests::sample_layer()), "1");
  // Every tag means this image: what is looked for are lost pushes, not slow scans. A copy, for the registry outlives
  // it.
  registry.intercept([image](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
    if (request.target.find("/manifests/build-") == std::string::npos) return std::nullopt;
    return net::ServerResponse{.headers = {{"Docker-Content-Digest", image.manifest.text()}},
                               .body = image.manifest_bytes,
                               .content_type = tests::kOciManifestType};
  });
  const int pushes = setting("PRATIQUE_PUSHES", 400);
  Sender sender(followed.scan_registry(), cluster.events_ca(), image.manifest);
  sender.set_ports(cluster.events_ports());
  std::mt19937 dice(static_cast<unsigned>(setting("PRATIQUE_PUSH_SEED", 1)));
  int kills = 0;
  {
    std::atomic<bool> done = false;
    std::jthread sending([&] {
      sender.send_all(pushes);
      done = true;
    });
    while (!done) {
      cluster.end_any(SIGKILL, dice());
      ++kills;
      sender.set_ports(cluster.events_ports());
      cluster.start_missing_replicas(InstalledOperator::Until::kReady);
      sender.set_ports(cluster.events_ports());
    }
  }
  cluster.start_missing_replicas();

  std::set<std::string> stored;
  (void)cluster.admin()->list(
      crds::kImageScan, {.ns = followed.name(), .label_selector = {}, .field_selector = {}},
      [&](const json& scan) { stored.insert(scan.at("metadata").at("name").get<std::string>()); },
      [&] { stored.clear(); }, {});
  int lost = 0;
  for (int push = 0; push < pushes; ++push) {
    const bool there = stored.contains(crds::image_scan_name(registry.reference("shop/web:" + tag_of(push))));
    lost += there ? 0 : 1;
  }
  std::printf("%d pushes at %d a second, %d kills, %d requests, %d lost\n", pushes, kPushesASecond, kills,
              sender.tries(), lost);
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(stored.size(), static_cast<std::size_t>(pushes)) << "and each is there once";
  EXPECT_GT(kills, 0);
}

}  // namespace
}  // namespace pratique_operator
