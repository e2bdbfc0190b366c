// Identity tokens: JSON Web Tokens (RFC 7519) signed with RS256 by a key of a JSON Web Key Set (RFC 7517). Pure.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace net {

inline constexpr std::size_t kWebTokenBytesMax = 8 << 10;
inline constexpr std::size_t kWebKeysMax = 64;

// The RSA keys that an issuer publishes, by their ids. Immutable; thread-safe.
class WebKeys {
 public:
  // Keys of other kinds and uses are left out. Throws base::ParseError when the text is no key set or has no key that
  // can be used, base::LimitExceeded past kWebKeysMax.
  [[nodiscard]] static WebKeys parse(std::string_view text);

  // Whether the key of this id made the signature (RSASSA-PKCS1-v1_5 with SHA-256) of the text.
  [[nodiscard]] bool verifies(const std::string& key_id, std::string_view text, std::string_view signature) const;

 private:
  struct Key;
  std::map<std::string, std::shared_ptr<const Key>> keys_;
};

// What a token says of its bearer.
struct TokenClaims {
  std::string issuer;
  std::vector<std::string> audiences;
  std::string subject;
  std::string email;  // empty where the issuer has not verified it
};

// The claims of a token that one of the keys signed and that is valid at `now`, a minute of clock difference allowed.
// Throws base::ParseError that says what is wrong and shows nothing of the token.
[[nodiscard]] TokenClaims verify_web_token(std::string_view token, const WebKeys& keys, base::SystemTime now);

}  // namespace net
