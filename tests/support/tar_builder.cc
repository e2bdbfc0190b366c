#include "tests/support/tar_builder.h"

#include <fmt/format.h>

namespace tests {
namespace {

constexpr std::size_t kBlockBytes = 512;

void put(std::string& block, std::size_t offset, std::size_t length, std::string_view value) {
  block.replace(offset, std::min(length, value.size()), value.substr(0, length));
}

std::string join_records(const PaxRecords& records) {
  std::string text;
  for (const auto& [key, value] : records) text += pax_record(key, value);
  return text;
}

}  // namespace

std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t body = key.size() + value.size() + 3;  // " =\n"
  std::size_t length = body + 1;
  while (body + std::to_string(length).size() != length) ++length;
  return fmt::format("{} {}={}\n", length, key, value);
}

void seal_tar_header(std::string& block) {
  put(block, 148, 8, "        ");
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  put(block, 148, 8, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
}

TarBuilder& TarBuilder::entry(const Entry& entry) {
  std::string block(kBlockBytes, '\0');
  put(block, 0, 100, entry.path);
  put(block, 100, 8, "0000644");
  put(block, 108, 8, "0000000");
  put(block, 116, 8, "0000000");
  put(block, 124, 12, entry.size_field.empty() ? fmt::format("{:011o}", entry.content.size()) : entry.size_field);
  put(block, 136, 12, "00000000000");
  block[156] = entry.type;
  put(block, 157, 100, entry.link_target);
  put(block, 257, 8, entry.magic);
  put(block, 345, 155, entry.prefix);
  seal_tar_header(block);
  bytes_ += block + entry.content;
  bytes_.append((kBlockBytes - entry.content.size() % kBlockBytes) % kBlockBytes, '\0');
  return *this;
}

TarBuilder& TarBuilder::file(std::string_view path, std::string_view content) {
  return entry({.path = std::string(path), .content = std::string(content)});
}

TarBuilder& TarBuilder::directory(std::string_view path) {
  return entry({.type = '5', .path = std::string(path)});
}

TarBuilder& TarBuilder::symbolic_link(std::string_view path, std::string_view target) {
  return entry({.type = '2', .path = std::string(path), .link_target = std::string(target)});
}

TarBuilder& TarBuilder::hard_link(std::string_view path, std::string_view target) {
  return entry({.type = '1', .path = std::string(path), .link_target = std::string(target)});
}

TarBuilder& TarBuilder::pax(const PaxRecords& records) {
  return entry({.type = 'x', .path = "PaxHeaders/0", .content = join_records(records)});
}

TarBuilder& TarBuilder::global_pax(const PaxRecords& records) {
  return entry({.type = 'g', .path = "pax_global_header", .content = join_records(records)});
}

TarBuilder& TarBuilder::gnu_long_name(std::string_view name) {
  return entry({.type = 'L', .path = "././@LongLink", .content = std::string(name) + '\0'});
}

TarBuilder& TarBuilder::gnu_long_link(std::string_view target) {
  return entry({.type = 'K', .path = "././@LongLink", .content = std::string(target) + '\0'});
}

TarBuilder& TarBuilder::raw(std::string_view bytes) {
  bytes_ += bytes;
  return *this;
}

}  // namespace tests
