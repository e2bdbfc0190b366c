// Plain tables for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

// The widest line of a table that is meant for a terminal.
inline constexpr std::size_t kTableColumns = 100;

struct TableColumn {
  std::string title;
  std::size_t width_max;
};

// The rows under the titles, two blanks between columns, each column as wide as its longest cell or width_max. What
// does not fit is cut and ends in "...". The last column gets what is left of `line_width`, and is left out when that
// is less than a few letters. Every line ends with a newline; no row: empty. Cells are escaped here.
[[nodiscard]] std::string write_text_table(const std::vector<TableColumn>& columns,
                                           const std::vector<std::vector<std::string>>& rows, std::size_t line_width);

}  // namespace cli
