// The one error idiom: a failed operation throws a subclass of Error that says what was being done, to what, and why
// it failed. Answers that a caller expects are return values; bugs of our own end the process by CHECK.
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace base {

class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(message) {}
};

// The other side could not be reached, went away, or did not answer before the deadline.
class NetworkError : public Error {
 public:
  using Error::Error;
};

// Bytes from outside do not follow the format they claim. The message names the thing and the place in it.
class ParseError : public Error {
 public:
  using Error::Error;
};

// Input from outside is past a bound of ours. The message names the bound and its value.
class LimitExceeded : public Error {
 public:
  using Error::Error;
};

// A person's setting, flag or file is wrong. The message says how to mend it.
class ConfigError : public Error {
 public:
  using Error::Error;
};

// The other side answered with a status that is not a success.
class HttpError : public Error {
 public:
  HttpError(const std::string& message, int status, std::string body = {},
            std::optional<std::chrono::seconds> retry_after = {})
      : Error(message), status_(status), body_(std::move(body)), retry_after_(retry_after) {}

  [[nodiscard]] int status() const { return status_; }
  // The start of the answer's body, at most a few kilobytes; never shown to a person unescaped.
  [[nodiscard]] const std::string& body() const { return body_; }
  // What a 429 or 503 asked for.
  [[nodiscard]] std::optional<std::chrono::seconds> retry_after() const { return retry_after_; }

 private:
  int status_;
  std::string body_;
  std::optional<std::chrono::seconds> retry_after_;
};

[[noreturn]] void check_failed(std::string_view condition, std::string_view file, int line);

}  // namespace base

// States an invariant in every build: if it does not hold, the process ends with the place on stderr.
#define CHECK(condition) ((condition) ? static_cast<void>(0) : ::base::check_failed(#condition, __FILE__, __LINE__))
