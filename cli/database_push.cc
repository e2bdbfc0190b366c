// pratique database push
#include <fmt/format.h>

#include <cstdint>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/image_opening.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "registry/artifact.h"
#include "scanner/advisories/database_artifact.h"
#include "scanner/advisories/signature.h"

namespace cli {

namespace advisories = scanner::advisories;

ExitCode run(const DatabasePushCommand& command, const Console& console) {
  const advisories::Signature signature = advisories::read_signature(command.file);
  registry::RegistryClientSettings settings = registry_settings(command.image, command.hosts);
  if (settings.reference.digest) {
    throw base::ConfigError(
        fmt::format("{}: a database is pushed under a tag; what its digest is comes of that", command.image));
  }
  const base::RealClock clock;
  const registry::Artifact artifact{
      .type = std::string(advisories::kDatabaseArtifactType),
      .layer_type = std::string(advisories::kDatabaseChunkType),
      .content = base::read_file(command.file, advisories::kDatabaseBytesMax),
      .in_chunks = true,
      .annotations = {{"dev.pratique.database.generation", std::to_string(signature.generation)}}};
  Progress progress(console, clock);
  std::uint64_t stored = 0;
  std::uint64_t sent = 0;
  const auto on_stored = [&](std::uint64_t bytes, bool was_sent) {
    stored += bytes;
    if (was_sent) sent += bytes;
    progress.show_bytes("push", stored, artifact.content.size());
  };
  const base::Digest digest = registry::push_artifact(std::move(settings), artifact, clock, {}, on_stored);
  progress.clear();
  fmt::print(console.out, "{}: {}, generation {}, {}, of which {} were sent\n", command.image, digest.text(),
             signature.generation, readable_bytes(stored), readable_bytes(sent));
  return ExitCode::kClean;
}

}  // namespace cli
