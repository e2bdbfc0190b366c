// The databases in which rpm keeps the headers of what is installed. Each reader is given the whole file and hands over
// one header after the other; none ever writes.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "scanner/inventory/package_text.h"

namespace scanner::inventory {

// Called with each header; the view lives as long as the call. What it throws goes through.
using OnRpmHeader = std::function<void(std::string_view header)>;

// What the headers of one file may be long in all, and each.
class RpmHeaderBudget {
 public:
  explicit RpmHeaderBudget(std::string_view file) : left_(file.size()) {}
  // Before a header of this length is read. Throws base::LimitExceeded.
  void take(std::size_t bytes);
  // It threw, and will: nothing more is to be read.
  [[nodiscard]] bool is_spent() const { return is_spent_; }

 private:
  std::size_t left_;
  bool is_spent_ = false;
};

// All throw base::ParseError for a file that is no database of their kind; what is wrong with a part of it is added to
// `broken`, and the rest is read. Headers lie in a file beside each other: once those that were read are as long as the
// file they lie upon each other, and no more is read.

// Berkeley DB, hash method: var/lib/rpm/Packages of rpm up to 4.15. Read without its library, which is not built to be
// given hostile files; the layout is that of dbinc/db_page.h of Berkeley DB 4 and 5.
void read_berkeley_database(std::string_view content, const OnRpmHeader& on_header, BrokenParts& broken);

// ndb: Packages.db of SUSE. The layout is that of lib/backend/ndb/rpmpkg.c.
void read_ndb_database(std::string_view content, const OnRpmHeader& on_header, BrokenParts& broken);

// SQLite: rpmdb.sqlite of rpm since 4.16, by SQLite itself on a copy in memory, read-only and bounded in its steps.
void read_sqlite_database(std::string_view content, const OnRpmHeader& on_header, BrokenParts& broken);

}  // namespace scanner::inventory
