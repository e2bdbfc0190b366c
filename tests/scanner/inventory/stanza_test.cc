#include "scanner/inventory/stanza.h"

#include <gtest/gtest.h>

namespace scanner::inventory {
namespace {

TEST(StanzaReader, PartsStanzasByBlankLines) {
  StanzaReader reader("\n\nA: 1\nB:2\n \t\r\n\nA: 3\n");
  Stanza stanza;

  ASSERT_TRUE(reader.next(stanza));
  EXPECT_EQ(stanza.line, 3U);
  EXPECT_EQ(stanza.value("A"), "1");
  EXPECT_EQ(stanza.value("b"), "2");
  EXPECT_EQ(stanza.broken_line, 0U);

  ASSERT_TRUE(reader.next(stanza));
  EXPECT_EQ(stanza.line, 7U);
  EXPECT_EQ(stanza.value("A"), "3");
  EXPECT_EQ(stanza.value("B"), "");

  EXPECT_FALSE(reader.next(stanza));
}

TEST(StanzaReader, KeepsTheFirstLineOfAValue) {
  StanzaReader reader("A: first \n second\n\tthird\nB:\n x\n");
  Stanza stanza;
  ASSERT_TRUE(reader.next(stanza));
  EXPECT_EQ(stanza.value("A"), "first");
  EXPECT_EQ(stanza.value("B"), "");
  EXPECT_EQ(stanza.fields.size(), 2U);
}

TEST(StanzaReader, TellsTheFirstBrokenLine) {
  for (const char* text : {"A: 1\nbroken\nalso broken\n", "A: 1\n:2\n", "A: 1\nx"}) {
    StanzaReader reader(text);
    Stanza stanza;
    ASSERT_TRUE(reader.next(stanza));
    EXPECT_EQ(stanza.broken_line, 2U) << text;
    EXPECT_EQ(stanza.value("A"), "1");
  }
}

TEST(StanzaReader, LettersAreExact) {
  StanzaReader reader("p:lower\nP:upper\n");
  Stanza stanza;
  ASSERT_TRUE(reader.next(stanza));
  EXPECT_EQ(stanza.value_of_letter('P'), "upper");
  EXPECT_EQ(stanza.value_of_letter('p'), "lower");
  EXPECT_EQ(stanza.value_of_letter('V'), "");
}

TEST(StanzaReader, FieldsAreBounded) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "F" + std::to_string(i) + ": x\n";
  StanzaReader reader(text);
  Stanza stanza;
  ASSERT_TRUE(reader.next(stanza));
  EXPECT_LE(stanza.fields.size(), 1024U);
  EXPECT_FALSE(reader.next(stanza));
}

TEST(StanzaReader, NothingHoldsNoStanza) {
  Stanza stanza;
  EXPECT_FALSE(StanzaReader("").next(stanza));
  EXPECT_FALSE(StanzaReader("\n \n\t\n").next(stanza));
}

}  // namespace
}  // namespace scanner::inventory
