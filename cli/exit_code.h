// What `pratique` tells the shell; documented in the README and by --help.
#pragma once

namespace cli {

enum class ExitCode {
  kClean = 0,
  kError = 1,
  kSeverityReached = 2,  // a vulnerability at or above --fail-on; a policy denies. Counts more than kIncomplete
  kIncomplete = 3,       // something in the image was not looked at; the webhook would wait for a scan
};

}  // namespace cli
