#include "tests/support/zip_builder.h"

#include <zlib.h>

#include <stdexcept>

namespace tests {
namespace {

std::string little(std::uint64_t value, int bytes) {
  std::string result;
  for (int i = 0; i < bytes; ++i, value >>= 8) result += static_cast<char>(value);
  return result;
}

std::string deflate_raw(std::string_view content) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("zlib cannot start");
  }
  std::string packed(deflateBound(&stream, static_cast<uLong>(content.size())), '\0');
  std::string input(content);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace

ZipBuilder& ZipBuilder::stored(std::string_view name, std::string_view content) {
  add(name, {.content = content, .packed = std::string(content), .method = 0});
  return *this;
}

ZipBuilder& ZipBuilder::deflated(std::string_view name, std::string_view content) {
  add(name, {.content = content, .packed = deflate_raw(content), .method = 8});
  return *this;
}

void ZipBuilder::add(std::string_view name, const Data& data) {
  const auto sum =
      crc32(0, reinterpret_cast<const Bytef*>(data.content.data()), static_cast<uInt>(data.content.size()));
  const std::string common = little(20, 2) + little(0, 2) + little(static_cast<std::uint64_t>(data.method), 2) +
                             little(0, 4) + little(sum, 4) + little(data.packed.size(), 4) +
                             little(data.content.size(), 4) + little(name.size(), 2) + little(0, 2);
  directory_ += "PK\x01\x02" + little(20, 2) + common + little(0, 10) + little(members_.size(), 4) + std::string(name);
  members_ += "PK\x03\x04" + common + std::string(name) + data.packed;
  ++count_;
}

std::string ZipBuilder::archive() const {
  return members_ + directory_ + "PK\x05\x06" + little(0, 4) + little(count_, 2) + little(count_, 2) +
         little(directory_.size(), 4) + little(members_.size(), 4) + little(0, 2);
}

}  // namespace tests
