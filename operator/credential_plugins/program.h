// A program that answers one question: started, given its input, read to the end of its output, and ended.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace pratique_operator::credential_plugins {

struct Program {
  std::string path;
  std::vector<std::string> arguments = {};
  std::vector<std::pair<std::string, std::string>> environment = {};  // beside our own, and before it
  std::string input = {};                                             // its standard input
  std::size_t output_bytes_max = std::size_t{1} << 20;
  std::chrono::milliseconds timeout{60'000};
};

// What it wrote to its standard output before it ended with status 0. Whatever it started ends with it. What it wrote
// to its standard error goes into our log where it failed, and no further: the error may be shown to somebody else.
// Throws base::ConfigError for one that cannot be started, ended otherwise, took too long or wrote too much, and
// base::NetworkError on a stop request. Thread-safe.
[[nodiscard]] std::string output_of(const Program& program, const std::stop_token& stop);

}  // namespace pratique_operator::credential_plugins
