// Who holds requests to a registry back, and hears how they were answered.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace registry {

// Thread-safe.
class RequestGate {
 public:
  virtual ~RequestGate() = default;
  // Before each request for what is in the registry `host`, as references name it ("registry:5000", "docker.io"); also
  // where it goes to the registry's token service, or to where the registry leads. Throws base::HttpError (429, with
  // retry_after()) where the registry is to be left alone: then nothing is sent.
  virtual void enter(const std::string& host) = 0;
  // How it was answered; `retry_after` is within the bounds of limits.h. Not called for a request that got no answer.
  virtual void answered(const std::string& host, int status, std::optional<std::chrono::seconds> retry_after) = 0;
};

}  // namespace registry
