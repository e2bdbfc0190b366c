// Each call of a scan of a small image that can fail does so once in turn: for memory, of a file, a pipe, a process and
// a socket. Every run ends in an error that somebody sees, in an incomplete result, or in the right one. Never in
// another that calls itself complete.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "base/pipe.h"
#include "registry/registry_client.h"
#include "scanner/report_json.h"
#include "scanner/scanner.h"
#include "scanner/worker/child_process.h"
#include "scanner/worker/image_reader.h"
#include "scanner/worker/lone_layer_reader.h"
#include "tests/support/compress.h"
#include "tests/support/fake_registry.h"
#include "tests/support/faults.h"
#include "tests/support/layout_writer.h"
#include "tests/support/tar_builder.h"
#include "tests/support/test_image.h"

namespace scanner {
namespace {

using tests::faults::Armed;
using tests::faults::ArmedChildren;
using tests::faults::Call;

// More than any of these scans makes.
constexpr long kCallsMax = 20'000;

std::vector<tests::TestLayer> small_image() {
  const auto packed = [](const tests::TarBuilder& tar) {
    return tests::TestLayer{.bytes = tests::gzip(tar.archive())};
  };
  return {
      packed(tests::TarBuilder()
                 .file("etc/os-release", "ID=debian\nVERSION_ID=12\n")
                 .file("var/lib/dpkg/status",
                       "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2.15-2+b2\n\n")),
      packed(tests::TarBuilder()
                 .file("app/node_modules/left-pad/package.json", R"({"name":"left-pad","version":"1.0.0"})")
                 .symbolic_link("app/link", "node_modules"))};
}

// nullopt: it ended in an error.
using Outcome = std::optional<Inventory>;

// An error of ours, or of memory; what a destructor or a thread throws would end this process instead.
Outcome outcome_of(const std::function<Inventory()>& scan) {
  try {
    return scan();
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

void expect_no_false_clean(const Outcome& outcome, const std::string& right) {
  if (!outcome || !outcome->complete) return;
  EXPECT_EQ(write_inventory(*outcome), right);
}

Inventory scan(tests::MemoryImageSource& source, const std::shared_ptr<ScanCache>& cache) {
  return scan_image(source, source.digest(), "linux/amd64", {.cache = cache, .layers_at_once = 2}, {}, {});
}

// What a child does, without the process around it.
Inventory read_in_this_process(const std::vector<tests::TestLayer>& layers) {
  worker::ImageReader image;
  for (const tests::TestLayer& layer : layers) {
    worker::LoneLayerReader alone;
    alone.begin_layer("sha256:layer");
    alone.feed(std::as_bytes(std::span(layer.bytes)));
    alone.end_layer();
    image.merge("sha256:layer", alone.finish());
  }
  return image.finish();
}

void expect_right(const Outcome& outcome, const std::string& right) {
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(write_inventory(*outcome), right);
}

// One call after the other fails, until there is none left: then the result is the right one. How many there were that
// cost the result.
template <typename Fault>
long fail_each(Call call, const std::string& right, const std::function<Inventory()>& scan) {
  long costly = 0;
  for (long number = 1; number <= kCallsMax; ++number) {
    SCOPED_TRACE(number);
    Outcome outcome;
    bool fired = false;
    {
      const Fault fault(call, number);
      outcome = outcome_of(scan);
      fired = fault.fired();
    }
    if (!fired) {
      expect_right(outcome, right);
      return costly;
    }
    expect_no_false_clean(outcome, right);
    if (!outcome || !outcome->complete) ++costly;
  }
  ADD_FAILURE() << "there is no end of them";
  return costly;
}

TEST(Faults, EachAllocationOfTheReader) {
  const auto layers = small_image();
  const std::string right = write_inventory(read_in_this_process(layers));
  EXPECT_GT(fail_each<Armed>(Call::kAllocation, right, [&] { return read_in_this_process(layers); }), 100);
}

TEST(Faults, EachAllocationOfTheParent) {
  tests::MemoryImageSource image(small_image());
  const std::string right = write_inventory(scan(image, nullptr));
  EXPECT_GT(fail_each<Armed>(Call::kAllocation, right, [&] { return scan(image, nullptr); }), 50);
}

// With a cache, from which the image comes the second time.
class FaultsWithCache : public ::testing::Test {
 protected:
  Inventory scan_twice() {
    const tests::TemporaryFolder folder;
    const auto cache = std::make_shared<ScanCache>(ScanCacheSettings{.directory = folder.file("cache")});
    static_cast<void>(scan(image_, cache));
    return scan(image_, cache);
  }
  tests::MemoryImageSource image_{small_image()};
  const std::string right_ = write_inventory(scan(image_, nullptr));
};

TEST_F(FaultsWithCache, EachReadAndWriteOfTheParent) {
  EXPECT_GT(fail_each<Armed>(Call::kReadOrWrite, right_, [&] { return scan_twice(); }), 10);
}

TEST_F(FaultsWithCache, EachFilePipeAndProcessOfTheParent) {
  EXPECT_GT(fail_each<Armed>(Call::kResource, right_, [&] { return scan_twice(); }), 5);
}

TEST(Faults, EachReadAndWriteOfTheChildren) {
  tests::MemoryImageSource image(small_image());
  const std::string right = write_inventory(scan(image, nullptr));
  EXPECT_GT(fail_each<ArmedChildren>(Call::kReadOrWrite, right, [&] { return scan(image, nullptr); }), 3);
}

// Each child's own way from its first input to its answer.
TEST(Faults, EachAllocationOfTheChildren) {
  tests::MemoryImageSource image(small_image());
  const std::string right = write_inventory(scan(image, nullptr));
  EXPECT_GT(fail_each<ArmedChildren>(Call::kAllocation, right, [&] { return scan(image, nullptr); }), 100);
}

// A registry that speaks HTTP, in a process of its own: nothing of what it does fails.
class FaultsOfHttp : public ::testing::Test {
 protected:
  FaultsOfHttp() {
    base::Pipe up = base::make_pipe();
    base::Pipe down = base::make_pipe();
    const pid_t process = fork();
    if (process == 0) serve(std::move(up), std::move(down));
    registry_.emplace(process);
    up.write_end = base::Descriptor();
    std::array<char, 256> text{};
    const ssize_t size = read(up.read_end.number(), text.data(), text.size());
    host_ = "127.0.0.1:" + std::string(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    ends_registry_ = std::move(down.write_end);
  }

  [[nodiscard]] Inventory scan_from_registry() const {
    const auto source = registry::make_registry_source(
        {.reference = base::parse_image_reference(host_ + "/app:1"), .policy = {.plain_http_hosts = {host_}}}, clock_);
    const registry::ResolvedImage image = source->resolve({}, {});
    if (image.manifests.size() != 1) throw base::ParseError("no image for one platform");
    return scan_image(*source, image.manifests.front().digest, "linux/amd64", {.layers_at_once = 2}, {}, {});
  }

 private:
  [[noreturn]] static void serve(base::Pipe up, base::Pipe down) {
    down.write_end = base::Descriptor();
    tests::FakeRegistry registry;
    std::string layers;
    for (const tests::TestLayer& layer : small_image()) {
      layers += (layers.empty() ? "" : ",") +
                tests::descriptor_json(tests::kOciLayerType, registry.add_blob(layer.bytes), layer.bytes.size());
    }
    const std::string config = R"({"os":"linux","architecture":"amd64"})";
    registry.add_manifest(R"({"schemaVersion":2,"config":)" +
                              tests::descriptor_json(tests::kOciConfigType, registry.add_blob(config), config.size()) +
                              R"(,"layers":[)" + layers + "]}",
                          tests::kOciManifestType, "1");
    const std::string port = std::to_string(registry.port());
    static_cast<void>(write(up.write_end.number(), port.data(), port.size()));
    char none = 0;
    static_cast<void>(read(down.read_end.number(), &none, 1));
    _exit(0);
  }

  std::optional<worker::Child> registry_;
  base::Descriptor ends_registry_;
  std::string host_;
  base::RealClock clock_;
};

TEST_F(FaultsOfHttp, EachCallOfASocket) {
  const std::string right = write_inventory(scan_from_registry());
  // What breaks a blob's way is taken up again.
  EXPECT_GT(fail_each<Armed>(Call::kSocket, right, [&] { return scan_from_registry(); }), 10);
}

// Allocations are not failed here one by one: nlohmann::json allocates in its destructor, and where that fails the
// process ends.

TEST_F(FaultsOfHttp, EachReadAndWriteFilePipeAndProcess) {
  const std::string right = write_inventory(scan_from_registry());
  EXPECT_GT(fail_each<Armed>(Call::kReadOrWrite, right, [&] { return scan_from_registry(); }), 10);
  EXPECT_GT(fail_each<Armed>(Call::kResource, right, [&] { return scan_from_registry(); }), 5);
}

}  // namespace
}  // namespace scanner
