#include "scanner/layers/layer_record.h"

#include <fmt/format.h>
#include <zstd.h>

#include <new>

#include "base/error.h"
#include "base/limits.h"
#include "base/packed_fields.h"
#include "scanner/layers/change_codec.h"

namespace scanner::layers {
namespace {

constexpr std::string_view kDamaged = "a layer's record is damaged";
constexpr std::size_t kReadersMax = 32;  // Selection::wanted_by
constexpr std::size_t kReaderBytesMax = 64;
constexpr int kLevel = 1;       // records are written while layers stream by
constexpr int kWindowLog = 19;  // 512 KiB
constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

std::string unpack(std::string_view packed, std::uint64_t raw_bytes) {
  if (raw_bytes > kLayerRecordRawBytesMax) throw base::ParseError(std::string(kDamaged));
  std::string raw(raw_bytes, '\0');
  const std::size_t size = ZSTD_decompress(raw.data(), raw.size(), packed.data(), packed.size());
  if (ZSTD_isError(size) || size != raw.size()) throw base::ParseError(std::string(kDamaged));
  return raw;
}

RecordHead read_head(base::FieldReader& record) {
  record.require(record.number() == static_cast<std::uint64_t>(kLayerRecordVersion));
  const std::uint64_t is_whole = record.number();
  record.require(is_whole <= 1);
  RecordHead head{.is_whole = is_whole == 1, .readers = {}};
  const std::size_t readers = record.count();
  record.require(readers <= kReadersMax);
  while (head.readers.size() < readers) {
    const std::string_view name = record.text();
    record.require(name.size() <= kReaderBytesMax);
    head.readers.emplace_back(name);
  }
  return head;
}

// What the layer counted, and whether the image may have so much.
void add_totals(base::FieldReader& header, ImageState image, std::string_view digest) {
  image.tally.entries = base::add_saturating(image.tally.entries, header.number());
  image.tally.raw_bytes = base::add_saturating(image.tally.raw_bytes, header.number());
  if (image.tally.entries > image.limits.entries_max) {
    image.warnings.add("LimitExceeded", digest, too_many_entries(image.limits));
  }
  if (image.tally.raw_bytes > image.limits.image_raw_bytes_max) {
    image.warnings.add("LimitExceeded", digest, too_many_raw_bytes(image.limits));
  }
}

}  // namespace

// A stream of zstd that gives up when its output grows too large.
class LayerRecorder::Packer {
 public:
  Packer() : context_(ZSTD_createCCtx(), &ZSTD_freeCCtx) {
    if (context_ == nullptr) throw std::bad_alloc();
    CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kLevel)));
    CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_windowLog, kWindowLog)));
    CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1)));
  }

  base::FieldWriter fields;  // that are not packed yet

  // Whether there is room for more.
  [[nodiscard]] bool pack(ZSTD_EndDirective directive) {
    raw_bytes_ += fields.bytes().size();
    ZSTD_inBuffer input{fields.bytes().data(), fields.bytes().size(), 0};
    std::size_t left = 0;
    do {
      std::string piece(ZSTD_CStreamOutSize(), '\0');
      ZSTD_outBuffer output{piece.data(), piece.size(), 0};
      left = ZSTD_compressStream2(context_.get(), &output, &input, directive);
      if (ZSTD_isError(left)) throw std::bad_alloc();  // it lacks nothing else
      packed_.append(piece, 0, output.pos);
    } while (input.pos < input.size || (directive == ZSTD_e_end && left != 0));
    fields.clear();
    return raw_bytes_ <= kLayerRecordRawBytesMax && packed_.size() <= kLayerRecordBytesMax;
  }

  [[nodiscard]] const std::string& packed() const { return packed_; }
  [[nodiscard]] std::uint64_t raw_bytes() const { return raw_bytes_; }

 private:
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context_;
  std::string packed_;
  std::uint64_t raw_bytes_ = 0;
};

LayerRecorder::LayerRecorder() : packer_(std::make_unique<Packer>()) {}
LayerRecorder::~LayerRecorder() = default;

void LayerRecorder::add(const LayerChange& change) {
  if (packer_ == nullptr) return;
  write_change(packer_->fields, change, last_path_);
  if (packer_->fields.bytes().size() >= kPieceBytes && !packer_->pack(ZSTD_e_continue)) packer_.reset();
}

std::string LayerRecorder::finish(const ImageTally& layer, const std::vector<ScanWarning>& warnings,
                                  const std::vector<std::string>& readers) {
  if (packer_ == nullptr || !packer_->pack(ZSTD_e_end)) return {};
  base::FieldWriter record;
  record.number(kLayerRecordVersion);
  record.number(is_whole_ ? 1 : 0);
  record.texts(readers);
  record.number(layer.entries);
  record.number(layer.raw_bytes);
  write_warnings(record, warnings);
  record.number(packer_->raw_bytes());
  record.text(packer_->packed());
  return record.bytes().size() <= kLayerRecordBytesMax ? record.take() : std::string();
}

// A record that is none is as if there were none: who has it may not be able to help it.
std::optional<RecordHead> head_of_record(std::string_view record) {
  try {
    base::FieldReader reader(record, kDamaged);
    return read_head(reader);
  } catch (const base::ParseError&) {
    return std::nullopt;
  }
}

bool is_whole_record(std::string_view record) {
  const std::optional<RecordHead> head = head_of_record(record);
  return head && head->is_whole;
}

void merge_record(ImageState image, std::string_view digest, std::string_view record) {
  base::FieldReader header(record, kDamaged);
  static_cast<void>(read_head(header));
  add_totals(header, image, digest);
  for (const ScanWarning& warning : read_warnings(header)) image.warnings.add(warning);
  const std::uint64_t raw_bytes = header.number();
  const std::string raw = unpack(header.text(), raw_bytes);
  header.finish();

  image.filesystem.begin_layer(digest);
  base::FieldReader changes(raw, kDamaged);
  std::string last_path;
  while (!changes.is_at_end()) {
    LayerChange change = read_change(changes, last_path);
    changes.require(image.filesystem.place_entry(change.path).path == change.path);
    image.filesystem.apply(std::move(change));
  }
  image.filesystem.end_layer();
}

}  // namespace scanner::layers
