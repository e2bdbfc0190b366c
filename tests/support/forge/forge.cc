#include "tests/support/forge/forge.h"

#include <fmt/format.h>

#include "tests/support/compress.h"

namespace tests::forge {

std::string dpkg_status(const std::vector<std::string>& names) {
  std::string status;
  for (const std::string& name : names) {
    status += fmt::format("Package: {}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0-1\n\n", name);
  }
  return status;
}

TarBuilder good() {
  return TarBuilder()
      .file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n")
      .file("var/lib/dpkg/status", dpkg_status({"bash"}));
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t time = 0; time < times; ++time) all += text;
  return all;
}

HostileImage of_tars(std::string name, const std::vector<TarBuilder>& tars) {
  HostileImage image{.name = std::move(name), .layers = {}};
  for (const TarBuilder& tar : tars) image.layers.push_back(gzip(tar.archive()));
  return image;
}

HostileImage of_tar(std::string name, const TarBuilder& tar) {
  return of_tars(std::move(name), {tar});
}

HostileImage with_file(std::string name, std::string_view path, std::string_view content) {
  return of_tar(std::move(name), good().file(path, content));
}

}  // namespace tests::forge
