// What the webhook configuration must ask about, so that a kind of the table is judged.
#pragma once

#include <string>

#include "policy/workload.h"

namespace admission {

inline constexpr std::string_view kWorkloadsWebhook = "workloads.pratique.dev";

// A JSON patch of the ValidatingWebhookConfiguration of manifests/webhook: a rule for each configured kind, in every
// version, at the end of the rules of kWorkloadsWebhook. An empty list without configured kinds.
[[nodiscard]] std::string webhook_rules_patch(const policy::WorkloadKinds& kinds);

}  // namespace admission
