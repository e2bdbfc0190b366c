// Which certificate is shown, and who is trusted, while one follows another.
#include "admission/certificate_switch.h"

#include <gtest/gtest.h>

namespace admission {
namespace {

using std::chrono::seconds;

constexpr base::SteadyTime kStart{};

ServingCertificate certificate(const std::string& leaf, const std::string& authority, const std::string& old = "") {
  return {.leaf = {leaf, "key"}, .authority_pem = authority, .old_authority_pem = old};
}

std::string shown(std::optional<ServingCertificate> next) {
  return next ? next->leaf.certificate_pem : "";
}

TEST(CertificateSwitch, ShowsTheFirstAtOnce) {
  CertificateSwitch change(seconds(5));
  EXPECT_EQ(change.next(kStart), std::nullopt);
  change.offer(certificate("leaf-1", "ca-1"));

  EXPECT_EQ(change.bundle(), "ca-1");
  EXPECT_TRUE(change.pending());
  EXPECT_EQ(shown(change.next(kStart)), "leaf-1");
  EXPECT_FALSE(change.pending());
  EXPECT_EQ(change.next(kStart), std::nullopt) << "nothing new";
}

TEST(CertificateSwitch, ShowsANewLeafOfTheSameAuthorityAtOnce) {
  CertificateSwitch change(seconds(5));
  change.offer(certificate("leaf-1", "ca-1"));
  (void)change.next(kStart);

  change.offer(certificate("leaf-2", "ca-1"));

  EXPECT_EQ(shown(change.next(kStart)), "leaf-2");
}

TEST(CertificateSwitch, ShowsALeafOfANewAuthorityWhenThatCanBeKnown) {
  CertificateSwitch change(seconds(5));
  change.offer(certificate("leaf-1", "ca-1"));
  (void)change.next(kStart);
  change.bundle_stands(kStart);

  change.offer(certificate("leaf-2", "ca-2", "ca-1"));
  EXPECT_EQ(change.bundle(), "ca-2ca-1");
  EXPECT_EQ(change.next(kStart + seconds(60)), std::nullopt) << "its bundle does not stand yet";
  change.bundle_stands(kStart + seconds(60));
  change.bundle_stands(kStart + seconds(63));

  EXPECT_EQ(change.next(kStart + seconds(64)), std::nullopt);
  EXPECT_TRUE(change.pending());
  EXPECT_EQ(shown(change.next(kStart + seconds(65))), "leaf-2");
}

// Somebody put another certificate in our place that does not know of the one before.
TEST(CertificateSwitch, KeepsTheAuthorityOfWhatIsShownInTheBundle) {
  CertificateSwitch change(seconds(5));
  change.offer(certificate("leaf-1", "ca-1"));
  (void)change.next(kStart);

  change.offer(certificate("leaf-2", "ca-2"));
  EXPECT_EQ(change.bundle(), "ca-2ca-1");
  change.bundle_stands(kStart);
  EXPECT_EQ(shown(change.next(kStart + seconds(5))), "leaf-2");

  EXPECT_EQ(change.bundle(), "ca-2") << "nobody here needs the old one any more";
}

TEST(CertificateSwitch, WaitsAnewWhenTheOfferChangesMeanwhile) {
  CertificateSwitch change(seconds(5));
  change.offer(certificate("leaf-1", "ca-1"));
  (void)change.next(kStart);
  change.offer(certificate("leaf-2", "ca-2", "ca-1"));
  change.bundle_stands(kStart);

  change.offer(certificate("leaf-3", "ca-3", "ca-2"));
  EXPECT_EQ(change.next(kStart + seconds(9)), std::nullopt);
  EXPECT_EQ(change.bundle(), "ca-3ca-2ca-1");
  change.bundle_stands(kStart + seconds(9));

  EXPECT_EQ(shown(change.next(kStart + seconds(14))), "leaf-3");
}

}  // namespace
}  // namespace admission
