// From a reference to the digests of its platforms, as one namespace may pull it.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/image_reference.h"
#include "registry/image_source.h"
#include "scanner/report_wire.h"

namespace pratique_operator::reconcilers {

struct ResolveRequest {
  base::ImageReference reference;
  std::vector<registry::Platform> platforms;
  std::string ns;                         // whose Secrets are read
  std::vector<std::string> pull_secrets;  // names
};

struct ResolvedReference {
  registry::ResolvedImage image;
  scanner::RegistryAccess access;  // what the registry accepted, for the scanner
  // Where that was, and where the scanner is to read: the reference itself, or the same image in a mirror.
  base::ImageReference source = {};
  std::string told_by = {};  // host of the mirror that said what the tag means; empty: no mirror did
};

// The registry wants credentials, and what there was of them did not do: the message says of each why.
class CredentialsMissing final : public base::HttpError {
 public:
  using base::HttpError::HttpError;
};

class ImageResolver {
 public:
  virtual ~ImageResolver() = default;
  // The registry's mirrors come first, and then itself: what one of them cannot tell, for whatever reason, the next is
  // asked. A mirror without Resolve is asked for digests alone, one without Pull for what a tag means. Each is asked
  // with the namespace's credentials for it, in the order of how well they match, then with none. As for a kubelet, a
  // Secret that is not there, may not be read or is malformed only matters where the registry refuses what is left. A
  // GET of every platform manifest's bytes is the proof that the namespace may pull them. Throws what
  // registry::ImageSource throws, CredentialsMissing, kubernetes::ApiError when the API server is in trouble.
  // Thread-safe.
  [[nodiscard]] virtual ResolvedReference resolve(const ResolveRequest& request, std::stop_token stop) = 0;
  // Whether it means this index or manifest still, which it meant when resolve() last said so for the same request: by
  // a HEAD, which costs no pull. False where the registry does not say, or says anything else: then resolve() tells.
  // Throws base::HttpError (429), base::NetworkError, kubernetes::ApiError. Thread-safe.
  [[nodiscard]] virtual bool still_means(const ResolveRequest& request, const base::Digest& digest,
                                         std::stop_token stop) = 0;
  // A scanner could not read from this source: where it is a mirror, it is passed over for a while. Thread-safe.
  virtual void avoid(const base::ImageReference& source) = 0;
  // How long `who` is to leave the registry of the request alone, because it asks for that; nullopt: it may be asked,
  // or there is a mirror that may be asked before. Thread-safe.
  [[nodiscard]] virtual std::optional<std::chrono::milliseconds> rest_of(const ResolveRequest& /*request*/,
                                                                         std::string_view /*who*/) {
    return std::nullopt;
  }
  // A scanner that read from this source was answered 429. Thread-safe.
  virtual void note_throttled(const base::ImageReference& /*source*/,
                              std::optional<std::chrono::seconds> /*retry_after*/) {}
};

}  // namespace pratique_operator::reconcilers
