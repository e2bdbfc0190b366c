// The way out of what a registry answers.
#pragma once

#include <string>

#include "base/error.h"

namespace cli {

// "; log in with ...": to be put behind the error's own words. Empty when there is nothing to add.
[[nodiscard]] std::string advice_for(const base::HttpError& error);

}  // namespace cli
