#include "scanner/matching/deciding_records.h"

#include "scanner/advisories/intervals.h"
#include "scanner/matching/minor_streams.h"
#include "scanner/matching/record_names.h"
#include "scanner/matching/ubuntu_pro.h"

namespace scanner::matching {

std::vector<std::string> keys_beside(std::string_view ecosystem, std::string_view version) {
  std::vector<std::string> keys;
  for (std::string key : {minor_stream_of(ecosystem, version), pro_key_of(ecosystem)}) {
    if (!key.empty()) keys.push_back(std::move(key));
  }
  return keys;
}

bool decides(const advisories::Advisory& record, std::string_view version) {
  if (is_of_minor_stream(record)) return true;
  return record.ecosystem.starts_with("deb:ubuntu:") && is_of_pro(record) == is_pro_version(version);
}

std::set<std::string> decided_as_mended(const std::vector<advisories::Advisory>& records, std::string_view version,
                                        const versions::VersionOrder& order) {
  std::set<std::string> mended;
  std::set<std::string> open;
  for (const advisories::Advisory& record : records) {
    if (record.status != advisories::Status::kAffected || !decides(record, version)) continue;
    (advisories::record_holds(record, version, order) ? open : mended).merge(names_of(record));
  }
  for (const std::string& name : open) mended.erase(name);
  return mended;
}

}  // namespace scanner::matching
