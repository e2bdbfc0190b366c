// Putting manifests/ into the test's control plane as an administrator would, and becoming one of its accounts: what
// tests of whole programs share.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/control_plane.h"

namespace tests {

// kubectl's output; throws std::runtime_error where it fails.
std::string kubectl_or_throw(const std::vector<std::string>& words);

// The folder in which the control plane was started: logs, kubeconfigs.
[[nodiscard]] std::filesystem::path control_plane_folder();

// The custom resource definitions, served when this returns.
void install_definitions();
// kubectl apply --kustomize of a folder below manifests/: "overlays/audit".
void install_manifests(const std::string& folder);

// Writes a kubeconfig of the service account of pratique-system, with a token; its path.
[[nodiscard]] std::string kubeconfig_of_account(const std::string& account);
[[nodiscard]] std::shared_ptr<kubernetes::ApiClient> client_of(const std::string& kubeconfig);

// Whether a GET of this http URL answers 200.
[[nodiscard]] bool answers_ok(const std::string& url);

}  // namespace tests
