// From what a person typed to an image's bytes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/commands.h"
#include "registry/image_source.h"
#include "registry/registry_client.h"

namespace cli {

// "oci:DIR[:tag]", "docker-archive:FILE[:name:tag]" or an image reference, with the credentials of Docker's
// configuration. `platforms` spares a registry the requests for configs; null: it has them. `clock` must outlive the
// source.
[[nodiscard]] std::unique_ptr<registry::ImageSource> open_image(const ImageQuery& query,
                                                                std::shared_ptr<registry::KnownPlatforms> platforms,
                                                                const base::Clock& clock);

// "linux/amd64".
[[nodiscard]] std::string own_platform();

// Of an image reference, with the credentials of Docker's configuration. Throws base::ParseError for what is none.
[[nodiscard]] registry::RegistryClientSettings registry_settings(std::string_view image, const RegistryHosts& hosts);

struct ChosenManifest {
  registry::ResolvedImage::Entry manifest;
  std::optional<base::Digest> index;  // that led to it
};

// The one manifest that is to be scanned: of `platform`, or of this machine's when it is empty, or the only one there
// is. Throws base::ConfigError that lists the platforms of an image which has no such one.
[[nodiscard]] ChosenManifest choose_manifest(registry::ImageSource& source, const std::string& image,
                                             const std::string& platform);

}  // namespace cli
