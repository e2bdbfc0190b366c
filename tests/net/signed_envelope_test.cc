#include "net/signed_envelope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/error.h"

namespace net {
namespace {

using nlohmann::json;
using testing::HasSubstr;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

Key ed25519() {
  return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
}
Key ecdsa() {
  return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
}
Key rsa(std::size_t bits) {
  return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits));
}

std::string text_of(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  std::string text(bytes, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

std::string pem_of(const Key& key) {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(bio, key.get());
  return text_of(bio);
}

std::string private_pem_of(const Key& key, const std::string& passphrase = {}) {
  BIO* bio = BIO_new(BIO_s_mem());
  const auto* words = reinterpret_cast<const unsigned char*>(passphrase.data());
  PEM_write_bio_PrivateKey(bio, key.get(), passphrase.empty() ? nullptr : EVP_aes_128_cbc(), words,
                           static_cast<int>(passphrase.size()), nullptr, nullptr);
  return text_of(bio);
}

std::string sign(const Key& key, const std::string& text) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const bool plain = EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519;
  EVP_DigestSignInit(context, nullptr, plain ? nullptr : EVP_sha256(), nullptr, key.get());
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  EVP_DigestSign(context, nullptr, &size, bytes, text.size());
  std::string signature(size, '\0');
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size());
  signature.resize(size);
  EVP_MD_CTX_free(context);
  return signature;
}

// As the specification's own example has it: DSSEv1 29 http://example.com/HelloWorld 11 hello world
std::string envelope(const Key& key, const std::string& type, const std::string& payload) {
  const std::string text =
      "DSSEv1 " + std::to_string(type.size()) + " " + type + " " + std::to_string(payload.size()) + " " + payload;
  return json{{"payloadType", type},
              {"payload", base::encode_base64(payload)},
              {"signatures", {{{"keyid", "any"}, {"sig", base::encode_base64(sign(key, text))}}}}}
      .dump();
}

TEST(SignedEnvelope, IsVerifiedByEachKindOfKey) {
  for (const Key& key : {ed25519(), ecdsa(), rsa(2048)}) {
    const std::optional<Envelope> read = read_envelope(envelope(key, "http://example.com/HelloWorld", "hello world"));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->payload, "hello world");
    EXPECT_TRUE(is_signed_by(*read, {pem_of(ed25519()), pem_of(key)}));
    EXPECT_FALSE(is_signed_by(*read, {pem_of(ed25519()), pem_of(ecdsa())}));
    EXPECT_FALSE(is_signed_by(*read, {}));
    Envelope forged = *read;
    forged.payload = "hello World";
    EXPECT_FALSE(is_signed_by(forged, {pem_of(key)}));
    forged = *read;
    forged.payload_type = "http://example.com/Other";
    EXPECT_FALSE(is_signed_by(forged, {pem_of(key)})) << "the type is signed as well";
  }
}

TEST(SignedEnvelope, IsMadeWithEachKindOfKey) {
  for (const Key& key : {ed25519(), ecdsa(), rsa(2048)}) {
    const std::string text = sign_envelope(kStatementType, "hello world", private_pem_of(key));
    const std::optional<Envelope> read = read_envelope(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->payload_type, kStatementType);
    EXPECT_EQ(read->payload, "hello world");
    EXPECT_TRUE(is_signed_by(*read, {pem_of(key)}));
    EXPECT_FALSE(is_signed_by(*read, {pem_of(ed25519())}));
  }
}

TEST(SignedEnvelope, AKeyThatCannotSignIsNamedAndNotQuoted) {
  for (const std::string& bad : {std::string(), std::string("secret words"), pem_of(ed25519()),
                                 private_pem_of(rsa(1024)), private_pem_of(ed25519(), "a passphrase")}) {
    try {
      static_cast<void>(sign_envelope(kStatementType, "{}", bad));
      ADD_FAILURE() << "it signed: " << bad;
    } catch (const base::ConfigError& error) {
      EXPECT_THAT(error.what(), HasSubstr("key"));
      EXPECT_THAT(error.what(), testing::Not(HasSubstr("secret words")));
    }
  }
}

TEST(SignedEnvelope, IsFoundInABundle) {
  const Key key = ecdsa();
  const json bundle = {{"mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json"},
                       {"dsseEnvelope", json::parse(envelope(key, "application/vnd.in-toto+json", "{}"))}};
  const std::optional<Envelope> read = read_envelope(bundle.dump());
  ASSERT_TRUE(read);
  EXPECT_TRUE(is_signed_by(*read, {pem_of(key)}));
}

TEST(SignedEnvelope, OtherDocumentsAreNone) {
  EXPECT_FALSE(read_envelope(R"({"@context":"https://openvex.dev/ns"})"));
  EXPECT_FALSE(read_envelope("[]"));
  EXPECT_THROW(static_cast<void>(read_envelope("<html>")), base::ParseError);
  EXPECT_THROW(static_cast<void>(read_envelope(R"({"payloadType":"t","payload":"?"})")), base::ParseError);
  json many = {{"payloadType", "t"}, {"payload", "e30="}, {"signatures", json::array()}};
  for (int i = 0; i < 17; ++i) many["signatures"].push_back({{"sig", "AA=="}});
  EXPECT_THROW(static_cast<void>(read_envelope(many.dump())), base::LimitExceeded);
}

TEST(SignedEnvelope, AWeakKeyAndNoKeyAreNamed) {
  const Envelope any{.payload_type = "t", .payload = "p", .signatures = {"s"}};
  const auto refusal = [&](const std::string& pem) {
    try {
      static_cast<void>(is_signed_by(any, {pem}));
    } catch (const base::ConfigError& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  EXPECT_THAT(refusal("nonsense"), HasSubstr("key of a signer: not a public key"));
  EXPECT_THAT(refusal(pem_of(rsa(1024))), HasSubstr("at least 2048 bits"));
  EXPECT_NO_THROW(require_public_key(pem_of(ecdsa())));
  EXPECT_THROW(require_public_key(private_pem_of(ecdsa())), base::ConfigError);
  EXPECT_THROW(require_public_key(""), base::ConfigError);
}

TEST(SignedEnvelope, AStatementTellsItsSubjects) {
  EXPECT_EQ(subjects_of(std::string(R"({"subject":[{"name":"a","digest":{"sha256":"aa"}},{"digest":{"sha512":"cc"}},
                            {"digest":{"sha256":"bb","sha512":"dd"}},7]})")),
            (std::vector<std::string>{"aa", "bb"}));
  for (const char* none : {"{}", "[]", R"({"subject":{"digest":{"sha256":"aa"}}})", R"({"subject":[{"digest":"aa"}]})"})
    EXPECT_TRUE(subjects_of(std::string(none)).empty()) << none;
  EXPECT_THROW(static_cast<void>(subjects_of(std::string("{"))), base::ParseError);
}

TEST(SignedEnvelope, TheStatementsPredicateIsTheDocument) {
  EXPECT_EQ(predicate_of(R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"https://openvex.dev/ns",
                             "predicate":{"a":1}})"),
            R"({"a":1})");
  EXPECT_EQ(predicate_of(R"({"a":1})"), R"({"a":1})");
}

TEST(KeyId, IsOfTheKeyAndNotOfItsPem) {
  const std::string pem = pem_of(ed25519());
  EXPECT_EQ(key_id(pem).size(), 71U);
  EXPECT_THAT(key_id(pem), testing::StartsWith("sha256:"));
  EXPECT_EQ(key_id(pem), key_id("a comment\n" + pem + "\n"));
  EXPECT_NE(key_id(pem), key_id(pem_of(ed25519())));
  // As `openssl pkey -pubin -outform DER | sha256sum` says.
  EXPECT_EQ(key_id("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
                   "-----END PUBLIC KEY-----\n"),
            "sha256:06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9");
  for (const char* none : {"", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"}) {
    EXPECT_EQ(key_id(none), "") << none;
  }
}

TEST(SignerOf, IsTheKeyThatSigned) {
  const Key key = ed25519();
  const std::string other = pem_of(ecdsa());
  const std::optional<Envelope> envelope = read_envelope(sign_envelope("text/plain", "{}", private_pem_of(key)));
  ASSERT_TRUE(envelope);
  EXPECT_EQ(signer_of(*envelope, {other, pem_of(key)}), pem_of(key));
  EXPECT_EQ(signer_of(*envelope, {other}), std::nullopt);
  EXPECT_EQ(signer_of(*envelope, {}), std::nullopt);
}

}  // namespace
}  // namespace net
