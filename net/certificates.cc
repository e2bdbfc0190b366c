#include "net/certificates.h"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>

#include "base/error.h"
#include "net/openssl_pem.h"

namespace net {

namespace {

using openssl::Certificate;
using openssl::Key;
using Extension = std::unique_ptr<X509_EXTENSION, openssl::Free<X509_EXTENSION_free>>;
struct FreeStack {  // not what is in it
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using SerialNumber = std::unique_ptr<BIGNUM, openssl::Free<BN_free>>;

// Clocks of two machines differ a little.
constexpr std::chrono::minutes kBackdate{1};

std::time_t to_seconds(base::SystemTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

Key make_key() {
  Key key(EVP_EC_gen("P-256"));
  CHECK(key != nullptr);
  return key;
}

// RFC 5280, 4.1.2.2: positive and at most 20 octets; 127 random bits are not guessed.
void set_serial_number(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7FU) | 0x01U);
  const SerialNumber number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  CHECK(number != nullptr && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

void set_validity(X509* certificate, base::SystemTime now, std::chrono::hours lifetime) {
  CHECK(ASN1_TIME_set(X509_getm_notBefore(certificate), to_seconds(now - kBackdate)) != nullptr);
  CHECK(ASN1_TIME_set(X509_getm_notAfter(certificate), to_seconds(now + lifetime)) != nullptr);
}

void set_common_name(X509* certificate, const std::string& common_name) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  CHECK(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(common_name.data()),
                                   static_cast<int>(common_name.size()), -1, 0) == 1);
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  CHECK(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

bool is_address(const std::string& name) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

// A name with a comma would begin another entry of the extension.
std::string alternative_names(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    CHECK(!name.empty() && name.find_first_of(",\n") == std::string::npos);
    out += std::string(out.empty() ? "" : ",") + (is_address(name) ? "IP:" : "DNS:") + name;
  }
  return out;
}

Certificate make_certificate(EVP_PKEY* key, const std::string& common_name, base::SystemTime now,
                             std::chrono::hours lifetime) {
  Certificate certificate(X509_new());
  CHECK(certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  set_serial_number(certificate.get());
  set_validity(certificate.get(), now, lifetime);
  set_common_name(certificate.get(), common_name);
  CHECK(X509_set_pubkey(certificate.get(), key) == 1);
  return certificate;
}

Certificate read_first_certificate(const std::string& pem, const std::string& what) {
  std::vector<Certificate> certificates = openssl::read_certificates(pem);
  if (certificates.empty()) throw base::ParseError(what + ": no certificate can be read from the PEM");
  return std::move(certificates.front());
}

base::SystemTime to_system_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) throw base::ParseError("certificate: a date cannot be read");
  const auto days =
      std::chrono::sys_days(std::chrono::year(parts.tm_year + 1900) / (static_cast<unsigned>(parts.tm_mon) + 1) /
                            static_cast<unsigned>(parts.tm_mday));
  // 9999-12-31 means "no end" and lies outside what nanoseconds in 64 bits can say.
  if (days > std::chrono::sys_days(std::chrono::year(2261) / 12 / 31)) return base::SystemTime::max();
  return base::SystemTime(days) + std::chrono::hours(parts.tm_hour) + std::chrono::minutes(parts.tm_min) +
         std::chrono::seconds(parts.tm_sec);
}

Validity validity_of(X509* certificate) {
  return {.not_before = to_system_time(X509_get0_notBefore(certificate)),
          .not_after = to_system_time(X509_get0_notAfter(certificate))};
}

bool is_valid_at(X509* certificate, base::SystemTime now) {
  const Validity validity = validity_of(certificate);
  return validity.not_before <= now && now <= validity.not_after;
}

}  // namespace

KeyPair make_authority(const std::string& common_name, base::SystemTime now, std::chrono::hours lifetime) {
  const Key key = make_key();
  const Certificate certificate = make_certificate(key.get(), common_name, now, lifetime);
  X509* self = certificate.get();
  CHECK(X509_set_issuer_name(self, X509_get_subject_name(self)) == 1);
  add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(self, self, NID_subject_key_identifier, "hash");
  CHECK(X509_sign(self, key.get(), EVP_sha256()) > 0);
  return {.certificate_pem = openssl::to_pem(self), .key_pem = openssl::to_pem(key.get())};
}

KeyPair issue_leaf(const KeyPair& authority, const LeafRequest& request, base::SystemTime now) {
  const Certificate issuer = read_first_certificate(authority.certificate_pem, "certificate authority");
  const Key issuer_key = openssl::read_private_key(authority.key_pem);
  if (issuer_key == nullptr) throw base::ParseError("certificate authority: no private key can be read from the PEM");
  if (X509_check_private_key(issuer.get(), issuer_key.get()) != 1) {
    throw base::ParseError("certificate authority: the private key is not the certificate's");
  }
  const Key key = make_key();
  const Certificate certificate = make_certificate(key.get(), request.common_name, now, request.lifetime);
  X509* leaf = certificate.get();
  if (request.not_before) CHECK(ASN1_TIME_set(X509_getm_notBefore(leaf), to_seconds(*request.not_before)) != nullptr);
  CHECK(X509_set_issuer_name(leaf, X509_get_subject_name(issuer.get())) == 1);
  add_extension(leaf, issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(leaf, issuer.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(leaf, issuer.get(), NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(leaf, issuer.get(), NID_authority_key_identifier, "keyid");
  if (!request.dns_names.empty()) {
    add_extension(leaf, issuer.get(), NID_subject_alt_name, alternative_names(request.dns_names));
  }
  CHECK(X509_sign(leaf, issuer_key.get(), EVP_sha256()) > 0);
  return {.certificate_pem = openssl::to_pem(leaf), .key_pem = openssl::to_pem(key.get())};
}

Validity certificate_validity(const std::string& certificate_pem) {
  return validity_of(read_first_certificate(certificate_pem, "certificate").get());
}

bool is_pair(const KeyPair& pair) {
  const Certificate certificate = read_first_certificate(pair.certificate_pem, "certificate");
  const Key key = openssl::read_private_key(pair.key_pem);
  if (key == nullptr) throw base::ParseError("certificate: no private key can be read from the PEM");
  return X509_check_private_key(certificate.get(), key.get()) == 1;
}

bool signed_by(const std::string& leaf_pem, const std::string& authority_pem) {
  const Certificate leaf = read_first_certificate(leaf_pem, "leaf certificate");
  const Certificate authority = read_first_certificate(authority_pem, "certificate authority");
  return X509_check_issued(authority.get(), leaf.get()) == X509_V_OK &&
         X509_verify(leaf.get(), X509_get0_pubkey(authority.get())) == 1;
}

bool trusts(const std::string& bundle_pem, const std::string& chain_pem, base::SystemTime now) {
  const std::vector<Certificate> authorities = openssl::read_certificates(bundle_pem);
  if (authorities.empty()) throw base::ParseError("certificate bundle: no certificate can be read from the PEM");
  const std::vector<Certificate> chain = openssl::read_certificates(chain_pem);
  if (chain.empty()) return false;
  const std::unique_ptr<X509_STORE, openssl::Free<X509_STORE_free>> store(X509_STORE_new());
  const std::unique_ptr<X509_STORE_CTX, openssl::Free<X509_STORE_CTX_free>> context(X509_STORE_CTX_new());
  const std::unique_ptr<STACK_OF(X509), FreeStack> others(sk_X509_new_null());
  CHECK(store && context && others);
  for (const Certificate& authority : authorities) CHECK(X509_STORE_add_cert(store.get(), authority.get()) == 1);
  for (std::size_t i = 1; i < chain.size(); ++i) CHECK(sk_X509_push(others.get(), chain[i].get()) > 0);
  CHECK(X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), others.get()) == 1);
  CHECK(X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_CLIENT) == 1);
  X509_STORE_CTX_set_time(context.get(), 0, to_seconds(now));
  return X509_verify_cert(context.get()) == 1;
}

bool issued_by(const std::string& leaf_pem, const std::string& authority_pem, base::SystemTime now) {
  return signed_by(leaf_pem, authority_pem) &&
         is_valid_at(read_first_certificate(leaf_pem, "leaf certificate").get(), now) &&
         is_valid_at(read_first_certificate(authority_pem, "certificate authority").get(), now);
}

}  // namespace net
