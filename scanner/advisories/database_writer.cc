#include "scanner/advisories/database_writer.h"

#include <fmt/core.h>
#include <lmdb.h>

#include <filesystem>
#include <utility>

#include "base/error.h"

namespace scanner::advisories {

namespace {

// Address space, not disk: the file grows as it is written.
constexpr std::size_t kMapBytes = std::size_t{64} << 30;
// A transaction keeps its pages in memory until it is committed.
constexpr std::size_t kCommitBytes = std::size_t{32} << 20;

}  // namespace

struct DatabaseWriter::State {
  std::string path;
  MDB_env* environment = nullptr;
  MDB_txn* transaction = nullptr;
  MDB_dbi database = 0;
  std::size_t uncommitted_bytes = 0;

  ~State() {
    if (transaction != nullptr) mdb_txn_abort(transaction);
    if (environment != nullptr) mdb_env_close(environment);
  }

  void check(int status) const {
    if (status != MDB_SUCCESS)
      throw base::ConfigError(fmt::format("writing database {}: {}", path, mdb_strerror(status)));
  }
  void begin() {
    check(mdb_txn_begin(environment, nullptr, 0, &transaction));
    check(mdb_dbi_open(transaction, nullptr, 0, &database));
    uncommitted_bytes = 0;
  }
  void commit() { check(mdb_txn_commit(std::exchange(transaction, nullptr))); }
};

DatabaseWriter::DatabaseWriter(const std::string& path) : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.path = path;
  if (std::filesystem::exists(path)) throw base::ConfigError(fmt::format("writing database {}: it exists", path));
  state.check(mdb_env_create(&state.environment));
  state.check(mdb_env_set_mapsize(state.environment, kMapBytes));
  // Nobody reads the file before it is finished, synced and renamed.
  constexpr unsigned kFlags = MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC | MDB_NOTLS;
  state.check(mdb_env_open(state.environment, path.c_str(), kFlags, 0644));
  state.begin();
}

DatabaseWriter::~DatabaseWriter() = default;

void DatabaseWriter::append(std::string_view key, std::string_view value) {
  State& state = *state_;
  MDB_val stored_key{key.size(), const_cast<char*>(key.data())};
  MDB_val stored_value{value.size(), const_cast<char*>(value.data())};
  state.check(mdb_put(state.transaction, state.database, &stored_key, &stored_value, MDB_APPEND));
  state.uncommitted_bytes += key.size() + value.size();
  if (state.uncommitted_bytes >= kCommitBytes) {
    state.commit();
    state.begin();
  }
}

void DatabaseWriter::finish() {
  state_->commit();
  state_->check(mdb_env_sync(state_->environment, 1));
  mdb_env_close(std::exchange(state_->environment, nullptr));
}

}  // namespace scanner::advisories
