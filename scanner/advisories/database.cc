#include "scanner/advisories/database.h"

#include <fmt/core.h>

#include <optional>
#include <utility>

#include "base/error.h"
#include "scanner/advisories/advisory_codec.h"
#include "scanner/advisories/database_info.h"
#include "scanner/advisories/database_keys.h"
#include "scanner/advisories/database_table.h"
#include "scanner/advisories/mapped_file.h"
#include "scanner/advisories/signature.h"

namespace scanner::advisories {

namespace {

[[noreturn]] void unreadable(const std::string& path, std::string_view why) {
  throw base::ParseError(fmt::format("opening database {}: {}; build or fetch it again", path, why));
}

}  // namespace

struct Database::State {
  MappedFile file;
  DatabaseTable table;
  DatabaseInfo info;

  State(const std::string& path, std::uint64_t body_bytes) : file(path, body_bytes), table(file.bytes(), path) {}

  // Calls `use(value)`; nullopt when there is no such key.
  template <typename Use>
  auto look_up(std::string_view key, Use&& use) const -> std::optional<decltype(use(std::string_view{}))> {
    const std::optional<std::string_view> value = table.find(key);
    if (!value) return std::nullopt;
    return use(*value);
  }
};

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::~Database() = default;

std::shared_ptr<const Database> Database::open(const std::string& path) {
  const Signature signature = read_signature(path);
  auto state = std::make_unique<State>(path, signature.body_bytes);
  const auto info = state->look_up(kInfoKey, [&](std::string_view json) { return parse_database_info(json, path); });
  if (!info) unreadable(path, "no information record in it");
  state->info = *info;
  state->info.bytes = signature.body_bytes + kSignatureBytes;
  if (state->info.generation != signature.generation) unreadable(path, "its parts are of two generations");
  return std::shared_ptr<const Database>(new Database(std::move(state)));
}

const DatabaseInfo& Database::info() const {
  return state_->info;
}

std::vector<Advisory> Database::find(std::string_view ecosystem, std::string_view package) const {
  const auto read = [&](std::string_view value) {
    std::vector<Advisory> advisories;
    for (const std::string_view item : decode_list(value)) {
      Advisory& advisory = advisories.emplace_back(decode_advisory(item));
      advisory.ecosystem = ecosystem;
      advisory.package = package;
    }
    return advisories;
  };
  return state_->look_up(advisory_key(ecosystem, package), read).value_or(std::vector<Advisory>{});
}

bool Database::covers(std::string_view ecosystem) const {
  return state_->look_up(ecosystem_key(ecosystem), [](std::string_view) { return true; }).has_value();
}

std::vector<Rating> Database::issue_ratings_of(std::string_view cve) const {
  return state_->look_up(issue_key(cve), decode_ratings).value_or(std::vector<Rating>{});
}

std::vector<Rating> Database::ratings_of(std::string_view id) const {
  return state_->look_up(rating_key(id), decode_ratings).value_or(std::vector<Rating>{});
}

std::vector<std::string> Database::references_of(std::string_view id) const {
  const auto read = [](std::string_view value) {
    const std::vector<std::string_view> references = decode_list(value);
    return std::vector<std::string>(references.begin(), references.end());
  };
  return state_->look_up(reference_key(id), read).value_or(std::vector<std::string>{});
}

Threat Database::threat_of(std::string_view cve) const {
  return state_->look_up(threat_key(cve), decode_threat).value_or(Threat{});
}

}  // namespace scanner::advisories
