// What a release of Elixir or Erlang holds, and rebar3's lock file.
#include <gmock/gmock.h>

#include "base/error.h"
#include "scanner/inventory/elixir/erlang_tokens.h"
#include "scanner/inventory/language_files.h"
#include "tests/scanner/inventory/extraction_support.h"

namespace scanner::inventory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = ErlangToken::Kind;

// As mix writes it.
constexpr std::string_view kJason =
    "{application,jason,\n"
    "             [{modules,['Elixir.Enumerable.Jason.OrderedObject','Elixir.Jason']},\n"
    "              {compile_env,[{jason,[decode_float],error}]},\n"
    "              {optional_applications,[decimal]},\n"
    "              {applications,[kernel,stdlib,elixir,decimal]},\n"
    "              {description,\"A \\\"fast\\\" parser, {vsn,\\\"0\\\"}\"},\n"
    "              {env,[{vsn,\"9.9.9\"}]},\n"
    "              {registered,[]},\n"
    "              {vsn,\"1.4.0\"}]}.\n";

Extraction extract_application(std::string_view content) {
  return tests::extract(*make_elixir_extractor(), "app/lib/a-1/ebin/a.app", content);
}

TEST(ErlangTokens, AreTheWordsOfATerm) {
  ErlangTokens tokens("% a comment\n{vsn, 'Elixir.A\\'b', \"a\\\"\", <<\"c\">>, $\", $\\n, 1}.");
  std::vector<ErlangToken> all;
  for (ErlangToken token = tokens.next(); token.kind != Kind::kEnd; token = tokens.next()) all.push_back(token);
  const ErlangToken comma{.kind = Kind::kSign, .text = ","};
  EXPECT_THAT(
      all, ElementsAre(ErlangToken{Kind::kSign, "{"}, ErlangToken{Kind::kAtom, "vsn"}, comma,
                       ErlangToken{Kind::kAtom, "Elixir.A\\'b"}, comma, ErlangToken{Kind::kText, "a\\\""}, comma,
                       ErlangToken{Kind::kSign, "<<"}, ErlangToken{Kind::kText, "c"}, ErlangToken{Kind::kSign, ">>"},
                       comma, ErlangToken{Kind::kOther, "$\""}, comma, ErlangToken{Kind::kOther, "$\\n"}, comma,
                       ErlangToken{Kind::kOther, "1"}, ErlangToken{Kind::kSign, "}"}, ErlangToken{Kind::kSign, "."}));
}

TEST(ErlangTokens, EndWhereTheTextIsCutOff) {
  for (const char* text : {"\"a", "'a", "\"a\\", "$", "$\\", "%", "<"}) {
    ErlangTokens tokens(text);
    for (int i = 0; i < 3; ++i) static_cast<void>(tokens.next());
    EXPECT_EQ(tokens.next().kind, Kind::kEnd) << text;
  }
}

TEST(ErlangApplication, IsAPackageOfHex) {
  const Extraction extraction = extract_application(kJason);
  EXPECT_THAT(tests::names_and_versions(extraction.packages), ElementsAre("jason 1.4.0"));
  EXPECT_EQ(extraction.packages.front().purl, "pkg:hex/jason@1.4.0");
  EXPECT_FALSE(extraction.is_locked);
  EXPECT_THAT(extraction.warnings, IsEmpty());
}

// As rebar3 writes it.
TEST(ErlangApplication, MayHaveItsVersionFirst) {
  const Extraction extraction = extract_application(
      "%% coding: utf-8\n{application, 'cowboy', [\n\t{description, \"HTTP.\"},\n\t{vsn, \"2.9.0\"},\n"
      "\t{modules, ['cowboy']},\n\t{env, []}\n]}.\n");
  EXPECT_THAT(tests::names_and_versions(extraction.packages), ElementsAre("cowboy 2.9.0"));
}

TEST(ErlangApplication, OfOtpItselfIsNoPackageOfHex) {
  for (const char* name : {"asn1", "kernel", "stdlib", "crypto", "elixir", "logger", "xmerl"}) {
    const Extraction extraction =
        extract_application(std::string("{application, ") + name + ", [{vsn, \"1.0\"}, {env, []}]}.");
    EXPECT_THAT(extraction.packages, IsEmpty()) << name;
    EXPECT_THAT(extraction.warnings, IsEmpty()) << name;
  }
}

TEST(ErlangApplication, WithoutAVersionIsNobodys) {
  for (const char* list : {"[]", "[{vsn, git}]", "[{vsn, {cmd, \"git describe\"}}]", "[{env, [{vsn, \"1\"}]}]"}) {
    const Extraction extraction = extract_application(std::string("{application, a, ") + list + "}.");
    EXPECT_THAT(extraction.packages, IsEmpty()) << list;
    EXPECT_THAT(extraction.warnings, IsEmpty()) << list;
  }
}

TEST(ErlangApplication, CutOffOrOfAnotherKindIsRefused) {
  const std::string whole(kJason);
  for (std::size_t size = 0; size < whole.find("\"}]}."); ++size) {
    EXPECT_THAT([&] { return extract_application(whole.substr(0, size)).packages; },
                testing::Throws<base::ParseError>())
        << size;
  }
  EXPECT_THROW(static_cast<void>(extract_application("{release, {\"a\", \"1\"}, []}.")), base::ParseError);
}

TEST(ErlangApplication, LiesInItsFolderOfPrograms) {
  const auto extractor = make_elixir_extractor();
  for (const char* path : {"app/lib/jason-1.4.0/ebin/jason.app", "srv/_build/prod/lib/jason/ebin/jason.app"}) {
    EXPECT_TRUE(extractor->wants(path)) << path;
  }
  for (const char* path : {"Applications/Some.app", "app/src/jason.app.src", "app/webin/jason.app", "jason.app"}) {
    EXPECT_FALSE(extractor->wants(path)) << path;
  }
}

TEST(RebarLock, TellsWhatComesFromHex) {
  const Extraction extraction =
      tests::extract(*make_elixir_extractor(), "app/rebar.lock",
                     "{\"1.2.0\",\n[{<<\"cowboy\">>,{pkg,<<\"cowboy\">>,<<\"2.9.0\">>},0},\n"
                     " {<<\"own\">>,\n  {git,\"https://example.com/own.git\",\n       {ref,\"0123abc\"}},\n  0},\n"
                     " {<<\"ranch\">>,{pkg,<<\"ranch_fork\">>,<<\"1.8.0\">>},1}]}.\n"
                     "[\n{pkg_hash,[\n {<<\"cowboy\">>, <<\"865D\">>}]}\n].\n");
  EXPECT_THAT(tests::names_and_versions(extraction.packages), ElementsAre("cowboy 2.9.0", "ranch_fork 1.8.0"));
  EXPECT_TRUE(extraction.is_locked);
  EXPECT_THAT(extraction.warnings, IsEmpty());
}

TEST(RebarLock, MayBeEmptyAndMayBeNone) {
  for (const char* content : {"[].\n", "{\"1.2.0\",\n[]}.\n"}) {
    EXPECT_THAT(tests::extract(*make_elixir_extractor(), "rebar.lock", content).warnings, IsEmpty()) << content;
  }
  EXPECT_THROW(static_cast<void>(tests::extract(*make_elixir_extractor(), "rebar.lock", "nope")), base::ParseError);
}

}  // namespace
}  // namespace scanner::inventory
