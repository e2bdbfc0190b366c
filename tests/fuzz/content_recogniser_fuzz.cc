// Programs as they stream by: what is recognised does not depend on how the bytes are cut into pieces. The first byte
// is the size of a piece.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "scanner/layers/content_recogniser.h"

namespace {

struct Recognised {
  std::string go;
  std::string rust;
  std::string dotnet;
  std::string text;
  std::string unsupported;
  bool operator==(const Recognised&) const = default;
};

Recognised recognise(std::string_view content, std::size_t piece) {
  scanner::layers::ContentRecogniser recogniser;
  recogniser.reset("PHP/");
  for (std::size_t at = 0; at < content.size(); at += piece) {
    if (!recogniser.feed(std::as_bytes(std::span(content.substr(at, piece))))) break;
  }
  recogniser.finish();
  return {.go = recogniser.go_build_info(),
          .rust = recogniser.rust_dependencies(),
          .dotnet = recogniser.dotnet_libraries(),
          .text = recogniser.program_text(),
          .unsupported = std::string(recogniser.unsupported_kind())};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string content =
      "\x7f"
      "ELF" +
      std::string(12, '\0') + std::string(reinterpret_cast<const char*>(data + 1), size - 1);
  constexpr std::size_t kBlock = 16;
  const std::size_t piece = kBlock + data[0];
  const Recognised in_pieces = recognise(content, piece);
  const Recognised whole = recognise(content, content.size());
  CHECK(in_pieces.rust == whole.rust);
  // What is no program of Go's, and not packed, is read to its end.
  if (whole.go.empty() && whole.unsupported.empty() && in_pieces.unsupported.empty())
    CHECK(in_pieces.text == whole.text);
  return 0;
}
