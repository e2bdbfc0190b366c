// Days as texts: "2021-12-10".
#pragma once

#include <string_view>

namespace base {

// Four, two and two digits with hyphens between them: what sorts as days do. Whether there was such a day is not asked.
[[nodiscard]] bool is_calendar_day(std::string_view text);

}  // namespace base
