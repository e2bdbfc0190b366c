// One OSV record (https://ossf.github.io/osv-schema/) -> one Advisory for each package that it names.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/advisories/advisory.h"

namespace scanner::advisories {

struct OsvRecord {
  std::vector<Advisory> advisories;
  std::vector<std::string> notes;  // what was passed over, for a person; unescaped
  std::string modified;            // RFC 3339; empty where the record does not say or says a zero date
};

// Keeps its memory from record to record. Not thread-safe.
class OsvRecordParser {
 public:
  OsvRecordParser();
  ~OsvRecordParser();

  // `place` names the record in errors. Throws base::ParseError for what is not an OSV record, base::LimitExceeded for
  // one past a bound of limits.h. A record whose packages are all of unknown ecosystems gives no advisory but a note.
  [[nodiscard]] OsvRecord parse(std::string_view json, std::string_view place);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace scanner::advisories
