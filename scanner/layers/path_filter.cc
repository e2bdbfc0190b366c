#include "scanner/layers/path_filter.h"

#include <functional>

namespace scanner::layers {
namespace {

// Two hashes of one: probes at start, start + step, start + 2 step (Kirsch and Mitzenmacher).
struct Probe {
  explicit Probe(std::string_view path) : position(std::hash<std::string_view>{}(path)), step(position >> 32 | 1) {}
  std::uint64_t position;
  std::uint64_t step;
};

}  // namespace

void PathFilter::add(std::string_view path) {
  Probe probe(path);
  for (int i = 0; i < kProbes; ++i, probe.position += probe.step) {
    bits_[probe.position % kBits / 64] |= std::uint64_t{1} << (probe.position % 64);
  }
}

bool PathFilter::may_contain(std::string_view path) const {
  Probe probe(path);
  for (int i = 0; i < kProbes; ++i, probe.position += probe.step) {
    if ((bits_[probe.position % kBits / 64] >> (probe.position % 64) & 1U) == 0) return false;
  }
  return true;
}

}  // namespace scanner::layers
