// Stacks of layers merged in both ways, read as they are and by their records, for the tests of scanner/layers.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "scanner/layers/layer_reader.h"
#include "tests/support/tar_builder.h"

namespace scanner::layers {

// "db/status" and "db/status.d/*" by their place, and anything named "want" anywhere.
class TestSelection final : public Selection {
 public:
  std::uint64_t wanted_by(std::string_view path) const override {
    if (path == "db/status" || parent_of(path) == "db/status.d") return 1;
    return base_of(path) == "want" ? 2 : 0;
  }
  bool may_be_wanted(std::string_view path) const override {
    return base_of(path) == "status" || base_of(parent_of(path)) == "status.d";
  }
  // The content goes as the name of a package.
  Extraction read(std::string_view /*path*/, std::string_view content) const override {
    return {.packages = {Package{.name = std::string(content)}}};
  }
  Extraction read_content(std::string_view kind, std::string_view /*path*/, std::string_view content) const override {
    return {.packages = {Package{.name = std::string(kind) + ": " + std::string(content)}}};
  }
  std::uint64_t readers_of(std::string_view kind) const override { return kind == "program text" ? 8 : 4; }
  std::vector<std::string> names_of(std::uint64_t extractors) const override {
    std::vector<std::string> names;
    for (const char* name : {"database", "wanted", "content", "text"}) {
      if ((extractors & 1U) != 0) names.emplace_back(name);
      extractors >>= 1U;
    }
    return names;
  }
  std::string text_mark(std::string_view path) const override { return base_of(path) == "program" ? "release-" : ""; }
  std::string_view unsupported_kind(std::string_view path) const override {
    return path.ends_with(".jar") ? "jar" : "";
  }
  std::span<const std::string_view> fixed_paths() const override { return kPaths; }
  std::span<const std::string_view> fixed_directories() const override { return kDirectories; }

 private:
  static constexpr std::array<std::string_view, 1> kPaths = {"db/status"};
  static constexpr std::array<std::string_view, 1> kDirectories = {"db/status.d"};
};

struct Merged {
  std::map<std::string, std::string> files;   // path -> content
  std::map<std::string, std::string> layers;  // path -> layer
  std::vector<std::string> warnings;          // "reason path: message"; sorted
  std::vector<std::string> unsupported;
  std::vector<std::string> programs = {};  // "path bytes", with "+" where it told packages
  bool operator==(const Merged&) const = default;
};

// The layers' tars, packed or not, base first; by one thread or two.
[[nodiscard]] Merged merge_bytes(const std::vector<std::string>& layers, const Limits& limits = {},
                                 SecondThread* walker = nullptr);

// The record of a layer, as a child makes it that reads nothing else.
[[nodiscard]] std::string record_of(const std::string& layer, const Limits& limits = {});
[[nodiscard]] Merged merge_records(const std::vector<std::string>& records, const Limits& limits = {});

// Within the limits both ways; a difference is a failure of the test that runs.
[[nodiscard]] Merged merge(const std::vector<tests::TarBuilder>& layers);
[[nodiscard]] std::vector<std::string> archives_of(const std::vector<tests::TarBuilder>& layers);

}  // namespace scanner::layers
