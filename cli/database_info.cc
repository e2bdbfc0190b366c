// pratique database info
#include <fmt/format.h>

#include "base/log.h"
#include "cli/database_json.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "scanner/advisories/database.h"
#include "scanner/advisories/signature.h"

namespace cli {
namespace {

using scanner::advisories::DatabaseInfo;
using scanner::advisories::Signature;

std::string as_json(const DatabaseInfo& info, const Signature& signature) {
  net::JsonWriter json(net::JsonWriter::Layout::kIndented);
  json.object([&] {
    write_database(json, info);
    json.field("sha256", signature.sha256);
    json.field("key", signature.key);
  });
  return json.take() + "\n";
}

std::string as_text(const DatabaseInfo& info, const Signature& signature) {
  std::string text = fmt::format(
      "Generation:  {}\nBuilt:       {}\nAdvisories:  {}\nSize:        {}\nSHA-256:     {}\nSigned by:   {} (see "
      "`pratique "
      "database verify`)\n",
      info.generation, info.built_at, info.advisories, readable_bytes(info.bytes), signature.sha256, signature.key);
  for (const auto& source : info.sources) {
    text += fmt::format("Source:      {}: {} records{}\n", base::escape_text(source.name), source.records,
                        source.newest.empty() ? "" : ", newest " + base::escape_text(source.newest));
  }
  return text;
}

}  // namespace

ExitCode run(const DatabaseInfoCommand& command, const Console& console) {
  const Signature signature = scanner::advisories::read_signature(command.file);
  const DatabaseInfo info = scanner::advisories::Database::open(command.file)->info();
  fmt::print(console.out, "{}",
             command.output == OutputFormat::kJson ? as_json(info, signature) : as_text(info, signature));
  return ExitCode::kClean;
}

}  // namespace cli
