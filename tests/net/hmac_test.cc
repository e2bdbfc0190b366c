#include "net/hmac.h"

#include <gtest/gtest.h>

namespace net {
namespace {

// RFC 4231, test cases 1 and 2; RFC 2202, test cases 1 and 2.
TEST(Hmac, AgreesWithTheVectorsOfItsSpecifications) {
  const std::string twenty(20, '\x0b');
  EXPECT_EQ(hmac_hex(HmacHash::kSha256, twenty, "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hmac_hex(HmacHash::kSha256, "Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hmac_hex(HmacHash::kSha1, twenty, "Hi There"), "b617318655057264e28bc0b6fb378c8ef146be00");
  EXPECT_EQ(hmac_hex(HmacHash::kSha1, "Jefe", "what do ya want for nothing?"),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

// RFC 4231, test case 6: a key longer than a block.
TEST(Hmac, TakesLongKeysAndNoBytes) {
  EXPECT_EQ(
      hmac_hex(HmacHash::kSha256, std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(hmac_hex(HmacHash::kSha256, "k", "").size(), 64U);
}

}  // namespace
}  // namespace net
