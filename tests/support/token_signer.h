// An issuer of identity tokens: an RSA key, its key set, and whatever it is told to sign.
#pragma once

#include <memory>
#include <string>

namespace tests {

class TokenSigner {
 public:
  // Makes a key of so many bits, under this id.
  explicit TokenSigner(std::string key_id, int bits = 2048);
  ~TokenSigner();

  // {"keys": [...]}
  [[nodiscard]] std::string key_set() const;
  // A token of these JSON texts. The header is usually header().
  [[nodiscard]] std::string sign(const std::string& header, const std::string& claims) const;
  [[nodiscard]] std::string header() const;

 private:
  struct Key;
  std::string key_id_;
  std::unique_ptr<Key> key_;
};

}  // namespace tests
