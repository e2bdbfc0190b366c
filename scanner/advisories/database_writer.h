// Writes sorted keys into a new, unsigned database file: database_table.h.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/output_file.h"
#include "base/packed_fields.h"

namespace scanner::advisories {

// Holds the index, a megabyte of records and the value in hand, whole whatever its length, in memory. Not thread-safe.
class DatabaseWriter {
 public:
  // Throws base::ConfigError when `path` exists or cannot be made.
  explicit DatabaseWriter(const std::string& path) : file_(path, 0644) {}

  // Keys must rise. Throws base::ConfigError when the disk is full.
  void append(std::string_view key, std::string_view value);
  // Writes the index and syncs. Nothing may be appended after it.
  void finish();

 private:
  void end_block();
  void write_pending();

  base::OutputFile file_;
  base::FieldWriter pending_;    // records that are not in the file yet
  base::FieldWriter index_;      // of the blocks that have ended
  std::string block_key_;        // the first of the block that has not
  std::size_t block_bytes_ = 0;  // of that one
  std::string last_key_;
};

}  // namespace scanner::advisories
