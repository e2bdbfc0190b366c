#include "net/web_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/token_signer.h"

namespace net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Made by another implementation (Python's cryptography).
constexpr const char* kKeySet =
    "{\"keys\": [{\"kty\": \"RSA\", \"use\": \"sig\", \"alg\": \"RS256\", \"kid\": \"key-1\", \"n\": "
    "\"sn-YG5BMtm0pG0QeWDrbsGi"
    "5FGsZvw03A35fyyr7hbvfGoOd3TtWG6fN3m_FklygMJsEl8d00xZYjWKJZyUHOQHMSjBcT0pX3QB28PhQXrNG1vrxf8kXgtIJini"
    "C8Ly4A-Dmzo_gk5MWGZlsHPAO6CnrINyksAdUXxyR1hNIU0X1bST-9aRAnqaTEKZQXHIalhWwee0KKbXKfyv4eJWvYsPgJCPftru"
    "Ayi-swPO1vfTJqn9rSOyITpQ-gaHBX09Cfu8jdXz4Gfg_kRuGA2a5102Z97Gbi0TZlhKLvjNBfd4OEB9GIEL1_uCSNbZ6gCFpMqt"
    "-mdQSWbyeMfkUK3sIUQ\", \"e\": \"AQAB\"}]}";
constexpr const char* kToken =
    "eyJhbGciOiAiUlMyNTYiLCAia2lkIjogImtleS0xIiwgInR5cCI6ICJKV1QifQ.eyJpc3MiOiAiaHR0cHM6Ly9pc3N1ZXIuZXhhb"
    "XBsZS5jb20iLCAiYXVkIjogInByYXRpcXVlIiwgInN1YiI6ICIxMTA0IiwgImVtYWlsIjogInB1c2hAZXhhbXBsZS5jb20iLCAiZ"
    "W1haWxfdmVyaWZpZWQiOiB0cnVlLCAiaWF0IjogMTc2OTg0NjQwMCwgImV4cCI6IDE3Njk4NTAwMDB9.nDZJOwQSvHyUQ5yEVF3Y"
    "V2r3NP4Z6diKMQMOnrf6bdG0QLmGiuTDU_msPPvfwZKMBYYM9dlX-BVdSwxWTP7OV5hdbGN3NesTQuWXhuyciVxa0BIf4fTUPfII"
    "16Ermo9P_iZ-oWcuItked0sXZyJeGwkV8CdOKoxZzye7n7nMJPczodWFGcgpg0UIMXvGccjxRb95PQmHLfJpCh7dimuWr31BnM7O"
    "SypVp_zDxXgy7MnUPmVAe0Jnkn3b30YGwQX6z2GRg7B5jD6Sc8Nbv0Dn8aptOlLwFNBu6qFyDUUuvgp9dyVUvKDf3DsvWmtgmPR9"
    "zRV_Y4253WEcrdpoaEy2ww";

const base::SystemTime kNow = *base::parse_rfc3339("2026-01-31T08:30:00Z");
constexpr const char* kClaims = R"({"iss":"https://issuer.example.com","aud":["a","b"],"sub":"s","exp":1769850000})";

// Why the token is refused; empty: it is not.
std::string refusal(std::string_view token, const WebKeys& keys, base::SystemTime now = kNow) {
  try {
    static_cast<void>(verify_web_token(token, keys, now));
    return {};
  } catch (const base::ParseError& error) {
    return error.what();
  }
}

TEST(WebToken, ReadsWhatAnotherImplementationSigned) {
  const TokenClaims claims = verify_web_token(kToken, WebKeys::parse(kKeySet), kNow);
  EXPECT_EQ(claims.issuer, "https://issuer.example.com");
  EXPECT_THAT(claims.audiences, ElementsAre("pratique"));
  EXPECT_EQ(claims.subject, "1104");
  EXPECT_EQ(claims.email, "push@example.com");
}

TEST(WebToken, IsRefusedWithAnyBitOfItChanged) {
  const WebKeys keys = WebKeys::parse(kKeySet);
  const std::string token = kToken;
  for (std::size_t at = 0; at < token.size(); at += 3) {
    std::string changed = token;
    // The last letter of a part has bits that stand for nothing; the others have none.
    if (at + 1 == token.size() || token[at + 1] == '.') continue;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    if (changed == token) continue;
    EXPECT_NE(refusal(changed, keys), "") << at;
  }
}

class SignedToken : public ::testing::Test {
 protected:
  [[nodiscard]] std::string refusal_of(const std::string& claims, base::SystemTime now = kNow) const {
    return refusal(signer_.sign(signer_.header(), claims), keys_, now);
  }
  const tests::TokenSigner signer_{"k"};
  const WebKeys keys_ = WebKeys::parse(signer_.key_set());
};

TEST_F(SignedToken, TellsItsAudiences) {
  EXPECT_THAT(verify_web_token(signer_.sign(signer_.header(), kClaims), keys_, kNow).audiences, ElementsAre("a", "b"));
}

TEST_F(SignedToken, CountsWithinItsTimesAndAMinute) {
  const base::SystemTime expiry{std::chrono::seconds(1769850000)};
  EXPECT_EQ(refusal_of(kClaims, expiry + std::chrono::seconds(60)), "");
  EXPECT_THAT(refusal_of(kClaims, expiry + std::chrono::seconds(61)), HasSubstr("expired at 2026-01-31T09:00:00Z"));
  const std::string later = R"({"exp":1769850000,"nbf":1769848260})";
  EXPECT_EQ(refusal_of(later, base::SystemTime(std::chrono::seconds(1769848200))), "");
  EXPECT_THAT(refusal_of(later, base::SystemTime(std::chrono::seconds(1769848199))), HasSubstr("not valid before"));
}

TEST_F(SignedToken, WithoutAnEndIsRefused) {
  for (const char* claims :
       {R"({})", R"({"exp":"1769850000"})", R"({"exp":-1})", R"({"exp":1e300})", R"({"exp":null})"}) {
    EXPECT_NE(refusal_of(claims), "") << claims;
  }
}

TEST_F(SignedToken, HasNoEmailThatNobodyVerified) {
  for (const char* verified : {R"(false)", R"("true")", R"(null)"}) {
    const std::string claims = std::string(R"({"exp":1769850000,"email":"a@b","email_verified":)") + verified + "}";
    EXPECT_EQ(verify_web_token(signer_.sign(signer_.header(), claims), keys_, kNow).email, "") << verified;
  }
}

TEST_F(SignedToken, IsJudgedByTheKeyAndNotByWhatItSaysOfItself) {
  const std::string good = signer_.sign(signer_.header(), kClaims);
  EXPECT_EQ(refusal(good, keys_), "");
  EXPECT_NE(refusal(good.substr(0, good.rfind('.') + 1), keys_), "") << "without a signature";
  for (const char* header : {R"({"alg":"none","kid":"k"})", R"({"alg":"HS256","kid":"k"})", R"({"kid":"k"})",
                             R"({"alg":"RS256","kid":"other"})", R"({"alg":"RS256"})",
                             R"({"alg":"RS256","kid":"k","crit":["x"]})", R"([])", R"()"}) {
    EXPECT_NE(refusal(signer_.sign(header, kClaims), keys_), "") << header;
  }
  const tests::TokenSigner other("k");
  EXPECT_NE(refusal(other.sign(other.header(), kClaims), keys_), "") << "another key of the same id";
}

TEST_F(SignedToken, WhatIsNoTokenIsRefused) {
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("a.b.c"), std::string("a.b.c.d"),
        std::string("!.!.!"), std::string(kWebTokenBytesMax + 1, 'a')}) {
    EXPECT_NE(refusal(text, keys_), "");
  }
}

TEST(WebKeys, KeepsTheKeysThatItCanUse) {
  const tests::TokenSigner signer("k");
  std::string set = signer.key_set();
  set.insert(set.find('[') + 1,
             R"({"kty":"EC","kid":"e"},{"kty":"RSA","kid":"enc","use":"enc","n":"AQAB","e":"AQAB"},7,)");
  EXPECT_EQ(refusal(signer.sign(signer.header(), kClaims), WebKeys::parse(set)), "");
}

TEST(WebKeys, RefusesWhatIsNoKeySet) {
  for (const char* text :
       {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[]})", R"({"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]})",
        R"({"keys":[{"kty":"EC","kid":"e"}]})"}) {
    EXPECT_THROW((void)WebKeys::parse(text), base::ParseError) << text;
  }
  EXPECT_THROW((void)WebKeys::parse(tests::TokenSigner("small", 1024).key_set()), base::ParseError);
  std::string many = R"({"keys":[)";
  for (std::size_t i = 0; i <= kWebKeysMax; ++i) many += i == 0 ? "{}" : ",{}";
  EXPECT_THROW((void)WebKeys::parse(many + "]}"), base::LimitExceeded);
}

}  // namespace
}  // namespace net
