#include "net/signed_envelope.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/digest.h"
#include "base/error.h"
#include "net/json.h"
#include "net/openssl_pem.h"

namespace net {
namespace {

using nlohmann::json;
using openssl::Free;

constexpr std::size_t kSignaturesMax = 16;
constexpr int kRsaBitsMin = 2048;

std::string decoded(const json& object, const char* name) {
  const std::optional<std::string> bytes = base::decode_base64(text_at(object, name));
  if (!bytes) throw base::ParseError(std::string("signed envelope: \"") + name + "\" is not base64");
  return *bytes;
}

// What is signed: the "pre-authentication encoding" of the type and the payload.
std::string signed_text(const Envelope& envelope) {
  return "DSSEv1 " + std::to_string(envelope.payload_type.size()) + " " + envelope.payload_type + " " +
         std::to_string(envelope.payload.size()) + " " + envelope.payload;
}

using Context = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;

openssl::Key require_usable(openssl::Key key) {
  const int type = EVP_PKEY_get_base_id(key.get());
  const bool usable = type == EVP_PKEY_ED25519 || type == EVP_PKEY_EC ||
                      (type == EVP_PKEY_RSA && EVP_PKEY_get_bits(key.get()) >= kRsaBitsMin);
  if (!usable) throw base::ConfigError("key of a signer: neither Ed25519 nor ECDSA nor RSA of at least 2048 bits");
  return key;
}

// Null for what is none.
openssl::Key find_public_key(const std::string& pem) {
  const openssl::Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return openssl::Key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
}

openssl::Key read_public_key(const std::string& pem) {
  openssl::Key key = find_public_key(pem);
  if (!key) throw base::ConfigError("key of a signer: not a public key in PEM: " + openssl::take_error());
  return require_usable(std::move(key));
}

// Without this, OpenSSL would ask on the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

openssl::Key read_private_key(const std::string& pem) {
  const openssl::Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  openssl::Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (!key) throw base::ConfigError("key that signs: not a private key in PEM without a passphrase");
  return require_usable(std::move(key));
}

// Ed25519 hashes by itself.
const EVP_MD* hash_of(const EVP_PKEY* key) {
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
}

std::string signature_by(EVP_PKEY* key, const std::string& text) {
  const Context context(EVP_MD_CTX_new());
  CHECK(context && EVP_DigestSignInit(context.get(), nullptr, hash_of(key), nullptr, key) == 1);
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  CHECK(EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1);
  std::string signature(size, '\0');
  CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size()) ==
        1);
  signature.resize(size);
  return signature;
}

bool verifies(EVP_PKEY* key, const std::string& text, const std::string& signature) {
  const Context context(EVP_MD_CTX_new());
  CHECK(context && EVP_DigestVerifyInit(context.get(), nullptr, hash_of(key), nullptr, key) == 1);
  const int outcome =
      EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                       reinterpret_cast<const unsigned char*>(text.data()), text.size());
  if (outcome != 1) (void)openssl::take_error();
  return outcome == 1;
}

}  // namespace

void require_few_values(std::string_view text) {
  constexpr std::ptrdiff_t kValuesMax = 10'000;  // a bundle of certificates and log entries has a hundred
  if (std::ranges::count(text, ',') >= kValuesMax) {
    throw base::LimitExceeded(fmt::format("signed envelope: more than {} values", kValuesMax));
  }
}

std::optional<Envelope> read_envelope(std::string_view text) {
  const json document = parse_json_bounded(text, "document", {.duplicate_keys = DuplicateKeys::kLastWins});
  const json& bundled = object_at(document, "dsseEnvelope");
  const json& object = bundled.is_object() ? bundled : document;
  if (text_at(object, "payloadType").empty() || text_at(object, "payload").empty()) return std::nullopt;
  Envelope envelope{
      .payload_type = text_at(object, "payloadType"), .payload = decoded(object, "payload"), .signatures = {}};
  const json& signatures = list_at(object, "signatures");
  if (signatures.size() > kSignaturesMax) throw base::LimitExceeded("signed envelope: more than 16 signatures");
  for (const json& signature : signatures) envelope.signatures.push_back(decoded(signature, "sig"));
  return envelope;
}

std::optional<std::string> signer_of(const Envelope& envelope, const std::vector<std::string>& keys) {
  const std::string text = signed_text(envelope);
  const auto signer = std::ranges::find_if(keys, [&](const std::string& pem) {
    const openssl::Key key = read_public_key(pem);
    return std::ranges::any_of(envelope.signatures,
                               [&](const std::string& signature) { return verifies(key.get(), text, signature); });
  });
  return signer == keys.end() ? std::nullopt : std::optional(*signer);
}

bool is_signed_by(const Envelope& envelope, const std::vector<std::string>& keys) {
  return signer_of(envelope, keys).has_value();
}

std::string key_id(const std::string& pem) {
  const openssl::Key key = find_public_key(pem);
  if (!key) {
    (void)openssl::take_error();
    return {};
  }
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  CHECK(size > 0);
  const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return "sha256:" + base::sha256_hex(bytes);
}

std::string sign_envelope(std::string_view payload_type, std::string_view payload, const std::string& private_key) {
  const openssl::Key key = read_private_key(private_key);
  const Envelope envelope{.payload_type = std::string(payload_type), .payload = std::string(payload), .signatures = {}};
  const std::string signature = signature_by(key.get(), signed_text(envelope));
  return nlohmann::ordered_json{{"payloadType", payload_type},
                                {"payload", base::encode_base64(payload)},
                                {"signatures", {{{"sig", base::encode_base64(signature)}}}}}
      .dump();
}

void require_public_key(const std::string& pem) {
  static_cast<void>(read_public_key(pem));
}

std::vector<std::string> subjects_of(const std::string& payload) {
  return subjects_of(parse_json_bounded(payload, "signed document", {.duplicate_keys = DuplicateKeys::kLastWins}));
}

std::vector<std::string> subjects_of(const json& statement) {
  std::vector<std::string> subjects;
  for (const json& subject : list_at(statement, "subject")) {
    std::string hex = text_at(object_at(subject, "digest"), "sha256");
    if (!hex.empty()) subjects.push_back(std::move(hex));
  }
  return subjects;
}

std::string predicate_of(const std::string& payload) {
  const json statement = parse_json_bounded(payload, "signed document", {.duplicate_keys = DuplicateKeys::kLastWins});
  const bool is_statement = text_at(statement, "_type").starts_with("https://in-toto.io/Statement/");
  return is_statement ? object_at(statement, "predicate").dump() : payload;
}

}  // namespace net
