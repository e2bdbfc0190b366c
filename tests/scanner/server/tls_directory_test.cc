#include "scanner/server/tls_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"

namespace scanner::server {
namespace {

using ::testing::HasSubstr;

std::string make_directory(const std::string& name) {
  const std::filesystem::path directory = std::filesystem::path(::testing::TempDir()) / ("pratique_tls_" + name);
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  return directory;
}

void write(const std::string& directory, const std::string& name, const std::string& text) {
  std::ofstream(directory + "/" + name) << text;
}

TEST(TlsDirectory, HoldsCertificateKeyAndAuthority) {
  const std::string directory = make_directory("good");
  write(directory, "tls.crt", "chain");
  write(directory, "tls.key", "key");
  write(directory, "ca.crt", "ca");

  const auto tls = read_tls_directory(directory);

  EXPECT_EQ(tls->certificate_chain_pem, "chain");
  EXPECT_EQ(tls->key_pem, "key");
  EXPECT_EQ(tls->client_ca_pem, "ca");
  EXPECT_TRUE(same_tls(*tls, *read_tls_directory(directory)));
  write(directory, "tls.key", "new key");
  EXPECT_FALSE(same_tls(*tls, *read_tls_directory(directory)));
}

TEST(TlsDirectory, AMissingOrEmptyFileIsNamed) {
  const std::string directory = make_directory("bad");
  write(directory, "tls.crt", "chain");
  write(directory, "tls.key", "key");
  const auto message = [&] {
    try {
      static_cast<void>(read_tls_directory(directory));
    } catch (const base::ConfigError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(message(), HasSubstr("ca.crt"));
  write(directory, "ca.crt", "");
  EXPECT_THAT(message(), HasSubstr("ca.crt is empty"));
}

}  // namespace
}  // namespace scanner::server
