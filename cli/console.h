// Where a verb writes: results to `out`, progress and what a person should know beside them to `err`.
#pragma once

#include <cstdio>

namespace cli {

struct Console {
  std::FILE* out = stdout;
  std::FILE* err = stderr;
  bool err_is_terminal = false;
};

}  // namespace cli
