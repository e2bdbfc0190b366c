#include "cli/image_opening.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/image_reference.h"
#include "registry/credentials.h"
#include "registry/docker_archive.h"
#include "registry/limits.h"
#include "registry/oci_layout.h"

namespace cli {
namespace {

constexpr std::string_view kLayoutPrefix = "oci:";
constexpr std::string_view kArchivePrefix = "docker-archive:";

#if defined(__aarch64__)
constexpr std::string_view kOwnPlatform = "linux/arm64";
#else
constexpr std::string_view kOwnPlatform = "linux/amd64";
#endif

std::string docker_config_path() {
  if (const char* directory = std::getenv("DOCKER_CONFIG")) return std::string(directory) + "/config.json";
  if (const char* home = std::getenv("HOME")) return std::string(home) + "/.docker/config.json";
  return {};
}

registry::Keyring docker_keyring() {
  const std::string path = docker_config_path();
  if (path.empty() || !std::filesystem::exists(path)) return {};
  return registry::parse_docker_config_json(base::read_file(path, registry::kDockerConfigBytesMax), path);
}

// A host without a port has the scheme's.
std::set<std::string> with_ports(const std::vector<std::string>& hosts, std::string_view port) {
  std::set<std::string> named;
  for (const std::string& host : hosts) {
    const std::size_t colon = host.rfind(':');
    const bool has_port = colon != std::string::npos && host.find(']', colon) == std::string::npos;
    named.insert(has_port ? host : fmt::format("{}:{}", host, port));
  }
  return named;
}

std::string platforms_of(const registry::ResolvedImage& image) {
  std::vector<std::string> names;
  for (const auto& entry : image.manifests) names.push_back(entry.platform.text());
  return names.empty() ? "none that runs" : fmt::format("{}", fmt::join(names, ", "));
}

ChosenManifest chosen(const registry::ResolvedImage& image, const registry::ResolvedImage::Entry& manifest) {
  return {.manifest = manifest, .index = image.digest == manifest.digest ? std::nullopt : std::optional(image.digest)};
}

}  // namespace

std::string own_platform() {
  return std::string(kOwnPlatform);
}

std::unique_ptr<registry::ImageSource> open_image(const ImageQuery& query,
                                                  std::shared_ptr<registry::KnownPlatforms> platforms,
                                                  const base::Clock& clock) {
  const std::string_view image = query.image;
  if (image.starts_with(kLayoutPrefix)) {
    return registry::make_oci_layout_source(registry::parse_oci_layout_reference(image.substr(kLayoutPrefix.size())));
  }
  if (image.starts_with(kArchivePrefix)) {
    return registry::make_docker_archive_source(
        registry::parse_docker_archive_reference(image.substr(kArchivePrefix.size())));
  }
  registry::RegistryClientSettings settings = registry_settings(image, query.hosts);
  settings.platforms = std::move(platforms);
  return registry::make_registry_source(std::move(settings), clock);
}

registry::RegistryClientSettings registry_settings(std::string_view image, const RegistryHosts& hosts) {
  const base::ImageReference reference = base::parse_image_reference(image);
  registry::RegistryClientSettings settings{.reference = reference};
  settings.credentials = registry::matching_credentials(docker_keyring(), reference);
  settings.policy.plain_http_hosts = with_ports(hosts.plain_http, "80");
  settings.policy.private_hosts = with_ports(hosts.local, "443");
  return settings;
}

ChosenManifest choose_manifest(registry::ImageSource& source, const std::string& image, const std::string& platform) {
  const registry::Platform wanted =
      registry::parse_platform(platform.empty() ? kOwnPlatform : std::string_view(platform));
  const registry::ResolvedImage matching = source.resolve({wanted}, {});
  const auto runs_here = [&](const auto& entry) { return registry::runs_on(entry.platform, wanted); };
  const auto found = std::find_if(matching.manifests.begin(), matching.manifests.end(), runs_here);
  if (found != matching.manifests.end()) return chosen(matching, *found);

  const registry::ResolvedImage all = source.resolve({}, {});
  if (platform.empty() && all.manifests.size() == 1) return chosen(all, all.manifests.front());
  throw base::ConfigError(
      fmt::format("{} has no image for {}; choose with --platform: {}", image, wanted.text(), platforms_of(all)));
}

}  // namespace cli
