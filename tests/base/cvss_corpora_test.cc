// Published vectors with their scores.
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "base/cvss.h"
#include "tests/support/shared_data.h"

namespace base {
namespace {

struct List {
  const char* file;
  int version;
};

// Scores with temporal, threat or environmental metrics are others than the base score.
bool has_base_metrics_alone(const std::string& vector, int version) {
  std::size_t metrics = 0;
  for (const char letter : vector) metrics += letter == ':' ? 1 : 0;
  constexpr std::size_t kBase[] = {0, 0, 6, 9, 12};  // of 3 and 4 with the version's own
  return metrics == kBase[version];
}

TEST(CvssCorpora, EachPublishedVectorHasItsScore) {
  REQUIRE_SHARED_DATA(folder, "data/corpora/claircore/toolkit/types/cvss/testdata");
  for (const List& list : {List{"v2_score.list", 2}, List{"v30_score.list", 3}, List{"v4_score.list", 4}}) {
    std::istringstream lines(tests::read_test_file(folder / list.file));
    std::size_t compared = 0;
    for (std::string line; std::getline(lines, line);) {
      std::istringstream fields(line);
      std::string vector;
      double score = -1;
      if (line.empty() || line.front() == '#' || !(fields >> vector >> score)) continue;
      if (!has_base_metrics_alone(vector, list.version)) continue;
      EXPECT_EQ(cvss_score(vector), (CvssScore{list.version, score})) << vector;
      ++compared;
    }
    EXPECT_GE(compared, 3U) << list.file;
  }
}

TEST(CvssCorpora, WhatIsNoVectorHasNoScore) {
  REQUIRE_SHARED_DATA(folder, "data/corpora/claircore/toolkit/types/cvss/testdata");
  std::istringstream lines(tests::read_test_file(folder / "v4_error.list"));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.ends_with("#OK") || line.starts_with("CVSS:3.1")) continue;
    const auto score = cvss_score(line);
    // An order of metrics that the specification forbids says the same.
    EXPECT_TRUE(!score || line.find("SC:N/VI") != std::string::npos || line.find("E:A/SA") != std::string::npos)
        << line;
  }
}

}  // namespace
}  // namespace base
