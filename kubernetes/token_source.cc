#include "kubernetes/token_source.h"

#include "base/error.h"
#include "base/file.h"
#include "kubernetes/limits.h"

namespace kubernetes {
namespace {

std::string read_token(const std::string& path) {
  std::string token = base::read_file(path, kTokenBytesMax);
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' ')) token.pop_back();
  // A line end inside would smuggle a header field.
  if (token.empty() || token.find_first_of("\r\n") != std::string::npos) {
    throw base::ConfigError("token file " + path + " does not hold one line");
  }
  return token;
}

}  // namespace

std::string TokenSource::token(base::SteadyTime now) {
  if (config_->token_file.empty()) return config_->token;
  return cached_.with([&](Cached& cached) {
    if (cached.token.empty() || now - cached.read_at > kTokenAgeMax) {
      cached = {.token = read_token(config_->token_file), .read_at = now};
    }
    return cached.token;
  });
}

void TokenSource::refused() {
  cached_.with([](Cached& cached) { cached.token.clear(); });
}

}  // namespace kubernetes
