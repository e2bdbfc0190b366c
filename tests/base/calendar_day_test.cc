#include "base/calendar_day.h"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(CalendarDay, IsDigitsAndHyphensInTheirPlaces) {
  EXPECT_TRUE(is_calendar_day("2021-12-10"));
  for (const char* text : {"", "2021-12-1", "2021-12-100", "2021/12/10", "21-12-2010", "2021-12-1a", "soon"}) {
    EXPECT_FALSE(is_calendar_day(text)) << text;
  }
}

}  // namespace
}  // namespace base
