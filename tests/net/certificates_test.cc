#include "net/certificates.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace net {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class Certificates : public ::testing::Test {
 protected:
  const base::SystemTime now_ = *base::parse_rfc3339("2026-01-31T08:00:00Z");
  const KeyPair authority_ = make_authority("authority", now_, hours(24 * 365));
};

TEST_F(Certificates, AnAuthorityIsValidFromAMinuteAgo) {
  const Validity validity = certificate_validity(authority_.certificate_pem);

  EXPECT_EQ(validity.not_before, now_ - minutes(1));
  EXPECT_EQ(validity.not_after, now_ + hours(24 * 365));
}

TEST_F(Certificates, ALeafIsItsAuthoritys) {
  const KeyPair leaf = issue_leaf(authority_, {.common_name = "leaf", .lifetime = hours(1)}, now_);

  EXPECT_TRUE(issued_by(leaf.certificate_pem, authority_.certificate_pem, now_));
  EXPECT_FALSE(issued_by(leaf.certificate_pem, authority_.certificate_pem, now_ + hours(2))) << "expired";
  EXPECT_FALSE(issued_by(leaf.certificate_pem, authority_.certificate_pem, now_ - hours(1))) << "not yet valid";
}

TEST_F(Certificates, AnAuthorityOfTheSameNameIsAnother) {
  const KeyPair other = make_authority("authority", now_, hours(1));
  const KeyPair leaf = issue_leaf(other, {.common_name = "leaf"}, now_);

  EXPECT_FALSE(issued_by(leaf.certificate_pem, authority_.certificate_pem, now_));
}

TEST_F(Certificates, AreTrustedAsAClientsOfAnAuthorityOfTheBundle) {
  const KeyPair other = make_authority("authority", now_, hours(24 * 365));
  const KeyPair leaf = issue_leaf(authority_, {.common_name = "leaf", .lifetime = hours(1)}, now_);
  const std::string both = other.certificate_pem + authority_.certificate_pem;

  EXPECT_TRUE(trusts(authority_.certificate_pem, leaf.certificate_pem, now_));
  EXPECT_TRUE(trusts(both, leaf.certificate_pem, now_));
  EXPECT_FALSE(trusts(other.certificate_pem, leaf.certificate_pem, now_));
  EXPECT_FALSE(trusts(other.certificate_pem, leaf.certificate_pem + authority_.certificate_pem, now_))
      << "an authority that the client brings along is not trusted for that";
  EXPECT_FALSE(trusts(authority_.certificate_pem, leaf.certificate_pem, now_ + hours(2))) << "expired";
  EXPECT_FALSE(trusts(authority_.certificate_pem, "", now_)) << "none was shown";
  EXPECT_FALSE(trusts(authority_.certificate_pem, "junk", now_));
  EXPECT_THROW((void)trusts("junk", leaf.certificate_pem, now_), base::ParseError);
}

TEST_F(Certificates, KnowAPairFromWhatIsNone) {
  const KeyPair leaf = issue_leaf(authority_, {.common_name = "leaf"}, now_);
  EXPECT_TRUE(is_pair(leaf));
  EXPECT_TRUE(is_pair(authority_));
  EXPECT_FALSE(is_pair({.certificate_pem = leaf.certificate_pem, .key_pem = authority_.key_pem}));
  EXPECT_THROW((void)is_pair({.certificate_pem = leaf.certificate_pem, .key_pem = "junk"}), base::ParseError);
  EXPECT_THROW((void)is_pair({.certificate_pem = "junk", .key_pem = leaf.key_pem}), base::ParseError);
}

TEST_F(Certificates, AreSignedWhateverTheDates) {
  const KeyPair leaf = issue_leaf(authority_, {.common_name = "leaf", .not_before = now_ - hours(9)}, now_);
  EXPECT_TRUE(signed_by(leaf.certificate_pem, authority_.certificate_pem));
  EXPECT_EQ(certificate_validity(leaf.certificate_pem).not_before,
            std::chrono::floor<std::chrono::seconds>(now_ - hours(9)));
  EXPECT_FALSE(signed_by(leaf.certificate_pem, make_authority("other", now_, hours(1)).certificate_pem));
}

TEST_F(Certificates, EveryLeafHasItsOwnKey) {
  const LeafRequest request{.common_name = "leaf"};

  EXPECT_NE(issue_leaf(authority_, request, now_).key_pem, issue_leaf(authority_, request, now_).key_pem);
}

TEST_F(Certificates, NamesWhatIsWrongWithTheAuthority) {
  const KeyPair other = make_authority("other", now_, hours(1));
  const LeafRequest request{.common_name = "leaf"};

  EXPECT_THROW(static_cast<void>(issue_leaf({"", ""}, request, now_)), base::ParseError);
  EXPECT_THROW(static_cast<void>(issue_leaf({authority_.certificate_pem, "x"}, request, now_)), base::ParseError);
  EXPECT_THROW(static_cast<void>(issue_leaf({authority_.certificate_pem, other.key_pem}, request, now_)),
               base::ParseError);
  EXPECT_THROW(static_cast<void>(certificate_validity("nonsense")), base::ParseError);
}

}  // namespace
}  // namespace net
