// Ed25519 keys and signatures by OpenSSL, in PEM and hex.
#pragma once

#include <string>
#include <string_view>

namespace scanner::advisories {

struct KeyPair {
  std::string private_pem;
  std::string public_pem;
};
[[nodiscard]] KeyPair make_key_pair();

// `place` (the key's file) is for errors: base::ConfigError for what is not an Ed25519 key.
[[nodiscard]] std::string public_of(std::string_view private_pem, const std::string& place);
// Lower-case hex of the SHA-256 of the SubjectPublicKeyInfo.
[[nodiscard]] std::string identity_of(std::string_view public_pem, const std::string& place);
[[nodiscard]] std::string sign_message(std::string_view message, std::string_view private_pem,
                                       const std::string& place);
// `signature` as sign_message made it, hex.
[[nodiscard]] bool is_signed(std::string_view message, std::string_view signature, std::string_view public_pem,
                             const std::string& place);

}  // namespace scanner::advisories
