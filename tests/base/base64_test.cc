#include "base/base64.h"

#include <gtest/gtest.h>

#include <random>

namespace base {
namespace {

struct Vector {
  const char* bytes;
  const char* text;
};

// RFC 4648, section 10.
constexpr Vector kVectors[] = {{"", ""},
                               {"f", "Zg=="},
                               {"fo", "Zm8="},
                               {"foo", "Zm9v"},
                               {"foob", "Zm9vYg=="},
                               {"fooba", "Zm9vYmE="},
                               {"foobar", "Zm9vYmFy"}};

TEST(Base64, FollowsTheVectorsOfTheRfc) {
  for (const Vector& vector : kVectors) {
    EXPECT_EQ(encode_base64(vector.bytes), vector.text);
    EXPECT_EQ(decode_base64(vector.text), vector.bytes) << vector.text;
  }
}

TEST(Base64, RoundTripsBytesOfEveryLength) {
  std::minstd_rand random(7);
  for (std::size_t length = 0; length < 200; ++length) {
    std::string bytes(length, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() & 0xff);
    EXPECT_EQ(decode_base64(encode_base64(bytes)), bytes) << length;
  }
}

TEST(Base64, SkipsWhiteSpaceAndAcceptsMissingPadding) {
  EXPECT_EQ(decode_base64("Zm9v\n YmE=\r\n"), "fooba");
  EXPECT_EQ(decode_base64("Zm9vYmE"), "fooba");
  EXPECT_EQ(decode_base64("Zg="), "f");
}

TEST(Base64, RefusesWhatIsNotBase64) {
  for (const char* text : {"Z", "Zm9vY", "Z===", "Zm9v=", "Zg==Zg==", "Zm_v", "Zm9v\x80", "===="}) {
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace base
