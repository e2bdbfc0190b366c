#include "net/host_addresses.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>

#include "base/error.h"

namespace net {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

std::string without_brackets(const std::string& host) {
  return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

std::string numeric(const addrinfo& entry) {
  char host[NI_MAXHOST] = {};
  const int error = getnameinfo(entry.ai_addr, entry.ai_addrlen, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
  if (error != 0) throw base::NetworkError(std::string("an address cannot be written: ") + gai_strerror(error));
  return host;
}

using AddressList = std::unique_ptr<addrinfo, FreeAddresses>;

// Null where there is none; `error` says why.
AddressList look_up(const Url& url, int flags, int& error) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  error = getaddrinfo(without_brackets(url.host).c_str(), nullptr, &hints, &found);
  return AddressList(error == 0 ? found : nullptr);
}

}  // namespace

std::vector<std::string> addresses_of(const Url& url) {
  int error = 0;
  const AddressList list = look_up(url, 0, error);
  if (error != 0) throw base::NetworkError(url.host + " cannot be resolved: " + gai_strerror(error));
  std::vector<std::string> addresses;
  for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
    addresses.push_back(numeric(*entry));
  }
  std::ranges::sort(addresses);
  const auto repeated = std::ranges::unique(addresses);
  addresses.erase(repeated.begin(), repeated.end());
  return addresses;
}

std::optional<std::string> written_address(const Url& url) {
  int error = 0;
  const AddressList list = look_up(url, AI_NUMERICHOST, error);
  return list ? std::optional(numeric(*list)) : std::nullopt;
}

}  // namespace net
