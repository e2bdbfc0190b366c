#include "base/tar_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <utility>

#include "base/error.h"

namespace base {
namespace {

constexpr std::string_view kSparsePrefix = "GNU.sparse.";
constexpr std::uint64_t kSizeMax = std::numeric_limits<std::int64_t>::max();

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > kSizeMax) return std::nullopt;
  return value;
}

std::uint64_t padding_of(std::uint64_t size) {
  return (kTarBlockBytes - size % kTarBlockBytes) % kTarBlockBytes;
}

EntryKind kind_of(char type, std::string_view path) {
  switch (type) {
    case '\0':
      return path.ends_with('/') ? EntryKind::kDirectory : EntryKind::kFile;
    case '0':
      return EntryKind::kFile;
    case '1':
      return EntryKind::kHardLink;
    case '2':
      return EntryKind::kSymbolicLink;
    case '3':
    case '4':
    case '6':
      return EntryKind::kDevice;
    case '5':
      return EntryKind::kDirectory;
    case 'S':
      return EntryKind::kSparseFile;
    default:
      return EntryKind::kUnknown;
  }
}

// Links, directories and devices have no content, whatever their size field says: Go's archive/tar ignores it, and
// tars exist whose hard links carry the size of their target.
bool has_content(EntryKind kind) {
  return kind == EntryKind::kFile || kind == EntryKind::kSparseFile || kind == EntryKind::kUnknown;
}

}  // namespace

TarReader::TarReader(TarVisitor& visitor, const TarLimits& limits) : visitor_(visitor), limits_(limits) {}

void TarReader::feed(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    switch (state_) {
      case State::kHeader:
      case State::kSparseMap:
        bytes = take_block(bytes);
        break;
      case State::kContent:
      case State::kExtended:
        bytes = take_body(bytes);
        break;
      case State::kPadding:
        bytes = take_padding(bytes);
        break;
      case State::kAfterEnd:
        check_after_end(bytes);
        return;
    }
  }
}

void TarReader::finish() {
  const bool in_block = (state_ == State::kHeader && block_filled_ != 0) || state_ == State::kSparseMap;
  if (in_block || state_ == State::kContent || state_ == State::kExtended) {
    throw ParseError("tar: the archive ends in the middle of an entry");
  }
}

std::span<const std::byte> TarReader::take_block(std::span<const std::byte> bytes) {
  const std::size_t count = std::min(bytes.size(), kTarBlockBytes - block_filled_);
  std::memcpy(block_.data() + block_filled_, bytes.data(), count);
  block_filled_ += count;
  if (block_filled_ == kTarBlockBytes) {
    block_filled_ = 0;
    if (state_ == State::kHeader) {
      on_header_block();
    } else if (!TarHeader(block_).more_sparse_map_follows()) {
      state_ = State::kContent;
      if (remaining_ == 0) finish_body();
    }
    offset_ += kTarBlockBytes;
  }
  return bytes.subspan(count);
}

std::span<const std::byte> TarReader::take_body(std::span<const std::byte> bytes) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), remaining_));
  const std::span<const std::byte> body = bytes.first(count);
  if (state_ == State::kContent) {
    visitor_.on_content(body);
  } else {
    extended_text_.append(reinterpret_cast<const char*>(body.data()), body.size());
  }
  remaining_ -= count;
  offset_ += count;
  if (remaining_ == 0) finish_body();
  return bytes.subspan(count);
}

std::span<const std::byte> TarReader::take_padding(std::span<const std::byte> bytes) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), padding_));
  padding_ -= count;
  offset_ += count;
  if (padding_ == 0) state_ = State::kHeader;
  return bytes.subspan(count);
}

// Archives are padded with zeros to a multiple of their record. Anything else would be unpacked by tools that read on
// (GNU tar -i) and not by runtimes.
void TarReader::check_after_end(std::span<const std::byte> bytes) const {
  if (std::any_of(bytes.begin(), bytes.end(), [](std::byte b) { return b != std::byte{0}; })) {
    refuse("data after the end of the archive");
  }
}

void TarReader::on_header_block() {
  const TarHeader header(block_);
  if (header.is_zero()) {
    if (zero_block_seen_) state_ = State::kAfterEnd;
    zero_block_seen_ = true;
    return;
  }
  if (zero_block_seen_) refuse("a block of zeros between entries");
  if (!header.checksum_holds()) refuse("wrong header checksum");
  const std::optional<std::uint64_t> size = header.size();
  if (!size || *size > kSizeMax) refuse("unreadable size");
  switch (header.type()) {
    case 'x':
      return start_extended(Extended::kPax, *size);
    case 'g':
      return start_extended(Extended::kGlobalPax, *size);
    case 'L':
      return start_extended(Extended::kLongName, *size);
    case 'K':
      return start_extended(Extended::kLongLink, *size);
    default:
      return start_entry(header.type(), *size);
  }
}

void TarReader::start_extended(Extended kind, std::uint64_t size) {
  if (size > limits_.extended_header_bytes_max) {
    refuse(fmt::format("an extended header of {} bytes, at most {} are read", size, limits_.extended_header_bytes_max));
  }
  extended_ = kind;
  extended_text_.clear();
  state_ = State::kExtended;
  remaining_ = size;
  padding_ = padding_of(size);
  if (remaining_ == 0) finish_body();
}

void TarReader::finish_body() {
  const bool was_content = state_ == State::kContent;
  state_ = padding_ == 0 ? State::kHeader : State::kPadding;
  if (was_content) {
    visitor_.on_entry_end();
  } else {
    finish_extended();
  }
}

// Moved: a name of a megabyte must not cost that much for each empty header behind it.
TarReader::Overrides TarReader::with_gnu_names(Overrides from) {
  Overrides kept;
  kept.gnu_path = std::move(from.gnu_path);
  kept.gnu_link_target = std::move(from.gnu_link_target);
  return kept;
}

void TarReader::finish_extended() {
  is_overridden_ = true;
  const std::string_view name = std::string_view(extended_text_).substr(0, extended_text_.find('\0'));
  switch (extended_) {
    case Extended::kPax:
      overrides_ = with_gnu_names(std::move(overrides_));  // a second PAX header replaces the first
      return parse_pax_records();
    case Extended::kGlobalPax:
      parse_pax_records();
      overrides_ = {};  // archive/tar hands it out as an entry of its own and forgets what came before
      return;
    case Extended::kLongName:
      overrides_.gnu_path = name;
      return;
    case Extended::kLongLink:
      overrides_.gnu_link_target = name;
      return;
  }
}

// Records are "<length> <key>=<value>\n" where the length counts the whole record.
void TarReader::parse_pax_records() {
  std::string_view rest = extended_text_;
  while (!rest.empty()) {
    const std::size_t space = rest.find(' ');
    const std::optional<std::uint64_t> length = parse_decimal(rest.substr(0, space));
    if (space == std::string_view::npos || !length || *length < space + 3 || *length > rest.size()) {
      refuse("a PAX record of wrong length");
    }
    std::string_view record = rest.substr(space + 1, *length - space - 1);
    rest.remove_prefix(static_cast<std::size_t>(*length));
    const std::size_t equals = record.find('=');
    if (!record.ends_with('\n') || equals == std::string_view::npos || equals == 0) refuse("a malformed PAX record");
    record.remove_suffix(1);
    apply_pax_record(record.substr(0, equals), record.substr(equals + 1));
  }
}

void TarReader::apply_pax_record(std::string_view key, std::string_view value) {
  const bool names = key == "path" || key == "linkpath";
  const bool shapes = names || key == "size" || key.starts_with(kSparsePrefix);
  if (!shapes) return;
  // Runtimes ignore global headers, GNU tar obeys them: two trees in one archive.
  if (extended_ == Extended::kGlobalPax) refuse(fmt::format("a global PAX header with \"{}\"", key));
  if (value.find('\0') != std::string_view::npos) refuse("a PAX record with a NUL");
  if (key == "path") {
    overrides_.pax_path = value;
  } else if (key == "linkpath") {
    overrides_.pax_link_target = value;
  } else if (key == "size") {
    overrides_.size = value.empty() ? std::nullopt : parse_decimal(value);
    if (!value.empty() && !overrides_.size) refuse("an unreadable PAX size");
  } else if (key == "GNU.sparse.name") {
    overrides_.sparse_path = value;
  } else if (key == "GNU.sparse.major") {
    overrides_.sparse_major = value;
  } else if (key == "GNU.sparse.minor") {
    overrides_.sparse_minor = value;
  } else {
    overrides_.has_sparse_map = true;
  }
}

// Sparse versions 0.0, 0.1 and 1.0 by GNU tar; archive/tar takes others for plain files of another name.
bool TarReader::is_pax_sparse() const {
  const std::string version = overrides_.sparse_major + "." + overrides_.sparse_minor;
  if (version == "." && !overrides_.has_sparse_map && overrides_.sparse_path.empty()) return false;
  const bool known = version == "0.0" || version == "0.1" || version == "1.0";
  if (!known && !(version == "." && overrides_.has_sparse_map)) refuse("an unknown version of sparse files");
  return true;
}

// Views of the block, or of what lives as long as it is the last.
std::string_view TarReader::header_path() {
  const TarHeader header(block_);
  const std::string_view prefix = header.prefix();
  if (prefix.empty()) return header.name();
  joined_path_ = prefix;
  joined_path_ += '/';
  joined_path_ += header.name();
  return joined_path_;
}

std::string_view TarReader::entry_path() {
  if (!overrides_.gnu_path.empty() && !overrides_.pax_path.empty() && overrides_.gnu_path != overrides_.pax_path) {
    refuse("a GNU and a PAX long name that differ");
  }
  if (!overrides_.sparse_path.empty()) return overrides_.sparse_path;
  if (!overrides_.gnu_path.empty()) return overrides_.gnu_path;
  if (!overrides_.pax_path.empty()) return overrides_.pax_path;
  return header_path();
}

void TarReader::start_entry(char type, std::uint64_t size) {
  const TarHeader header(block_);
  const std::string_view path = is_overridden_ ? entry_path() : header_path();
  std::string_view link_target = header.link_target();
  if (!overrides_.pax_link_target.empty()) link_target = overrides_.pax_link_target;
  if (!overrides_.gnu_link_target.empty()) link_target = overrides_.gnu_link_target;

  EntryKind kind = kind_of(type, path);
  if (is_overridden_ && is_pax_sparse()) {
    if (kind != EntryKind::kFile) refuse("a sparse map on something that is not a file");
    kind = EntryKind::kSparseFile;
  }
  const std::uint64_t stored = has_content(kind) ? overrides_.size.value_or(size) : 0;
  const bool map_follows = type == 'S' && header.sparse_map_follows();

  visitor_.on_entry(
      {.kind = kind, .path = path, .link_target = link_target, .size = stored, .offset = offset_ + kTarBlockBytes});
  if (is_overridden_) overrides_ = {};  // the views end here
  is_overridden_ = false;
  remaining_ = stored;
  padding_ = padding_of(stored);
  state_ = map_follows ? State::kSparseMap : State::kContent;
  if (!map_follows && remaining_ == 0) finish_body();
}

void TarReader::refuse(std::string_view what) const {
  throw ParseError(fmt::format("tar: {} at byte {}", what, offset_));
}

}  // namespace base
