#include "scanner/advisories/signature.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/output_file.h"
#include "scanner/advisories/ed25519.h"
#include "scanner/advisories/file_reader.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/verified_files.h"

namespace scanner::advisories {

namespace fs = std::filesystem;

namespace {

// What is signed: the lines of the block before its signature.
std::string signed_text(const Signature& signature) {
  return fmt::format("PRATIQUE ADVISORY DATABASE 1\ngeneration {}\nbytes {}\nsha256 {}\nkey {}\n", signature.generation,
                     signature.body_bytes, signature.sha256, signature.key);
}

std::string block_of(const Signature& signature, std::string_view hex) {
  std::string block = signed_text(signature) + fmt::format("signature {}\n", hex);
  CHECK(block.size() <= kSignatureBytes);
  block.resize(kSignatureBytes, '\n');
  return block;
}

// The value of the line "name value" of a block.
std::string_view line_value(std::string_view block, std::string_view name) {
  const std::string start = fmt::format("\n{} ", name);
  const std::size_t at = block.find(start);
  if (at == std::string_view::npos) return {};
  block.remove_prefix(at + start.size());
  return block.substr(0, block.find('\n'));
}

std::uint64_t line_number(std::string_view block, std::string_view name) {
  const std::string_view text = line_value(block, name);
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

struct Block {
  Signature signature;
  std::string hex;
};

// Strict: the block has to be the one that its own values give. Or why there is none.
std::variant<Block, std::string_view> find_block(const FileReader& file) {
  if (file.size() <= kSignatureBytes) return "too short for an advisory database";
  const std::string text = file.read_at(file.size() - kSignatureBytes, kSignatureBytes);
  const Block block{.signature = {.generation = line_number(text, "generation"),
                                  .body_bytes = line_number(text, "bytes"),
                                  .sha256 = std::string(line_value(text, "sha256")),
                                  .key = std::string(line_value(text, "key"))},
                    .hex = std::string(line_value(text, "signature"))};
  if (text.size() < block.hex.size() + signed_text(block.signature).size() ||
      text != block_of(block.signature, block.hex)) {
    return "no signature at its end: truncated, or not an advisory database";
  }
  if (block.signature.body_bytes != file.size() - kSignatureBytes) return "its size is not the one that was signed";
  return block;
}

Block read_block(const FileReader& file) {
  const std::variant<Block, std::string_view> found = find_block(file);
  if (const auto* why = std::get_if<std::string_view>(&found)) {
    throw base::ParseError(fmt::format("reading database {}: {}; build or fetch it again", file.path(), *why));
  }
  return std::get<Block>(found);
}

// SHA-256 of the first bytes of a file; `also` gets each piece.
std::string hash_body(const FileReader& file, std::uint64_t bytes,
                      const std::function<void(std::string_view)>& also = {}) {
  base::Sha256 hash;
  std::vector<char> buffer(std::size_t{1} << 20);
  for (std::uint64_t offset = 0; offset < bytes;) {
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), bytes - offset));
    const std::size_t count = file.read_some(offset, {buffer.data(), wanted});
    if (count == 0) throw base::ParseError(fmt::format("reading database {}: it became shorter", file.path()));
    hash.update(std::string_view(buffer.data(), count));
    if (also) also({buffer.data(), count});
    offset += count;
  }
  return hash.finish().hex();
}

void check_block(const Block& block, const std::string& path, const TrustedKeys& keys) {
  const auto key = keys.find(block.signature.key);
  if (key == keys.end()) {
    throw base::ConfigError(fmt::format(
        "verifying database {}: signed by key {}, which is not trusted: put its .pub file into a directory and "
        "name that with --database-keys",
        path, block.signature.key));
  }
  if (!is_signed(signed_text(block.signature), block.hex, key->second, path)) {
    throw base::ParseError(fmt::format("verifying database {}: the signature does not fit the key", path));
  }
}

void verify_block(const Block& block, const std::string& sha256, const std::string& path, const TrustedKeys& keys) {
  check_block(block, path, keys);
  if (sha256 != block.signature.sha256) {
    throw base::ParseError(fmt::format("verifying database {}: its content is not what was signed", path));
  }
}

std::vector<fs::path> files_of(const std::string& directory, std::string_view extension) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == extension) files.push_back(entry->path());
  }
  std::ranges::sort(files);
  return files;
}

std::string note_of(const std::string& installed) {
  return installed + ".verified";
}

}  // namespace

std::string own_keys_directory() {
  const char* data = std::getenv("XDG_DATA_HOME");
  if (data != nullptr && *data == '/') return std::string(data) + "/pratique/keys";
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : "") + "/.local/share/pratique/keys";
}

SigningKey make_signing_key(const std::string& path) {
  const KeyPair pair = make_key_pair();
  const SigningKey key{.identity = identity_of(pair.public_pem, path), .public_path = path + ".pub"};
  base::write_new_file(path, pair.private_pem, 0600);
  base::write_new_file(key.public_path, pair.public_pem, 0644);
  base::make_own_directory(own_keys_directory());
  base::write_new_file(fmt::format("{}/{}.pub", own_keys_directory(), key.identity), pair.public_pem, 0644);
  return key;
}

TrustedKeys load_keys(const std::string& directory) {
  if (!fs::is_directory(directory))
    throw base::ConfigError(fmt::format("reading keys: {} is not a directory", directory));
  TrustedKeys keys;
  for (const fs::path& file : files_of(directory, ".pub")) {
    const std::string pem = base::read_file(file, kKeyFileBytesMax);
    keys.emplace(identity_of(pem, file), pem);
  }
  return keys;
}

TrustedKeys keys_of(const std::vector<std::string>& pems, const std::string& origin) {
  TrustedKeys keys;
  for (const std::string& pem : pems) keys.emplace(identity_of(pem, origin), pem);
  return keys;
}

TrustedKeys trusted_keys(const std::string& directory) {
  TrustedKeys keys;
  if (fs::is_directory(own_keys_directory())) keys = load_keys(own_keys_directory());
  if (!directory.empty()) keys.merge(load_keys(directory));
  return keys;
}

void sign_database(const std::string& path, const std::string& key_path, std::uint64_t generation) {
  const std::string private_pem = base::read_file(key_path, kKeyFileBytesMax);
  const FileReader file(path);
  const Signature signature{.generation = generation,
                            .body_bytes = file.size(),
                            .sha256 = hash_body(file, file.size()),
                            .key = identity_of(public_of(private_pem, key_path), key_path)};
  base::append_to_file(path, block_of(signature, sign_message(signed_text(signature), private_pem, key_path)));
}

Signature read_signature(const std::string& path) {
  return read_block(FileReader(path)).signature;
}

Signature check_signature(const std::string& path, const TrustedKeys& keys) {
  Block block = read_block(FileReader(path));
  check_block(block, path, keys);
  return std::move(block.signature);
}

Signature verify_database(const std::string& path, const TrustedKeys& keys) {
  const FileReader file(path);
  const Block block = read_block(file);
  verify_block(block, hash_body(file, block.signature.body_bytes), path, keys);
  return block.signature;
}

std::string install_database(const std::string& path, const std::string& directory, const TrustedKeys& keys,
                             std::uint64_t generation_min) {
  const FileReader file(path);
  const Block block = read_block(file);
  if (block.signature.generation < generation_min) {
    throw base::ConfigError(fmt::format("installing database {}: generation {} is older than {}, which was in use",
                                        path, block.signature.generation, generation_min));
  }
  base::make_own_directory(directory);
  const std::string installed = fmt::format("{}/{}.db", directory, block.signature.sha256);
  base::TemporaryFile copy(fmt::format("{}/.installing-{}", directory, ::getpid()));
  base::write_new_file(copy.path(), "", 0600);
  const std::string sha256 = hash_body(file, block.signature.body_bytes,
                                       [&](std::string_view piece) { base::append_to_file(copy.path(), piece); });
  verify_block(block, sha256, path, keys);
  base::append_to_file(copy.path(), block_of(block.signature, block.hex));
  copy.keep_as(installed);
  note_verified(installed, block.signature, note_of(installed));
  return installed;
}

Signature verify_installed(const std::string& path, const TrustedKeys& keys) {
  return verify_database_once(path, keys, note_of(path));
}

std::map<std::uint64_t, std::string> installed_generations(const std::string& directory) {
  std::map<std::uint64_t, std::string> generations;
  for (const fs::path& path : files_of(directory, ".db")) {
    const std::variant<Block, std::string_view> found = find_block(FileReader(path));
    if (const auto* block = std::get_if<Block>(&found)) generations.emplace(block->signature.generation, path);
  }
  return generations;
}

std::string find_installed(const std::string& directory, std::uint64_t generation) {
  const std::map<std::uint64_t, std::string> generations = installed_generations(directory);
  const auto found = generations.find(generation);
  return found == generations.end() ? std::string() : found->second;
}

void remove_installed_except(const std::string& directory, const std::vector<std::string>& paths) {
  for (const fs::path& other : files_of(directory, ".db")) {
    if (std::ranges::find(paths, other.string()) != paths.end()) continue;
    fs::remove(other);
    fs::remove(note_of(other));
  }
}

}  // namespace scanner::advisories
