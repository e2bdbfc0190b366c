// pratique database verify
#include <fmt/format.h>

#include "cli/verbs.h"
#include "scanner/advisories/signature.h"

namespace cli {

ExitCode run(const DatabaseVerifyCommand& command, const Console& console) {
  const scanner::advisories::Signature signature =
      scanner::advisories::verify_database(command.file, scanner::advisories::trusted_keys(command.database_keys));
  fmt::print(console.out, "{}: good: generation {}, sha256 {}, signed by {}\n", command.file, signature.generation,
             signature.sha256, signature.key);
  return ExitCode::kClean;
}

}  // namespace cli
