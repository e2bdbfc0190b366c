// A compressed stream gives the same bytes and the same verdict in pieces of any size, within a bound of output.
#include <string>

#include "base/error.h"
#include "scanner/layers/decompressor.h"

namespace {

constexpr std::size_t kOutputBytesMax = 8 << 20;

struct Outcome {
  std::string raw;
  bool good = false;
  bool too_long = false;
};

Outcome decompress(std::span<const std::byte> bytes, std::size_t piece_bytes) {
  Outcome outcome;
  scanner::layers::Decompressor decompressor([&](std::vector<std::byte>& raw, std::size_t size) {
    outcome.raw.append(reinterpret_cast<const char*>(raw.data()), size);
    if (outcome.raw.size() > kOutputBytesMax) throw base::LimitExceeded("enough");
  });
  try {
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(piece_bytes, bytes.size()))) {
      decompressor.feed(bytes.first(std::min(piece_bytes, bytes.size())));
    }
    decompressor.finish();
    outcome.good = true;
  } catch (const base::ParseError&) {
    outcome.good = false;
  } catch (const base::LimitExceeded&) {
    outcome.too_long = true;
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const Outcome whole = decompress(bytes, size + 1);
  const Outcome pieces = decompress(bytes, 13);
  CHECK(whole.too_long == pieces.too_long);
  CHECK(whole.good == pieces.good);
  // What comes out before an error may differ by what was still in the decoder.
  if (whole.good) CHECK(whole.raw == pieces.raw);
  return 0;
}
