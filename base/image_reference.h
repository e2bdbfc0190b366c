// Image references: the grammar of distribution/reference and the normal form that every part of Pratique compares.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"

namespace base {

// A parsed reference in normal form. A value; always well-formed: `host` is lower case and keeps its port,
// "docker.io" stands for index.docker.io and for no host; a one-part Docker Hub path gets "library/".
struct ImageReference {
  std::string host;        // "registry:5000", "docker.io", "[::1]:5000"
  std::string repository;  // "library/nginx"
  std::string tag;         // empty when the reference has a digest alone; "latest" when it has neither
  std::optional<Digest> digest;

  // "host/repository[:tag][@digest]"
  [[nodiscard]] std::string text() const;
  // "host/repository"
  [[nodiscard]] std::string name() const { return host + "/" + repository; }
  // The same repository by this digest, without the tag.
  [[nodiscard]] ImageReference at(const Digest& by) const { return {host, repository, "", by}; }

  auto operator<=>(const ImageReference&) const = default;
};

// Parses what a pod's `image` field or a command line may hold. Throws ParseError that names the reference and the rule
// of the grammar that it breaks: printable ASCII, host, path, tag, digest (sha256 alone is supported), lengths. An
// image id ("sha256:<hex>"), which a runtime looks up on its node, is no reference either.
[[nodiscard]] ImageReference parse_image_reference(std::string_view text);

// Whether this can be a repository without its host ("library/nginx"), or a tag.
[[nodiscard]] bool is_repository(std::string_view text);
[[nodiscard]] bool is_tag(std::string_view text);

}  // namespace base
