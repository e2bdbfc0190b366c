// A URL that is accepted reads its own text, and what it is resolved to is judged as what it says.
#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "net/http.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const net::Url base = net::parse_url("https://registry.example.com/v2/a?b");
  try {
    const net::Url url = net::resolve_url(base, text);
    CHECK(url.scheme == "https" || url.scheme == "http");
    CHECK(!url.host.empty() && url.port > 0 && url.target.starts_with('/'));
    CHECK(net::is_field_value(url.text()));
    CHECK(url.host.find('@') == std::string::npos);
    CHECK(net::parse_url(url.text()) == url);
  } catch (const base::ParseError&) {
    return 0;
  }
  return 0;
}
