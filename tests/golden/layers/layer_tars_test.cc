// The public corpus of image tars: every archive in it, and every layer in those, reads as GNU tar lists it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "base/tar_reader.h"
#include "tests/support/control_plane.h"
#include "tests/support/layout_writer.h"
#include "tests/support/shared_data.h"

namespace scanner::layers {
namespace {

// Lists entries as `tar --list --verbose` does, without modes, owners and times, and keeps the layers inside.
class Lister final : public base::TarVisitor {
 public:
  void on_entry(const base::TarEntry& entry) override {
    std::string line =
        std::string(1, type_letter(entry.kind)) + " " + std::to_string(entry.size) + " " + std::string(entry.path);
    if (entry.kind == base::EntryKind::kSymbolicLink) line += " -> " + std::string(entry.link_target);
    if (entry.kind == base::EntryKind::kHardLink) line += " link to " + std::string(entry.link_target);
    lines.push_back(std::move(line));
    content_.clear();
    path_ = entry.path;
  }
  void on_content(std::span<const std::byte> bytes) override {
    content_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  void on_entry_end() override {
    if (path_.ends_with("/layer.tar")) layers[path_] = content_;
  }

  std::vector<std::string> lines;
  std::map<std::string, std::string> layers;

 private:
  static char type_letter(base::EntryKind kind) {
    switch (kind) {
      case base::EntryKind::kDirectory:
        return 'd';
      case base::EntryKind::kSymbolicLink:
        return 'l';
      case base::EntryKind::kHardLink:
        return 'h';
      default:
        return '-';
    }
  }
  std::string path_;
  std::string content_;
};

Lister list(const std::string& archive) {
  Lister lister;
  base::TarReader reader(lister, {});
  reader.feed(std::as_bytes(std::span(archive)));
  reader.finish();
  return lister;
}

// "drwxr-xr-x 0/0 0 2024-05-12 20:09 path" without its second, fourth and fifth word.
std::vector<std::string> list_by_gnu_tar(const std::filesystem::path& archive) {
  const tests::CommandResult result = tests::run_command(
      {"tar", "--list", "--verbose", "--numeric-owner", "--quoting-style=literal", "--file", archive.string()});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  std::vector<std::string> lines;
  std::istringstream text(result.output);
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    std::string mode, owner, size, date, time, path;
    words >> mode >> owner >> size >> date >> time >> std::ws;
    std::getline(words, path);
    lines.push_back(mode.substr(0, 1) + " " + size + " " + path);
  }
  return lines;
}

TEST(LayerTars, ReadAsGnuTarListsThem) {
  REQUIRE_SHARED_DATA(corpus, "data/corpora/layer-tars");
  const tests::TemporaryFolder folder;
  std::size_t archives = 0;
  std::size_t layers = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(corpus)) {
    if (file.path().extension() != ".tar") continue;
    SCOPED_TRACE(file.path());
    ++archives;
    const Lister outer = list(tests::read_test_file(file.path()));
    EXPECT_EQ(outer.lines, list_by_gnu_tar(file.path()));
    for (const auto& [path, bytes] : outer.layers) {
      SCOPED_TRACE(path);
      ++layers;
      tests::write_file(folder.path() / "layer.tar", bytes);
      EXPECT_EQ(list(bytes).lines, list_by_gnu_tar(folder.path() / "layer.tar"));
    }
  }
  EXPECT_GE(archives, 9U);
  EXPECT_GE(layers, 12U);
}

// What GNU tar writes in each of its formats is what is read, whatever the names, sizes and kinds are.
TEST(LayerTars, EveryFormatThatGnuTarWrites) {
  const tests::TemporaryFolder folder;
  const std::filesystem::path tree = folder.path() / "tree";
  const std::string long_part(120, 'n');
  std::filesystem::create_directories(tree / long_part / long_part);
  tests::write_file(tree / long_part / long_part / "file", std::string(1000, 'x'));
  tests::write_file(tree / "with space and ümlaut", "content");
  tests::write_file(tree / "empty", "");
  tests::write_file(tree / "exactly one block", std::string(512, 'b'));
  std::filesystem::create_symlink("../" + long_part + "/" + std::string(150, 't'), tree / "link");
  std::filesystem::create_hard_link(tree / "with space and ümlaut", tree / "hard link");

  for (const std::string format : {"gnu", "oldgnu", "pax", "posix"}) {
    SCOPED_TRACE(format);
    const std::filesystem::path archive = folder.path() / (format + ".tar");
    const tests::CommandResult made =
        tests::run_command({"tar", "--create", "--format=" + format, "--sort=name", "--file", archive.string(),
                            "--directory", tree.string(), "."});
    ASSERT_EQ(made.exit_code, 0) << made.output;
    const Lister read = list(tests::read_test_file(archive));
    EXPECT_EQ(read.lines, list_by_gnu_tar(archive));
    EXPECT_EQ(read.lines.size(), 9U);
  }
}

}  // namespace
}  // namespace scanner::layers
