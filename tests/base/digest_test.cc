#include "base/digest.h"

#include <gtest/gtest.h>

#include <vector>

namespace base {
namespace {

// FIPS 180-2, appendix B.
constexpr std::string_view kOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr std::string_view kOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(Digest, IsSha256) {
  EXPECT_EQ(sha256_hex("abc"), kOfAbc);
  EXPECT_EQ(sha256_hex(""), kOfNothing);
  EXPECT_EQ(Digest::of("abc").text(), "sha256:" + std::string(kOfAbc));
}

TEST(Digest, IsTheSameInPieces) {
  Sha256 hash;
  for (const char* piece : {"a", "", "bc"}) hash.update(piece);

  EXPECT_EQ(hash.finish(), Digest::of("abc"));
}

TEST(Digest, SurvivesAMove) {
  Sha256 first;
  first.update("a");
  Sha256 second = std::move(first);
  second.update("bc");

  EXPECT_EQ(second.finish(), Digest::of("abc"));
}

TEST(Digest, ReadsItsOwnText) {
  const Digest digest = Digest::of("abc");

  EXPECT_EQ(Digest::parse(digest.text()), digest);
}

TEST(Digest, RefusesWhatIsNone) {
  const std::string hex(kOfAbc);
  const std::vector<std::string> texts = {"",
                                          hex,
                                          "sha256:",
                                          "sha256:" + hex.substr(1),
                                          "sha256:" + hex + "a",
                                          "SHA256:" + hex,
                                          "sha256:" + std::string(64, 'A'),
                                          "sha256:" + std::string(64, 'g'),
                                          "sha512:" + hex + hex,
                                          " sha256:" + hex,
                                          "sha256:" + hex + "\n"};
  for (const std::string& text : texts) {
    EXPECT_EQ(Digest::parse(text), std::nullopt) << text;
  }
}

TEST(EqualConstantTime, ComparesBytes) {
  EXPECT_TRUE(equal_constant_time("secret", "secret"));
  EXPECT_FALSE(equal_constant_time("secret", "secreT"));
  EXPECT_FALSE(equal_constant_time("secret", "secre"));
  EXPECT_FALSE(equal_constant_time("", "x"));
  EXPECT_TRUE(equal_constant_time("", ""));
}

}  // namespace
}  // namespace base
