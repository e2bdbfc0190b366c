#include "tests/scanner/layers/merge_support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "scanner/layers/layer_record.h"

namespace scanner::layers {
namespace {

// An image that layers are put upon.
struct TestImage {
  explicit TestImage(const Limits& given) : limits(given) {}

  TestSelection selection{};
  Limits limits;
  WarningList warnings{limits.warnings_max};
  ImageFilesystem filesystem{selection, limits, warnings};
  ImageTally tally{};

  [[nodiscard]] ImageState state() { return {filesystem, selection, limits, warnings, tally}; }

  [[nodiscard]] Merged merged() {
    Merged merged;
    for (const KeptFile& file : filesystem.wanted_files()) {
      merged.files[file.path] = file.extraction->packages.at(0).name;
      merged.layers[file.path] = file.layer;
    }
    for (const auto& file : filesystem.unsupported_files()) merged.unsupported.push_back(file.path);
    for (const auto& program : filesystem.programs()) {
      merged.programs.push_back(std::string(program.path) + " " + std::to_string(program.bytes) +
                                (program.is_told ? "+" : ""));
    }
    for (const ScanWarning& warning : warnings.warnings()) {
      merged.warnings.push_back(warning.reason + " " + warning.path + ": " + warning.message);
    }
    std::sort(merged.warnings.begin(), merged.warnings.end());
    return merged;
  }
};

std::string name_of_layer(std::size_t index) {
  return "layer" + std::to_string(index);
}

}  // namespace

Merged merge_bytes(const std::vector<std::string>& layers, const Limits& limits, SecondThread* walker) {
  TestImage image(limits);
  for (std::size_t index = 0; index < layers.size(); ++index) {
    LayerReader reader(image.state(), name_of_layer(index), {}, walker);
    reader.feed(std::as_bytes(std::span(layers[index])));
    reader.finish();
  }
  return image.merged();
}

std::string record_of(const std::string& layer, const Limits& limits) {
  TestImage image(limits);
  WarningList warnings(limits.warnings_max);
  LayerRecorder recorder;
  LayerReader reader({image.filesystem, image.selection, image.limits, warnings, image.tally}, "layer",
                     {.recorder = &recorder});
  reader.feed(std::as_bytes(std::span(layer)));
  reader.finish();
  return recorder.finish(image.tally, warnings.warnings(), image.selection.names_of(recorder.readers()));
}

Merged merge_records(const std::vector<std::string>& records, const Limits& limits) {
  TestImage image(limits);
  for (std::size_t index = 0; index < records.size(); ++index) {
    merge_record(image.state(), name_of_layer(index), records[index]);
  }
  return image.merged();
}

std::vector<std::string> archives_of(const std::vector<tests::TarBuilder>& layers) {
  std::vector<std::string> archives;
  for (const tests::TarBuilder& layer : layers) archives.push_back(layer.archive());
  return archives;
}

Merged merge(const std::vector<tests::TarBuilder>& layers) {
  const std::vector<std::string> archives = archives_of(layers);
  Merged merged = merge_bytes(archives);
  std::vector<std::string> records;
  for (const std::string& archive : archives) records.push_back(record_of(archive));
  const Merged by_records = merge_records(records);
  EXPECT_EQ(by_records.files, merged.files);
  EXPECT_EQ(by_records.layers, merged.layers);
  EXPECT_EQ(by_records.warnings, merged.warnings);
  EXPECT_EQ(by_records.unsupported, merged.unsupported);
  EXPECT_EQ(by_records.programs, merged.programs);
  SecondThread walker;
  EXPECT_EQ(merge_bytes(archives, {}, &walker), merged);
  return merged;
}

}  // namespace scanner::layers
