// The only file of this folder that includes OpenSSL.
#include "scanner/advisories/ed25519.h"

#include <fmt/core.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <vector>

#include "base/digest.h"
#include "base/error.h"

namespace scanner::advisories {

namespace {

template <auto Free>
struct FreeBy {
  template <typename Object>
  void operator()(Object* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using Bytes = std::unique_ptr<BIO, FreeBy<BIO_free_all>>;
using Signing = std::unique_ptr<EVP_MD_CTX, FreeBy<EVP_MD_CTX_free>>;

constexpr std::size_t kSignatureSize = 64;

Bytes memory_of(std::string_view text) {
  return Bytes(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string text_of(const Bytes& bytes) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bytes.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

Key require_ed25519(Key key, const std::string& place, std::string_view half) {
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    throw base::ConfigError(fmt::format(
        "reading key {}: not an Ed25519 {} key in PEM; make one with \"pratique database keygen\"", place, half));
  }
  return key;
}

// No passphrase is asked for on the terminal: a key that has one cannot be read.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

Key private_key(std::string_view pem, const std::string& place) {
  return require_ed25519(Key(PEM_read_bio_PrivateKey(memory_of(pem).get(), nullptr, no_passphrase, nullptr)), place,
                         "private");
}

Key public_key(std::string_view pem, const std::string& place) {
  return require_ed25519(Key(PEM_read_bio_PUBKEY(memory_of(pem).get(), nullptr, no_passphrase, nullptr)), place,
                         "public");
}

std::string public_pem_of(EVP_PKEY* key) {
  const Bytes bytes(BIO_new(BIO_s_mem()));
  CHECK(PEM_write_bio_PUBKEY(bytes.get(), key) == 1);
  return text_of(bytes);
}

std::string hex_of(std::string_view bytes) {
  std::string hex;
  for (const char byte : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

// Empty for what is not the hex of a signature.
std::vector<unsigned char> bytes_of_hex(std::string_view hex) {
  if (hex.size() != 2 * kSignatureSize || hex.find_first_not_of("0123456789abcdef") != std::string_view::npos)
    return {};
  std::vector<unsigned char> bytes;
  for (std::size_t index = 0; index < hex.size(); index += 2) {
    bytes.push_back(static_cast<unsigned char>(std::stoi(std::string(hex.substr(index, 2)), nullptr, 16)));
  }
  return bytes;
}

const unsigned char* unsigned_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

KeyPair make_key_pair() {
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  CHECK(key != nullptr);
  const Bytes bytes(BIO_new(BIO_s_mem()));
  CHECK(PEM_write_bio_PKCS8PrivateKey(bytes.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return {.private_pem = text_of(bytes), .public_pem = public_pem_of(key.get())};
}

std::string public_of(std::string_view private_pem, const std::string& place) {
  return public_pem_of(private_key(private_pem, place).get());
}

std::string identity_of(std::string_view public_pem, const std::string& place) {
  const Key key = public_key(public_pem, place);
  unsigned char* encoded = nullptr;
  const int size = i2d_PUBKEY(key.get(), &encoded);
  CHECK(size > 0);
  const std::string identity =
      base::sha256_hex({reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(size)});
  OPENSSL_free(encoded);
  return identity;
}

std::string sign_message(std::string_view message, std::string_view private_pem, const std::string& place) {
  const Key key = private_key(private_pem, place);
  const Signing signing(EVP_MD_CTX_new());
  std::string signature(kSignatureSize, '\0');
  std::size_t size = signature.size();
  CHECK(EVP_DigestSignInit(signing.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  CHECK(EVP_DigestSign(signing.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       unsigned_bytes(message), message.size()) == 1);
  return hex_of(signature);
}

bool is_signed(std::string_view message, std::string_view signature, std::string_view public_pem,
               const std::string& place) {
  const Key key = public_key(public_pem, place);
  const std::vector<unsigned char> bytes = bytes_of_hex(signature);
  const Signing verifying(EVP_MD_CTX_new());
  CHECK(EVP_DigestVerifyInit(verifying.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  return EVP_DigestVerify(verifying.get(), bytes.data(), bytes.size(), unsigned_bytes(message), message.size()) == 1;
}

}  // namespace scanner::advisories
