// A Bloom filter over paths: fixed memory, no false "absent".
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace scanner::layers {

// The probes of a path lie in one line of the processor's cache. At 300,000 paths one answer in 800 is a false
// "perhaps", at 3,000,000 one in 4. It only ever causes a warning.
class PathFilter {
 public:
  PathFilter() : bits_(kBits / 64) {}
  void add(std::string_view path);
  [[nodiscard]] bool may_contain(std::string_view path) const;

 private:
  static constexpr std::uint64_t kBits = std::uint64_t{1} << 23;
  static constexpr int kProbes = 3;
  std::vector<std::uint64_t> bits_;
};

}  // namespace scanner::layers
