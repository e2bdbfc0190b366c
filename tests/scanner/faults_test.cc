// Each allocation, and each read and write, of a scan of a small image fails once in turn: every run ends in an error
// that somebody sees, in an incomplete result, or in the right one. Never in another that calls itself complete.
#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "scanner/report_json.h"
#include "scanner/scanner.h"
#include "scanner/worker/image_reader.h"
#include "scanner/worker/lone_layer_reader.h"
#include "tests/support/compress.h"
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

// Makes one call after the other fail until there is none left; the number of them.
long fail_each(Call call, const std::string& right, const std::function<Inventory()>& scan) {
  for (long number = 1; number <= kCallsMax; ++number) {
    SCOPED_TRACE(number);
    Outcome outcome;
    bool fired = false;
    {
      const Armed fault(call, number);
      outcome = outcome_of(scan);
      fired = fault.fired();
    }
    expect_no_false_clean(outcome, right);
    if (!fired) return number - 1;
  }
  ADD_FAILURE() << "there is no end of them";
  return kCallsMax;
}

TEST(Faults, EachAllocationOfTheReader) {
  const auto layers = small_image();
  const std::string right = write_inventory(read_in_this_process(layers));
  const long calls = fail_each(Call::kAllocation, right, [&] { return read_in_this_process(layers); });
  EXPECT_GT(calls, 100);
}

TEST(Faults, EachAllocationOfTheParent) {
  tests::MemoryImageSource image(small_image());
  const std::string right = write_inventory(scan(image, nullptr));
  const long calls = fail_each(Call::kAllocation, right, [&] { return scan(image, nullptr); });
  EXPECT_GT(calls, 50);
}

TEST(Faults, EachReadAndWriteOfTheParentAndItsCache) {
  tests::MemoryImageSource image(small_image());
  const std::string right = write_inventory(scan(image, nullptr));
  const auto scan_with_cache = [&] {
    const tests::TemporaryFolder folder;
    const auto cache = std::make_shared<ScanCache>(ScanCacheSettings{.directory = folder.file("cache")});
    static_cast<void>(scan(image, cache));
    return scan(image, cache);
  };
  const long calls = fail_each(Call::kReadOrWrite, right, scan_with_cache);
  EXPECT_GT(calls, 10);
}

// The children cannot tell whether they came so far; more calls than these none of them makes.
TEST(Faults, EachReadAndWriteOfTheChildren) {
  tests::MemoryImageSource image(small_image());
  const std::string right = write_inventory(scan(image, nullptr));
  int errors = 0;
  for (long number = 1; number <= 40; ++number) {
    SCOPED_TRACE(number);
    const ArmedChildren fault(Call::kReadOrWrite, number);
    const Outcome outcome = outcome_of([&] { return scan(image, nullptr); });
    expect_no_false_clean(outcome, right);
    if (!outcome || !outcome->complete) ++errors;
  }
  EXPECT_GT(errors, 3);
}

// Each child's own way from its first input to its answer.
TEST(Faults, EachAllocationOfTheChildren) {
  tests::MemoryImageSource image(small_image());
  const std::string right = write_inventory(scan(image, nullptr));
  int errors = 0;
  for (long number = 1; number <= 700; ++number) {
    SCOPED_TRACE(number);
    const ArmedChildren fault(Call::kAllocation, number);
    const Outcome outcome = outcome_of([&] { return scan(image, nullptr); });
    expect_no_false_clean(outcome, right);
    if (!outcome || !outcome->complete) ++errors;
  }
  EXPECT_GT(errors, 100);
}

}  // namespace
}  // namespace scanner
