// For how long a registry wants to be left alone.
#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "net/http.h"
#include "net/http_client.h"

namespace registry {

// What a 429 or 503 asks for, within 1 s and 5 min whatever the registry says; nullopt when it says nothing readable.
// Knows seconds, dates, and the Go durations that some registries put into the body.
[[nodiscard]] std::optional<std::chrono::seconds> parse_retry_after(const net::HttpResponse& response,
                                                                    base::SystemTime now);

}  // namespace registry
