// Two versions parted by a newline: every order answers, turned round the other way about, and calls each equal to
// itself.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "scanner/versions/version_order.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view left = input.substr(0, input.find('\n'));
  const std::string_view right = input.substr(left.size() == input.size() ? left.size() : left.size() + 1);
  for (const char* type :
       {"deb", "apk", "rpm", "pypi", "npm", "maven", "gem", "nuget", "composer", "cran", "conan", "pub", "bitnami"}) {
    const auto& order = *scanner::versions::order_for(type);
    CHECK(order.order(left, left) == 0);
    CHECK(order.order(left, right) == 0 <=> order.order(right, left));
    CHECK(order.compare(left, right).has_value() == (order.readable(left) && order.readable(right)));
  }
  return 0;
}
