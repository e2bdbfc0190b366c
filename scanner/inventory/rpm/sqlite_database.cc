#include <fmt/format.h>
#include <sqlite3.h>

#include <cstdint>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "scanner/inventory/limits.h"
#include "scanner/inventory/rpm/rpm_database.h"

namespace scanner::inventory {
namespace {

// File format, sections 1.3.3 and 1.3.4: 2 there says that there is a write-ahead log. A database in memory has none.
constexpr std::size_t kWriteVersionAt = 18;
constexpr std::size_t kReadVersionAt = 19;
constexpr std::size_t kFileHeaderBytes = 100;
constexpr std::string_view kMagic{"SQLite format 3\0", 16};

// A row of a real database costs some ten steps; the bound stops a schema that was made to run for ever.
constexpr int kStepsBetweenChecks = 10'000;
constexpr int kChecksMax = 10'000;

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct FinishStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Connection = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinishStatement>;

[[noreturn]] void refuse(sqlite3* database) {
  throw base::ParseError(fmt::format("SQLite: {}", sqlite3_errmsg(database)));
}

// Owned by SQLite once it is deserialised.
unsigned char* copy_without_log(std::string_view content) {
  auto* const copy = static_cast<unsigned char*>(sqlite3_malloc64(content.size()));
  if (copy == nullptr) throw base::LimitExceeded(fmt::format("no memory for a database of {} bytes", content.size()));
  std::memcpy(copy, content.data(), content.size());
  copy[kWriteVersionAt] = 1;
  copy[kReadVersionAt] = 1;
  return copy;
}

int count_steps(void* checks) {
  return ++*static_cast<int*>(checks) > kChecksMax ? 1 : 0;
}

Connection open(std::string_view content, int& checks) {
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(":memory:", &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  Connection database(raw);
  if (opened != SQLITE_OK) refuse(raw);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_limit(raw, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(raw, SQLITE_LIMIT_SQL_LENGTH, 64 << 10);
  sqlite3_limit(raw, SQLITE_LIMIT_LENGTH, static_cast<int>(kRpmHeaderBytesMax));
  sqlite3_progress_handler(raw, kStepsBetweenChecks, count_steps, &checks);
  const auto size = static_cast<sqlite3_int64>(content.size());
  if (sqlite3_deserialize(raw, "main", copy_without_log(content), size, size,
                          SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY) != SQLITE_OK) {
    refuse(raw);
  }
  return database;
}

Statement prepare(sqlite3* database, const char* sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(database, sql, -1, &raw, nullptr) != SQLITE_OK) refuse(database);
  return Statement(raw);
}

}  // namespace

void read_sqlite_database(std::string_view content, const OnRpmHeader& on_header, BrokenParts& broken) {
  if (content.size() < kFileHeaderBytes || !content.starts_with(kMagic)) {
    throw base::ParseError("not an SQLite database");
  }
  if (content.size() > kRpmSqliteBytesMax) {
    throw base::LimitExceeded(fmt::format("a database of more than {} bytes", kRpmSqliteBytesMax));
  }
  int checks = 0;
  const Connection database = open(content, checks);
  const Statement statement = prepare(database.get(), "SELECT hnum, blob FROM Packages");
  RpmHeaderBudget budget(content);
  int status = SQLITE_ROW;
  // Cells may share what they overflow into, and pages of cells be shared.
  while (!budget.is_spent() && (status = sqlite3_step(statement.get())) == SQLITE_ROW) {
    const auto* const blob = static_cast<const char*>(sqlite3_column_blob(statement.get(), 1));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement.get(), 1));
    broken.attempt("row", static_cast<std::uint64_t>(sqlite3_column_int64(statement.get(), 0)), [&] {
      budget.take(size);
      on_header(blob == nullptr ? std::string_view{} : std::string_view(blob, size));
    });
  }
  if (!budget.is_spent() && status != SQLITE_DONE) broken.add("Packages", sqlite3_errmsg(database.get()));
}

}  // namespace scanner::inventory
