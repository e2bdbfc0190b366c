// The Finding rows of a namespace as a person sees them, for tests that ask whether they are what they would be if they
// were made anew.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace tests {

// By name; without times, versions and the images that are listed: which of many are, depends on who came first.
[[nodiscard]] std::map<std::string, nlohmann::json> shown_rows(const std::string& ns);
// All of them deleted, and made anew by the operator that leads now, which makes `count`.
[[nodiscard]] std::map<std::string, nlohmann::json> fresh_rows(const std::string& ns, std::size_t count);
// Whether there are rows, all of them in this state.
[[nodiscard]] bool all_rows_are(const std::string& ns, const std::string& state);

}  // namespace tests
