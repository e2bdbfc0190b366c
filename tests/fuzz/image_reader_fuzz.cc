// What the sandboxed child does with one hostile layer after a good one, the extractors included: no crash, an answer
// that the parent can read, and never more than it may keep.
#include "base/error.h"
#include "scanner/report_json.h"
#include "scanner/worker/image_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  scanner::layers::Limits limits;
  limits.layer_raw_bytes_max = 4 << 20;
  scanner::worker::ImageReader image(limits);
  image.begin_layer("sha256:hostile");
  image.feed(std::as_bytes(std::span(data, size)));
  image.end_layer();
  const scanner::Inventory inventory = image.finish();
  const scanner::Inventory read = scanner::parse_inventory(scanner::write_inventory(inventory));
  CHECK(read.complete == inventory.complete);
  CHECK(read.packages.size() <= inventory.packages.size());
  return 0;
}
