#include "cli/text_table.h"

#include <algorithm>

#include "base/log.h"

namespace cli {
namespace {

constexpr std::string_view kGap = "  ";
constexpr std::string_view kCut = "...";
// Narrower, a title says nothing.
constexpr std::size_t kLastColumnMin = 16;

bool starts_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

// Characters, not bytes; wide ones count once.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

std::string fit(std::string_view text, std::size_t width) {
  if (width_of(text) <= width) return std::string(text);
  std::size_t kept = 0;
  std::size_t end = 0;
  while (end < text.size() && (kept < width - kCut.size() || !starts_character(text[end]))) {
    kept += starts_character(text[end]) ? 1 : 0;
    ++end;
  }
  return std::string(text.substr(0, end)) + std::string(kCut);
}

std::string write_row(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const std::string cell = fit(cells[i], widths[i]);
    if (i > 0) line += kGap;
    line += cell;
    line.append(widths[i] - std::min(widths[i], width_of(cell)), ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::vector<std::size_t> widths_of(const std::vector<TableColumn>& columns,
                                   const std::vector<std::vector<std::string>>& rows, std::size_t line_width) {
  std::vector<std::size_t> widths;
  std::size_t used = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::size_t width = width_of(columns[i].title);
    for (const auto& row : rows) width = std::max(width, width_of(row[i]));
    width = std::min(width, columns[i].width_max);
    if (i + 1 == columns.size()) {
      if (used + kLastColumnMin > line_width) break;
      width = std::min(width, line_width - used);
    }
    widths.push_back(width);
    used += width + kGap.size();
  }
  return widths;
}

}  // namespace

std::string write_text_table(const std::vector<TableColumn>& columns, const std::vector<std::vector<std::string>>& rows,
                             std::size_t line_width) {
  if (rows.empty()) return {};
  std::vector<std::vector<std::string>> escaped = rows;
  for (auto& row : escaped) {
    for (auto& cell : row) cell = base::escape_text(cell);
  }
  const std::vector<std::size_t> widths = widths_of(columns, escaped, line_width);
  std::vector<std::string> titles;
  for (const TableColumn& column : columns) titles.push_back(column.title);
  std::string table = write_row(titles, widths);
  for (const auto& row : escaped) table += write_row(row, widths);
  return table;
}

}  // namespace cli
