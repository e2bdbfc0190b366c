// Findings shared between reports: the same vulnerability in the same package stands in thousands of images, and is
// kept once, under a number of four bytes. Thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_set>
#include <vector>

#include "base/guarded.h"
#include "policy/facts.h"

namespace admission {

class RowPool {
 public:
  using Row = std::uint32_t;
  // Distinct findings at most.
  static constexpr std::size_t kRowsMax = std::size_t{1} << 24U;

  // The row of the pooled equal of `finding`, valid until as many releases as acquisitions. Throws base::Error when
  // the pool is full.
  [[nodiscard]] Row acquire(const policy::FindingFacts& finding);
  void release(std::span<const Row> rows);
  // The finding of an acquired row. Takes no lock: whoever got the row from another thread got the finding with it.
  [[nodiscard]] const policy::FindingFacts& at(Row row) const;
  [[nodiscard]] std::size_t size() const;

 private:
  // Findings never move: a chunk stays where it is made, and the list of chunks has all its places from the start.
  static constexpr std::size_t kChunkRows = 1024;
  struct Shared {
    policy::FindingFacts finding;
    std::uint64_t users = 0;
  };
  using Chunk = std::array<Shared, kChunkRows>;
  struct Hash {
    using is_transparent = void;
    const RowPool* pool;
    std::size_t operator()(const policy::FindingFacts& finding) const;
    std::size_t operator()(Row row) const { return (*this)(pool->at(row)); }
  };
  struct Equal {
    using is_transparent = void;
    const RowPool* pool;
    bool operator()(Row left, Row right) const { return left == right; }
    bool operator()(const policy::FindingFacts& left, Row right) const { return left == pool->at(right); }
    bool operator()(Row left, const policy::FindingFacts& right) const { return pool->at(left) == right; }
  };
  struct Rows {
    explicit Rows(const RowPool* pool) : known(0, Hash{pool}, Equal{pool}) {}
    std::unordered_set<Row, Hash, Equal> known;
    std::vector<Row> free;
    Row made = 0;  // those before it have been in use at some time
  };

  [[nodiscard]] Shared& shared(Row row) { return (*chunks_[row / kChunkRows])[row % kChunkRows]; }
  [[nodiscard]] Row free_row(Rows& rows);

  std::array<std::unique_ptr<Chunk>, kRowsMax / kChunkRows> chunks_;
  base::Guarded<Rows> rows_{Rows(this)};
};

// The rows of one user, released with it. Not thread-safe.
class HeldRows {
 public:
  explicit HeldRows(std::shared_ptr<RowPool> pool) : pool_(std::move(pool)) {}
  HeldRows(HeldRows&&) noexcept = default;
  HeldRows& operator=(HeldRows&&) = delete;
  ~HeldRows() {
    if (pool_) pool_->release(rows_);
  }

  void reserve(std::size_t count) { rows_.reserve(count); }
  void add(const policy::FindingFacts& finding) { rows_.push_back(pool_->acquire(finding)); }
  // Valid while this lives.
  [[nodiscard]] std::vector<const policy::FindingFacts*> findings() const;

 private:
  std::vector<RowPool::Row> rows_;
  std::shared_ptr<RowPool> pool_;
};

}  // namespace admission
