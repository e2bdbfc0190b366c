// Third-party test data that lives beside the checkout and is never part of it: $PRATIQUE_SHARED, by default
// <checkout>/../shared.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace tests {

// Where `relative` ("data/corpora/version-vectors") would be; it need not exist.
[[nodiscard]] std::filesystem::path shared_path(std::string_view relative);

// Whether this is a CI run (CI=true), in which missing data is a failure.
[[nodiscard]] bool in_ci();

// A whole file. Fails the test when it cannot be read.
[[nodiscard]] std::string read_test_file(const std::filesystem::path& path);

}  // namespace tests

// Declares `variable` as the path of shared data, or ends the test: it fails in CI and says elsewhere that it did not
// run.
#define REQUIRE_SHARED_DATA(variable, relative)                                        \
  const std::filesystem::path variable = ::tests::shared_path(relative);               \
  if (!std::filesystem::exists(variable)) {                                            \
    if (::tests::in_ci()) FAIL() << variable << " is missing; set PRATIQUE_SHARED";    \
    GTEST_SKIP() << "DID NOT RUN: " << variable << " is missing; set PRATIQUE_SHARED"; \
  }                                                                                    \
  static_assert(true)
