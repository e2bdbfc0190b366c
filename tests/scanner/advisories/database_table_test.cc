// The writer and the reader of a database's table, on files.
#include "scanner/advisories/database_table.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <random>

#include "base/error.h"
#include "base/file.h"
#include "base/output_file.h"
#include "base/packed_fields.h"
#include "scanner/advisories/database_writer.h"
#include "scanner/advisories/mapped_file.h"

namespace scanner::advisories {
namespace {

using testing::HasSubstr;
using testing::Optional;

using Records = std::map<std::string, std::string>;

// Records as a database has them: most are short, a few are long.
Records random_records(std::size_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  Records records;
  while (records.size() < count) {
    const std::size_t size = random() % 1000 == 0 ? 100'000 : random() % 300;
    records.insert_or_assign("A" + std::to_string(random()), std::string(size, static_cast<char>(random() & 0xff)));
  }
  return records;
}

// What follows records of so many bytes, with an index that says so of them.
std::string end_of_table(const std::vector<std::pair<std::string, std::uint64_t>>& blocks) {
  base::FieldWriter index;
  for (const auto& [key, bytes] : blocks) {
    index.text(key);
    index.number(bytes);
  }
  std::string end(index.bytes());
  end.push_back(static_cast<char>(index.bytes().size()));
  return end + std::string(7, '\0') + std::string(kTableMagic);
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const base::ParseError& error) {
    return error.what();
  }
  return "(nothing was thrown)";
}

class DatabaseTableTest : public testing::Test {
 protected:
  std::string table_of(const Records& records) {
    const std::string path = file("table-" + std::to_string(++files_));
    DatabaseWriter writer(path);
    for (const auto& [key, value] : records) writer.append(key, value);
    writer.finish();
    return base::read_file(path, std::size_t{1} << 30);
  }
  static std::string refusal(const std::string& bytes) {
    return message_of([&] { static_cast<void>(DatabaseTable(bytes, "x.db")); });
  }

  [[nodiscard]] std::string file(const std::string& name) const { return folder_.path() + "/" + name; }

  base::TemporaryDirectory folder_;
  int files_ = 0;
};

TEST_F(DatabaseTableTest, EveryRecordIsFoundAndNoOther) {
  for (const std::size_t count : {1, 2, 31, 500, 20'000}) {
    SCOPED_TRACE(count);
    const Records records = random_records(count, static_cast<std::uint32_t>(count));
    const std::string bytes = table_of(records);
    const DatabaseTable table(bytes, "x.db");
    for (const auto& [key, value] : records) {
      ASSERT_THAT(table.find(key), Optional(std::string_view(value))) << key;
      ASSERT_EQ(table.find(key + " "), std::nullopt);
      ASSERT_EQ(table.find(key.substr(0, key.size() - 1)).has_value(), records.contains(key.substr(0, key.size() - 1)));
    }
    EXPECT_EQ(table.find(""), std::nullopt);
    EXPECT_EQ(table.find("0"), std::nullopt) << "before all of them";
    EXPECT_EQ(table.find("Z"), std::nullopt) << "behind all of them";
  }
}

TEST_F(DatabaseTableTest, KeysAndValuesMayHoldAnyByte) {
  const std::string nul(1, '\0');
  const Records records = {{nul, nul}, {"A" + nul + "b", ""}, {"\xff\xfe", std::string(200, '\x80')}};
  const std::string bytes = table_of(records);
  const DatabaseTable table(bytes, "x.db");
  for (const auto& [key, value] : records) EXPECT_THAT(table.find(key), Optional(std::string_view(value)));
}

TEST_F(DatabaseTableTest, AnEmptyOneHasNothing) {
  const std::string bytes = table_of({});
  EXPECT_EQ(bytes.size(), 16U);
  EXPECT_EQ(DatabaseTable(bytes, "x.db").find("A"), std::nullopt);
}

TEST_F(DatabaseTableTest, KeysThatDoNotRiseAreOurBug) {
  DatabaseWriter writer(file("table"));
  writer.append("b", "");
  EXPECT_DEATH(writer.append("b", ""), "");
  EXPECT_THROW(DatabaseWriter(file("table")), base::ConfigError) << "a file is not written over";
}

// What an update costs: docs/decisions/0019-chunks-of-the-database.md.
TEST_F(DatabaseTableTest, ARecordMoreChangesItsBlockAndTheIndexEntryOfIt) {
  Records records = random_records(20'000, 3);
  const std::string before = table_of(records);
  records["A1"] = "another one";
  const std::string after = table_of(records);
  ASSERT_GT(after.size(), before.size());
  const std::size_t grown = after.size() - before.size();
  EXPECT_LT(grown, 60U);

  const auto [change, ignored] = std::ranges::mismatch(before, after);
  const auto at = static_cast<std::size_t>(change - before.begin());
  EXPECT_EQ(before.substr(0, at), after.substr(0, at));
  // Behind that block all records are as they were, only further on.
  constexpr std::size_t kBlock = std::size_t{256} << 10;
  const std::string behind = before.substr(at + kBlock, before.size() / 2 - at);
  EXPECT_NE(after.find(behind), std::string::npos);
}

TEST_F(DatabaseTableTest, ALongRecordEndsItsBlock) {
  EXPECT_TRUE(ends_block("A", std::size_t{64} << 10));
  std::size_t ends = 0;
  for (int key = 0; key < 32'000; ++key) ends += ends_block("Adeb:debian:12" + std::to_string(key), 100) ? 1 : 0;
  EXPECT_GT(ends, 800U);
  EXPECT_LT(ends, 1200U) << "one of 32";
}

TEST_F(DatabaseTableTest, WhatIsNoTableIsNamed) {
  EXPECT_THAT(refusal(""), HasSubstr("x.db: not of format 4"));
  EXPECT_THAT(refusal(std::string(kTableMagic)), HasSubstr("not of format 4"));
  EXPECT_THAT(refusal(std::string(8192, '\0')), HasSubstr("not of format 4"));
}

TEST_F(DatabaseTableTest, AnIndexThatDoesNotFitIsRefused) {
  base::FieldWriter records;
  records.text("a");
  records.text("1");
  records.text("b");
  records.text("2");
  const std::string bytes(records.bytes());  // of 4 bytes each
  EXPECT_EQ(refusal(bytes + end_of_table({{"a", 4}, {"b", 4}})), "(nothing was thrown)");
  const std::vector<std::vector<std::pair<std::string, std::uint64_t>>> wrong = {
      {{"a", 4}},                                                    // a block is missing
      {{"a", 4}, {"b", 5}},                                          // one is too long
      {{"a", 8}, {"b", 4}},                                          // they overlap
      {{"a", 4}, {"b", 4}, {"c", 0}},                                // one is empty
      {{"b", 4}, {"a", 4}},                                          // out of order
      {{"a", 4}, {"a", 4}},                                          // twice
      {{"a", std::numeric_limits<std::uint64_t>::max()}, {"b", 9}},  // around the end of numbers
      {},
  };
  for (const auto& blocks : wrong) {
    EXPECT_THAT(refusal(bytes + end_of_table(blocks)), HasSubstr("x.db: its table is damaged")) << blocks.size();
  }
  std::string longer = bytes + end_of_table({{"a", 4}, {"b", 4}});
  longer[longer.size() - 10] = '\x7f';  // the length of the index
  EXPECT_THAT(refusal(longer), HasSubstr("damaged"));
}

TEST_F(DatabaseTableTest, ADamagedBlockIsRefusedWhereItIsLookedAt) {
  const std::string bytes = std::string(
                                "\x01"
                                "a\x7f",
                                3) +
                            end_of_table({{"a", 3}});
  const DatabaseTable table(bytes, "x.db");
  EXPECT_THAT(message_of([&] { static_cast<void>(table.find("a")); }), HasSubstr("damaged"));
  EXPECT_EQ(table.find("Z"), std::nullopt) << "before the block";
}

// Whoever looks for what lies behind would think that it is not there.
TEST_F(DatabaseTableTest, ABlockInAnotherOrderIsRefused) {
  const std::string records(
      "\x01"
      "b\0\x01"
      "a\0",
      6);
  const std::string falling = records + end_of_table({{"b", 6}});
  EXPECT_THAT(message_of([&] { static_cast<void>(DatabaseTable(falling, "x.db").find("c")); }), HasSubstr("damaged"));
  const std::string renamed = records + end_of_table({{"a", 6}});
  EXPECT_THAT(message_of([&] { static_cast<void>(DatabaseTable(renamed, "x.db").find("a")); }), HasSubstr("damaged"));
}

TEST_F(DatabaseTableTest, EveryTruncationIsRefused) {
  const std::string bytes = table_of(random_records(40, 5));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_NE(refusal(bytes.substr(0, size)), "(nothing was thrown)") << size;
  }
}

TEST_F(DatabaseTableTest, AFileIsMappedAsFarAsItGoes) {
  const std::string path = file("file");
  base::write_new_file(path, "hello", 0600);
  EXPECT_EQ(MappedFile(path, 5).bytes(), "hello");
  EXPECT_EQ(MappedFile(path, 3).bytes(), "hel");
  EXPECT_THAT(message_of([&] { static_cast<void>(MappedFile(path, 6)); }), HasSubstr("truncated"));
  EXPECT_THROW(static_cast<void>(MappedFile(file("nowhere"), 1)), base::ConfigError);
  EXPECT_THROW(static_cast<void>(MappedFile(folder_.path(), 1)), base::ConfigError);
}

}  // namespace
}  // namespace scanner::advisories
