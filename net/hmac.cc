#include "net/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <limits>
#include <span>

#include "base/error.h"

namespace net {

std::string hmac_hex(HmacHash hash, std::string_view key, std::string_view message) {
  CHECK(key.size() <= std::numeric_limits<int>::max());
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  unsigned int size = 0;
  CHECK(HMAC(hash == HmacHash::kSha256 ? EVP_sha256() : EVP_sha1(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(message.data()), message.size(), code.data(), &size) != nullptr);
  std::string hex;
  for (const unsigned char byte : std::span(code).first(size)) {
    hex += "0123456789abcdef"[byte >> 4U];
    hex += "0123456789abcdef"[byte & 15U];
  }
  return hex;
}

}  // namespace net
