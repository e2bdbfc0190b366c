// What the webhook would answer, for a person: `pratique explain` and `pratique policy test`.
#pragma once

#include <string>
#include <vector>

#include "cli/cluster_objects.h"
#include "cli/console.h"
#include "cli/exit_code.h"

namespace cli {

// Who would ask; an empty user means that what is there is judged as though it came anew.
struct Asker {
  std::string user;
  std::vector<std::string> groups;
};

// Writes each subject's judgement to the console; the exit code of the worst. Throws base::ConfigError without a
// subject.
[[nodiscard]] ExitCode tell_judgements(const ClusterObjects& objects, const Asker& asker, base::SystemTime now,
                                       const Console& console);

}  // namespace cli
