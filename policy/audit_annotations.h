// A decision as the API server's audit log keeps it. Pure.
#pragma once

#include <map>
#include <string>

#include "policy/decision.h"

namespace policy {

// "decision", and where there is something to say "reasons", "policies" (with their generations), "decision-id",
// "database-generation" and "break-glass"; each at most a little over 1 KiB. Keys without a prefix: the API server adds
// the webhook's name.
[[nodiscard]] std::map<std::string, std::string> audit_annotations(const Decision& decision, const Question& question);

}  // namespace policy
