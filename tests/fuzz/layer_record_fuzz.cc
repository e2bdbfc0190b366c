// Records of layers that no LayerRecorder wrote: refused, or changes that are written as they were read.
#include "base/error.h"
#include "scanner/layers/change_codec.h"
#include "scanner/layers/layer_record.h"
#include "scanner/worker/image_reader.h"

namespace {

// Behind the packing, whose checksum no fuzzer gets right.
void read_changes(std::string_view bytes) {
  base::FieldReader reader(bytes, "damaged");
  std::string last_path;
  base::FieldWriter writer;
  while (!reader.is_at_end()) {
    const scanner::layers::LayerChange change = scanner::layers::read_change(reader, last_path);
    writer.clear();
    std::string none;
    scanner::layers::write_change(writer, change, none);
    base::FieldReader again(writer.bytes(), "damaged");
    none.clear();
    CHECK(scanner::layers::read_change(again, none).path == change.path);
    CHECK(again.is_at_end());
  }
}

template <typename Read>
bool is_refused(Read read) {
  try {
    read();
    return false;
  } catch (const base::ParseError&) {
    return true;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(scanner::layers::head_of_record(bytes));
  static_cast<void>(is_refused([&] { read_changes(bytes); }));
  static_cast<void>(is_refused([&] {
    scanner::worker::ImageReader image;
    image.merge("sha256:hostile", bytes);
    static_cast<void>(image.finish());
  }));
  return 0;
}
