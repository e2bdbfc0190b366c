// Bytes that are read at positions: a file, or a part of memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace base {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  [[nodiscard]] virtual const std::string& name() const = 0;  // for errors: a path
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  // Bytes [offset, offset + length). Throws ParseError when they reach past the end.
  [[nodiscard]] virtual std::string read_at(std::uint64_t offset, std::size_t length) const = 0;
  // The same where they are, if that is in memory; else they are read into `room`. Valid as long as the source is, and
  // `room` is left alone.
  [[nodiscard]] virtual std::string_view view_at(std::uint64_t offset, std::size_t length, std::string& room) const {
    room = read_at(offset, length);
    return room;
  }
};

// Borrows the bytes.
class MemorySource final : public ByteSource {
 public:
  MemorySource(std::string name, std::string_view bytes) : name_(std::move(name)), bytes_(bytes) {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
  [[nodiscard]] std::string read_at(std::uint64_t offset, std::size_t length) const override;
  [[nodiscard]] std::string_view view_at(std::uint64_t offset, std::size_t length, std::string& room) const override;

 private:
  std::string name_;
  std::string_view bytes_;
};

}  // namespace base
