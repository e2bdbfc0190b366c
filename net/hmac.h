// Message authentication codes (RFC 2104), also as webhooks carry them: lower-case hex over the raw body.
#pragma once

#include <string>
#include <string_view>

namespace net {

// kSha1 is for senders that have nothing better.
enum class HmacHash { kSha256, kSha1 };

// The code itself; as hex.
[[nodiscard]] std::string hmac_bytes(HmacHash hash, std::string_view key, std::string_view message);
[[nodiscard]] std::string hmac_hex(HmacHash hash, std::string_view key, std::string_view message);

}  // namespace net
