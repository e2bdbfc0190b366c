#include "net/web_token.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/error.h"
#include "net/json.h"
#include "net/openssl_pem.h"

namespace net {
namespace {

using nlohmann::json;
using openssl::Free;

constexpr std::size_t kModulusBytesMin = 2048 / 8;
constexpr std::size_t kModulusBytesMax = 8192 / 8;
constexpr std::chrono::minutes kClockDifference{1};

[[noreturn]] void refuse(const std::string& why) {
  throw base::ParseError("identity token: " + why);
}

// Base64url without padding (RFC 4648, section 5); nullopt for anything else.
std::optional<std::string> decode_base64url(std::string_view text) {
  std::string standard(text);
  for (char& c : standard) {
    const bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!is_letter && c != '-' && c != '_') return std::nullopt;
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  return base::decode_base64(standard);
}

json read_part(std::string_view part, const char* what) {
  const std::optional<std::string> text = decode_base64url(part);
  if (!text) refuse(std::string("its ") + what + " is not base64url");
  json object = parse_json_bounded(*text, std::string("identity token's ") + what, {.depth_max = 16});
  if (!object.is_object()) refuse(std::string("its ") + what + " is not an object");
  return object;
}

std::optional<base::SystemTime> time_at(const json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_number()) return std::nullopt;
  constexpr double kSecondsMax = 1e10;  // past the year 2286
  const double seconds = found->get<double>();
  if (!(seconds >= 0 && seconds < kSecondsMax)) return std::nullopt;
  return base::SystemTime(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

void check_times(const json& claims, base::SystemTime now) {
  const std::optional<base::SystemTime> expires = time_at(claims, "exp");
  if (!expires) refuse("it says no time until which it is valid");
  if (now > *expires + kClockDifference) refuse("it has expired at " + base::format_rfc3339(*expires));
  const std::optional<base::SystemTime> from = time_at(claims, "nbf");
  if (from && now + kClockDifference < *from) refuse("it is not valid before " + base::format_rfc3339(*from));
}

std::vector<std::string> audiences_of(const json& claims) {
  std::vector<std::string> audiences;
  const auto found = claims.find("aud");
  if (found == claims.end()) return audiences;
  if (found->is_string()) audiences.push_back(found->get<std::string>());
  if (!found->is_array()) return audiences;
  for (const json& one : *found) {
    if (one.is_string()) audiences.push_back(one.get<std::string>());
  }
  return audiences;
}

using BigNumber = std::unique_ptr<BIGNUM, Free<BN_free>>;

BigNumber number_of(const std::string& bytes) {
  return BigNumber(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr));
}

// Null when the numbers are not a key's.
openssl::Key make_rsa_key(const std::string& modulus, const std::string& exponent) {
  const BigNumber n = number_of(modulus);
  const BigNumber e = number_of(exponent);
  const std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>> builder(OSSL_PARAM_BLD_new());
  CHECK(n && e && builder && OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1);
  const std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  CHECK(parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) (void)openssl::take_error();
  return openssl::Key(key);
}

openssl::Key read_key(const json& key) {
  const std::string use = text_at(key, "use");
  if (text_at(key, "kty") != "RSA" || (!use.empty() && use != "sig")) return nullptr;
  const std::optional<std::string> modulus = decode_base64url(text_at(key, "n"));
  const std::optional<std::string> exponent = decode_base64url(text_at(key, "e"));
  const bool fits = modulus && exponent && modulus->size() >= kModulusBytesMin && modulus->size() <= kModulusBytesMax &&
                    !exponent->empty() && exponent->size() <= 8;
  return fits ? make_rsa_key(*modulus, *exponent) : nullptr;
}

}  // namespace

struct WebKeys::Key {
  openssl::Key key;
};

WebKeys WebKeys::parse(std::string_view text) {
  const json document = parse_json_bounded(text, "key set", {.depth_max = 16});
  const auto list = document.is_object() ? document.find("keys") : document.end();
  if (list == document.end() || !list->is_array()) throw base::ParseError("key set: no list \"keys\" in it");
  if (list->size() > kWebKeysMax) throw base::LimitExceeded("key set: more than 64 keys");
  WebKeys keys;
  for (const json& one : *list) {
    if (openssl::Key key = read_key(one)) {
      keys.keys_[text_at(one, "kid")] = std::make_shared<const Key>(Key{.key = std::move(key)});
    }
  }
  if (keys.keys_.empty()) throw base::ParseError("key set: no RSA key in it that can verify signatures");
  return keys;
}

bool WebKeys::verifies(const std::string& key_id, std::string_view text, std::string_view signature) const {
  const auto found = keys_.find(key_id);
  if (found == keys_.end()) return false;
  const std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  CHECK(context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, found->second->key.get()) == 1);
  const int outcome =
      EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                       reinterpret_cast<const unsigned char*>(text.data()), text.size());
  if (outcome != 1) (void)openssl::take_error();
  return outcome == 1;
}

TokenClaims verify_web_token(std::string_view token, const WebKeys& keys, base::SystemTime now) {
  if (token.size() > kWebTokenBytesMax) refuse("longer than 8 KiB");
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (std::ranges::count(token, '.') != 2) refuse("it has not three parts");
  const json header = read_part(token.substr(0, first), "header");
  // The algorithm is fixed: what a token says of it decides nothing (RFC 8725, 3.1).
  if (text_at(header, "alg") != "RS256") refuse("it is not signed with RS256");
  if (header.contains("crit")) refuse("it demands extensions");
  const std::optional<std::string> signature = decode_base64url(token.substr(last + 1));
  if (!signature || !keys.verifies(text_at(header, "kid"), token.substr(0, last), *signature)) {
    refuse("none of the issuer's keys has signed it");
  }
  const json claims = read_part(token.substr(first + 1, last - first - 1), "claims");
  check_times(claims, now);
  const auto verified = claims.find("email_verified");
  const bool has_email = verified != claims.end() && verified->is_boolean() && verified->get<bool>();
  return {.issuer = text_at(claims, "iss"),
          .audiences = audiences_of(claims),
          .subject = text_at(claims, "sub"),
          .email = has_email ? text_at(claims, "email") : std::string()};
}

}  // namespace net
