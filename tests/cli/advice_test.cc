#include "cli/advice.h"

#include <gmock/gmock.h>

namespace cli {
namespace {

using testing::HasSubstr;

std::string advice(int status, std::optional<std::chrono::seconds> retry_after = {}) {
  return advice_for(base::HttpError("GET x: refused", status, {}, retry_after));
}

TEST(Advice, NamesTheWayOut) {
  EXPECT_THAT(advice(401), HasSubstr("docker login"));
  EXPECT_THAT(advice(403), HasSubstr("docker login"));
  EXPECT_THAT(advice(404), HasSubstr("name and tag"));
  EXPECT_THAT(advice(429), HasSubstr("try again later"));
  EXPECT_THAT(advice(429, std::chrono::seconds(30)), HasSubstr("wait 30 s"));
  EXPECT_THAT(advice(502), HasSubstr("try again later"));
  EXPECT_EQ(advice(418), "");
}

}  // namespace
}  // namespace cli
