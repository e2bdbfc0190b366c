#include "tests/cli/program_fixture.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdlib>

#include "base/file.h"
#include "tests/support/paths.h"
#include "tests/support/tar_builder.h"

namespace tests {
namespace {

constexpr std::size_t kOutputBytesMax = 16 << 20;

std::string shell_word(std::string_view word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace

ProgramTest::ProgramTest() {
  database_.write("home/.keep", "");
  setenv("HOME", path("home").c_str(), 1);
  setenv("DOCKER_CONFIG", path("docker").c_str(), 1);
}

ProgramRun ProgramTest::pratique(const std::vector<std::string>& words) const {
  std::string command = fmt::format("cd {} && {}", shell_word(path("")), shell_word(tests::program_path("pratique").native()));
  for (const std::string& word : words) command += " " + shell_word(word);
  command += fmt::format(" >{} 2>{}", shell_word(path("stdout")), shell_word(path("stderr")));
  const int status = std::system(command.c_str());
  return {.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
          .out = base::read_file(path("stdout"), kOutputBytesMax),
          .err = base::read_file(path("stderr"), kOutputBytesMax)};
}

ProgramRun ProgramTest::scan(const std::string& image, const std::vector<std::string>& more) const {
  std::vector<std::string> words = {"scan", image, "--database", database_.database()};
  words.insert(words.end(), more.begin(), more.end());
  return pratique(words);
}

void ProgramTest::build_database(const std::vector<std::string>& osv_records) {
  int number = 0;
  for (const std::string& record : osv_records) database_.write(fmt::format("feed/{}.json", ++number), record);
  static_cast<void>(database_.build({"osv:feed"}));
}

void ProgramTest::write_image(const std::vector<std::string>& layers, const std::string& tag) {
  LayoutWriter(path("image")).add_image(tag, layers);
}

std::vector<std::string> sample_osv_records() {
  return {R"({"id": "GHSA-0000-0000-0001", "aliases": ["CVE-2024-90001"], "modified": "2024-02-02T00:00:00Z",
            "published": "2024-02-01T00:00:00Z", "summary": "lodash may set properties that it should not",
            "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
            "affected": [{"package": {"ecosystem": "npm", "name": "lodash"},
                          "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "4.17.12"}]}]}]})",
          R"({"id": "PYSEC-0000-2", "aliases": ["CVE-2024-90002"], "modified": "2024-02-02T00:00:00Z",
            "summary": "requests sends a header further than it should",
            "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:N/A:N"}],
            "affected": [{"package": {"ecosystem": "PyPI", "name": "Requests"},
                          "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.20.0"}]}]}]})",
          R"({"id": "DEBIAN-CVE-2024-90003", "upstream": ["CVE-2024-90003"], "modified": "2024-02-02T00:00:00Z",
            "details": "openssl reads further than it should",
            "affected": [{"package": {"ecosystem": "Debian:12", "name": "openssl"},
                          "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}]})",
          R"({"id": "DEBIAN-CVE-2024-90004", "upstream": ["CVE-2024-90004"], "modified": "2024-02-02T00:00:00Z",
            "details": "mended long ago",
            "affected": [{"package": {"ecosystem": "Debian:12", "name": "openssl"},
                          "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.0.0-1"}]}]}]})"};
}

std::string sample_layer() {
  return TarBuilder()
      .symbolic_link("etc/os-release", "../usr/lib/os-release")
      .file("usr/lib/os-release", "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n")
      .file(
          "var/lib/dpkg/status",
          "Package: libssl3\nStatus: install ok installed\nSource: openssl\nVersion: 3.0.9-1\nArchitecture: amd64\n\n")
      .file("usr/lib/python3/dist-packages/requests-2.19.0.dist-info/METADATA", "Name: requests\nVersion: 2.19.0\n")
      .file("app/node_modules/lodash/package.json", R"({"name": "lodash", "version": "4.17.11"})")
      .archive();
}

}  // namespace tests
