#include "base/tar_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"
#include "tests/support/tar_builder.h"

namespace base {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using tests::TarBuilder;

// Writes entries down as "kind path -> target = content".
class Recorder final : public TarVisitor {
 public:
  void on_entry(const TarEntry& entry) override {
    line_ = std::string(kind_name(entry.kind)) + " " + std::string(entry.path);
    if (!entry.link_target.empty()) line_ += " -> " + std::string(entry.link_target);
    if (entry.size != 0) line_ += " = ";
  }
  void on_content(std::span<const std::byte> bytes) override {
    line_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  void on_entry_end() override { lines.push_back(line_); }

  std::vector<std::string> lines;

 private:
  static std::string_view kind_name(EntryKind kind) {
    switch (kind) {
      case EntryKind::kFile:
        return "file";
      case EntryKind::kSparseFile:
        return "sparse";
      case EntryKind::kHardLink:
        return "hard";
      case EntryKind::kSymbolicLink:
        return "link";
      case EntryKind::kDirectory:
        return "directory";
      case EntryKind::kDevice:
        return "device";
      case EntryKind::kUnknown:
        return "unknown";
    }
    return "";
  }
  std::string line_;
};

std::vector<std::string> read(std::string_view archive, std::size_t piece_bytes = 1 << 20) {
  Recorder recorder;
  TarReader reader(recorder, {});
  const auto bytes = std::as_bytes(std::span(archive));
  for (std::size_t begin = 0; begin < bytes.size(); begin += piece_bytes) {
    reader.feed(bytes.subspan(begin, std::min(piece_bytes, bytes.size() - begin)));
  }
  reader.finish();
  return recorder.lines;
}

std::string refusal_of(std::string_view archive) {
  try {
    static_cast<void>(read(archive));
  } catch (const base::ParseError& error) {
    return error.what();
  }
  return "accepted";
}

std::string base256(std::uint64_t size) {
  std::string field(12, '\0');
  field[0] = '\x80';
  for (std::size_t index = 11; index > 3; --index, size >>= 8) field[index] = static_cast<char>(size & 0xff);
  return field;
}

TEST(TarReader, TellsEveryKindOfEntryInPiecesOfAnySize) {
  const std::string archive = TarBuilder()
                                  .directory("etc/")
                                  .file("etc/os-release", "ID=debian\n")
                                  .file("empty", "")
                                  .file("block", std::string(512, 'b'))
                                  .symbolic_link("lib", "usr/lib")
                                  .hard_link("etc/same", "etc/os-release")
                                  .entry({.type = '3', .path = "dev/null"})
                                  .entry({.type = '7', .path = "contiguous", .content = "c"})
                                  .entry({.type = '\0', .path = "old/"})
                                  .entry({.type = '\0', .path = "old/file", .content = "o"})
                                  .archive();
  for (const std::size_t piece_bytes : {1U, 100U, 512U, 1U << 20}) {
    SCOPED_TRACE(piece_bytes);
    EXPECT_THAT(
        read(archive, piece_bytes),
        ElementsAre("directory etc/", "file etc/os-release = ID=debian\n", "file empty",
                    "file block = " + std::string(512, 'b'), "link lib -> usr/lib", "hard etc/same -> etc/os-release",
                    "device dev/null", "unknown contiguous = c", "directory old/", "file old/file = o"));
  }
}

struct GoodRow {
  std::string name;
  std::string archive;
  std::vector<std::string> lines;
};

void expect_read(const std::vector<GoodRow>& rows) {
  for (const GoodRow& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(read(row.archive), row.lines);
    EXPECT_EQ(read(row.archive, 1), row.lines);
  }
}

TEST(TarReader, TakesNamesFromWhereArchiveTarTakesThem) {
  const std::string long_name(300, 'n');
  expect_read({
      {"ustar prefix", TarBuilder().entry({.path = "b", .prefix = "a"}).archive(), {"file a/b"}},
      {"V7 has no prefix", TarBuilder().entry({.path = "b", .magic = "", .prefix = "a"}).archive(), {"file b"}},
      {"GNU has none, either",
       TarBuilder().entry({.path = "b", .magic = std::string("ustar  \0", 8), .prefix = "00000000001"}).archive(),
       {"file b"}},
      {"except as old Go wrote it",
       TarBuilder().entry({.path = "b", .magic = std::string("ustar  \0", 8), .prefix = "some/dir"}).archive(),
       {"file some/dir/b"}},
      {"PAX path",
       TarBuilder().pax({{"path", long_name}}).file("short", "x").archive(),
       {"file " + long_name + " = x"}},
      {"PAX path is for one entry",
       TarBuilder().pax({{"path", "one"}}).file("a", "").file("b", "").archive(),
       {"file one", "file b"}},
      {"empty PAX path keeps the header's", TarBuilder().pax({{"path", ""}}).file("a", "").archive(), {"file a"}},
      {"PAX link target",
       TarBuilder().pax({{"linkpath", "far/away"}}).symbolic_link("l", "near").archive(),
       {"link l -> far/away"}},
      {"PAX size over the header's",
       TarBuilder().pax({{"size", "3"}}).entry({.path = "f", .content = "abc", .size_field = "00000000000"}).archive(),
       {"file f = abc"}},
      {"PAX records that change nothing",
       TarBuilder().pax({{"mtime", "1.5"}, {"SCHILY.xattr.user.x", std::string("\0=\n", 3)}}).file("f", "").archive(),
       {"file f"}},
      {"global PAX comment", TarBuilder().global_pax({{"comment", "0123"}}).file("f", "").archive(), {"file f"}},
      {"GNU long name",
       TarBuilder().gnu_long_name(long_name).file("cut", "x").archive(),
       {"file " + long_name + " = x"}},
      {"GNU long link",
       TarBuilder().gnu_long_link(long_name).symbolic_link("l", "cut").archive(),
       {"link l -> " + long_name}},
      {"GNU long name survives a PAX header",
       TarBuilder().gnu_long_name("long").pax({{"mtime", "1"}}).file("cut", "").archive(),
       {"file long"}},
      {"the last of two GNU long names",
       TarBuilder().gnu_long_name("one").gnu_long_name("two").file("cut", "").archive(),
       {"file two"}},
  });
}

TEST(TarReader, TakesSizesFromWhereArchiveTarTakesThem) {
  expect_read({
      {"base-256 size",
       TarBuilder().entry({.path = "f", .content = "abc", .size_field = base256(3)}).archive(),
       {"file f = abc"}},
      {"size with spaces",
       TarBuilder().entry({.path = "f", .content = "abc", .size_field = "         3  "}).archive(),
       {"file f = abc"}},
      {"a hard link's size is not content",
       TarBuilder()
           .entry({.type = '1', .path = "h", .link_target = "t", .size_field = "00000001000"})
           .file("f", "")
           .archive(),
       {"hard h -> t", "file f"}},
      {"a directory's size is not content",
       TarBuilder().entry({.type = '5', .path = "d", .size_field = "00000001000"}).file("f", "").archive(),
       {"directory d", "file f"}},
      {"PAX sparse file",
       TarBuilder()
           .pax({{"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}, {"GNU.sparse.name", "real"}})
           .file("GNUSparseFile.0/real", "map")
           .archive(),
       {"sparse real = map"}},
      {"PAX sparse file of version 0.1",
       TarBuilder().pax({{"GNU.sparse.map", "0,3"}, {"GNU.sparse.size", "9"}}).file("f", "abc").archive(),
       {"sparse f = abc"}},
  });
}

TEST(TarReader, PassesOverTheMapOfAnOldSparseFile) {
  std::string header = TarBuilder().entry({.type = 'S', .path = "s", .content = ""}).bytes();
  header.replace(124, 12, "00000000003 ");
  header[482] = 1;
  tests::seal_tar_header(header);
  std::string map(512, '1');
  map[504] = 1;
  std::string last_map(512, '2');
  last_map[504] = 0;
  const std::string content = "abc" + std::string(509, '\0');

  EXPECT_THAT(read(TarBuilder().raw(header + map + last_map + content).file("f", "x").archive()),
              ElementsAre("sparse s = abc", "file f = x"));
}

TEST(TarReader, AcceptsEveryEndThatRuntimesAccept) {
  const TarBuilder builder = TarBuilder().file("f", "x");
  const std::string& bytes = builder.bytes();
  EXPECT_THAT(read(""), IsEmpty());
  EXPECT_THAT(read(std::string(1024, '\0')), IsEmpty());
  EXPECT_THAT(read(bytes), ElementsAre("file f = x"));
  EXPECT_THAT(read(bytes + std::string(512, '\0')), ElementsAre("file f = x"));
  EXPECT_THAT(read(bytes + std::string(10240, '\0')), ElementsAre("file f = x"));
  EXPECT_THAT(read(bytes.substr(0, 513)), ElementsAre("file f = x")) << "without the padding behind the content";
}

TEST(TarReader, RefusesWhatNobodyOrOnlySomebodyReads) {
  const std::string file = TarBuilder().file("f", "content").bytes();
  std::string broken_checksum = file;
  broken_checksum[0] = 'g';
  const std::string zeros(512, '\0');
  struct Row {
    std::string name;
    std::string archive;
    std::string why;
  } const rows[] = {
      {"wrong checksum", broken_checksum, "wrong header checksum at byte 0"},
      {"text", std::string(512, 'a'), "wrong header checksum"},
      {"cut off in a header", file + file.substr(0, 100), "ends in the middle"},
      {"cut off in the content", file.substr(0, 515), "ends in the middle"},
      {"cut off in an extended header", TarBuilder().pax({{"path", "x"}}).bytes().substr(0, 515), "ends in the middle"},
      {"zeros between entries", file + zeros + file, "a block of zeros between entries at byte 1536"},
      {"a second archive", file + zeros + zeros + file, "data after the end"},
      {"size that is no number", TarBuilder().entry({.path = "f", .size_field = "00000000009 "}).archive(), "size"},
      {"negative size", TarBuilder().entry({.path = "f", .size_field = std::string(12, '\xff')}).archive(), "size"},
      {"size beyond 63 bits",
       TarBuilder().entry({.path = "f", .size_field = '\x80' + std::string(11, '\xff')}).archive(), "size"},
      {"PAX size that is negative", TarBuilder().pax({{"size", "-1"}}).file("f", "").archive(), "PAX size"},
      {"PAX path with a NUL", TarBuilder().pax({{"path", std::string("a\0b", 3)}}).file("f", "").archive(), "NUL"},
      {"PAX record without a newline", TarBuilder().entry({.type = 'x', .path = "p", .content = "8 path=a"}).archive(),
       "PAX record"},
      {"PAX record that is too short",
       TarBuilder().entry({.type = 'x', .path = "p", .content = "3 path=a\n"}).archive(), "PAX record"},
      {"PAX record longer than the header",
       TarBuilder().entry({.type = 'x', .path = "p", .content = "99 path=a\n"}).archive(), "PAX record"},
      {"PAX record without a key", TarBuilder().entry({.type = 'x', .path = "p", .content = "5 =a\n"}).archive(),
       "PAX record"},
      {"global PAX path, which GNU tar obeys", TarBuilder().global_pax({{"path", "x"}}).file("f", "").archive(),
       "global PAX header with \"path\""},
      {"global PAX size", TarBuilder().global_pax({{"size", "9"}}).file("f", "").archive(), "global PAX header"},
      {"two long names", TarBuilder().gnu_long_name("one").pax({{"path", "two"}}).file("f", "").archive(), "differ"},
      {"sparse version 2", TarBuilder().pax({{"GNU.sparse.major", "2"}}).file("f", "").archive(), "unknown version"},
      {"sparse name alone", TarBuilder().pax({{"GNU.sparse.name", "x"}}).file("f", "").archive(), "unknown version"},
      {"sparse directory",
       TarBuilder().pax({{"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}}).directory("d").archive(), "sparse"},
      {"extended header of 2 MiB",
       TarBuilder().entry({.type = 'L', .path = "l", .size_field = "00010000000"}).archive(), "extended header of"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_THAT(refusal_of(row.archive), HasSubstr(row.why));
  }
}

}  // namespace
}  // namespace base
