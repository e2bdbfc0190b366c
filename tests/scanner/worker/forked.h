// What a process says that may do to itself what a test must not do to its own.
#pragma once

#include <functional>
#include <string>

namespace scanner::worker {

// Runs `say` in a child process, whose standard output alone leads here, and returns what it says; fails the test when
// the child ends otherwise.
[[nodiscard]] std::string said_by_child(const std::function<std::string()>& say);

}  // namespace scanner::worker
