// Break-glass: an annotation with which the members of named groups run what a policy denies, for a reason that they
// give. Pure.
#pragma once

#include <optional>
#include <string>

#include "policy/facts.h"
#include "policy/rules.h"

namespace policy {

// The reason that the object's annotation gives for running what the policy denies; nullopt: it has none. An empty
// reason is none.
[[nodiscard]] std::optional<std::string> reason_to_break(const Policy& policy, const Subject& subject);

// Why the request may not have the annotation as it is now; empty: it may. Only a member of the policy's groups sets,
// changes or takes it away; the pods and workloads that Kubernetes' own controllers make inherit it from a template,
// which was judged.
[[nodiscard]] std::string forbidden_change(const Policy& policy, const Subject& subject, const Request& request);

// Whether this user is a controller of Kubernetes that makes pods or workloads from a template.
[[nodiscard]] bool is_kubernetes_controller(std::string_view user);

}  // namespace policy
