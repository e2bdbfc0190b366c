// Only the place that is named ends the process, and only at its time.
#include "base/failpoint.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

namespace base {
namespace {

// In a child: the environment is read once.
[[noreturn]] void pass(const char* order, int times) {
  ::setenv("PRATIQUE_FAILPOINT", order, 1);
  for (int i = 0; i < times; ++i) {
    failpoint("another");
    failpoint("this");
  }
  std::_Exit(7);
}

TEST(Failpoint, EndsTheProcessAtTheNamedPlace) {
  EXPECT_EXIT(pass("this", 1), testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(pass("this:3", 3), testing::KilledBySignal(SIGKILL), "");
}

TEST(Failpoint, IsNothingOtherwise) {
  for (const char* order : {"", "that", "thi", "this ", ":1"}) {
    EXPECT_EXIT(pass(order, 2), testing::ExitedWithCode(7), "") << order;
  }
  EXPECT_EXIT(pass("this:3", 2), testing::ExitedWithCode(7), "") << "not yet";
}

TEST(Failpoint, OrdersAreReadAsTheyAreWritten) {
  EXPECT_EQ(parse_failpoint("a-b"), (FailpointOrder{.name = "a-b", .time = 1}));
  EXPECT_EQ(parse_failpoint("a-b:12"), (FailpointOrder{.name = "a-b", .time = 12}));
  for (const char* text : {"a:", "a:0", "a:-1", "a:x", "a:1x"}) {
    EXPECT_EQ(parse_failpoint(text), (FailpointOrder{.name = "a", .time = 1})) << text;
  }
  EXPECT_EQ(parse_failpoint("").name, "");
}

}  // namespace
}  // namespace base
