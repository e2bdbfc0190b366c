#include "scanner/layers/path_filter.h"

#include <functional>

namespace scanner::layers {
namespace {

constexpr std::uint64_t kLineBits = 512;

// The line of a path, and a bit of it for each probe: other bits of one hash for each.
class Probes {
 public:
  Probes(std::string_view path, std::uint64_t bits)
      : hash_(std::hash<std::string_view>{}(path)), line_(hash_ % (bits / kLineBits) * kLineBits), rest_(hash_ >> 32) {}
  [[nodiscard]] std::uint64_t next() {
    const std::uint64_t position = line_ + rest_ % kLineBits;
    rest_ /= kLineBits;
    return position;
  }

 private:
  std::uint64_t hash_;
  std::uint64_t line_;
  std::uint64_t rest_;
};

}  // namespace

void PathFilter::add(std::string_view path) {
  Probes probes(path, kBits);
  for (int i = 0; i < kProbes; ++i) {
    const std::uint64_t position = probes.next();
    bits_[position / 64] |= std::uint64_t{1} << (position % 64);
  }
}

bool PathFilter::may_contain(std::string_view path) const {
  Probes probes(path, kBits);
  for (int i = 0; i < kProbes; ++i) {
    const std::uint64_t position = probes.next();
    if ((bits_[position / 64] >> (position % 64) & 1U) == 0) return false;
  }
  return true;
}

}  // namespace scanner::layers
