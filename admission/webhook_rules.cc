#include "admission/webhook_rules.h"

#include <nlohmann/json.hpp>

namespace admission {

std::string webhook_rules_patch(const policy::WorkloadKinds& kinds) {
  using nlohmann::json;
  json patch = json::array();
  for (const policy::WorkloadKind& kind : kinds.all()) {
    if (!kind.kind.empty()) continue;  // Kubernetes' own are in the manifest
    // The patch is for the second webhook of the manifest and says so.
    if (patch.empty()) patch.push_back({{"op", "test"}, {"path", "/webhooks/1/name"}, {"value", kWorkloadsWebhook}});
    patch.push_back({{"op", "add"},
                     {"path", "/webhooks/1/rules/-"},
                     {"value",
                      {{"apiGroups", {kind.group}},
                       {"apiVersions", {"*"}},
                       {"operations", {"CREATE", "UPDATE"}},
                       {"resources", {kind.resource}},
                       {"scope", "Namespaced"}}}});
  }
  return patch.dump(2);
}

}  // namespace admission
