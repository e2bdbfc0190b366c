// An HTTP client whose every request for one registry passes a gate.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "net/http_client.h"
#include "registry/request_gate.h"

namespace registry {

// `client` itself where `gate` is null. Else `gate` and `clock` must outlive the answer; what the gate throws ends the
// request before it is sent. Thread-safe as `client` is.
[[nodiscard]] std::unique_ptr<net::HttpClient> gated_client(std::unique_ptr<net::HttpClient> client, RequestGate* gate,
                                                            std::string host, const base::Clock& clock);

}  // namespace registry
