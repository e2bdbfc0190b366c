// An image in a file as `docker save`, podman and skopeo write it: docker-archive:FILE[:name:tag].
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "registry/image_source.h"

namespace registry {

struct DockerArchiveReference {
  std::string file;
  std::string image{};  // "registry:5000/shop/web:1"; empty: the archive's only image
};

// Reads "FILE" or "FILE:name:tag": the file's name ends at its first colon.
[[nodiscard]] DockerArchiveReference parse_docker_archive_reference(std::string_view text);

// An archive that holds an OCI layout too (Docker since 25) is read as that, so that its digests are the image's own;
// of an older one a manifest is made, whose digest no registry knows. Throws base::ConfigError when the file cannot be
// read, holds no image or not that one (the message lists the names), base::ParseError for what is no such archive.
[[nodiscard]] std::unique_ptr<ImageSource> make_docker_archive_source(const DockerArchiveReference& reference);

}  // namespace registry
