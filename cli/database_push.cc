// pratique database push
#include <fmt/format.h>

#include <filesystem>

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
      .layer_type = std::string(advisories::kDatabaseLayerType),
      .content = base::read_file(command.file, std::filesystem::file_size(command.file)),
      .annotations = {{"dev.pratique.database.generation", std::to_string(signature.generation)}}};
  Progress progress(console, clock);
  progress.show_bytes("push", 0, artifact.content.size());
  const base::Digest digest = registry::push_artifact(std::move(settings), artifact, clock, {});
  progress.clear();
  fmt::print(console.out, "{}: {}, generation {}, {}\n", command.image, digest.text(), signature.generation,
             readable_bytes(artifact.content.size()));
  return ExitCode::kClean;
}

}  // namespace cli
