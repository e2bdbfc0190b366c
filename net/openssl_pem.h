// OpenSSL objects with owners, and PEM in and out. Private to net/'s TLS files.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace net::openssl {

template <auto kFree>
struct Free {
  template <typename Object>
  void operator()(Object* object) const {
    kFree(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

// OpenSSL's oldest pending error as text, all of them cleared.
[[nodiscard]] std::string take_error();

// Every certificate of the PEM, in order; empty when there is none that can be read.
[[nodiscard]] std::vector<Certificate> read_certificates(const std::string& pem);
// Null when there is none. Encrypted keys are not asked for a passphrase.
[[nodiscard]] Key read_private_key(const std::string& pem);

[[nodiscard]] std::string to_pem(X509* certificate);
[[nodiscard]] std::string to_pem(EVP_PKEY* key);

}  // namespace net::openssl
