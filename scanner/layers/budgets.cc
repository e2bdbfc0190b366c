#include "scanner/layers/budgets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <optional>

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/packed_fields.h"

namespace scanner::layers {
namespace {

struct Budget {
  std::string_view name;
  std::uint64_t Limits::*limit;
};

// In the order in which a child is told.
constexpr std::array kBudgets = {Budget{"layer-bytes", &Limits::layer_raw_bytes_max},
                                 Budget{"image-bytes", &Limits::image_raw_bytes_max},
                                 Budget{"ratio", &Limits::ratio_max},
                                 Budget{"ratio-after-bytes", &Limits::ratio_judged_after_bytes},
                                 Budget{"entries", &Limits::entries_max},
                                 Budget{"path-bytes", &Limits::path_bytes_max},
                                 Budget{"header-bytes", &Limits::extended_header_bytes_max},
                                 Budget{"file-bytes", &Limits::kept_file_bytes_max},
                                 Budget{"kept-bytes", &Limits::kept_bytes_max},
                                 Budget{"kept-nodes", &Limits::kept_nodes_max},
                                 Budget{"warnings", &Limits::warnings_max},
                                 Budget{"depth", &Limits::depth_max},
                                 Budget{"path-steps", &Limits::path_steps_max},
                                 Budget{"archive-depth", &Limits::archive_depth_max},
                                 Budget{"archive-members", &Limits::archive_members_max},
                                 Budget{"cpu-seconds", &Limits::cpu_seconds_max}};

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array kUnits = {Unit{"KiB", std::uint64_t{1} << 10}, Unit{"MiB", std::uint64_t{1} << 20},
                               Unit{"GiB", std::uint64_t{1} << 30}, Unit{"TiB", std::uint64_t{1} << 40}};

// "64MiB", "1000"; nullopt for what is no number from 1 on.
std::optional<std::uint64_t> parse_value(std::string_view text) {
  std::uint64_t factor = 1;
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    factor = unit.bytes;
    text.remove_suffix(unit.name.size());
    break;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0) return std::nullopt;
  return base::multiply_saturating(value, factor);
}

}  // namespace

std::vector<std::string_view> budget_names() {
  std::vector<std::string_view> names;
  for (const Budget& budget : kBudgets) names.push_back(budget.name);
  return names;
}

void set_budget(Limits& limits, std::string_view setting) {
  const std::size_t equals = std::min(setting.find('='), setting.size());
  const std::string_view name = setting.substr(0, equals);
  for (const Budget& budget : kBudgets) {
    if (budget.name != name) continue;
    const std::optional<std::uint64_t> value = parse_value(setting.substr(std::min(equals + 1, setting.size())));
    if (!value) {
      throw base::ConfigError(fmt::format("budget \"{}\": say {}=NUMBER, from 1 on, such as 1000 or 64MiB",
                                          base::escape_text(setting), name));
    }
    limits.*budget.limit = *value;
    return;
  }
  throw base::ConfigError(fmt::format("budget \"{}\": there is none of this name; there are {}",
                                      base::escape_text(setting), fmt::join(budget_names(), ", ")));
}

std::string write_budgets(const Limits& limits) {
  base::FieldWriter fields;
  for (const Budget& budget : kBudgets) fields.number(limits.*budget.limit);
  return fields.take();
}

Limits parse_budgets(std::string_view bytes) {
  base::FieldReader fields(bytes, "pipe protocol: unreadable budgets");
  Limits limits;
  for (const Budget& budget : kBudgets) limits.*budget.limit = fields.number();
  fields.finish();
  return limits;
}

}  // namespace scanner::layers
