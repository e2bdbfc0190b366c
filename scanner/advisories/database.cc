#include "scanner/advisories/database.h"

#include <fmt/core.h>
#include <lmdb.h>

#include <optional>
#include <utility>

#include "base/error.h"
#include "scanner/advisories/advisory_codec.h"
#include "scanner/advisories/database_info.h"
#include "scanner/advisories/database_keys.h"
#include "scanner/advisories/signature.h"

namespace scanner::advisories {

namespace {

[[noreturn]] void unreadable(const std::string& path, std::string_view why) {
  throw base::ParseError(fmt::format("opening database {}: {}; build or fetch it again", path, why));
}

}  // namespace

// LMDB's environment is shared by all threads; each look-up has its own read transaction (MDB_NOTLS).
struct Database::State {
  std::string path;
  MDB_env* environment = nullptr;
  MDB_dbi database = 0;
  DatabaseInfo info;

  ~State() {
    if (environment != nullptr) mdb_env_close(environment);
  }

  void check(int status) const {
    if (status != MDB_SUCCESS) unreadable(path, mdb_strerror(status));
  }

  // Calls `use(value)` while the value is mapped; nullopt when there is no such key.
  template <typename Use>
  auto look_up(std::string_view key, Use&& use) const -> std::optional<decltype(use(std::string_view{}))> {
    if (key.size() > static_cast<std::size_t>(mdb_env_get_maxkeysize(environment))) return std::nullopt;
    MDB_txn* opened = nullptr;
    check(mdb_txn_begin(environment, nullptr, MDB_RDONLY, &opened));
    const std::unique_ptr<MDB_txn, decltype(&mdb_txn_abort)> transaction(opened, &mdb_txn_abort);
    MDB_val stored_key{key.size(), const_cast<char*>(key.data())};
    MDB_val value{};
    const int status = mdb_get(opened, database, &stored_key, &value);
    if (status == MDB_NOTFOUND) return std::nullopt;
    check(status);
    return use(std::string_view(static_cast<const char*>(value.mv_data), value.mv_size));
  }

  void open_environment(std::uint64_t body_bytes) {
    check(mdb_env_create(&environment));
    check(mdb_env_set_mapsize(environment, body_bytes));
    check(mdb_env_open(environment, path.c_str(), MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS, 0444));
    MDB_envinfo about{};
    MDB_stat statistics{};
    check(mdb_env_info(environment, &about));
    check(mdb_env_stat(environment, &statistics));
    // A page past the file's end would be a SIGBUS.
    if ((std::uint64_t{about.me_last_pgno} + 1) * statistics.ms_psize > body_bytes) unreadable(path, "truncated");
    MDB_txn* transaction = nullptr;
    check(mdb_txn_begin(environment, nullptr, MDB_RDONLY, &transaction));
    check(mdb_dbi_open(transaction, nullptr, 0, &database));
    check(mdb_txn_commit(transaction));
  }
};

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::~Database() = default;

std::shared_ptr<const Database> Database::open(const std::string& path) {
  const Signature signature = read_signature(path);
  auto state = std::make_unique<State>();
  state->path = path;
  state->open_environment(signature.body_bytes);
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
