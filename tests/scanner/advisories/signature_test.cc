// Signature blocks made by hand, and the files beside them.
#include "scanner/advisories/signature.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/output_file.h"
#include "scanner/advisories/ed25519.h"
#include "tests/scanner/advisories/database_fixture.h"

namespace scanner::advisories {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class SignatureTest : public testing::Test {
 protected:
  std::string refusal(const std::function<void()>& action) {
    try {
      action();
    } catch (const base::Error& error) {
      return error.what();
    }
    return "(nothing was thrown)";
  }
  tests::DatabaseFixture fixture;
};

TEST_F(SignatureTest, SignsAnyBody) {
  fixture.write("body", "any bytes");
  sign_database(fixture.path("body"), fixture.key(), 7);

  const Signature signature = verify_database(fixture.path("body"), trusted_keys(""));

  EXPECT_EQ(signature.generation, 7U);
  EXPECT_EQ(signature.body_bytes, 9U);
  EXPECT_EQ(std::filesystem::file_size(fixture.path("body")), 9U + kSignatureBytes);
  EXPECT_THAT(base::read_file(fixture.path("body"), 10'000).substr(9),
              StartsWith("PRATIQUE ADVISORY DATABASE 1\ngeneration 7\nbytes 9\n"));
}

TEST_F(SignatureTest, AnotherBodyUnderTheSameBlockIsRefused) {
  fixture.write("body", "any bytes");
  sign_database(fixture.path("body"), fixture.key(), 7);
  std::string file = base::read_file(fixture.path("body"), 10'000);
  file[0] = 'A';
  fixture.write("body", file);
  EXPECT_THAT(refusal([&] { verify_database(fixture.path("body"), trusted_keys("")); }),
              HasSubstr("not what was signed"));
}

TEST_F(SignatureTest, ABlockWithARaisedGenerationIsRefused) {
  fixture.write("body", "any bytes");
  sign_database(fixture.path("body"), fixture.key(), 7);
  std::string file = base::read_file(fixture.path("body"), 10'000);
  file.replace(file.find("generation 7"), 12, "generation 9");
  fixture.write("body", file);
  EXPECT_EQ(read_signature(fixture.path("body")).generation, 9U) << "well-formed, and a lie";
  EXPECT_THAT(refusal([&] { verify_database(fixture.path("body"), trusted_keys("")); }),
              HasSubstr("does not fit the key"));
}

TEST_F(SignatureTest, ABlockHasOneSpelling) {
  fixture.write("body", "any bytes");
  sign_database(fixture.path("body"), fixture.key(), 7);
  const std::string good = base::read_file(fixture.path("body"), 10'000);
  const std::pair<const char*, const char*> rows[] = {{"generation 7\n", "generation 07\n"},
                                                      {"bytes 9\n", "bytes 9 \n"},
                                                      {"DATABASE 1", "DATABASE 2"},
                                                      {"sha256 ", "sha257 "},
                                                      {"PRATIQUE", "pratique"}};
  for (const auto& [from, to] : rows) {
    std::string file = good;
    file.replace(file.find(from), std::string_view(from).size(), to);
    file.resize(good.size(), '\n');
    fixture.write("body", file);
    EXPECT_THROW(static_cast<void>(read_signature(fixture.path("body"))), base::ParseError) << to;
  }
}

TEST_F(SignatureTest, ASignatureThatIsNoHexIsRefused) {
  const KeyPair pair = make_key_pair();
  const std::string signature = sign_message("message", pair.private_pem, "key");
  EXPECT_TRUE(is_signed("message", signature, pair.public_pem, "key"));
  EXPECT_FALSE(is_signed("another", signature, pair.public_pem, "key"));
  EXPECT_FALSE(is_signed("message", signature, make_key_pair().public_pem, "key"));
  for (const std::string& bad :
       {std::string(), std::string(128, 'z'), signature.substr(2), signature + "00", std::string(128, '0')}) {
    EXPECT_FALSE(is_signed("message", bad, pair.public_pem, "key")) << bad;
  }
}

TEST_F(SignatureTest, KeysOfOtherKindsAreRefused) {
  const KeyPair pair = make_key_pair();
  EXPECT_EQ(identity_of(pair.public_pem, "key"), identity_of(public_of(pair.private_pem, "key"), "key"));
  EXPECT_EQ(identity_of(pair.public_pem, "key").size(), 64U);
  EXPECT_THAT(refusal([&] { static_cast<void>(identity_of(pair.private_pem, "my.key")); }), HasSubstr("my.key"));
  EXPECT_THAT(refusal([&] { static_cast<void>(public_of(pair.public_pem, "my.key")); }), HasSubstr("database keygen"));
  constexpr const char* kEcPublicKey =
      "-----BEGIN PUBLIC KEY-----\n"
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n"
      "6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n"
      "-----END PUBLIC KEY-----\n";
  EXPECT_THROW(static_cast<void>(identity_of(kEcPublicKey, "ec.pub")), base::ConfigError);
}

TEST_F(SignatureTest, NewFilesAreNeverWrittenOver) {
  base::write_new_file(fixture.path("new"), "one", 0600);
  EXPECT_THAT(refusal([&] { base::write_new_file(fixture.path("new"), "two", 0600); }), HasSubstr("exists"));
  EXPECT_EQ(base::read_file(fixture.path("new"), 10), "one");
  EXPECT_THROW(base::write_new_file(fixture.path("no/such/directory"), "x", 0600), base::ConfigError);
}

TEST_F(SignatureTest, ATemporaryFileIsKeptOrGone) {
  {
    base::TemporaryFile gone(fixture.path("gone"));
    base::write_new_file(gone.path(), "x", 0600);
  }
  EXPECT_FALSE(std::filesystem::exists(fixture.path("gone")));
  {
    fixture.write("left", "by a killed process");
    base::TemporaryFile kept(fixture.path("left"));
    base::write_new_file(kept.path(), "x", 0600);
    kept.keep_as(fixture.path("kept"));
  }
  EXPECT_EQ(base::read_file(fixture.path("kept"), 10), "x");
}

}  // namespace
}  // namespace scanner::advisories
