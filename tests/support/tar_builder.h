// Makes tar archives for tests, good ones and bad ones, byte by byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tests {

using PaxRecords = std::vector<std::pair<std::string, std::string>>;

// "17 path=some/file\n"
[[nodiscard]] std::string pax_record(std::string_view key, std::string_view value);

class TarBuilder {
 public:
  TarBuilder& file(std::string_view path, std::string_view content);
  TarBuilder& directory(std::string_view path);
  TarBuilder& symbolic_link(std::string_view path, std::string_view target);
  TarBuilder& hard_link(std::string_view path, std::string_view target);

  // Extended headers for the entry that follows.
  TarBuilder& pax(const PaxRecords& records);
  TarBuilder& global_pax(const PaxRecords& records);
  TarBuilder& gnu_long_name(std::string_view name);
  TarBuilder& gnu_long_link(std::string_view target);

  // Any entry: `size` may lie about the content, which is padded to whole blocks.
  struct Entry {
    char type = '0';
    std::string path{};
    std::string link_target{};
    std::string content{};
    std::string size_field{};  // twelve bytes as they are; empty: the content's size in octal
    std::string magic = std::string("ustar\0", 6) + "00";
    std::string prefix{};
  };
  TarBuilder& entry(const Entry& entry);
  TarBuilder& raw(std::string_view bytes);

  // The bytes so far, with and without the end of an archive.
  [[nodiscard]] std::string archive() const { return bytes_ + std::string(1024, '\0'); }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// The checksum of a header block, written into it.
void seal_tar_header(std::string& block);

}  // namespace tests
