#include "tests/support/token_signer.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <vector>

#include "base/base64.h"
#include "base/error.h"

namespace tests {
namespace {

std::string base64url(const std::string& bytes) {
  std::string text = base::encode_base64(bytes);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

std::string number(EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  CHECK(EVP_PKEY_get_bn_param(key, name, &value) == 1);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
  BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
  BN_free(value);
  return base64url(bytes);
}

}  // namespace

struct TokenSigner::Key {
  EVP_PKEY* pkey;
  explicit Key(int bits) : pkey(EVP_RSA_gen(static_cast<unsigned int>(bits))) { CHECK(pkey != nullptr); }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  ~Key() { EVP_PKEY_free(pkey); }
};

TokenSigner::TokenSigner(std::string key_id, int bits)
    : key_id_(std::move(key_id)), key_(std::make_unique<Key>(bits)) {}
TokenSigner::~TokenSigner() = default;

std::string TokenSigner::key_set() const {
  return R"({"keys":[{"kty":"RSA","use":"sig","kid":")" + key_id_ + R"(","n":")" +
         number(key_->pkey, OSSL_PKEY_PARAM_RSA_N) + R"(","e":")" + number(key_->pkey, OSSL_PKEY_PARAM_RSA_E) +
         R"("}]})";
}

std::string TokenSigner::header() const {
  return R"({"alg":"RS256","kid":")" + key_id_ + R"("})";
}

std::string TokenSigner::sign(const std::string& header, const std::string& claims) const {
  const std::string text = base64url(header) + "." + base64url(claims);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  CHECK(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_->pkey) == 1);
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  CHECK(EVP_DigestSign(context, nullptr, &size, bytes, text.size()) == 1);
  std::string signature(size, '\0');
  CHECK(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size()) == 1);
  EVP_MD_CTX_free(context);
  signature.resize(size);
  return text + "." + base64url(signature);
}

}  // namespace tests
