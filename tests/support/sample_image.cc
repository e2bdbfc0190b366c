#include "tests/support/sample_image.h"

#include "tests/support/tar_builder.h"

namespace tests {

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
