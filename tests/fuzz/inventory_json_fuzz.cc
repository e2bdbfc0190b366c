// An inventory that is accepted is written and read back as the same; the scan service's messages are refused or read.
#include <string_view>

#include "base/error.h"
#include "scanner/report_json.h"
#include "scanner/report_wire.h"

namespace {

void read_inventory(std::string_view text) {
  try {
    const scanner::Inventory first = scanner::parse_inventory(text);
    const scanner::Inventory second = scanner::parse_inventory(scanner::write_inventory(first));
    CHECK(first.packages == second.packages);
    CHECK(first.warnings == second.warnings);
    CHECK(first.complete == second.complete);
    CHECK(first.distribution == second.distribution);
  } catch (const base::Error&) {
    return;
  }
}

void read_request(std::string_view text) {
  try {
    const scanner::ScanRequest request = scanner::parse_scan_request(text);
    CHECK(scanner::parse_scan_request(scanner::write_scan_request(request)).reference == request.reference);
  } catch (const base::Error&) {
    return;
  }
}

void read_answer(std::string_view text) {
  try {
    scanner::ScanAnswerReader reader;
    reader.feed(text.substr(0, text.size() / 2));
    reader.feed(text.substr(text.size() / 2));
    static_cast<void>(reader.finish());
  } catch (const base::Error&) {
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_inventory(text);
  read_request(text);
  read_answer(text);
  return 0;
}
