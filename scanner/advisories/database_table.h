// The table of a database file: keys in order with their values, in blocks, and an index of the blocks at the end.
// docs/formats/database.md. No byte of it says where in the file another one lies, and where a block ends depends on
// the key there: a record that comes or goes changes its own block and the index' entry of it, and nothing behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner::advisories {

// The last bytes of a table, behind the length of its index (8 bytes, least first).
inline constexpr std::string_view kTableMagic = "PRATQDB4";

// Whether a block of so many bytes ends with the record of this key: some 32 records are a block, and none begins where
// one has 64 KiB.
[[nodiscard]] bool ends_block(std::string_view key, std::size_t block_bytes);

// Thread-safe.
class DatabaseTable {
 public:
  // Borrows the bytes, which may be anybody's; `place` names them in errors. Reads the index alone. Throws
  // base::ParseError for what is no table, or one of another format.
  DatabaseTable(std::string_view bytes, std::string_view place);

  // The key's value, in the bytes that were given; nullopt when there is none. Throws base::ParseError for a block that
  // is damaged.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view key) const;

 private:
  struct Block {
    std::string_view first_key;
    std::uint64_t offset = 0;
  };

  std::string damaged_;       // what is said of a damaged one
  std::string_view records_;  // all blocks
  std::vector<Block> blocks_;
};

}  // namespace scanner::advisories
