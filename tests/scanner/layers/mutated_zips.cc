#include "tests/scanner/layers/mutated_zips.h"

#include <array>
#include <string_view>

#include "tests/scanner/layers/dice.h"
#include "tests/support/zip_builder.h"

namespace tests {
namespace {

using namespace std::string_view_literals;

constexpr auto kNames = std::to_array<std::string_view>(
    {"META-INF/MANIFEST.MF", "a", "a/", "a/b", "../a", "/a", "", "BOOT-INF/lib/x.jar", "a\\b", "\xff"});
constexpr auto kSignatures = std::to_array<std::string_view>(
    {"PK\x01\x02", "PK\x03\x04", "PK\x05\x06", "PK\x06\x06", "PK\x06\x07", "PK\x07\x08"});
// What two and four bytes of a header may say.
constexpr auto kNumbers = std::to_array<std::string_view>(
    {"\0\0"sv, "\1\0"sv, "\xff\xff"sv, "\0\0\0\0"sv, "\1\0\0\0"sv, "\xff\xff\xff\xff"sv, "\x08\0"sv, "\x16\0"sv});

std::string some_zip(Dice& dice, int depth) {
  ZipBuilder zip;
  for (std::size_t left = dice.below(4); left > 0; --left) {
    std::string name(dice.of(kNames));
    if (dice.one_in(3)) name += some_text(dice, 4);
    std::string content = some_text(dice, 300);
    if (depth == 0 && dice.one_in(4)) content = some_zip(dice, 1);
    if (dice.one_in(2)) {
      zip.stored(name, content);
    } else {
      zip.deflated(name, content);
    }
  }
  return zip.archive();
}

// A signature, or what stands behind one, becomes something else.
void damage_header(std::string& zip, Dice& dice) {
  const std::string_view signature = dice.of(kSignatures);
  const std::size_t at = zip.rfind(signature, dice.below(zip.size() + 1));
  if (at == std::string::npos) return;
  const std::string_view value = dice.of(kNumbers);
  const std::size_t field = at + 4 + dice.below(44);
  if (field + value.size() <= zip.size()) zip.replace(field, value.size(), value);
}

// Behind the end, as a comment that the end record knows or not: text, an end record, or a whole archive.
void add_behind(std::string& zip, Dice& dice) {
  std::string more = some_text(dice, 30);
  if (dice.one_in(2)) more.insert(dice.below(more.size() + 1), some_zip(dice, 1));
  if (dice.one_in(2)) more.insert(dice.below(more.size() + 1), "PK\x05\x06" + std::string(18, '\0'));
  if (dice.one_in(2) && zip.size() >= 2) {
    zip[zip.size() - 2] = static_cast<char>(more.size() & 0xff);
    zip[zip.size() - 1] = static_cast<char>(more.size() >> 8);
  }
  zip += more;
}

std::string little(std::uint64_t value, int bytes) {
  std::string result;
  for (int index = 0; index < bytes; ++index) result.push_back(static_cast<char>(value >> (8 * index) & 0xffU));
  return result;
}

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t number = 0;
  for (std::size_t index = size; index-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[at + index]);
  return number;
}

// A zip64 end record with its locator, which says what the end record says or something else.
void add_end64(std::string& zip, Dice& dice) {
  constexpr std::size_t kEndBytes = 22;
  const std::size_t end = zip.size() - kEndBytes;
  const auto perhaps = [&](std::uint64_t value) { return dice.one_in(6) ? dice.below(300) : value; };
  const std::uint64_t members = perhaps(number_at(zip, end + 10, 2));
  const std::string record = "PK\x06\x06" + little(perhaps(44), 8) + std::string(12, '\0') + little(members, 8) +
                             little(members, 8) + little(perhaps(number_at(zip, end + 12, 4)), 8) +
                             little(perhaps(number_at(zip, end + 16, 4)), 8);
  if (dice.one_in(2)) zip.replace(end + 10, 2, "\xff\xff");
  if (dice.one_in(2)) zip.replace(end + 12, 8, std::string(8, '\xff'));
  // Somewhere before, in the comment, or where it belongs; with a second archive's directory between it and its
  // locator.
  const std::size_t at = dice.one_in(4) ? dice.below(end + 1) : end;
  const std::string between = dice.one_in(4) ? some_zip(dice, 1) : std::string();
  const bool in_comment = dice.one_in(6);
  const std::size_t led_to = in_comment ? zip.size() + 20 + between.size() : perhaps(at);
  const std::string locator = "PK\x06\x07" + little(0, 4) + little(led_to, 8) + little(1, 4);
  if (in_comment) {
    zip.insert(end, locator);
    zip += between + record;
    return;
  }
  if (at == end) {
    zip.insert(end, record + between + locator);
  } else {
    zip.insert(end, between + locator);
    zip.insert(at, record);
  }
}

}  // namespace

std::string mutated_zip(std::uint32_t number) {
  Dice dice(number);
  std::string zip = some_zip(dice, 0);
  if (dice.one_in(4)) add_end64(zip, dice);
  if (dice.one_in(4)) zip.insert(0, some_text(dice, 100));
  if (dice.one_in(4)) add_behind(zip, dice);
  for (std::size_t left = dice.below(3); left > 0; --left) damage_header(zip, dice);
  if (dice.one_in(6)) damage_bytes(zip, dice);
  return zip;
}

}  // namespace tests
