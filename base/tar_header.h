// The fields of one 512-byte tar header block (POSIX.1-1988 ustar, GNU and V7 layouts).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace base {

inline constexpr std::size_t kTarBlockBytes = 512;

// A view of a block; the block must outlive it.
class TarHeader {
 public:
  explicit TarHeader(const std::array<std::byte, kTarBlockBytes>& block)
      : bytes_(reinterpret_cast<const char*>(block.data()), block.size()) {}

  [[nodiscard]] bool is_zero() const;
  // Whether the stored checksum is right, summed as unsigned or, as some old writers did, as signed bytes.
  [[nodiscard]] bool checksum_holds() const;
  [[nodiscard]] char type() const { return bytes_[156]; }
  // nullopt when it is not a number or is negative.
  [[nodiscard]] std::optional<std::uint64_t> size() const { return number(124, 12); }
  // The name field, and what stands before it and a slash in the layouts that have that; empty: nothing does.
  [[nodiscard]] std::string_view name() const { return text(0, 100); }
  [[nodiscard]] std::string_view prefix() const;
  [[nodiscard]] std::string_view link_target() const { return text(157, 100); }
  // Whether sparse-map blocks follow an old GNU sparse header.
  [[nodiscard]] bool sparse_map_follows() const { return bytes_[482] != 0; }
  // The same for such a block itself.
  [[nodiscard]] bool more_sparse_map_follows() const { return bytes_[504] != 0; }

 private:
  [[nodiscard]] std::string_view text(std::size_t offset, std::size_t length) const;
  [[nodiscard]] std::optional<std::uint64_t> number(std::size_t offset, std::size_t length) const;
  [[nodiscard]] bool has_old_go_prefix() const;

  std::string_view bytes_;
};

}  // namespace base
