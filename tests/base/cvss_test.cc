#include "base/cvss.h"

#include <gtest/gtest.h>

namespace base {
namespace {

struct Row {
  const char* vector;
  int version;
  double base;
};

// Scores of the specifications' own examples and of well-known issues.
TEST(CvssScore, IsThatOfTheSpecifications) {
  const Row rows[] = {
      // https://www.first.org/cvss/v2/guide, section 3.3
      {"AV:N/AC:L/Au:N/C:N/I:N/A:C", 2, 7.8},
      {"AV:N/AC:L/Au:N/C:C/I:C/A:C", 2, 10.0},
      {"AV:L/AC:H/Au:N/C:C/I:C/A:C", 2, 6.2},
      {"(AV:N/AC:L/Au:N/C:P/I:N/A:N)", 2, 5.0},
      {"AV:N/AC:L/Au:N/C:N/I:N/A:N", 2, 0.0},
      {"AV:L/AC:H/Au:M/C:N/I:P/A:N", 2, 0.8},
      // https://www.first.org/cvss/v3.1/examples
      {"CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 3, 6.4},
      {"CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3, 3.1},
      {"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 3, 9.9},
      {"CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L", 3, 4.2},
      {"CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 3, 7.5},
      {"CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H", 3, 7.8},
      {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 3, 10.0},
      {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 3, 9.8},
      {"CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 3, 0.0},
      // https://www.first.org/cvss/v4.0/examples
      {"CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 4, 7.3},
      {"CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 4, 7.7},
      {"CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N", 4, 8.3},
      {"CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N", 4, 4.6},
      {"CVSS:4.0/AV:L/AC:L/AT:N/PR:H/UI:N/VC:N/VI:N/VA:N/SC:H/SI:N/SA:N", 4, 5.9},
      {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 4, 10.0},
      {"CVSS:4.0/AV:P/AC:H/AT:P/PR:H/UI:A/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 4, 0.0},
      // Temporal, threat and environmental metrics do not count.
      {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U/CR:L", 4, 9.3},
      {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/RC:C", 3, 9.8},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(cvss_score(row.vector), (CvssScore{row.version, row.base})) << row.vector;
  }
}

TEST(CvssScore, IsNoneForWhatIsNotAVectorWithEveryBaseMetric) {
  for (const char* vector :
       {"", "/", "CVSS:3.1", "CVSS:3.1/AV:N", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H", "AV:N/AC:L/Au:N/C:P/I:P",
        "CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N",
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:X",
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:HH/VI:H/VA:H/SC:N/SI:N/SA:N",
        "CVSS:9.9/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "7.5", "HIGH"}) {
    EXPECT_EQ(cvss_score(vector), std::nullopt) << vector;
  }
}

}  // namespace
}  // namespace base
