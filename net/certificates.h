// The small X.509 authority that Pratique's programs use among themselves and for the webhook: ECDSA P-256, by OpenSSL.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace net {

struct KeyPair {
  std::string certificate_pem;
  std::string key_pem;  // PKCS#8
};

struct LeafRequest {
  std::string common_name;
  std::vector<std::string> dns_names{};  // and numeric addresses, which become IP names
  std::chrono::hours lifetime{24 * 90};  // from now on
  // Where a clock that runs ahead must not make a leaf that others take for not yet valid; a minute before now
  // otherwise.
  std::optional<base::SystemTime> not_before{};
};

// A self-signed authority valid from a minute before `now`.
[[nodiscard]] KeyPair make_authority(const std::string& common_name, base::SystemTime now, std::chrono::hours lifetime);

// A leaf for server and client authentication. Throws base::ParseError when the authority's PEM is unusable.
[[nodiscard]] KeyPair issue_leaf(const KeyPair& authority, const LeafRequest& request, base::SystemTime now);

struct Validity {
  base::SystemTime not_before;
  base::SystemTime not_after;
};
// Of the first certificate in the PEM. Throws base::ParseError.
[[nodiscard]] Validity certificate_validity(const std::string& certificate_pem);

// Whether the key is the certificate's. Throws base::ParseError where either cannot be read.
[[nodiscard]] bool is_pair(const KeyPair& pair);

// Whether the authority signed the leaf, whatever the dates. Throws base::ParseError for unusable PEM, as does the
// next.
[[nodiscard]] bool signed_by(const std::string& leaf_pem, const std::string& authority_pem);

// Whether the first certificate of the chain leads, over the others, to an authority of the bundle as a TLS client's,
// and all of them are valid at `now`. Throws base::ParseError where the bundle has no certificate that can be read.
[[nodiscard]] bool trusts(const std::string& bundle_pem, const std::string& chain_pem, base::SystemTime now);

// Whether the leaf was issued by the authority and both are valid at `now`.
[[nodiscard]] bool issued_by(const std::string& leaf_pem, const std::string& authority_pem, base::SystemTime now);

}  // namespace net
