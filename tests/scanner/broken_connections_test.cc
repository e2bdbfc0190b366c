// A registry whose connections are reset, or fall silent, at any byte of an answer: each request gives what is right or
// says what was broken, and never waits for ever.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "registry/registry_client.h"
#include "tests/support/eventually.h"
#include "tests/support/fake_registry.h"
#include "tests/support/tcp_service.h"

namespace scanner {
namespace {

using tests::TcpService;
using Breaking = TcpService::Breaking;

constexpr std::size_t kHeadBytesMax = 600;           // of an answer of the registry
constexpr std::size_t kConnectionsOfAService = 200;  // which keeps its sockets to its end
constexpr std::size_t kBlobBytes = 20'000;
constexpr std::size_t kOffsetsOfABlob = 97;  // bytes from one to the next

class BrokenConnections : public ::testing::Test {
 protected:
  // The registry behind a network of its own, whose first connection breaks there.
  class Network {
   public:
    explicit Network(int port) {
      service_.add(port, [] { return true; });
      CHECK(tests::eventually([&] { return service_.ready() == 1; }));
    }
    std::unique_ptr<registry::ImageSource> source(const TcpService::Break& breaks, const base::Clock& clock) {
      ++connections_;
      service_.cut([breaks, is_first = true]() mutable -> std::optional<TcpService::Break> {
        return std::exchange(is_first, false) ? std::optional(breaks) : std::nullopt;
      });
      const std::string host = "127.0.0.1:" + std::to_string(service_.port());
      return registry::make_registry_source(
          {.reference = base::parse_image_reference(host + "/app:v1"), .policy = {.plain_http_hosts = {host}}}, clock);
    }
    [[nodiscard]] bool is_used_up() const { return connections_ == kConnectionsOfAService; }

   private:
    TcpService service_;
    std::size_t connections_ = 0;
  };

  // A source whose first connection breaks.
  std::unique_ptr<registry::ImageSource> source(const TcpService::Break& breaks) {
    if (network_ == nullptr || network_->is_used_up()) network_ = std::make_unique<Network>(registry_.port());
    return network_->source(breaks, clock_);
  }
  [[nodiscard]] base::Patience soon() const { return {{}, clock_.steady_now() + std::chrono::milliseconds(200)}; }

  // Each question ends with an error long before a registry's silence would.
  static void expect_impatience(std::size_t offset, const std::vector<std::function<void()>>& questions) {
    for (std::size_t question = 0; question < questions.size(); ++question) {
      SCOPED_TRACE(testing::Message() << "question " << question << ", silent after " << offset);
      const auto began = std::chrono::steady_clock::now();
      EXPECT_THROW(questions[question](), base::NetworkError);
      EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
    }
  }

  base::RealClock clock_;
  tests::FakeRegistry registry_;
  const std::string layer_ = std::string(kBlobBytes, 'x');
  const tests::FakeImage image_ = registry_.add_image(layer_, "v1");
  const registry::Descriptor blob_{.digest = image_.layer, .size = kBlobBytes};
  std::unique_ptr<Network> network_;
};

TEST_F(BrokenConnections, AResetAtAnyByteOfAManifestIsSaidOrMended) {
  const std::size_t end = image_.manifest_bytes.size() + kHeadBytesMax;
  bool is_right = false;
  for (std::size_t offset = 0; offset < end; ++offset) {
    SCOPED_TRACE(offset);
    is_right = false;
    try {
      const registry::Manifest manifest =
          source({.after_bytes = offset, .how = Breaking::kReset})->manifest(image_.manifest, {});
      EXPECT_EQ(manifest.layers.at(0).digest, image_.layer);
      is_right = true;
    } catch (const base::NetworkError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("/v2/app/manifests/"));
    }
  }
  EXPECT_TRUE(is_right) << "the whole answer had come before the last reset";
}

// A blob whose first answer had begun is taken up again where it broke.
TEST_F(BrokenConnections, AResetAtAnyByteOfABlobIsSaidOrMended) {
  std::size_t rights = 0;
  std::size_t errors = 0;
  for (std::size_t offset = 0; offset < kBlobBytes + kHeadBytesMax; offset += kOffsetsOfABlob) {
    SCOPED_TRACE(offset);
    try {
      const auto broken = source({.after_bytes = offset, .how = Breaking::kReset});
      EXPECT_EQ(registry::read_blob(*broken, blob_, kBlobBytes, {}), layer_);
      ++rights;
    } catch (const base::NetworkError& error) {
      EXPECT_LT(offset, kHeadBytesMax) << error.what();
      EXPECT_THAT(error.what(), testing::HasSubstr("/v2/app/blobs/"));
      ++errors;
    }
  }
  EXPECT_GT(rights, kBlobBytes / kOffsetsOfABlob - 1);
  EXPECT_GT(errors, 0U) << "where nothing was answered, whoever asked comes again";
}

// Within the head, and, of a blob, at its end and within the body.
TEST_F(BrokenConnections, ASilenceLastsNoLongerThanWhoeverAsksWaits) {
  for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, std::size_t{20}, std::size_t{40}, kHeadBytesMax}) {
    const TcpService::Break silence{.after_bytes = offset, .how = Breaking::kStall};
    expect_impatience(offset,
                      {[&] { static_cast<void>(registry::read_blob(*source(silence), blob_, kBlobBytes, soon())); },
                       [&] {
                         source(silence)->stream_blob(
                             blob_, [](std::span<const std::byte>) {}, soon());
                       }});
    if (offset == kHeadBytesMax) break;  // the answers to the others are over by then
    expect_impatience(offset, {[&] { static_cast<void>(source(silence)->resolve({}, soon())); },
                               [&] { static_cast<void>(source(silence)->manifest(image_.manifest, soon())); },
                               [&] { static_cast<void>(source(silence)->may_pull(blob_, soon())); },
                               [&] { static_cast<void>(source(silence)->referrers(image_.manifest, soon())); }});
  }
}

}  // namespace
}  // namespace scanner
