#include "net/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <limits>

#include "base/error.h"

namespace net {

std::string hmac_bytes(HmacHash hash, std::string_view key, std::string_view message) {
  CHECK(key.size() <= std::numeric_limits<int>::max());
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  unsigned int size = 0;
  CHECK(HMAC(hash == HmacHash::kSha256 ? EVP_sha256() : EVP_sha1(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(message.data()), message.size(), code.data(), &size) != nullptr);
  return {reinterpret_cast<const char*>(code.data()), size};
}

std::string hmac_hex(HmacHash hash, std::string_view key, std::string_view message) {
  std::string hex;
  for (const char c : hmac_bytes(hash, key, message)) {
    const auto byte = static_cast<unsigned char>(c);
    hex += "0123456789abcdef"[byte >> 4U];
    hex += "0123456789abcdef"[byte & 15U];
  }
  return hex;
}

}  // namespace net
