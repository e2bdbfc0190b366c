// What a judgement needs of a cluster, read once with the caller's own rights.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/cluster_objects.h"
#include "kubernetes/api_client.h"

namespace cli {

// "pod/web", "deployment/web", "deploy/web", ...: kind, singular, plural or short name. Throws base::ConfigError for
// what is no workload or is not there.
[[nodiscard]] nlohmann::json read_workload_object(kubernetes::ApiClient& client, const std::string& name,
                                                  const std::string& ns);

// Adds policies, exceptions, scans, reports, nodes and namespaces, as far as they are about the subjects. Returns what
// the caller may not read and could do without, and what that means for the answer.
[[nodiscard]] std::vector<std::string> add_cluster(kubernetes::ApiClient& client,
                                                   const std::vector<SubjectObject>& subjects, ClusterObjects& objects);

}  // namespace cli
