#include "tests/support/rpm_files.h"

#include <sqlite3.h>

#include <algorithm>
#include <stdexcept>

namespace tests {
namespace {

constexpr std::size_t kPageBytes = 4096;
constexpr std::size_t kPageHeaderBytes = 26;

std::string big(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

void put_little(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i));
}

// The tags and values of a header grow side by side.
struct HeaderParts {
  std::uint32_t entries = 0;
  std::string index;
  std::string values;

  void add(std::uint32_t tag, std::uint32_t type, const std::string& value, std::size_t count = 1) {
    ++entries;
    index +=
        big(tag) + big(type) + big(static_cast<std::uint32_t>(values.size())) + big(static_cast<std::uint32_t>(count));
    values += value;
  }
  void add_text(std::uint32_t tag, const std::string& text) {
    if (!text.empty()) add(tag, 6, text + '\0');
  }
};

void add_files(HeaderParts& parts, const RpmTags& tags) {
  constexpr std::uint32_t kTexts = 8;
  std::string numbers;
  std::string names;
  std::string directories;
  for (const RpmFile& file : tags.files) {
    numbers += big(file.directory);
    names += file.name + '\0';
  }
  for (const std::string& directory : tags.directories) directories += directory + '\0';
  parts.add(1116, 4, numbers, tags.files.size());
  parts.add(1117, kTexts, names, tags.files.size());
  parts.add(1118, kTexts, directories, tags.directories.size());
}

std::string page_of(std::uint32_t number, std::uint8_t type) {
  std::string page(kPageBytes, '\0');
  put_little(page, 8, number, 4);
  page[25] = static_cast<char>(type);
  return page;
}

void add_overflow(std::vector<std::string>& pages, std::string_view value) {
  while (!value.empty()) {
    const std::string_view here = value.substr(0, kPageBytes - kPageHeaderBytes);
    value.remove_prefix(here.size());
    std::string page = page_of(static_cast<std::uint32_t>(pages.size()), 7);
    put_little(page, 16, value.empty() ? 0 : pages.size() + 1, 4);
    put_little(page, 22, here.size(), 2);
    page.replace(kPageHeaderBytes, here.size(), here);
    pages.push_back(std::move(page));
  }
}

void require(bool holds) {
  if (!holds) throw std::runtime_error("SQLite cannot make the test's database");
}

}  // namespace

std::string rpm_header(const RpmTags& tags) {
  HeaderParts parts;
  parts.add_text(1000, tags.name);
  parts.add_text(1001, tags.version);
  parts.add_text(1002, tags.release);
  if (tags.epoch != 0) parts.add(1003, 4, big(tags.epoch));
  parts.add_text(1022, tags.architecture);
  parts.add_text(1044, tags.source_rpm);
  parts.add_text(5096, tags.module);
  if (!tags.files.empty()) add_files(parts, tags);
  return big(parts.entries) + big(static_cast<std::uint32_t>(parts.values.size())) + parts.index + parts.values;
}

std::string berkeley_database(const std::vector<std::string>& headers) {
  std::vector<std::string> pages = {page_of(0, 8), page_of(1, 13)};
  std::string& meta = pages[0];
  put_little(meta, 12, 0x061561, 4);
  put_little(meta, 20, kPageBytes, 4);
  std::size_t end = kPageBytes;
  std::uint16_t items = 0;
  const auto put_item = [&](const std::string& item) {
    end -= item.size();
    pages[1].replace(end, item.size(), item);
    put_little(pages[1], kPageHeaderBytes + 2 * std::size_t{items++}, end, 2);
  };
  for (const std::string& header : headers) {
    put_item(std::string("\x01key", 4));
    std::string off_page(12, '\0');
    off_page[0] = 3;
    put_little(off_page, 4, pages.size(), 4);
    put_little(off_page, 8, header.size(), 4);
    put_item(off_page);
    add_overflow(pages, header);
  }
  put_little(pages[1], 20, items, 2);
  put_little(pages[0], 32, pages.size() - 1, 4);
  std::string bytes;
  for (const std::string& page : pages) bytes += page;
  return bytes;
}

std::string ndb_database(const std::vector<std::string>& headers) {
  std::string slots(kPageBytes, '\0');
  slots.replace(0, 4, "RpmP");
  put_little(slots, 12, 1, 4);
  std::string blobs;
  for (std::size_t at = 32; at < kPageBytes; at += 16) slots.replace(at, 4, "Slot");
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const std::size_t slot = 32 + 16 * i;
    put_little(slots, slot + 4, i + 1, 4);
    put_little(slots, slot + 8, (kPageBytes + blobs.size()) / 16, 4);
    std::string blob = "BlbS" + std::string(12, '\0') + headers[i] + std::string(12, '\0');
    put_little(blob, 4, i + 1, 4);
    put_little(blob, 12, headers[i].size(), 4);
    blob.resize((blob.size() + 15) / 16 * 16);
    blobs += blob;
  }
  return slots + blobs;
}

std::string sqlite_database(const std::vector<std::string>& headers, std::string_view schema) {
  sqlite3* database = nullptr;
  require(sqlite3_open(":memory:", &database) == SQLITE_OK);
  require(sqlite3_exec(database, std::string(schema).c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  for (const std::string& header : headers) {
    sqlite3_stmt* insert = nullptr;
    require(sqlite3_prepare_v2(database, "INSERT INTO Packages (blob) VALUES (?)", -1, &insert, nullptr) == SQLITE_OK);
    sqlite3_bind_blob(insert, 1, header.data(), static_cast<int>(header.size()), SQLITE_TRANSIENT);
    require(sqlite3_step(insert) == SQLITE_DONE);
    sqlite3_finalize(insert);
  }
  sqlite3_int64 size = 0;
  unsigned char* const bytes = sqlite3_serialize(database, "main", &size, 0);
  const std::string copy(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  sqlite3_free(bytes);
  sqlite3_close(database);
  return copy;
}

}  // namespace tests
