// What the sandboxed children do with one hostile layer, the extractors included: no crash, an answer that the parent
// can read, never more than it may keep, and the same by the layer's record as without it.
#include "base/error.h"
#include "scanner/report_json.h"
#include "scanner/worker/image_reader.h"
#include "scanner/worker/lone_layer_reader.h"

namespace {

constexpr std::string_view kDigest = "sha256:hostile";

template <typename Reader>
void read_layer(Reader& reader, std::span<const std::byte> bytes) {
  reader.begin_layer(kDigest);
  reader.feed(bytes);
  reader.end_layer();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  scanner::layers::Limits limits;
  limits.layer_raw_bytes_max = 4 << 20;
  scanner::worker::ImageReader image(limits);
  read_layer(image, bytes);
  const std::string inventory = scanner::write_inventory(image.finish());
  const scanner::Inventory read = scanner::parse_inventory(inventory);
  CHECK(read.packages.size() <= scanner::kInventoryPackagesMax);

  scanner::worker::LoneLayerReader alone(limits);
  read_layer(alone, bytes);
  const std::string record = alone.finish();
  if (record.empty()) return 0;
  scanner::worker::ImageReader merged(limits);
  merged.merge(kDigest, record);
  CHECK(scanner::write_inventory(merged.finish()) == inventory);
  return 0;
}
