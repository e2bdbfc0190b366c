// var/lib/chisel/manifest.wall: zstd of JSON lines ("jsonwall 1.0"), of which the first tells the version and how many
// there are, and the others a package, a slice, a path or what a slice holds each. Sources of packages are not told.
// https://github.com/canonical/chisel, public/manifest
#include "scanner/inventory/chisel/chisel_extractor.h"

#include <fmt/format.h>
#include <zstd.h>

#include <array>
#include <memory>
#include <string>

#include "base/error.h"
#include "scanner/inventory/json_file.h"
#include "scanner/inventory/limits.h"
#include "scanner/inventory/owned_files.h"
#include "scanner/inventory/system_package.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

constexpr std::array<std::string_view, 1> kManifest = {"var/lib/chisel/manifest.wall"};
constexpr int kWindowLogMax = 27;  // libzstd's own bound

struct FreeStream {
  void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
};

std::string unpacked(std::string_view content) {
  const std::unique_ptr<ZSTD_DStream, FreeStream> stream(ZSTD_createDStream());
  ZSTD_DCtx_setParameter(stream.get(), ZSTD_d_windowLogMax, kWindowLogMax);
  ZSTD_inBuffer in{content.data(), content.size(), 0};
  std::string text;
  std::size_t left = 1;  // of the frame; 0 at its end
  while (in.pos < in.size || left != 0) {
    constexpr std::size_t kPieceBytes = std::size_t{256} << 10;
    const std::size_t begin = text.size();
    text.resize(begin + kPieceBytes);
    ZSTD_outBuffer out{text.data() + begin, kPieceBytes, 0};
    const std::size_t before = in.pos;
    left = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(left) != 0) throw base::ParseError(fmt::format("not zstd: {}", ZSTD_getErrorName(left)));
    text.resize(begin + out.pos);
    if (text.size() > kChiselManifestBytesMax) {
      throw base::ParseError(fmt::format("longer than {} bytes uncompressed", kChiselManifestBytesMax));
    }
    if (left != 0 && in.pos == before && out.pos == 0) throw base::ParseError("zstd that is cut off");
  }
  return text;
}

// How many lines there are, by the first.
std::size_t announced_lines(std::string_view head) {
  const nlohmann::json line = parse_json_file(head);
  const std::string wall = text_member_of(line, "jsonwall");
  const std::string schema = text_member_of(line, "schema");
  if (!wall.starts_with("1.") || !schema.starts_with("1.")) {
    throw base::ParseError(fmt::format("a manifest of version \"{}\", schema \"{}\"; 1.0 is known", wall, schema));
  }
  const nlohmann::json& count = member_of(line, "count");
  return count.is_number_unsigned() ? count.get<std::size_t>() : 0;
}

void read_package(const nlohmann::json& line, Extraction& extraction, BrokenParts& broken) {
  const std::string name = text_member_of(line, "name");
  const std::string version = text_member_of(line, "version");
  const std::string architecture = text_member_of(line, "arch");
  add_system_package({.type = "deb",
                      .name = name,
                      .version = version,
                      .architecture = architecture,
                      .source = {},
                      .source_version = {}},
                     name.empty() ? "a package" : name, extraction, broken);
}

}  // namespace

bool ChiselExtractor::wants(std::string_view path) const {
  return path == kManifest[0];
}

std::span<const std::string_view> ChiselExtractor::fixed_paths() const {
  return kManifest;
}

Extraction ChiselExtractor::extract(const ImageFile& file) const {
  const std::string text = unpacked(file.content);
  std::string_view rest = text;
  const std::size_t announced = announced_lines(take_line(rest));
  Extraction extraction;
  BrokenParts broken;
  std::size_t lines = 1;
  for (; !rest.empty(); ++lines) {
    const nlohmann::json line = parse_json_file(take_line(rest));
    const std::string kind = text_member_of(line, "kind");
    if (kind == "package") read_package(line, extraction, broken);
    if (kind == "path") add_owned_file(extraction.owned_files, text_member_of(line, "path"));
  }
  if (lines != announced) {
    throw base::ParseError(fmt::format("{} lines, where its first says {}", lines, announced));
  }
  broken.append_to(extraction.warnings, file.path);
  return extraction;
}

}  // namespace scanner::inventory
