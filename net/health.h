// What every program answers on its plain-HTTP listener: /livez, /readyz, /metrics.
#pragma once

#include <functional>
#include <string>

#include "net/http_server.h"
#include "net/metrics.h"

namespace net {

// Empty when ready; else why not, for a person. Called on a server thread: must not block.
using ReadyCheck = std::function<std::string()>;

// `metrics` must outlive the server.
[[nodiscard]] Handler make_health_handler(ReadyCheck not_ready_because, const Metrics& metrics);

}  // namespace net
