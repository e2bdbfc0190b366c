// Documents in a signed envelope: DSSE 1.0 (https://github.com/secure-systems-lab/dsse), bare or in a sigstore bundle.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace net {

struct Envelope {
  std::string payload_type;  // "application/vnd.in-toto+json"
  std::string payload;
  std::vector<std::string> signatures;  // raw
};

// nullopt for a document that is no envelope. Throws base::ParseError for one that is broken, base::LimitExceeded for
// more than 16 signatures.
[[nodiscard]] std::optional<Envelope> read_envelope(std::string_view text);
// Throws base::LimitExceeded for a text that has more JSON values than an envelope has; nothing is parsed to find out.
void require_few_values(std::string_view text);

// Whether one of the keys (SubjectPublicKeyInfo, PEM: Ed25519, ECDSA or RSA of at least 2048 bits, with SHA-256) has
// signed the payload and its type. Throws base::ConfigError for a key that is none of these.
[[nodiscard]] bool is_signed_by(const Envelope& envelope, const std::vector<std::string>& keys);

// The first of the keys that has signed it; nullopt: none has. Throws as is_signed_by() does.
[[nodiscard]] std::optional<std::string> signer_of(const Envelope& envelope, const std::vector<std::string>& keys);

// What names a public key (PEM) in a few characters, however the PEM is wrapped: "sha256:" and the hex digits of the
// SHA-256 of its SubjectPublicKeyInfo in DER. Empty for what is no public key.
[[nodiscard]] std::string key_id(const std::string& pem);

// Throws base::ConfigError for a key of none of these kinds.
void require_public_key(const std::string& pem);

// The media type of an in-toto statement in an envelope.
inline constexpr std::string_view kStatementType = "application/vnd.in-toto+json";

// The envelope, one line of JSON, signed by this key (PEM, of the kinds above, without a passphrase). Throws
// base::ConfigError for a key that is none of these; the message does not quote it.
[[nodiscard]] std::string sign_envelope(std::string_view payload_type, std::string_view payload,
                                        const std::string& private_key);

// What an in-toto statement is about: the hex digits of the SHA-256 of each subject that has one. Throws
// base::ParseError for what is no JSON.
[[nodiscard]] std::vector<std::string> subjects_of(const std::string& payload);
[[nodiscard]] std::vector<std::string> subjects_of(const nlohmann::json& statement);

// The predicate of an in-toto statement; of anything else the text itself. Throws base::ParseError for what is no JSON.
[[nodiscard]] std::string predicate_of(const std::string& payload);

}  // namespace net
