#include "scanner/report_version.h"

#include <gtest/gtest.h>

#include <limits>

namespace scanner {
namespace {

TEST(ReportVersion, OfThisBuildIsReadBack) {
  EXPECT_EQ(scanner_version(), std::string(PRATIQUE_VERSION) + "+" + std::to_string(kExtractorsVersion));
  EXPECT_EQ(extractors_version(scanner_version()), kExtractorsVersion);
}

TEST(ReportVersion, IsNoneWhereNoneIsTold) {
  for (const char* text : {"", "0.1.0", "0.1.0+", "0.1.0+x", "0.1.0+1x", "0.1.0+-3", "0.1.0+99999999999999999999"}) {
    EXPECT_EQ(extractors_version(text), 0) << text;
  }
  EXPECT_EQ(extractors_version("1.0.0-rc.1+12"), 12);
}

}  // namespace
}  // namespace scanner
