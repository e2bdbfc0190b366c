#include "scanner/matching/deciding_records.h"

#include <map>

#include "scanner/advisories/intervals.h"
#include "scanner/matching/minor_streams.h"
#include "scanner/matching/record_names.h"
#include "scanner/matching/ubuntu_pro.h"

namespace scanner::matching {

namespace {

// What the records of one key that decide say.
struct Decided {
  std::set<std::string> mended;
  std::set<std::string> open;
};

}  // namespace

std::vector<std::string> keys_beside(std::string_view ecosystem, std::string_view version) {
  std::vector<std::string> keys;
  for (std::string key :
       {minor_stream_of(ecosystem, version), extended_life_key_of(ecosystem), pro_key_of(ecosystem)}) {
    if (!key.empty()) keys.push_back(std::move(key));
  }
  return keys;
}

bool decides(const advisories::Advisory& record, std::string_view version) {
  if (is_of_redhat_stream(record)) return true;
  return record.ecosystem.starts_with("deb:ubuntu:") && is_of_pro(record) == is_pro_version(version);
}

std::set<std::string> decided_as_mended(const std::vector<advisories::Advisory>& records, std::string_view version,
                                        const versions::VersionOrder& order) {
  std::map<std::string_view, Decided> by_key;
  for (const advisories::Advisory& record : records) {
    if (record.status != advisories::Status::kAffected || !decides(record, version)) continue;
    Decided& decided = by_key[record.ecosystem];
    (advisories::record_holds(record, version, order) ? decided.open : decided.mended).merge(names_of(record));
  }
  // By a higher number than its own minor release's nothing that was built for that one is mended.
  std::set<std::string> open_in_minor;
  for (const auto& [key, decided] : by_key) {
    if (is_of_earlier_minor(key)) open_in_minor.insert(decided.open.begin(), decided.open.end());
  }
  std::set<std::string> mended;
  for (auto& [key, decided] : by_key) {
    for (const std::string& name : decided.open) decided.mended.erase(name);
    if (is_of_extended_life(key))
      std::erase_if(decided.mended, [&](const auto& name) { return open_in_minor.contains(name); });
    mended.merge(decided.mended);
  }
  return mended;
}

}  // namespace scanner::matching
