// A scan over a network that breaks: a thousand cuts, half of them resets, and every inventory is the right one.
#include <gtest/gtest.h>

#include <atomic>
#include <random>

#include "base/clock.h"
#include "base/error.h"
#include "registry/registry_client.h"
#include "scanner/report_json.h"
#include "scanner/scanner.h"
#include "tests/support/compress.h"
#include "tests/support/eventually.h"
#include "tests/support/fake_registry.h"
#include "tests/support/tar_builder.h"
#include "tests/support/tcp_service.h"

namespace scanner {
namespace {

constexpr int kCutsWithRanges = 800;
constexpr int kCutsWithout = 200;
constexpr int kCutsOfAService = 100;  // which keeps its sockets to its end

std::string noise(std::size_t bytes, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < bytes) text.push_back(static_cast<char>(random()));
  return text;
}

// An image whose layers are some 60 KB each.
class BrokenTransfers : public ::testing::Test {
 protected:
  BrokenTransfers() {
    std::string layers;
    for (std::uint32_t number = 0; number < 3; ++number) {
      const std::string name = "package" + std::to_string(number);
      const std::string layer = tests::gzip(
          tests::TarBuilder()
              .file("noise" + std::to_string(number), noise(60'000, number))
              .file("app/node_modules/" + name + "/package.json", R"({"name":")" + name + R"(","version":"1.0.0"})")
              .archive());
      layers += (layers.empty() ? "" : ",") +
                tests::descriptor_json(tests::kOciLayerType, registry_.add_blob(layer), layer.size());
    }
    const std::string config = R"({"os":"linux","architecture":"amd64"})";
    digest_ = registry_.add_manifest(
        R"({"schemaVersion":2,"config":)" +
            tests::descriptor_json(tests::kOciConfigType, registry_.add_blob(config), config.size()) +
            R"(,"layers":[)" + layers + "]}",
        tests::kOciManifestType);
  }

  [[nodiscard]] std::string scan(int port) const {
    const std::string host = "127.0.0.1:" + std::to_string(port);
    const auto source =
        registry::make_registry_source({.reference = base::parse_image_reference(host + "/app@" + digest_->text()),
                                        .policy = {.plain_http_hosts = {host}}},
                                       clock_);
    return write_inventory(
        scan_image(*source, *digest_, "linux/amd64", {.layers_at_once = with_ranges_ ? 2U : 1U}, {}, {}));
  }

  // A connection that is cut before the first line of its answer is an error, as one that cannot be made is, and
  // whoever asked scans again: the operator does.
  [[nodiscard]] std::string scan_at_last(int port) const {
    constexpr int kScansMax = 5;
    for (int scans = 1;; ++scans) {
      try {
        return scan(port);
      } catch (const base::NetworkError&) {
        if (scans == kScansMax) throw;
      }
    }
  }

  void expect_right_after_cuts(bool with_ranges) {
    with_ranges_ = with_ranges;
    registry_.serve_ranges(with_ranges);
    const std::string right = scan(registry_.port());
    std::mt19937 random(7);
    for (int cuts = 0; cuts < (with_ranges ? kCutsWithRanges : kCutsWithout);) {
      tests::TcpService network;
      network.add(registry_.port(), [] { return true; });
      ASSERT_TRUE(tests::eventually([&] { return network.ready() == 1; }));
      std::atomic<int> cut_here = 0;
      std::atomic<int> connections = 0;
      network.cut([&]() -> std::optional<tests::TcpService::Break> {
        // Without ranges all comes again: every other answer gets through. One layer at a time, so that it is its own.
        if (!with_ranges && ++connections % 2 == 0) return std::nullopt;
        ++cut_here;
        return tests::TcpService::Break{
            .after_bytes = std::uniform_int_distribution<std::size_t>(2'000, 90'000)(random),
            .how = cut_here % 2 == 0 ? tests::TcpService::Breaking::kReset : tests::TcpService::Breaking::kEnd};
      });
      while (cut_here < kCutsOfAService) ASSERT_EQ(scan_at_last(network.port()), right);
      cuts += cut_here;
    }
  }

  base::RealClock clock_;
  tests::FakeRegistry registry_;
  bool with_ranges_ = true;
  std::optional<base::Digest> digest_;
};

TEST_F(BrokenTransfers, GiveTheRightInventoryWithRanges) {
  expect_right_after_cuts(true);
}
TEST_F(BrokenTransfers, GiveTheRightInventoryWithoutThem) {
  expect_right_after_cuts(false);
}

}  // namespace
}  // namespace scanner
