// Asks a ScanRegistry's server whether it answers and takes the credentials of spec.auth.
#pragma once

#include <stop_token>

#include "base/clock.h"
#include "crds/scan_registry.h"
#include "kubernetes/api_client.h"
#include "operator/reconcilers/registry_conditions.h"
#include "operator/reconcilers/registry_resolver.h"

namespace pratique_operator::reconcilers {

// Throws base::NetworkError where the registry cannot be reached, base::HttpError where its token service or the API
// server failed. A Secret or an account that gives no credential is an answer: condition Authenticated tells of it.
[[nodiscard]] RegistryConditions ask_registry(const crds::ScanRegistry& registry, kubernetes::ApiClient& api,
                                              const ProviderCredential& provider_credential, const base::Clock& clock,
                                              std::stop_token stop);

}  // namespace pratique_operator::reconcilers
