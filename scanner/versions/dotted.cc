// Lists of numbers, the longer of two that begin alike being the greater: Haskell's package versioning policy
// (https://pvp.haskell.org) and R's package versions, where a hyphen parts numbers as a dot does.
#include "scanner/versions/digits.h"
#include "scanner/versions/version_order.h"

namespace scanner::versions {
namespace {

class DottedOrder final : public VersionOrder {
 public:
  std::string_view name() const override { return "dotted"; }

  bool readable(std::string_view version) const override {
    bool number_due = true;
    for (const char c : version) {
      const bool separator = c == '.' || c == '-';
      if ((!separator && !is_digit(c)) || (separator && number_due)) return false;
      number_due = separator;
    }
    return !number_due;
  }

  std::strong_ordering order(std::string_view left, std::string_view right) const override {
    while (!left.empty() && !right.empty()) {
      const auto answer = compare_numbers(take_digits(left), take_digits(right));
      if (answer != 0) return answer;
      if (left.empty() || right.empty()) break;
      left.remove_prefix(1);
      right.remove_prefix(1);
    }
    return right.empty() <=> left.empty();
  }
};

}  // namespace

const VersionOrder& dotted_order() {
  static const DottedOrder order;
  return order;
}

}  // namespace scanner::versions
