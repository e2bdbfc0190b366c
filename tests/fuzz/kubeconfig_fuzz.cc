// Any text is a kubeconfig or is refused with a ConfigError.
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "kubernetes/kubeconfig.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Files would be read: what they hold is not the subject here.
  if (text.find("/dev/") != std::string_view::npos || text.find("/proc/") != std::string_view::npos) return 0;
  try {
    (void)kubernetes::parse_kubeconfig(text, "/nonexistent/kubeconfig", {});
  } catch (const base::ConfigError& error) {
    CHECK(*error.what() != '\0');
  }
  return 0;
}
