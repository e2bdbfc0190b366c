// The bearer token of a Config, from memory or from a file that is read again while it ages.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/guarded.h"
#include "kubernetes/config.h"

namespace kubernetes {

// Thread-safe.
class TokenSource {
 public:
  explicit TokenSource(std::shared_ptr<const Config> config) : config_(std::move(config)) {}

  // Empty when the configuration has no token. A token file is read again when the last reading is older than
  // kTokenAgeMax. Throws base::ConfigError when it cannot be read.
  [[nodiscard]] std::string token(base::SteadyTime now);
  // The server refused the token: the next call reads the file again.
  void refused();

 private:
  struct Cached {
    std::string token;
    base::SteadyTime read_at{};
  };
  std::shared_ptr<const Config> config_;
  base::Guarded<Cached> cached_;
};

}  // namespace kubernetes
