#include "scanner/inventory/rust/rust_program_extractor.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "tests/scanner/inventory/extraction_support.h"

namespace scanner::inventory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using tests::extract;
using tests::names_and_versions;

TEST(RustProgramExtractor, TellsWhatTheProgramIsMadeOf) {
  const Extraction extraction = extract(RustProgramExtractor(), "usr/bin/tool", R"({"packages":[
    {"name":"adler","version":"1.0.2","source":"crates.io"},
    {"name":"autocfg","version":"1.1.0","source":"crates.io","kind":"build"},
    {"name":"forked","version":"0.3.0","source":"git","kind":"runtime"},
    {"name":"tool","version":"0.1.0","source":"local","root":true,"dependencies":[0,2]}]})");
  EXPECT_THAT(names_and_versions(extraction.packages), ElementsAre("adler 1.0.2", "forked 0.3.0"));
  EXPECT_EQ(extraction.packages[0].type, "cargo");
  EXPECT_EQ(extraction.packages[0].purl, "pkg:cargo/adler@1.0.2");
  EXPECT_FALSE(extraction.is_locked) << "it is in the program";
  EXPECT_THAT(extraction.warnings, IsEmpty());
}

TEST(RustProgramExtractor, AListThatIsNoneIsRefused) {
  for (const char* text : {"", "{}", "[]", R"({"packages":{}})", "{\"packages\":["}) {
    const RustProgramExtractor extractor;
    EXPECT_THROW(static_cast<void>(extractor.extract({.path = "usr/bin/tool", .content = text})), base::ParseError)
        << text;
  }
}

TEST(RustProgramExtractor, EntriesWithoutANameAreAWarning) {
  const Extraction extraction =
      extract(RustProgramExtractor(), "usr/bin/tool", R"({"packages":[{"version":"1.0.0"}, 7]})");
  EXPECT_THAT(extraction.packages, IsEmpty());
  EXPECT_EQ(extraction.warnings.size(), 1U);
}

}  // namespace
}  // namespace scanner::inventory
