#include "base/packed_fields.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"

namespace base {
namespace {

constexpr std::string_view kMessage = "this record is damaged";

TEST(PackedFields, ComeBackAsTheyWere) {
  const std::vector<std::uint64_t> numbers = {0,     1,     127,        128,
                                              16383, 16384, 4294967296, std::numeric_limits<std::uint64_t>::max()};
  FieldWriter writer;
  for (const std::uint64_t number : numbers) writer.number(number);
  writer.text("");
  writer.text(std::string(300, 'x'));
  writer.texts({"a", "", "b\0c"});
  const std::string bytes = writer.take();

  FieldReader reader(bytes, kMessage);
  for (const std::uint64_t number : numbers) EXPECT_EQ(reader.number(), number);
  EXPECT_EQ(reader.text(), "");
  EXPECT_EQ(reader.text(), std::string(300, 'x'));
  EXPECT_EQ(reader.texts(), (std::vector<std::string>{"a", "", "b\0c"}));
  EXPECT_TRUE(reader.is_at_end());
  reader.finish();
}

TEST(PackedFields, ANumberTakesAByteForSevenBits) {
  FieldWriter writer;
  writer.number(127);
  EXPECT_EQ(writer.bytes(), "\x7f");
  writer.clear();
  writer.number(128);
  EXPECT_EQ(writer.bytes(), "\x80\x01");
}

TEST(PackedFields, EveryCutOfARecordIsSaid) {
  FieldWriter writer;
  writer.number(1'000'000);
  writer.text("text");
  writer.texts({"one", "two"});
  const std::string bytes = writer.take();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    FieldReader reader(std::string_view(bytes).substr(0, length), kMessage);
    const auto read = [&reader] {
      static_cast<void>(reader.number());
      static_cast<void>(reader.text());
      static_cast<void>(reader.texts());
    };
    EXPECT_THROW(read(), ParseError) << length;
  }
}

TEST(PackedFields, ALieIsRefusedBeforeAnythingIsReserved) {
  const std::string huge_length = "\xff\xff\xff\xff\xff\xff\xff\xff\x7fx";
  EXPECT_THROW(static_cast<void>(FieldReader(huge_length, kMessage).text()), ParseError);
  EXPECT_THROW(static_cast<void>(FieldReader(huge_length, kMessage).texts()), ParseError);
  EXPECT_THROW(static_cast<void>(FieldReader(std::string(11, '\xff'), kMessage).number()), ParseError);
}

TEST(PackedFields, WordsAreThoseOfTheirEnumeration) {
  enum class Colour { kRed, kBlue };
  const std::string bytes = "\x01\x02";
  FieldReader reader(bytes, kMessage);
  EXPECT_EQ(reader.word(Colour::kBlue), Colour::kBlue);
  try {
    static_cast<void>(reader.word(Colour::kBlue));
    FAIL() << "2 is no colour";
  } catch (const ParseError& error) {
    EXPECT_EQ(error.what(), kMessage);
  }
  EXPECT_THROW(FieldReader("x", kMessage).finish(), ParseError);
}

}  // namespace
}  // namespace base
