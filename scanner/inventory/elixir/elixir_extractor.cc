// Elixir and Erlang: the applications that a release or a build holds, ebin/NAME.app
// (https://www.erlang.org/doc/apps/kernel/app.html), and the lock files mix.lock, a term a line
// (https://hexdocs.pm/mix/Mix.Tasks.Deps.html), and rebar.lock (https://rebar3.org/docs/configuration/dependencies/).
#include <algorithm>

#include "base/error.h"
#include "scanner/inventory/elixir/erlang_tokens.h"
#include "scanner/inventory/language_files.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

using Kind = ErlangToken::Kind;

constexpr std::string_view kHex = "{:hex, :";

// What Erlang/OTP and Elixir bring along: no packages of Hex. Of OTP's own advisories its release is asked.
constexpr std::string_view kOwnApplications[] = {"asn1",
                                                 "common_test",
                                                 "compiler",
                                                 "cosEvent",
                                                 "cosEventDomain",
                                                 "cosFileTransfer",
                                                 "cosNotification",
                                                 "cosProperty",
                                                 "cosTime",
                                                 "cosTransactions",
                                                 "crypto",
                                                 "debugger",
                                                 "dialyzer",
                                                 "diameter",
                                                 "edoc",
                                                 "eex",
                                                 "eldap",
                                                 "elixir",
                                                 "erl_docgen",
                                                 "erl_interface",
                                                 "erts",
                                                 "et",
                                                 "eunit",
                                                 "ex_unit",
                                                 "ftp",
                                                 "gs",
                                                 "hipe",
                                                 "ic",
                                                 "iex",
                                                 "inets",
                                                 "jinterface",
                                                 "kernel",
                                                 "logger",
                                                 "megaco",
                                                 "mix",
                                                 "mnesia",
                                                 "observer",
                                                 "odbc",
                                                 "orber",
                                                 "os_mon",
                                                 "ose",
                                                 "otp_mibs",
                                                 "parsetools",
                                                 "percept",
                                                 "public_key",
                                                 "reltool",
                                                 "runtime_tools",
                                                 "sasl",
                                                 "snmp",
                                                 "ssh",
                                                 "ssl",
                                                 "stdlib",
                                                 "syntax_tools",
                                                 "test_server",
                                                 "tftp",
                                                 "tools",
                                                 "typer",
                                                 "webtool",
                                                 "wx",
                                                 "xmerl"};
static_assert(std::ranges::is_sorted(kOwnApplications));

bool is_sign(const ErlangToken& token, std::string_view text) {
  return token == ErlangToken{.kind = Kind::kSign, .text = text};
}

// The text of {vsn, "1.2.3"} in the list that has begun; empty: it has none.
std::string_view version_in_list(ErlangTokens& tokens) {
  int depth = 0;
  ErlangToken before;
  for (ErlangToken token = tokens.next(); token.kind != Kind::kEnd; token = tokens.next()) {
    if (is_sign(token, "[") || is_sign(token, "{")) ++depth;
    if (is_sign(token, "]") || is_sign(token, "}")) --depth;
    if (depth < 0) return {};
    if (depth == 1 && is_sign(before, "{") && token == ErlangToken{.kind = Kind::kAtom, .text = "vsn"}) {
      static_cast<void>(tokens.take(Kind::kSign, ","));
      const ErlangToken value = tokens.next();
      if (value.kind == Kind::kEnd) break;
      return value.kind == Kind::kText ? value.text : std::string_view{};
    }
    before = token;
  }
  throw base::ParseError("an application's description that is cut off");
}

// {application, jason, [{description, "..."}, {vsn, "1.4.0"}]}. Of what has no version, or one that is still to be
// made, nobody could tell more.
void read_application(const ImageFile& file, LanguagePackages& packages) {
  ErlangTokens tokens(file.content);
  const bool begins =
      tokens.take(Kind::kSign, "{") && tokens.take(Kind::kAtom, "application") && tokens.take(Kind::kSign, ",");
  const ErlangToken name = tokens.next();
  if (!begins || name.kind != Kind::kAtom || !tokens.take(Kind::kSign, ",") || !tokens.take(Kind::kSign, "[")) {
    throw base::ParseError("no description of an application");
  }
  const std::string_view version = version_in_list(tokens);
  if (std::ranges::binary_search(kOwnApplications, name.text) || version.empty()) return;
  packages.add(name.text, version, "application", 1);
}

bool is_application(std::string_view path) {
  return is_named(path.substr(0, path.rfind('/')), "ebin");
}

// "jason": {:hex, :jason, "1.4.0", ...}. What comes from git names a commit and no version.
void read_mix_lock(const ImageFile& file, LanguagePackages& packages) {
  std::size_t number = 0;
  for (std::string_view text = file.content; !text.empty();) {
    std::string_view line = take_line(text);
    ++number;
    const std::size_t hex = line.find(kHex);
    if (hex == std::string_view::npos) continue;
    line.remove_prefix(hex + kHex.size());
    const std::string_view name = line.substr(0, line.find(','));
    const std::size_t open = line.find('"');
    const std::size_t close = open == std::string_view::npos ? open : line.find('"', open + 1);
    const bool has_version = close != std::string_view::npos;
    packages.add(name, has_version ? line.substr(open + 1, close - open - 1) : std::string_view{}, "line", number);
  }
}

// , <<"cowboy">>
std::string_view take_binary(ErlangTokens& tokens) {
  static_cast<void>(tokens.take(Kind::kSign, ","));
  static_cast<void>(tokens.take(Kind::kSign, "<<"));
  const ErlangToken token = tokens.next();
  static_cast<void>(tokens.take(Kind::kSign, ">>"));
  return token.kind == Kind::kText ? token.text : std::string_view{};
}

// {<<"cowboy">>, {pkg, <<"cowboy">>, <<"2.9.0">>}, 0}: the name that it is used by, then that in Hex. What comes from
// git has no {pkg, ...}.
void read_rebar_lock(const ImageFile& file, LanguagePackages& packages) {
  ErlangTokens tokens(file.content);
  std::size_t number = 0;
  ErlangToken before;
  for (ErlangToken token = tokens.next(); token.kind != Kind::kEnd; token = tokens.next()) {
    if (is_sign(before, "{") && token == ErlangToken{.kind = Kind::kAtom, .text = "pkg"}) {
      const std::string_view name = take_binary(tokens);
      packages.add(name, take_binary(tokens), "package", ++number);
    }
    before = token;
  }
}

}  // namespace

std::unique_ptr<Extractor> make_elixir_extractor() {
  return std::make_unique<LanguageFiles>(LanguageFiles::Ecosystem{
      .name = "elixir",
      .version = 2,
      .purl_type = "hex",
      .files = {{.example = "app/lib/jason-1.4.0/ebin/jason.app",
                 .endings = {".app"},
                 .is_one = is_application,
                 .read = read_application},
                {.example = "mix.lock", .names = {"mix.lock"}, .evidence = Evidence::kLocked, .read = read_mix_lock},
                {.example = "rebar.lock",
                 .names = {"rebar.lock"},
                 .evidence = Evidence::kLocked,
                 .read = read_rebar_lock,
                 .marks = {"].", "]}."}}}});
}

}  // namespace scanner::inventory
