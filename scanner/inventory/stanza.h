// Reads files of "Field: value" lines in stanzas parted by blank lines: dpkg's status (deb822(5)), apk's installed
// database and the head of Python's metadata.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace scanner::inventory {

// Views into the text that was read. Of a value that goes on in following lines only the first line is kept.
struct Stanza {
  std::vector<std::pair<std::string_view, std::string_view>> fields;  // values without blanks around them
  std::size_t line = 0;                                               // its first line, from 1
  std::size_t broken_line = 0;  // the first line that is neither field nor continuation; 0: none

  // The first field of this name, in any case or exactly; an empty view when there is none.
  [[nodiscard]] std::string_view value(std::string_view name) const;
  [[nodiscard]] std::string_view value_of_letter(char name) const;
};

class StanzaReader {
 public:
  // `text` must outlive the reader and its stanzas.
  explicit StanzaReader(std::string_view text) : rest_(text) {}

  // Reads the next stanza into `stanza`; false at the end. Blank lines before it are skipped.
  [[nodiscard]] bool next(Stanza& stanza);

 private:
  std::string_view rest_;
  std::size_t line_ = 0;
};

}  // namespace scanner::inventory
