// pratique database keygen
#include <fmt/format.h>

#include "cli/verbs.h"
#include "scanner/advisories/signature.h"

namespace cli {

ExitCode run(const DatabaseKeygenCommand& command, const Console& console) {
  const scanner::advisories::SigningKey key = scanner::advisories::make_signing_key(command.output);
  fmt::print(
      console.out,
      "Private key: {}\nPublic key:  {}\nIdentity:    {}\n"
      "Databases signed with it are trusted by this user here; elsewhere put the public key into a directory and name "
      "it with --database-keys.\n",
      command.output, key.public_path, key.identity);
  return ExitCode::kClean;
}

}  // namespace cli
