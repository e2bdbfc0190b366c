// Which artifact of Maven's repositories a jar is, by what lies in it and by its name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scanner::inventory {

struct MavenArtifact {
  std::string group;  // empty: nobody tells
  std::string artifact;
  std::string version;
};

// What a manifest says of the whole jar. Empty: not told.
// https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html#jar-manifest
struct JarManifest {
  std::string bundle_name;  // Bundle-SymbolicName, without its directives
  std::string bundle_version;
  std::string title;      // Implementation-Title
  std::string version;    // Implementation-Version
  std::string vendor_id;  // Implementation-Vendor-Id
};

// "log4j-core-2.14.1.jar": the name up to a hyphen before a digit, and what follows; the version may be empty.
struct JarName {
  std::string_view artifact;
  std::string_view version;
};

// None of them throws; what cannot be read is not told. pom_* answer only with artifact and version.
[[nodiscard]] JarManifest parse_jar_manifest(std::string_view text);
[[nodiscard]] std::optional<MavenArtifact> parse_pom_properties(std::string_view text);
[[nodiscard]] std::optional<MavenArtifact> parse_pom(std::string_view xml);
// Takes the last part of a path.
[[nodiscard]] JarName parse_jar_name(std::string_view path);

// The artifact of a jar without a pom of its own; nullopt where neither name nor manifest tells a version, as a
// program's own classes do not.
[[nodiscard]] std::optional<MavenArtifact> guess_artifact(const JarName& name, const JarManifest& manifest);

}  // namespace scanner::inventory
