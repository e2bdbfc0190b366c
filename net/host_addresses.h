// What a host's name stands for, where it matters that it stands for several machines.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/http.h"

namespace net {

// The numeric addresses of the URL's host ("10.0.0.7", "fd00::7"), each once, sorted as text. Asks the system's
// resolver, and so takes as long as resolv.conf lets that take. Throws base::NetworkError that names the host.
// Thread-safe.
[[nodiscard]] std::vector<std::string> addresses_of(const Url& url);

// The address that the URL's host is, in whatever way it is written ("127.1", "0x7f000001"); nullopt: it is a name.
[[nodiscard]] std::optional<std::string> written_address(const Url& url);

}  // namespace net
