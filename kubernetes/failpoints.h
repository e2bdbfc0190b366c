// The steps of a leader's election behind which a test may end the program (base/failpoint.h).
#pragma once

#include <string_view>

namespace kubernetes {

inline constexpr std::string_view kLeaseTaken = "lease-taken";      // and nothing led
inline constexpr std::string_view kLeaseRenewed = "lease-renewed";  // or tried to be

}  // namespace kubernetes
