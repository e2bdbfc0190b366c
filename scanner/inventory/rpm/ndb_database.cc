#include <cstdint>

#include "base/error.h"
#include "scanner/inventory/byte_reader.h"
#include "scanner/inventory/rpm/rpm_database.h"

namespace scanner::inventory {
namespace {

constexpr std::string_view kDatabaseMagic = "RpmP";
constexpr std::string_view kSlotMagic = "Slot";
constexpr std::string_view kBlobMagic = "BlbS";
constexpr std::size_t kSlotPagesAt = 12;
constexpr std::size_t kPageBytes = 4096;
constexpr std::size_t kSlotBytes = 16;
constexpr std::size_t kHeaderSlots = 2;  // the database's own header takes their place
constexpr std::size_t kBlockBytes = 16;
constexpr std::size_t kBlobHeaderBytes = 16;

// A slot that holds nothing has the block number 0.
void read_slot(const ByteReader& file, std::size_t slot, RpmHeaderBudget& budget, const OnRpmHeader& on_header) {
  if (file.piece(slot, kSlotMagic.size()) != kSlotMagic) throw base::ParseError("not a slot");
  const std::size_t block = file.u32(slot + 8);
  if (block == 0) return;
  const std::size_t blob = block * kBlockBytes;
  if (file.piece(blob, kBlobMagic.size()) != kBlobMagic) throw base::ParseError("the slot leads to no header");
  if (file.u32(blob + 4) != file.u32(slot + 4)) throw base::ParseError("the slot leads to another package");
  const std::string_view header = file.piece(blob + kBlobHeaderBytes, file.u32(blob + 12));
  budget.take(header.size());
  on_header(header);
}

}  // namespace

void read_ndb_database(std::string_view content, const OnRpmHeader& on_header, BrokenParts& broken) {
  const ByteReader file(content, ByteOrder::kLittle);
  if (file.piece(0, kDatabaseMagic.size()) != kDatabaseMagic) throw base::ParseError("not an ndb database");
  const std::size_t slots_end = std::size_t{file.u32(kSlotPagesAt)} * kPageBytes;
  if (slots_end > content.size()) throw base::ParseError("the ndb database is cut off");
  RpmHeaderBudget budget(content);
  for (std::size_t slot = kHeaderSlots * kSlotBytes; slot < slots_end && !budget.is_spent(); slot += kSlotBytes) {
    broken.attempt("slot", slot / kSlotBytes, [&] { read_slot(file, slot, budget, on_header); });
  }
}

}  // namespace scanner::inventory
