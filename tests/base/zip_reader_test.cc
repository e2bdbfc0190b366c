// Archives made byte by byte, so that every field can lie.
#include "base/zip_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"

namespace base {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

std::string little(std::uint64_t value, int bytes) {
  std::string result;
  for (int index = 0; index < bytes; ++index) result.push_back(static_cast<char>((value >> (8 * index)) & 0xffU));
  return result;
}

// A stored member "a" with content "hello", as the fields say; sizes and offsets may be overridden.
struct Archive {
  std::string content = "hello";
  std::uint32_t crc = 0x3610a686;  // of "hello"
  std::uint64_t bytes = 5;
  std::uint64_t compressed = 5;
  int method = 0;
  int flags = 0;
  std::uint64_t local_offset = 0;
  std::uint64_t members = 1;
  std::uint64_t directory_offset = 36;
  int disk = 0;
  std::string extra = {};
  std::string comment = {};
  // Before the end record: what stands between the directory and it.
  std::function<std::string(std::uint64_t directory_end)> before_end = [](std::uint64_t) { return std::string(); };

  [[nodiscard]] std::string text() const {
    const std::string header =
        "PK\x03\x04" + little(20, 2) + std::string(20, '\0') + little(1, 2) + little(0, 2) + "a" + content;
    const std::string central = "PK\x01\x02" + little(0, 4) + little(static_cast<std::uint64_t>(flags), 2) +
                                little(static_cast<std::uint64_t>(method), 2) + little(0, 4) + little(crc, 4) +
                                little(compressed, 4) + little(bytes, 4) + little(1, 2) + little(extra.size(), 2) +
                                std::string(10, '\0') + little(local_offset, 4) + "a" + extra;
    return header + central + before_end(header.size() + central.size()) + "PK\x05\x06" +
           little(static_cast<std::uint64_t>(disk), 2) + little(0, 2) + little(members, 2) + little(members, 2) +
           little(central.size(), 4) + little(directory_offset, 4) + little(comment.size(), 2) + comment;
  }
};

class ZipReaderTest : public testing::Test {
 protected:
  std::string read(const Archive& archive, std::size_t bytes_max = 1000) {
    const std::string bytes = launcher + archive.text();
    const MemorySource source("a.zip", bytes);
    const ZipReader zip(source, {.members_max = 1000, .directory_bytes_max = 1 << 20});
    return zip.read(zip.members().at(0), bytes_max);
  }
  std::string refusal(const Archive& archive) {
    try {
      read(archive);
    } catch (const Error& error) {
      return error.what();
    }
    return "(was read)";
  }
  std::string launcher;  // before the archive
};

TEST_F(ZipReaderTest, ReadsAStoredMember) {
  EXPECT_EQ(read({}), "hello");
}

TEST_F(ZipReaderTest, FindsTheArchiveBehindALauncher) {
  launcher = "#!/bin/sh\nexec java -jar \"$0\"\n";
  EXPECT_EQ(read({}), "hello");
}

// Of the one behind the other Go reads the first, since its directory is where both say, and Java the second.
TEST_F(ZipReaderTest, RefusesAnArchiveBehindOneOfTheSameShape) {
  launcher = Archive().text();
  EXPECT_THAT(refusal({}), testing::HasSubstr("an archive behind another"));
  launcher = "#!/bin/sh\n" + Archive().text();
  EXPECT_EQ(read({}), "hello") << "no directory is where the second says";
}

TEST_F(ZipReaderTest, WhatIsStoredInMemoryIsNotCopied) {
  const std::string bytes = Archive().text();
  const MemorySource source("a.zip", bytes);
  const ZipReader zip(source, {.members_max = 1, .directory_bytes_max = 1000});
  std::string room;
  const std::string_view content = zip.view(zip.members().at(0), 100, room);
  EXPECT_EQ(content, "hello");
  EXPECT_EQ(content.data(), bytes.data() + 31);
  EXPECT_EQ(room, "");
}

// Whatever the order of the directory: of two members that share bytes one is not read.
TEST_F(ZipReaderTest, AMemberThatBeginsInAnotherIsNotRead) {
  const std::string one = Archive().text();
  const std::size_t directory = one.find("PK\x01\x02");
  const std::size_t end = one.find("PK\x05\x06");
  const std::string record = one.substr(directory, end - directory);
  std::string second = record;
  second.replace(42, 4, little(3, 4));
  const auto overlaps = [&](const std::string& records) {
    std::string text = one.substr(0, directory) + records + one.substr(end);
    text.replace(text.size() - 14, 8, little(2, 2) + little(2, 2) + little(records.size(), 4));
    const MemorySource source("a.zip", text);
    const ZipReader zip(source, {.members_max = 2, .directory_bytes_max = 1000});
    std::vector<bool> marks;
    for (const ZipMember& member : zip.members()) {
      marks.push_back(member.overlaps);
      if (member.overlaps) {
        EXPECT_THROW(static_cast<void>(zip.read(member, 100)), ParseError);
      }
    }
    return marks;
  };
  EXPECT_EQ(overlaps(record + record), (std::vector<bool>{false, true}));
  EXPECT_EQ(overlaps(record + second), (std::vector<bool>{false, true}));
  EXPECT_EQ(overlaps(second + record), (std::vector<bool>{true, false}));
}

// Another reader may find something there.
TEST_F(ZipReaderTest, RefusesWhatIsLeftBehindTheEndOfAStream) {
  Archive deflated{.content = "\xcb\x48\xcd\xc9\xc9\x07" + std::string(1, '\0'), .compressed = 7, .method = 8};
  deflated.directory_offset = 38;
  EXPECT_EQ(read(deflated), "hello");
  deflated.content += "xyz";
  deflated.compressed += 3;
  deflated.directory_offset += 3;
  EXPECT_THAT(refusal(deflated), HasSubstr("cannot be inflated to the size"));
}

TEST_F(ZipReaderTest, RefusesMoreMembersThanAllowed) {
  Archive archive;
  archive.members = 1001;
  EXPECT_THAT(refusal(archive), HasSubstr("1001 members"));
}

TEST_F(ZipReaderTest, FindsTheEndBehindAComment) {
  Archive archive;
  archive.comment = std::string(60'000, 'c');
  EXPECT_EQ(read(archive), "hello");
}

// Java goes on to the true end, and would find what we do not.
TEST_F(ZipReaderTest, RefusesAnEndThatStandsInTheCommentOfAnother) {
  const std::string empty_end = "PK\x05\x06" + std::string(18, '\0');
  EXPECT_THAT(refusal({.comment = empty_end + "more"}), HasSubstr("an end record within a comment"));
  const std::string lying_end =
      "PK\x05\x06" + std::string(6, '\0') + little(1, 2) + little(8, 4) + little(0, 4) + little(0, 2);
  EXPECT_THAT(refusal({.comment = lying_end + "more"}), HasSubstr("an end record within a comment"));
  const std::string directory_without_members = Archive{}.text().substr(36);
  EXPECT_THAT(refusal({.comment = directory_without_members + "more"}), HasSubstr("an end record within a comment"));
  // One that reaches the end is everybody's.
  const std::string bytes = Archive{.comment = empty_end}.text();
  const MemorySource source("a.zip", bytes);
  EXPECT_TRUE(ZipReader(source, {.members_max = 10, .directory_bytes_max = 1000}).members().empty());
}

TEST_F(ZipReaderTest, AnArchiveWithSomethingBehindItIsRead) {
  const std::string bytes = Archive{}.text() + "padding";
  const MemorySource source("a.zip", bytes);
  const ZipReader zip(source, {.members_max = 10, .directory_bytes_max = 1000});
  EXPECT_EQ(zip.read(zip.members().at(0), 100), "hello");
}

// A zip64 end record and its locator.
struct End64 {
  std::uint64_t members = 1;
  std::uint64_t bytes = 47;
  std::uint64_t offset = 36;
  std::string between{};  // the record and the locator
  std::int64_t counted = 0;

  [[nodiscard]] std::string text(std::uint64_t at) const {
    const auto size = static_cast<std::uint64_t>(44 + counted);
    return "PK\x06\x06" + little(size, 8) + std::string(12, '\0') + little(members, 8) + little(members, 8) +
           little(bytes, 8) + little(offset, 8) + between + "PK\x06\x07" + little(0, 4) + little(at, 8) + little(1, 4);
  }
};

TEST_F(ZipReaderTest, ReadsWhereTheZip64EndRecordSays) {
  const auto end64 = [](std::uint64_t at) { return End64{}.text(at); };
  EXPECT_EQ(read({.members = 0xffff, .before_end = end64}), "hello");
  EXPECT_EQ(read({.members = 0xffff, .directory_offset = 0xffffffff, .before_end = end64}), "hello");
  EXPECT_EQ(read({.before_end = end64}), "hello") << "nothing needs it";
}

// Java believes the one or the other; what only one of them names must not be hidden.
TEST_F(ZipReaderTest, RefusesTwoEndRecordsThatDiffer) {
  const auto refused = [this](std::uint64_t members, const End64& end64) {
    return refusal({.members = members, .before_end = [end64](std::uint64_t at) { return end64.text(at); }});
  };
  const auto differ = HasSubstr("two end records that differ");
  EXPECT_THAT(refused(1, {.members = 0}), differ);
  EXPECT_THAT(refused(0xffff, {.bytes = 0}), differ);
  EXPECT_THAT(refused(0xffff, {.offset = 35}), differ);
  EXPECT_THAT(refused(0xffff, {.between = Archive{}.text().substr(36, 47)}), differ) << "a second directory";
  EXPECT_THAT(refused(1, {.between = Archive{}.text().substr(36, 47)}), differ);
  EXPECT_THAT(refused(1, {.counted = 1}), differ);
  EXPECT_EQ(read({.before_end = [](std::uint64_t at) { return End64{.between = "xx", .counted = 2}.text(at); }}),
            "hello")
      << "the record may be longer";
}

// The last bytes of the directory, before the end record.
std::string extra_with_locator(std::uint64_t at) {
  return little(0x7075, 2) + little(20, 2) + "PK\x06\x07" + little(0, 4) + little(at, 8) + little(1, 4);
}

TEST_F(ZipReaderTest, ALocatorThatLeadsNowhereIsNone) {
  for (const std::uint64_t at : {std::uint64_t{0}, std::uint64_t{90'000}, ~std::uint64_t{0}}) {
    EXPECT_EQ(read({.extra = extra_with_locator(at)}), "hello") << at;
  }
}

// A member that holds a record of no members, and a directory that ends with the way to it.
TEST_F(ZipReaderTest, RefusesAnEndRecordAmongTheMembers) {
  constexpr std::uint64_t kContentAt = 31;
  const std::string record = End64{.members = 0, .bytes = 0, .offset = 0}.text(0).substr(0, 56);
  for (const std::uint64_t members : {1, 0xffff}) {
    EXPECT_THAT(refusal({.content = record,
                         .bytes = 56,
                         .compressed = 56,
                         .members = members,
                         .directory_offset = 31 + 56,
                         .extra = extra_with_locator(kContentAt)}),
                HasSubstr("two end records that differ"));
  }
}

// It says what the end record says, and has a directory of its own before it: Java would read that one.
TEST_F(ZipReaderTest, RefusesAnEndRecordInTheComment) {
  const Archive plain{.extra = extra_with_locator(0)};
  const std::string directory = plain.text().substr(36, 47 + plain.extra.size());
  const std::uint64_t record_at = plain.text().size() + directory.size();
  const End64 record{.members = 1, .bytes = directory.size(), .offset = 36};
  EXPECT_THAT(refusal({.extra = extra_with_locator(record_at), .comment = directory + record.text(0).substr(0, 56)}),
              HasSubstr("two end records that differ"));
}

TEST_F(ZipReaderTest, TakesSizesFromTheZip64Field) {
  Archive archive;
  archive.bytes = 0xffffffff;
  archive.compressed = 0xffffffff;
  archive.extra = little(0x7075, 2) + little(2, 2) + "xx" + little(1, 2) + little(16, 2) + little(5, 8) + little(5, 8);
  EXPECT_EQ(read(archive), "hello");
}

TEST_F(ZipReaderTest, RefusesLies) {
  struct Row {
    const char* name;
    void (*change)(Archive&);
    const char* message;
  };
  const Row rows[] = {
      {"checksum", [](Archive& archive) { archive.crc ^= 1U; }, "checksum"},
      {"size", [](Archive& archive) { archive.bytes = 6; }, "sizes differ"},
      {"size past the bound", [](Archive& archive) { archive.bytes = 2000; }, "at most 1000"},
      {"4 GiB without a zip64 field", [](Archive& archive) { archive.bytes = 0xffffffff; }, "at most 1000"},
      {"member past the end", [](Archive& archive) { archive.local_offset = 5000; }, "truncated"},
      {"offset at the end of 32 bits", [](Archive& archive) { archive.local_offset = 0xfffffffe; }, "truncated"},
      {"member that is no member", [](Archive& archive) { archive.local_offset = 3; }, "no local header"},
      {"content past the end", [](Archive& archive) { archive.compressed = archive.bytes = 900; }, "truncated"},
      {"stored in another size", [](Archive& archive) { archive.compressed = 900; }, "sizes differ"},
      {"directory elsewhere", [](Archive& archive) { archive.directory_offset = 1; }, "no local header"},
      {"directory past the end", [](Archive& archive) { archive.directory_offset = 90'000; }, "central directory"},
      {"more members than there are", [](Archive& archive) { archive.members = 2; }, "end record says 2"},
      {"fewer members than there are", [](Archive& archive) { archive.members = 0; }, "end record says 0"},
      {"zip64 that is not there", [](Archive& archive) { archive.members = 0xffff; }, "zip64"},
      {"encrypted", [](Archive& archive) { archive.flags = 1; }, "encrypted"},
      {"another method", [](Archive& archive) { archive.method = 12; }, "method 12"},
      {"deflated, but not", [](Archive& archive) { archive.method = 8; }, "inflated"},
      {"several disks", [](Archive& archive) { archive.disk = 3; }, "several disks"},
      {"an extra field that is cut",
       [](Archive& archive) {
         archive.bytes = 0xffffffff;
         archive.extra = little(1, 2) + little(16, 2) + "x";
       },
       "at most 1000"},
  };
  for (const Row& row : rows) {
    Archive archive;
    row.change(archive);
    EXPECT_THAT(refusal(archive), HasSubstr(row.message)) << row.name;
  }
}

}  // namespace
}  // namespace base
