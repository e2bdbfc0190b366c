#include "scanner/matching/issue_links.h"

namespace scanner::matching {

std::string issue_url(std::string_view ecosystem, std::string_view id) {
  std::string_view page = "https://osv.dev/vulnerability/";
  if (ecosystem.starts_with("deb:debian:")) {
    page = "https://security-tracker.debian.org/tracker/";
  } else if (ecosystem.starts_with("deb:ubuntu:")) {
    page = "https://ubuntu.com/security/";
  } else if (ecosystem.starts_with("apk:alpine:")) {
    page = "https://security.alpinelinux.org/vuln/";
  } else if (id.starts_with("CVE-")) {
    page = "https://nvd.nist.gov/vuln/detail/";
  } else if (id.starts_with("GHSA-")) {
    page = "https://github.com/advisories/";
  }
  return std::string(page) + std::string(id);
}

}  // namespace scanner::matching
