// Ed25519 signatures of database files: making keys, signing, verifying, and which keys are trusted. The signature is
// the file's last 512 bytes; docs/formats/database.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace scanner::advisories {

// The block at the end of a database file.
inline constexpr std::uint64_t kSignatureBytes = 512;

// A public key by its identity: lower-case hex of the SHA-256 of its SubjectPublicKeyInfo.
using TrustedKeys = std::map<std::string, std::string>;  // identity -> public key, PEM

struct SigningKey {
  std::string identity;
  std::string public_path;  // where the public half was written
};

// Writes a new private key to `path` (mode 0600, must not exist) and its public half to `path`.pub, and remembers the
// public half in this user's own key folder. Throws base::ConfigError when a file cannot be made.
SigningKey make_signing_key(const std::string& path);

// ${XDG_DATA_HOME:-~/.local/share}/pratique/keys: the keys made on this machine by this user.
[[nodiscard]] std::string own_keys_directory();

// Every *.pub of `directory`. A directory that is not there has none, unless it is asked for by name: throws
// base::ConfigError then, and for a file that is not an Ed25519 public key.
[[nodiscard]] TrustedKeys load_keys(const std::string& directory);

// The keys of these texts, PEM; `origin` names where they come from. Throws base::ConfigError for one that is none.
[[nodiscard]] TrustedKeys keys_of(const std::vector<std::string>& pems, const std::string& origin);

// What verify and `database info` trust: own keys, and those of `directory` unless it is empty.
[[nodiscard]] TrustedKeys trusted_keys(const std::string& directory);

struct Signature {
  std::uint64_t generation = 0;
  std::uint64_t body_bytes = 0;  // of the database without the signature
  std::string sha256;            // of the body, hex
  std::string key;               // identity
};

// Appends the signature to a database body. Throws base::ConfigError when the key cannot be read.
void sign_database(const std::string& path, const std::string& key_path, std::uint64_t generation);

// What the file's signature block says, unverified but for the file's size. Throws base::ConfigError (missing),
// base::ParseError (no block, truncated, grown).
[[nodiscard]] Signature read_signature(const std::string& path);

// As verify_database(), but for the content: that a trusted key has signed what the block says of it.
Signature check_signature(const std::string& path, const TrustedKeys& keys);

// Hashes the whole file. Throws base::ParseError when a byte differs from what was signed, base::ConfigError when the
// key is not trusted; the message says how to trust it.
Signature verify_database(const std::string& path, const TrustedKeys& keys);

// Copies, verifies and installs: the copy in `directory` (made with mode 0700) has the name <sha256>.db and can be
// opened without another look at the signature. Throws what verify_database throws, and base::ConfigError when the
// generation is below `generation_min`. Returns the path.
[[nodiscard]] std::string install_database(const std::string& path, const std::string& directory,
                                           const TrustedKeys& keys, std::uint64_t generation_min);

// Looks at what was installed before, by an earlier run of the program too: verified_files.h. Throws what verify_database
// throws.
Signature verify_installed(const std::string& path, const TrustedKeys& keys);

// What was installed in `directory`: paths by generation. A file that is damaged at its end is left out.
[[nodiscard]] std::map<std::uint64_t, std::string> installed_generations(const std::string& directory);
// The path of one of them; empty: it is not there.
[[nodiscard]] std::string find_installed(const std::string& directory, std::uint64_t generation);

// Removes what was installed in `directory`, but for these paths.
void remove_installed_except(const std::string& directory, const std::vector<std::string>& paths);

}  // namespace scanner::advisories
