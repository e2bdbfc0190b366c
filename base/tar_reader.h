// Walks a tar stream piece by piece and tells its entries: ustar, PAX, GNU long names, base-256 numbers, old and new
// sparse files. Where tar implementations differ it reads as Go's archive/tar does, since containerd, Docker and CRI-O
// unpack with that; what none of them accepts is an error, so that nobody sees another tree than we do.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/tar_header.h"

namespace base {

enum class EntryKind { kFile, kSparseFile, kHardLink, kSymbolicLink, kDirectory, kDevice, kUnknown };

// Views live as long as the call that hands them out.
struct TarEntry {
  EntryKind kind = EntryKind::kUnknown;
  std::string_view path;         // as stored: may have "./", "//", ".." and a trailing slash
  std::string_view link_target;  // of hard and symbolic links, as stored
  std::uint64_t size = 0;        // of the content that follows
  std::uint64_t offset = 0;      // of the content, in the stream
};

class TarVisitor {
 public:
  virtual ~TarVisitor() = default;
  virtual void on_entry(const TarEntry& entry) = 0;
  // Pieces of the last entry's content, in order.
  virtual void on_content(std::span<const std::byte> bytes) = 0;
  virtual void on_entry_end() = 0;
};

struct TarLimits {
  std::size_t extended_header_bytes_max = std::size_t{1} << 20;
};

// One stream. Not thread-safe. What the visitor throws reaches the caller of feed().
class TarReader {
 public:
  TarReader(TarVisitor& visitor, const TarLimits& limits);

  // Throws ParseError at what is not tar; the offset in the message is that of the header. Nothing may be fed
  // afterwards.
  void feed(std::span<const std::byte> bytes);

  // Says that the stream is over. Throws ParseError when it ends inside an entry.
  void finish();

 private:
  enum class State { kHeader, kContent, kExtended, kSparseMap, kPadding, kAfterEnd };
  enum class Extended { kPax, kGlobalPax, kLongName, kLongLink };

  // What extended headers say about the entry that follows them.
  struct Overrides {
    std::string pax_path;
    std::string pax_link_target;
    std::string gnu_path;
    std::string gnu_link_target;
    std::optional<std::uint64_t> size;
    bool has_sparse_map = false;  // the GNU.sparse.* records
    std::string sparse_path;
    std::string sparse_major;
    std::string sparse_minor;
  };
  [[nodiscard]] static Overrides with_gnu_names(Overrides from);

  // Each consumes a front part of `bytes` and returns the rest.
  std::span<const std::byte> take_block(std::span<const std::byte> bytes);
  std::span<const std::byte> take_body(std::span<const std::byte> bytes);
  std::span<const std::byte> take_padding(std::span<const std::byte> bytes);
  void check_after_end(std::span<const std::byte> bytes) const;

  void on_header_block();
  void start_extended(Extended kind, std::uint64_t size);
  void finish_extended();
  void parse_pax_records();
  void apply_pax_record(std::string_view key, std::string_view value);
  void start_entry(char type, std::uint64_t size);
  void finish_body();
  [[nodiscard]] std::string_view entry_path();
  [[nodiscard]] std::string_view header_path();
  [[nodiscard]] bool is_pax_sparse() const;
  [[noreturn]] void refuse(std::string_view what) const;

  TarVisitor& visitor_;
  TarLimits limits_;
  State state_ = State::kHeader;
  std::array<std::byte, kTarBlockBytes> block_{};
  std::size_t block_filled_ = 0;
  std::uint64_t offset_ = 0;     // of the next block
  std::uint64_t remaining_ = 0;  // of content or of an extended header
  std::uint64_t padding_ = 0;    // behind it
  bool zero_block_seen_ = false;
  Extended extended_ = Extended::kPax;
  std::string extended_text_;
  std::string joined_path_;  // of a header whose name has a prefix
  Overrides overrides_;
  bool is_overridden_ = false;  // whether an extended header came before the entry: rare
};

}  // namespace base
