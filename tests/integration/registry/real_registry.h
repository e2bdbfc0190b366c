// Debian's docker-registry on a free port, for a test.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/file.h"
#include "base/image_reference.h"
#include "tests/support/control_plane.h"
#include "tests/support/layout_writer.h"
#include "tests/support/paths.h"

namespace tests {

// A registry of its own for as long as the object lives.
class RealRegistry {
 public:
  explicit RealRegistry(const std::vector<std::string>& environment) {
    std::vector<std::string> words = {"env"};
    words.insert(words.end(), environment.begin(), environment.end());
    words.insert(words.end(), {script(), folder_.path().string(), "start"});
    const CommandResult result = run_command(words);
    if (result.exit_code != 0) throw std::runtime_error("docker-registry: " + result.output);
    std::ifstream(folder_.file("address")) >> host_;
  }
  ~RealRegistry() { static_cast<void>(run_command({script(), folder_.path().string(), "stop"})); }
  RealRegistry(const RealRegistry&) = delete;
  RealRegistry& operator=(const RealRegistry&) = delete;

  [[nodiscard]] const std::string& host() const { return host_; }
  [[nodiscard]] std::string ca_bundle() const { return base::read_file(folder_.file("certs/ca.crt"), 1 << 16); }
  [[nodiscard]] base::ImageReference reference(const std::string& rest) const {
    return base::parse_image_reference(host_ + "/" + rest);
  }

  // Of all blobs whose content it has sent so far, by its access log: a line is there a moment after the answer.
  [[nodiscard]] std::uint64_t blob_bytes_sent() const {
    constexpr std::string_view kAnswered = " HTTP/1.1\" 200 ";
    std::ifstream log(folder_.file("logs/registry.log"));
    std::uint64_t bytes = 0;
    for (std::string line; std::getline(log, line);) {
      const std::size_t asked = line.find("\"GET /v2/");
      const std::size_t answered = line.find(kAnswered);
      if (asked == std::string::npos || answered == std::string::npos) continue;
      if (line.find("/blobs/sha256:", asked) < answered) bytes += std::stoull(line.substr(answered + kAnswered.size()));
    }
    return bytes;
  }

  // Its bytes are lost, as of a disk that broke: the registry still knows of it.
  void remove_blob(const base::Digest& digest) const {
    const std::string place = folder_.file("storage/docker/registry/v2/blobs/sha256/") + digest.hex().substr(0, 2);
    if (std::filesystem::remove_all(place + "/" + digest.hex()) == 0) throw std::runtime_error("no blob in " + place);
  }

 private:
  static std::string script() { return source_path() / "tests/support/registry"; }

  TemporaryFolder folder_;
  std::string host_;
};

}  // namespace tests
