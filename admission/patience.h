// How long a request may be held back: what policy wants, within what its sender can bear. Pure.
#pragma once

#include <chrono>
#include <string_view>

namespace admission {

// Whether the user is one of Kubernetes' own controllers, or by its name another controller: they have few workers,
// and what they are denied they try again by themselves.
[[nodiscard]] bool is_controller_account(std::string_view user);

// The time after which the API server gives up, as its request says ("/validate?timeout=10s"); ten seconds, what it
// takes by default, where it says nothing.
[[nodiscard]] std::chrono::seconds api_server_timeout(std::string_view target);

struct WaitTerms {
  std::chrono::seconds at_most{0};  // of the policy
  std::string_view user;
  std::string_view target;  // of the HTTP request
};
// Zero: not at all.
[[nodiscard]] std::chrono::seconds patience(const WaitTerms& terms);

}  // namespace admission
