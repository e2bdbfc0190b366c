#include "base/image_reference.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.h"
#include "base/log.h"

namespace base {

namespace {

constexpr std::size_t kReferenceBytesMax = 1024;
constexpr std::size_t kNameBytesMax = 255;
constexpr std::size_t kTagBytesMax = 128;
constexpr std::string_view kDockerHub = "docker.io";
constexpr std::array<std::string_view, 2> kDockerHubOtherNames = {"index.docker.io", "registry-1.docker.io"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_word(char c) {
  return is_digit(c) || is_lower(c) || is_upper(c) || c == '_';
}

// A look-alike letter is shown by its bytes, so that it is seen.
std::string in_ascii(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += "\\x";
      out += "0123456789abcdef"[byte >> 4];
      out += "0123456789abcdef"[byte & 15];
    }
  }
  return out;
}

[[noreturn]] void refuse(std::string_view reference, std::string_view why) {
  throw ParseError("image reference \"" + escape_text(in_ascii(reference.substr(0, 300)), 400) +
                   "\": " + std::string(why));
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

// One part between slashes: lower-case alphanumerics joined by '.', '_', '__' or any number of '-'.
bool is_path_component(std::string_view part) {
  const auto alphanumeric = [](char c) { return is_digit(c) || is_lower(c); };
  if (part.empty() || !alphanumeric(part.front()) || !alphanumeric(part.back())) return false;
  while (!part.empty()) {
    const std::size_t end =
        static_cast<std::size_t>(std::find_if_not(part.begin(), part.end(), alphanumeric) - part.begin());
    part.remove_prefix(end);
    const std::size_t run =
        static_cast<std::size_t>(std::find_if(part.begin(), part.end(), alphanumeric) - part.begin());
    const std::string_view separator = part.substr(0, run);
    const bool dashes = std::all_of(separator.begin(), separator.end(), [](char c) { return c == '-'; });
    if (!dashes && separator != "." && separator != "_" && separator != "__") return false;
    part.remove_prefix(run);
  }
  return true;
}

bool is_path(std::string_view path) {
  while (true) {
    const std::size_t slash = path.find('/');
    if (!is_path_component(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool is_host_label(std::string_view label) {
  const auto alphanumeric = [](char c) { return is_digit(c) || is_lower(c) || is_upper(c); };
  return !label.empty() && alphanumeric(label.front()) && alphanumeric(label.back()) &&
         std::all_of(label.begin(), label.end(), [&](char c) { return alphanumeric(c) || c == '-'; });
}

bool is_port(std::string_view port) {
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc() && end == port.data() + port.size() && port.size() <= 5 && number != 0;
}

bool is_ipv6_in_brackets(std::string_view host) {
  if (!host.starts_with('[') || !host.ends_with(']') || host.size() > INET6_ADDRSTRLEN) return false;
  in6_addr address{};
  return inet_pton(AF_INET6, std::string(host.substr(1, host.size() - 2)).c_str(), &address) == 1;
}

bool is_host(std::string_view host) {
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos && !is_port(host.substr(colon + 1))) return false;
  host = host.substr(0, colon);
  if (host.starts_with('[')) return is_ipv6_in_brackets(host);
  while (true) {
    const std::size_t dot = host.find('.');
    if (!is_host_label(host.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    host.remove_prefix(dot + 1);
  }
}

// Whether the first component is a host and not a path: distribution/reference's rule.
bool names_host(std::string_view first) {
  return first.find_first_of(".:[") != std::string_view::npos || first == "localhost" ||
         std::any_of(first.begin(), first.end(), is_upper);
}

// "sha256:<64 hex>" and bare 64 hex digits name an image of the node by its id, past every registry.
bool is_image_id(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view algorithm = colon == std::string_view::npos ? "sha256" : text.substr(0, colon);
  const std::string_view hex = colon == std::string_view::npos ? text : text.substr(colon + 1);
  constexpr std::array<std::pair<std::string_view, std::size_t>, 3> kAlgorithms{
      {{"sha256", 64}, {"sha384", 96}, {"sha512", 128}}};
  return std::any_of(kAlgorithms.begin(), kAlgorithms.end(),
                     [&](const auto& known) { return known.first == algorithm && known.second == hex.size(); }) &&
         std::all_of(hex.begin(), hex.end(), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

std::optional<Digest> take_digest(std::string_view whole, std::string_view& rest) {
  const std::size_t at = rest.find('@');
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view text = rest.substr(at + 1);
  rest = rest.substr(0, at);
  const std::optional<Digest> digest = Digest::parse(text);
  if (!digest) refuse(whole, "the digest must be sha256: and 64 lower-case hex digits");
  return digest;
}

std::string take_tag(std::string_view whole, std::string_view& rest) {
  const std::size_t slash = rest.rfind('/');
  const std::size_t colon = rest.find(':', slash == std::string_view::npos ? 0 : slash);
  if (colon == std::string_view::npos) return {};
  const std::string_view tag = rest.substr(colon + 1);
  rest = rest.substr(0, colon);
  if (!is_tag(tag)) refuse(whole, "the tag must be 1 to 128 of [A-Za-z0-9_.-] and begin with none of '.' and '-'");
  return std::string(tag);
}

void take_host(std::string_view whole, std::string_view& rest, ImageReference& reference) {
  const std::size_t slash = rest.find('/');
  const std::string_view first = rest.substr(0, slash);
  if (slash == std::string_view::npos || !names_host(first)) {
    reference.host = kDockerHub;
    return;
  }
  if (!is_host(first))
    refuse(
        whole,
        "the registry must be a host name, an IPv4 address or an IPv6 address in brackets, and a port of 1 to 65535");
  reference.host = lower(first);
  // In lower case "REGISTRY/app" would be read as Docker Hub's registry/app: two images of one name.
  if (!names_host(reference.host)) refuse(whole, "a registry host without a dot or a port cannot be told from a path");
  const auto* hub = std::find(kDockerHubOtherNames.begin(), kDockerHubOtherNames.end(), reference.host);
  if (hub != kDockerHubOtherNames.end()) reference.host = kDockerHub;
  rest.remove_prefix(slash + 1);
}

}  // namespace

bool is_repository(std::string_view text) {
  return text.size() <= kNameBytesMax && is_path(text);
}

bool is_tag(std::string_view text) {
  return !text.empty() && text.size() <= kTagBytesMax && is_word(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

std::string ImageReference::text() const {
  std::string out = name();
  if (!tag.empty()) out += ":" + tag;
  if (digest) out += "@" + digest->text();
  return out;
}

ImageReference parse_image_reference(std::string_view text) {
  if (text.empty()) refuse(text, "it is empty");
  if (text.size() > kReferenceBytesMax) refuse(text, "it is longer than 1024 bytes");
  if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~'; })) {
    refuse(text, "only printable ASCII without spaces is allowed");
  }
  if (is_image_id(text)) refuse(text, "it is the id of an image on a node, not a name in a registry");
  std::string_view rest = text;
  ImageReference reference;
  reference.digest = take_digest(text, rest);
  // Without a slash a colon starts the tag; behind a host it may start the port, so the tag is taken after the last
  // slash.
  reference.tag = take_tag(text, rest);
  if (rest.empty()) refuse(text, "the repository is missing");
  take_host(text, rest, reference);
  if (!is_path(rest))
    refuse(text, "the repository must be lower-case letters and digits joined by '.', '_', '-' and '/'");
  reference.repository = std::string(rest);
  if (reference.host == kDockerHub && rest.find('/') == std::string_view::npos) {
    reference.repository = "library/" + reference.repository;
  }
  if (reference.name().size() > kNameBytesMax) refuse(text, "host and repository are longer than 255 bytes");
  if (reference.tag.empty() && !reference.digest) reference.tag = "latest";
  return reference;
}

}  // namespace base
