// Layers as tars in, wanted files out: what containerd makes of them on overlayfs is what must come out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "tests/scanner/layers/merge_support.h"
#include "tests/support/compress.h"
#include "tests/support/tar_builder.h"

namespace scanner::layers {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using tests::TarBuilder;

// The start of one, and nothing that anybody reads.
const std::string kElf =
    "\x7f"
    "ELF" +
    std::string(28, '\0');

using Files = std::map<std::string, std::string>;

struct MergeRow {
  std::string name;
  std::vector<TarBuilder> layers;
  Files files;
};

void expect_merged(const std::vector<MergeRow>& rows) {
  for (const MergeRow& row : rows) {
    SCOPED_TRACE(row.name);
    const Merged merged = merge(row.layers);
    EXPECT_EQ(merged.files, row.files);
    EXPECT_THAT(merged.warnings, IsEmpty());
  }
}

TEST(LayerMerge, CoversLowerLayersAsOverlayDoes) {
  expect_merged({
      {"keeps wanted files alone", {TarBuilder().file("a/want", "1").file("a/other", "2")}, {{"a/want", "1"}}},
      {"an upper file replaces a lower one",
       {TarBuilder().file("want", "1"), TarBuilder().file("want", "2")},
       {{"want", "2"}}},
      {"the last of two entries counts", {TarBuilder().file("want", "1").file("./want", "2")}, {{"want", "2"}}},
      {"a whiteout removes a lower file",
       {TarBuilder().file("a/want", "1").file("want", "2"), TarBuilder().file("a/.wh.want", "")},
       {{"want", "2"}}},
      {"a whiteout removes a lower directory",
       {TarBuilder().file("a/b/want", "1").file("ab/want", "2").file("a-b/want", "3"), TarBuilder().file(".wh.a", "")},
       {{"ab/want", "2"}, {"a-b/want", "3"}}},
      {"a whiteout does not concern its own layer",
       {TarBuilder().file("a/want", "1"), TarBuilder().file("a/want", "2").file("a/.wh.want", "")},
       {{"a/want", "2"}}},
      {"a whiteout and the file again, in any order",
       {TarBuilder().file("a/want", "1"), TarBuilder().file("a/.wh.want", "").file("a/want", "2")},
       {{"a/want", "2"}}},
      {"an opaque directory hides what is below it in lower layers",
       {TarBuilder().file("a/x/want", "1").file("a/want", "2").file("b/want", "3"),
        TarBuilder().file("a/y/want", "4").file("a/.wh..wh..opq", "")},
       {{"a/y/want", "4"}, {"b/want", "3"}}},
      {"AUFS records are no whiteouts",
       {TarBuilder().file("wh.plnk/want", "1"), TarBuilder().file(".wh..wh.plnk", "").file(".wh..wh.aufs", "")},
       {{"wh.plnk/want", "1"}}},
      {"a file replaces a directory",
       {TarBuilder().file("a/want", "1").file("a/b/want", "2"), TarBuilder().file("a", "file")},
       {}},
      {"and a directory the file",
       {TarBuilder().file("a/want", "1"), TarBuilder().file("a", "file"), TarBuilder().file("a/b/want", "2")},
       {{"a/b/want", "2"}}},
      {"a directory replaces a wanted file",
       {TarBuilder().file("want", "1"), TarBuilder().directory("want/").file("want/x", "")},
       {}},
      {"a directory on the way covers a lower link",
       {TarBuilder().symbolic_link("a", "b").file("b/want", "1"), TarBuilder().file("a/x", "")},
       {{"b/want", "1"}}},
      {"a device node of overlayfs removes",
       {TarBuilder().file("a/want", "1"), TarBuilder().entry({.type = '3', .path = "a"})},
       {}},
  });
}

TEST(LayerMerge, ReadsADirectoryOfPackagesThatIsALinkToTheRoot) {
  const Merged merged = merge({TarBuilder().file("status", "1").symbolic_link("db/status.d", "..")});
  EXPECT_EQ(merged.files, (Files{{"db/status.d/status", "1"}}));
  EXPECT_THAT(merged.warnings, IsEmpty());

  const Merged partly =
      merge({TarBuilder().file("x/status", "1").file("x/more", "2").symbolic_link("db/status.d", "../x")});
  EXPECT_EQ(partly.files, (Files{{"db/status.d/status", "1"}}));
  EXPECT_THAT(partly.warnings, ElementsAre(HasSubstr("Unreadable db/status.d: a link to a directory")));
}

// On overlayfs it hides nothing, as nobody would think who reads the specification.
TEST(LayerMerge, AnOpaqueRootHidesNothingAndIsSaid) {
  for (const char* mark : {".wh..wh..opq", "./.wh..wh..opq", "root/.wh..wh..opq"}) {
    const Merged merged = merge(
        {TarBuilder().file("a/want", "1"), TarBuilder().symbolic_link("root", "/").file(mark, "").file("b/want", "2")});
    EXPECT_EQ(merged.files, (Files{{"a/want", "1"}, {"b/want", "2"}})) << mark;
    EXPECT_THAT(merged.warnings, ElementsAre(HasSubstr("CorruptLayer .wh..wh..opq: an opaque root"))) << mark;
  }
}

// On overlayfs only what is there at the end counts, and a directory that is not opaque hides nothing.
TEST(LayerMerge, ADirectoryInThePlaceOfWhatHidOneIsSaid) {
  const TarBuilder lower = TarBuilder().file("a/want", "1").file("b/other", "2");
  const auto said = [&](const TarBuilder& upper) { return merge({lower, upper}).warnings; };
  const auto is_said = ElementsAre(HasSubstr("CorruptLayer a: a directory in the place of what hid one"));

  EXPECT_THAT(said(TarBuilder().file(".wh.a", "").directory("a/")), is_said);
  EXPECT_THAT(said(TarBuilder().file("a", "x").directory("a/").file("a/x", "")), is_said);
  EXPECT_THAT(said(TarBuilder().symbolic_link("a", "b").directory("a/")), is_said);
  EXPECT_THAT(said(TarBuilder().entry({.type = '3', .path = "a"}).directory("./a/")), is_said);
  EXPECT_THAT(said(TarBuilder().file("a/.wh..wh..opq", "").file("a", "").directory("a/")), is_said);

  // A single file that was hidden comes back with the directory above it, too.
  EXPECT_THAT(said(TarBuilder().file("a/.wh.want", "").file("a", "").directory("a/")), is_said);
  EXPECT_THAT(said(TarBuilder().file("a/want", "x").file("a", "").directory("a/")), is_said);
  EXPECT_THAT(said(TarBuilder().file("a/want/x", "").file("a", "").directory("a/")), is_said);
  EXPECT_THAT(said(TarBuilder().directory("a/want/").file("a", "").directory("a/")), is_said);

  EXPECT_THAT(said(TarBuilder().file("a/.wh.want", "").directory("a/")), IsEmpty());
  EXPECT_THAT(said(TarBuilder().file("a/.wh.want", "").directory("a/want/")), IsEmpty());
  EXPECT_THAT(said(TarBuilder().directory("a/").file("a/.wh..wh..opq", "").directory("a/")), IsEmpty());
  EXPECT_THAT(said(TarBuilder().directory("a/").file(".wh.b", "").directory("a/")), IsEmpty());
  EXPECT_THAT(said(TarBuilder().file(".wh.b", "").directory("b/")), IsEmpty()) << "nothing that is wanted is in it";
  EXPECT_THAT(merge({lower, TarBuilder().file(".wh.a", ""), TarBuilder().directory("a/")}).warnings, IsEmpty());
}

TEST(LayerMerge, FollowsLinksOfTheSameLayer) {
  expect_merged({
      {"a link to a directory in the same layer is written through",
       {TarBuilder().symbolic_link("a", "b/c").file("a/want", "1")},
       {{"b/c/want", "1"}}},
      {"a link to a directory in a lower layer is covered",
       {TarBuilder().symbolic_link("a", "b/c"), TarBuilder().file("a/want", "1")},
       {{"a/want", "1"}}},
      {"a hard link is the file",
       {TarBuilder()
            .file("x/status", "1")
            .file("a/want", "2")
            .hard_link("x/want", "x/status")
            .hard_link("b/want", "a/want")},
       {{"a/want", "2"}, {"b/want", "2"}, {"x/want", "1"}}},
      {"a hard link to what is replaced later keeps the content",
       {TarBuilder().file("a/want", "1").hard_link("b/want", "./a/want").file("a/want", "2")},
       {{"a/want", "2"}, {"b/want", "1"}}},
      {"a hard link through a link to a directory",
       {TarBuilder().symbolic_link("l", "a").file("a/want", "1").hard_link("b/want", "l/want")},
       {{"a/want", "1"}, {"b/want", "1"}}},
      {"a hard link to a symbolic link is that link",
       {TarBuilder().file("x/status", "1").symbolic_link("s/want", "../x/status").hard_link("t/want", "s/want")},
       {{"s/want", "1"}, {"t/want", "1"}}},
  });
}

TEST(LayerMerge, FindsFixedPathsThroughLinks) {
  expect_merged({
      {"the directory is a link",
       {TarBuilder().symbolic_link("db", "opt/base").file("opt/base/status", "1")},
       {{"db/status", "1"}}},
      {"in another layer",
       {TarBuilder().file("opt/base/status", "1"), TarBuilder().symbolic_link("db", "/opt/base")},
       {{"db/status", "1"}}},
      {"the file is a link",
       {TarBuilder().symbolic_link("db/status", "../opt/status").file("opt/status", "1")},
       {{"db/status", "1"}}},
      {"a chain that starts outside of the image",
       {TarBuilder().symbolic_link("db", "../../one").symbolic_link("one", "two").file("two/status", "1")},
       {{"db/status", "1"}}},
      {"a directory of wanted files",
       {TarBuilder().symbolic_link("db", "opt").file("opt/status.d/base", "1").file("opt/status.d/libc", "2")},
       {{"db/status.d/base", "1"}, {"db/status.d/libc", "2"}}},
      {"a file of that name elsewhere is none of ours", {TarBuilder().file("proc/status", "1")}, {}},
      {"a link that was removed",
       {TarBuilder().symbolic_link("db", "opt").file("opt/status", "1"), TarBuilder().file(".wh.db", "")},
       {}},
      {"a wanted link to a file that its extractor gets anyway",
       {TarBuilder().file("a/want", "1").symbolic_link("b/want", "../a/want")},
       {{"a/want", "1"}}},
      {"a wanted link that leads nowhere", {TarBuilder().symbolic_link("b/want", "missing")}, {}},
      {"a wanted link in a circle", {TarBuilder().symbolic_link("want", "want")}, {}},
  });
}

TEST(LayerMerge, SaysWhatItCouldNotFollow) {
  struct Row {
    std::string name;
    std::vector<TarBuilder> layers;
    std::string warning;
  } const rows[] = {
      {"a wanted hard link to a file that was not kept",
       {TarBuilder().file("store/ab12", "1").hard_link("a/want", "store/ab12")},
       "Unreadable a/want: a hard link"},
      {"a wanted hard link to nothing",
       {TarBuilder().hard_link("a/want", "missing")},
       "Unreadable a/want: a hard link"},
      {"a wanted link to a file that was not kept",
       {TarBuilder().file("store/ab12", "1").symbolic_link("db/status", "../store/ab12")},
       "Unreadable db/status: a link"},
      {"a fixed directory that is a link to another name",
       {TarBuilder().symbolic_link("db/status.d", "../store").file("store/base", "1")},
       "Unreadable db/status.d: a link"},
      {"a path out of the image",
       {TarBuilder().file("../../db/status", "1")},
       "CorruptLayer ../../db/status: a path that"},
      {"a hard link out of the image",
       {TarBuilder().hard_link("a/want", "../../x")},
       "CorruptLayer a/want: a hard link that"},
      {"a path through a loop",
       {TarBuilder().symbolic_link("a", "b").symbolic_link("b", "a").file("a/want", "1")},
       "CorruptLayer a/want: a path through"},
      {"a whiteout of nothing", {TarBuilder().file("a/.wh.", "")}, "CorruptLayer a/.wh.: a whiteout of nothing"},
      {"a wanted sparse file",
       {TarBuilder().pax({{"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}}).file("want", "map")},
       "Unsupported want: "},
      {"a path that is too long",
       {TarBuilder().pax({{"path", std::string(5000, 'x')}}).file("x", "")},
       "LimitExceeded xxxxxx"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const Merged merged = merge(row.layers);
    EXPECT_THAT(merged.warnings, ElementsAre(HasSubstr(row.warning)));
    EXPECT_THAT(merged.files, IsEmpty());
  }
}

TEST(LayerMerge, NamesTheLayerThatHoldsAFile) {
  const Merged merged = merge({TarBuilder().file("a/want", "1").file("b/want", "1"), TarBuilder().file("b/want", "2")});
  EXPECT_THAT(merged.layers, UnorderedElementsAre(Pair("a/want", "layer0"), Pair("b/want", "layer1")));
}

TEST(LayerMerge, MarksWhatNobodyReadsYetUntilItIsRemoved) {
  const std::string& elf = kElf;
  const std::string go = elf + "\xff Go buildinf:\x08" + std::string(49, '\0');
  const Merged merged = merge({TarBuilder().file("a.jar", "").file("b.jar", "").file("bin/go", go).file("bin/c", elf),
                               TarBuilder().file(".wh.b.jar", "").hard_link("c.jar", "nothing")});
  EXPECT_THAT(merged.unsupported, ElementsAre("a.jar", "bin/go", "c.jar"));
}

TEST(LayerMerge, CountsTheBytesOfProgramsThatAreLeft) {
  const Merged merged = merge({TarBuilder()
                                   .file("bin/kept", kElf)
                                   .file("bin/gone", kElf)
                                   .file("bin/replaced", kElf)
                                   .file("bin/script", "#!/bin/sh\n")
                                   .hard_link("bin/again", "bin/kept")
                                   .file("opt/program", kElf + "release-7.1 of it"),
                               TarBuilder().file("bin/.wh.gone", "").file("bin/replaced", "a script now")});
  EXPECT_THAT(merged.programs, ElementsAre("bin/again 32", "bin/kept 32", "opt/program 49+"));
  EXPECT_THAT(merged.files, ElementsAre(Pair("opt/program", "program text: release-7.1 of it\n")));
}

TEST(LayerMerge, KeepsWhatContentToldUnderAnyNameUntilItIsRemoved) {
  const std::string& elf = kElf;
  const std::string go = elf + "\xff Go buildinf:\x08\x02" + std::string(16, '\0') + "\x05go1.2" +
                         std::string(1, '\0') + std::string(40, '\0');
  const Merged merged = merge(
      {TarBuilder().file("bin/one", go).file("bin/two", go).hard_link("bin/again", "bin/two").file("bin/three", go),
       TarBuilder().file("bin/.wh.one", "").file("bin/three", "a script now")});
  EXPECT_THAT(merged.files, UnorderedElementsAre(Pair("bin/two", "Go build information: go1.2\n"),
                                                 Pair("bin/again", "Go build information: go1.2\n")));
}

// The content is gone when the name comes under which somebody else would have read it.
TEST(LayerMerge, SaysThatALinkIsWantedByOthersThanItsFile) {
  const TarBuilder file = TarBuilder().file("db/status", "1");
  const Merged hard = merge({TarBuilder(file).hard_link("a/want", "db/status")});
  EXPECT_THAT(hard.warnings, ElementsAre(HasSubstr("Unreadable a/want: a hard link")));
  const Merged symbolic = merge({TarBuilder(file).symbolic_link("a/want", "../db/status")});
  EXPECT_THAT(symbolic.warnings, ElementsAre(HasSubstr("Unreadable a/want: a link to a file of another kind")));
  EXPECT_EQ(symbolic.files, (Files{{"db/status", "1"}}));
}

TEST(LayerMerge, KeepsWhatItReadOfABrokenLayerAndReadsOn) {
  const std::string good = TarBuilder().file("a/want", "1").bytes();
  const Merged merged = merge_bytes({good + std::string(512, 'x'), TarBuilder().file("b/want", "2").archive()});
  EXPECT_EQ(merged.files, (Files{{"a/want", "1"}, {"b/want", "2"}}));
  EXPECT_THAT(merged.warnings, ElementsAre(HasSubstr("CorruptLayer layer0: tar: wrong header checksum at byte 1024")));
}

TEST(LayerLimits, EachHasItsWarning) {
  Limits limits;
  limits.layer_raw_bytes_max = 300 << 10;
  limits.image_raw_bytes_max = 500 << 10;
  limits.ratio_max = 100;
  limits.ratio_judged_after_bytes = 64 << 10;
  limits.entries_max = 5;
  limits.kept_file_bytes_max = 1000;
  limits.kept_bytes_max = 2500;
  limits.kept_nodes_max = 3;
  const std::string noise = [] {
    std::string text;
    for (std::uint32_t state = 1; text.size() < (200 << 10); state = state * 1664525 + 1013904223)
      text += static_cast<char>(state >> 24);
    return text;
  }();

  struct Row {
    std::string name;
    std::vector<std::string> layers;
    std::string warning;
  } const rows[] = {
      {"bytes of a layer",
       {TarBuilder().file("x", noise).file("y", noise).archive()},
       "layer0: more than 307200 bytes"},
      {"bytes of the image",
       {TarBuilder().file("x", noise).archive(), TarBuilder().file("x", noise).archive(),
        TarBuilder().file("x", noise).archive()},
       "layer2: the image is more than 512000 bytes"},
      {"ratio", {tests::gzip(TarBuilder().file("x", std::string(200 << 10, '\0')).archive())}, "more than 100 times"},
      {"entries",
       {TarBuilder().file("1", "").file("2", "").file("3", "").archive(),
        TarBuilder().file("4", "").file("5", "").file("6", "").archive()},
       "layer1: more than 5 files"},
      {"size of a kept file", {TarBuilder().file("want", noise.substr(0, 1001)).archive()}, "want: larger than 1000"},
      {"size of all kept files",
       {TarBuilder().file("a/want", noise.substr(0, 1000)).file("b/want", noise.substr(0, 1000)).archive()},
       "b/want: more than 2500 bytes"},
      {"number of kept things",
       {TarBuilder()
            .symbolic_link("1", "x")
            .symbolic_link("2", "x")
            .symbolic_link("3", "x")
            .file("want", "")
            .archive()},
       "want: more than 3 links"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_THAT(merge_bytes(row.layers, limits).warnings,
                ElementsAre(::testing::AllOf(::testing::StartsWith("LimitExceeded "), HasSubstr(row.warning))));
  }
}

TEST(LayerLimits, KeptBytesAreFreedWhenALayerCoversThem) {
  Limits limits;
  limits.kept_bytes_max = 2500;
  std::vector<TarBuilder> layers;
  for (int i = 0; i < 5; ++i) layers.push_back(TarBuilder().file("want", std::string(1000, 'x')).file(".wh.want", ""));
  // Each layer's file takes the place of the one before, but both are there while it is read.
  for (int i = 0; i < 4; ++i) layers.insert(layers.begin() + 1 + 2 * i, TarBuilder().file(".wh.want", ""));
  EXPECT_THAT(merge_bytes(archives_of(layers), limits).warnings, IsEmpty());
}

TEST(LayerLimits, OneWarningCountsManyOfItsKind) {
  TarBuilder layer;
  for (int i = 0; i < 100; ++i) layer.file("../" + std::to_string(i), "");
  const TestSelection selection;
  const Limits limits;
  WarningList warnings(limits.warnings_max);
  ImageFilesystem filesystem(selection, limits, warnings);
  ImageTally tally;
  LayerReader reader({filesystem, selection, limits, warnings, tally}, "layer");
  const std::string archive = layer.archive();
  reader.feed(std::as_bytes(std::span(archive)));
  reader.finish();
  ASSERT_EQ(warnings.warnings().size(), 1U);
  EXPECT_EQ(warnings.warnings()[0].count, 100U);
  EXPECT_EQ(warnings.warnings()[0].path, "../0");
}

}  // namespace
}  // namespace scanner::layers
