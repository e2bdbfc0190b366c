// Layers put upon an image by their records. That every stack of layer_merge_test.cc merges to the same is checked
// there, by merge().
#include "scanner/layers/layer_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/error.h"
#include "tests/scanner/layers/merge_support.h"
#include "tests/support/compress.h"
#include "tests/support/tar_builder.h"

namespace scanner::layers {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using tests::TarBuilder;

// Layers of few names, so that entries meet: files and directories in each other's place, links to both, whiteouts,
// opaque directories, files that come again.
class LayerMaker {
 public:
  explicit LayerMaker(std::uint32_t seed) : random_(seed) {}

  TarBuilder layer() {
    TarBuilder tar;
    for (std::size_t left = pick(12); left > 0; --left) add_entry(tar);
    return tar;
  }
  std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }

 private:
  std::string path() {
    static constexpr std::array kParts = {"a", "b", "db", "opt", "status", "status.d", "want", "x.jar"};
    std::string path = kParts[pick(kParts.size())];
    for (std::size_t more = pick(3); more > 0; --more) path += std::string("/") + kParts[pick(kParts.size())];
    return path;
  }
  std::string beside(const std::string& path, const std::string& base) { return join_path(parent_of(path), base); }
  std::string target() {
    static constexpr std::array kPrefixes = {"", "/", "../", "./", "../../"};
    return kPrefixes[pick(kPrefixes.size())] + path();
  }

  void add_entry(TarBuilder& tar) {
    const std::string at = path();
    switch (pick(10)) {
      case 0:
        tar.directory(at + "/");
        break;
      case 1:
        tar.symbolic_link(at, target());
        break;
      case 2:
        tar.hard_link(at, path());
        break;
      case 3:
        tar.file(beside(at, ".wh." + (pick(8) == 0 ? std::string("..") : std::string(base_of(at)))), "");
        break;
      case 4:
        tar.file(beside(at, pick(3) == 0 ? ".wh..wh.plnk" : ".wh..wh..opq"), "");
        break;
      case 5:
        tar.entry({.type = '3', .path = at});
        break;
      case 6:
        tar.file(at,
                 "\x7f"
                 "ELF" +
                     std::string(12, '\0') + "UPX!" + std::string(12, '\0'));
        break;
      default:
        tar.file(at, "content " + std::to_string(++files_));
    }
  }

  std::mt19937 random_;
  int files_ = 0;
};

TEST(LayerRecord, MergedRecordsAreTheMergedImage) {
  for (std::uint32_t seed = 0; seed < 1500 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    LayerMaker maker(seed);
    std::vector<TarBuilder> layers;
    for (std::size_t left = 1 + maker.pick(5); left > 0; --left) layers.push_back(maker.layer());
    static_cast<void>(merge(layers));
  }
}

// The same layer in other images, as often as they like.
TEST(LayerRecord, OneRecordServesEveryImage) {
  const std::string base = TarBuilder().file("db/status", "1").file("a/want", "2").archive();
  const std::string above = TarBuilder().file("a/.wh.want", "").file("b/want", "3").archive();
  const std::string base_record = record_of(base);
  const std::string above_record = record_of(above);
  EXPECT_EQ(merge_records({base_record}), merge_bytes({base}));
  EXPECT_EQ(merge_records({base_record, above_record}), merge_bytes({base, above}));
  EXPECT_EQ(merge_records({above_record, base_record}), merge_bytes({above, base}));
  EXPECT_EQ(merge_records({base_record, above_record, base_record}), merge_bytes({base, above, base}));
}

TEST(LayerRecord, TheSameLayerGivesTheSameRecordHoweverItIsPacked) {
  const std::string tar = TarBuilder().file("db/status", "1").file("a/x", "2").symbolic_link("l", "a").archive();
  EXPECT_EQ(record_of(tests::gzip(tar)), record_of(tar));
  EXPECT_EQ(record_of(tests::zstd(tar)), record_of(tar));
}

TEST(LayerRecord, TenThousandFilesTakeSomeKilobytes) {
  TarBuilder tar;
  for (int number = 0; number < 10'000; ++number) {
    tar.file("usr/share/doc/package-" + std::to_string(number / 10) + "/file-" + std::to_string(number), "");
  }
  const std::string record = record_of(tar.archive());
  EXPECT_TRUE(is_whole_record(record));
  EXPECT_LT(record.size(), 60'000U);
  EXPECT_GT(record.size(), 1'000U);
}

// Names that nothing packs: a layer of more files than a record may hold is read again each time.
TEST(LayerRecord, AnEndlessOneIsNone) {
  std::mt19937_64 random(1);
  LayerRecorder recorder;
  for (int number = 0; number < 400'000; ++number) {
    recorder.add({.kind = LayerChange::Kind::kOtherFile, .path = std::to_string(random())});
  }
  EXPECT_EQ(recorder.finish({}, {}, {}), "");
}

TEST(LayerRecord, ALayerThatCannotBeReadIsNotWhole) {
  const std::string good = TarBuilder().file("a/want", "1").archive();
  EXPECT_TRUE(is_whole_record(record_of(good)));
  const std::string gzip = tests::gzip(good);
  for (const std::string& bad : {gzip.substr(0, gzip.size() - 10), gzip + "x", good.substr(0, 512),
                                 TarBuilder().gnu_long_name(std::string(5000, 'p')).file("p", "").archive()}) {
    const std::string record = record_of(bad);
    EXPECT_FALSE(record.empty());
    EXPECT_FALSE(is_whole_record(record));
    EXPECT_EQ(merge_records({record}).warnings.size(), 1U);
  }
  EXPECT_FALSE(is_whole_record(""));
  EXPECT_FALSE(is_whole_record("\x01"));
}

TEST(LayerRecord, NamesTheExtractorsThatWereAsked) {
  const auto readers_of = [](const TarBuilder& layer) { return head_of_record(record_of(layer.archive()))->readers; };
  EXPECT_THAT(readers_of(TarBuilder().file("a/x", "1").directory("db")), IsEmpty());
  EXPECT_THAT(readers_of(TarBuilder().file("db/status", "1")), ElementsAre("database"));
  EXPECT_THAT(readers_of(TarBuilder().file("db/status", "1").file("a/want", "2")), ElementsAre("database", "wanted"));
  EXPECT_THAT(readers_of(TarBuilder().file("other/status", "1")), IsEmpty())
      << "what may turn out to be wanted is read when the image is put together";
}

// There are more of them than a number of 32 bits has.
TEST(LayerRecord, NotesAsManyExtractorsAsThereMayBe) {
  LayerRecorder recorder;
  for (const int extractor : {0, 31, 32, 63}) recorder.note_readers(std::uint64_t{1} << extractor);
  EXPECT_EQ(recorder.readers(), 0x8000'0001'8000'0001U);
}

TEST(LayerRecord, AHeadThatIsNoneIsNone) {
  const std::string good = record_of(TarBuilder().file("db/status", "1").file("want", "2").archive());
  constexpr std::size_t kHeadBytes = 2 + 1 + 9 + 7;
  EXPECT_TRUE(head_of_record(good.substr(0, kHeadBytes)));
  for (std::size_t size = 0; size < kHeadBytes; ++size) EXPECT_FALSE(head_of_record(good.substr(0, size))) << size;
  std::string bad = good;
  bad[1] = 2;
  EXPECT_FALSE(head_of_record(bad));
  bad = good;
  bad[2] = 33;
  EXPECT_FALSE(head_of_record(bad)) << "there are no 33 extractors";
  bad = good.substr(0, 2) + '\1' + '\x41' + std::string(65, 'n');
  EXPECT_FALSE(head_of_record(bad)) << "nor has one such a name";
}

// What is odd of a layer and not of this image alone is told of every image that has it.
TEST(LayerRecord, WarningsComeWithIt) {
  const std::string layer = TarBuilder().file("../a", "").file("../b", "").file("want", "1").archive();
  const std::string record = record_of(layer);
  EXPECT_TRUE(is_whole_record(record));
  EXPECT_EQ(merge_records({record}), merge_bytes({layer}));
  EXPECT_THAT(merge_records({record, record}).warnings,
              ElementsAre("CorruptLayer ../a: a path that leads out of the image; ignored"));
}

TEST(LayerRecord, TheImagesLimitsHoldForRecords) {
  const std::string layer = TarBuilder().file("a", "").file("b", "").file("want", "1").archive();
  const std::string record = record_of(layer);
  Limits limits;
  limits.entries_max = 5;
  EXPECT_THAT(merge_records({record}, limits).warnings, IsEmpty());
  EXPECT_THAT(merge_records({record, record}, limits).warnings,
              ElementsAre(HasSubstr("more than 5 files in the image")));
  limits = {};
  limits.image_raw_bytes_max = 5'000;
  EXPECT_THAT(merge_records({record}, limits).warnings, IsEmpty());
  EXPECT_THAT(merge_records({record, record}, limits).warnings, ElementsAre(HasSubstr("more than 5000 bytes")));
  limits = {};
  limits.kept_nodes_max = 0;
  EXPECT_THAT(merge_records({record}, limits).warnings, ElementsAre(HasSubstr("more than 0 links and wanted files")));
}

// Every byte changed and every length: refused, or an image that is no other.
TEST(LayerRecord, ADamagedOneIsRefused) {
  const std::string record =
      record_of(TarBuilder().file("db/status", "1").file("a/want", "2").symbolic_link("l", "a").archive());
  const Merged good = merge_records({record});
  for (std::size_t at = 0; at < record.size(); ++at) {
    EXPECT_THROW(static_cast<void>(merge_records({record.substr(0, at)})), base::ParseError) << at;
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = record;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      try {
        EXPECT_EQ(merge_records({changed}).files, good.files) << at;
      } catch (const base::ParseError&) {
        continue;
      }
    }
  }
  EXPECT_THROW(static_cast<void>(merge_records({record + "x"})), base::ParseError);
}

}  // namespace
}  // namespace scanner::layers
