#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "base/error.h"
#include "scanner/inventory/byte_reader.h"
#include "scanner/inventory/rpm/rpm_database.h"

namespace scanner::inventory {
namespace {

constexpr std::uint32_t kHashMagic = 0x061561;
constexpr std::size_t kMagicAt = 12;
constexpr std::size_t kPageSizeAt = 20;
constexpr std::size_t kLastPageAt = 32;

// Of every page but the first.
constexpr std::size_t kNextPageAt = 16;
constexpr std::size_t kEntriesAt = 20;
constexpr std::size_t kBytesOnPageAt = 22;  // of an overflow page
constexpr std::size_t kTypeAt = 25;
constexpr std::size_t kPageHeaderBytes = 26;

enum PageType : std::uint8_t { kFree = 0, kHashUnsorted = 2, kOverflow = 7, kHashMetadata = 8, kHash = 13 };
enum ItemType : std::uint8_t { kKeyData = 1, kOffPage = 3 };

// Headers are larger than a page can hold; what is inline is the counter that rpm keeps under the key 0.
constexpr std::size_t kOffPageItemBytes = 12;

class BerkeleyDatabase {
 public:
  explicit BerkeleyDatabase(std::string_view content) : bytes_(content, order_of(content)), budget_(content) {
    page_bytes_ = bytes_.u32(kPageSizeAt);
    if (page_bytes_ < 512 || page_bytes_ > 65536) {
      throw base::ParseError(fmt::format("Berkeley DB with pages of {} bytes", page_bytes_));
    }
    pages_ = bytes_.size() / page_bytes_;
  }

  void read(const OnRpmHeader& on_header, BrokenParts& broken) {
    const std::size_t pages_told = std::size_t{bytes_.u32(kLastPageAt)} + 1;
    if (pages_told > pages_) broken.add("end of file", fmt::format("{} of {} pages are there", pages_, pages_told));
    for (std::size_t page = 1; page < pages_ && !budget_.is_spent(); ++page) {
      broken.attempt("page", page, [&] { read_page(page, on_header, broken); });
    }
  }

 private:
  static ByteOrder order_of(std::string_view content) {
    for (const ByteOrder order : {ByteOrder::kLittle, ByteOrder::kBig}) {
      if (ByteReader(content, order).u32(kMagicAt) == kHashMagic) return order;
    }
    throw base::ParseError("not a Berkeley DB of the hash method");
  }

  [[nodiscard]] std::uint8_t type_of(std::size_t page) const { return bytes_.u8(page * page_bytes_ + kTypeAt); }

  // Items come in pairs, a key and its value.
  void read_page(std::size_t page, const OnRpmHeader& on_header, BrokenParts& broken) {
    const std::uint8_t type = type_of(page);
    if (type == kFree || type == kOverflow || type == kHashMetadata) return;
    if (type != kHash && type != kHashUnsorted) throw base::ParseError(fmt::format("of the unknown type {}", type));
    const std::size_t start = page * page_bytes_;
    const std::size_t items = bytes_.u16(start + kEntriesAt);
    if (kPageHeaderBytes + 2 * items > page_bytes_) throw base::ParseError("more items than a page can have");
    for (std::size_t item = 1; item < items && !budget_.is_spent(); item += 2) {
      const std::size_t at = bytes_.u16(start + kPageHeaderBytes + 2 * item);
      if (at + kOffPageItemBytes > page_bytes_ || bytes_.u8(start + at) != kOffPage) continue;
      broken.attempt("page", page,
                     [&] { on_header(overflow(bytes_.u32(start + at + 4), bytes_.u32(start + at + 8))); });
    }
  }

  // The chain of pages that holds a value of so many bytes. It may lead in a circle, or be the chain of others, too.
  [[nodiscard]] std::string overflow(std::size_t page, std::size_t size) {
    budget_.take(size);
    if (size > bytes_.size()) throw base::ParseError("a value larger than the database");
    std::string value;
    value.reserve(size);
    while (value.size() < size) {
      if (page == 0 || page >= pages_ || type_of(page) != kOverflow) throw base::ParseError("a value that is cut off");
      const std::size_t start = page * page_bytes_;
      const std::size_t here = bytes_.u16(start + kBytesOnPageAt);
      if (here == 0 || here > page_bytes_ - kPageHeaderBytes) throw base::ParseError("an overflow page out of bounds");
      value += bytes_.piece(start + kPageHeaderBytes, here);
      page = bytes_.u32(start + kNextPageAt);
    }
    value.resize(size);
    return value;
  }

  ByteReader bytes_;
  RpmHeaderBudget budget_;
  std::size_t page_bytes_ = 0;
  std::size_t pages_ = 0;
};

}  // namespace

void read_berkeley_database(std::string_view content, const OnRpmHeader& on_header, BrokenParts& broken) {
  BerkeleyDatabase(content).read(on_header, broken);
}

}  // namespace scanner::inventory
