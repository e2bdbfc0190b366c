#include "tests/scanner/layers/layer_stacks.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "tests/scanner/layers/dice.h"
#include "tests/support/tar_builder.h"

namespace tests {
namespace {

constexpr std::array<std::string_view, 8> kDirectories = {"", "", "a/", "b/", "a/b/", "db/", "db/status.d/", "c/a/"};
constexpr std::array<std::string_view, 8> kNames = {"want", "want", "want", "status", "other", "a", "b", "status.d"};
constexpr std::array<std::string_view, 16> kTargets = {"want",       "../want",  "/a/want",      "a",    "b", "/a",
                                                       "../a",       "/db",      "db",           "..",   ".", "/",
                                                       "../../../a", "a/b/want", "/b/../a/want", "other"};

// Names as tars may have them: what means the same, and seldom what leads out.
std::string path_of(Dice& dice) {
  const std::string_view directory = dice.of(kDirectories);
  const std::string_view name = dice.of(kNames);
  switch (dice.below(40)) {
    case 0:
      return fmt::format("./{}{}", directory, name);
    case 1:
      return fmt::format("/{}{}", directory, name);
    case 2:
      return fmt::format("{}/{}", directory, name);
    case 3:
      return fmt::format("a/../{}./{}", directory, name);
    case 4:
      return fmt::format("{}{}/", directory, name);
    case 5:
      return fmt::format("../{}{}", directory, name);
    default:
      return fmt::format("{}{}", directory, name);
  }
}

std::string whiteout_of(Dice& dice) {
  const std::string_view directory = dice.of(kDirectories);
  switch (dice.below(6)) {
    case 0:
    case 1:
      return fmt::format("{}.wh..wh..opq", directory);
    case 2:
      return fmt::format("{}.wh..wh.plnk", directory);
    default:
      return fmt::format("{}.wh.{}", directory, dice.of(kNames));
  }
}

void add_entry(TarBuilder& tar, Dice& dice, const std::string& content) {
  const std::string path = path_of(dice);
  switch (dice.below(20)) {
    case 0:
    case 1:
    case 2:
      tar.symbolic_link(path, dice.of(kTargets));
      return;
    case 3:
    case 4:
      tar.hard_link(path, path_of(dice));
      return;
    case 5:
    case 6:
      tar.directory(path + "/");
      return;
    case 7:
    case 8:
    case 9:
      tar.file(whiteout_of(dice), "");
      return;
    case 10:
      tar.entry({.type = dice.one_in(2) ? '6' : '3', .path = path});  // a device of the numbers 0 and 0 is a whiteout
      return;
    case 11:
      tar.pax({{"path", path}}).file("another/name", content);
      return;
    case 12:
      tar.gnu_long_name(path).file("another/name", content);
      return;
    default:
      tar.file(path, content);
      return;
  }
}

// Something in a directory or a mark in it, then what is no directory in its place, then the directory again: what it
// hides depends on the order.
void add_replaced_directory(TarBuilder& tar, Dice& dice, const std::string& content) {
  const std::string_view directory = dice.of(kDirectories);
  if (directory.empty()) return;
  const std::string_view bare = directory.substr(0, directory.size() - 1);
  const std::string within = fmt::format("{}{}{}", directory, dice.one_in(2) ? ".wh." : "", dice.of(kNames));
  tar.file(within, content);
  if (dice.one_in(2)) {
    tar.file(bare, content);
  } else {
    tar.symbolic_link(bare, dice.of(kTargets));
  }
  tar.directory(directory);
}

void append_number(std::string& text, std::size_t number) {
  for (int shift = 0; shift < 32; shift += 8) text += static_cast<char>(number >> shift & 0xffU);
}

}  // namespace

std::vector<std::string> layer_stack(std::uint32_t number) {
  constexpr std::size_t kLayersMax = 4;
  constexpr std::size_t kEntriesMax = 6;
  Dice dice(number);
  std::vector<std::string> layers(1 + dice.below(kLayersMax));
  for (std::string& layer : layers) {
    TarBuilder tar;
    const std::size_t entries = 1 + dice.below(kEntriesMax);
    for (std::size_t entry = 0; entry < entries; ++entry) {
      add_entry(tar, dice, fmt::format("{}:{}", &layer - layers.data(), entry));
    }
    if (dice.one_in(8)) add_replaced_directory(tar, dice, "replaced");
    layer = tar.archive();
  }
  return layers;
}

std::string written_layer_stack(std::uint32_t number) {
  const std::vector<std::string> layers = layer_stack(number);
  std::string text;
  append_number(text, layers.size());
  for (const std::string& layer : layers) {
    append_number(text, layer.size());
    text += layer;
  }
  return text;
}

}  // namespace tests
