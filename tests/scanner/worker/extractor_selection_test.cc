// Who is asked about a path: all who may want it, though most are asked about few.
#include "scanner/worker/extractor_selection.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "scanner/inventory/extractor.h"
#include "scanner/layers/image_path.h"

namespace scanner::worker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::uint64_t bits_of_all_that_want(std::string_view path) {
  std::uint64_t bits = 0;
  std::uint64_t bit = 1;
  for (const auto& extractor : inventory::all_extractors()) {
    if (extractor->wants(path)) bits |= bit;
    bit <<= 1;
  }
  return bits;
}

std::vector<std::string_view> all_examples() {
  std::vector<std::string_view> paths;
  for (const auto& extractor : inventory::all_extractors()) {
    for (const std::string_view path : extractor->example_paths()) paths.push_back(path);
    for (const std::string_view path : extractor->fixed_paths()) paths.push_back(path);
  }
  return paths;
}

TEST(ExtractorSelection, TellsWhoWantsAPath) {
  const ExtractorSelection selection;
  EXPECT_THAT(selection.names_of(selection.wanted_by("var/lib/dpkg/status")), ElementsAre("dpkg"));
  EXPECT_THAT(selection.names_of(selection.wanted_by("srv/app/yarn.lock")), ElementsAre("npm-lock"));
  EXPECT_THAT(selection.names_of(selection.wanted_by("usr/bin/ls")), IsEmpty());
  EXPECT_EQ(selection.wanted_by(""), 0U);
}

// Each last part in each directory that an example lies in, and with each example's last byte.
TEST(ExtractorSelection, AsksEveryExtractorThatWantsAPath) {
  const ExtractorSelection selection;
  const std::vector<std::string_view> examples = all_examples();
  std::size_t wanted = 0;
  for (const std::string_view one : examples) {
    for (const std::string_view other : examples) {
      const std::string path = layers::join_path(layers::parent_of(one), layers::base_of(other));
      ASSERT_EQ(selection.wanted_by(path), bits_of_all_that_want(path)) << path;
      const std::string cut = path.substr(0, path.size() - 1) + one.back();
      ASSERT_EQ(selection.wanted_by(cut), bits_of_all_that_want(cut)) << cut;
      if (selection.wanted_by(path) != 0) ++wanted;
    }
  }
  EXPECT_GT(wanted, examples.size());
}

TEST(ExtractorSelection, KnowsWhatMayBeWantedByAnotherPath) {
  const ExtractorSelection selection;
  EXPECT_TRUE(selection.may_be_wanted("opt/dpkg/status"));
  EXPECT_TRUE(selection.may_be_wanted("opt/status.d/curl"));
  EXPECT_FALSE(selection.may_be_wanted("opt/dpkg/state"));
  EXPECT_FALSE(selection.may_be_wanted("curl"));
}

}  // namespace
}  // namespace scanner::worker
