// A certificate that somebody else renews.
#include "admission/certificate_directory.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/error.h"

namespace admission {
namespace {

class CertificateFiles : public ::testing::Test {
 protected:
  CertificateFiles() {
    std::string pattern = (std::filesystem::temp_directory_path() / "certificates-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~CertificateFiles() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
  void write_all() const {
    write("tls.crt", leaf_.certificate_pem);
    write("tls.key", leaf_.key_pem);
    write("ca.crt", authority_.certificate_pem);
  }

  const base::SystemTime now_ = base::RealClock().system_now();
  const net::KeyPair authority_ = net::make_authority("authority", now_, std::chrono::hours(1));
  const net::KeyPair leaf_ = net::issue_leaf(authority_, {.common_name = "webhook"}, now_);
  std::filesystem::path folder_;
};

TEST_F(CertificateFiles, AreReadAsTheyAreNow) {
  write_all();
  CertificateDirectory directory(folder_);
  EXPECT_EQ(directory.current().leaf.certificate_pem, leaf_.certificate_pem);
  EXPECT_EQ(directory.current().authority_pem, authority_.certificate_pem);

  const net::KeyPair renewed = net::issue_leaf(authority_, {.common_name = "webhook"}, now_);
  write("tls.crt", renewed.certificate_pem);
  write("tls.key", renewed.key_pem);
  EXPECT_EQ(directory.current().leaf.certificate_pem, renewed.certificate_pem);
}

TEST_F(CertificateFiles, WithoutAnAuthorityLeaveTheTrustToOthers) {
  write_all();
  std::filesystem::remove(folder_ / "ca.crt");
  EXPECT_EQ(CertificateDirectory(folder_).current().authority_pem, "");
}

TEST_F(CertificateFiles, ThatAreMissingOrDoNotFitAreAnError) {
  CertificateDirectory directory(folder_);
  EXPECT_THROW((void)directory.current(), base::ConfigError);
  write_all();
  write("ca.crt", net::make_authority("authority", now_, std::chrono::hours(1)).certificate_pem);
  EXPECT_THROW((void)directory.current(), base::ConfigError);
  write("ca.crt", "nonsense");
  EXPECT_THROW((void)directory.current(), base::Error);
}

}  // namespace
}  // namespace admission
