#include "scanner/advisories/database_writer.h"

#include <cstdint>

#include "base/error.h"
#include "scanner/advisories/database_table.h"

namespace scanner::advisories {
namespace {

constexpr std::size_t kPendingBytesMax = std::size_t{1} << 20;

// 8 bytes, least first.
std::string encode_length(std::uint64_t length) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<char>(length >> shift & 0xff));
  return bytes;
}

}  // namespace

void DatabaseWriter::append(std::string_view key, std::string_view value) {
  CHECK(last_key_.empty() || last_key_ < key);
  last_key_ = key;
  if (block_bytes_ == 0) block_key_ = key;
  const std::size_t before = pending_.bytes().size();
  pending_.text(key);
  pending_.text(value);
  block_bytes_ += pending_.bytes().size() - before;
  if (ends_block(key, block_bytes_)) end_block();
  if (pending_.bytes().size() >= kPendingBytesMax) write_pending();
}

void DatabaseWriter::finish() {
  if (block_bytes_ > 0) end_block();
  write_pending();
  file_.write(index_.bytes());
  file_.write(encode_length(index_.bytes().size()));
  file_.write(kTableMagic);
  file_.sync();
}

void DatabaseWriter::end_block() {
  index_.text(block_key_);
  index_.number(block_bytes_);
  block_bytes_ = 0;
}

void DatabaseWriter::write_pending() {
  file_.write(pending_.bytes());
  pending_.clear();
}

}  // namespace scanner::advisories
