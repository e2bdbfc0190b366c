// Base64 of RFC 4648, section 4, with padding: Secrets, kubeconfigs, dockerconfigjson, caBundle.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace base {

[[nodiscard]] std::string encode_base64(std::string_view bytes);

// White space is skipped and padding may be missing; nullopt for anything else outside the alphabet, for padding that
// is not at the end and for a last group of one character.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace base
