#include "scanner/inventory/java/java_extractor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/zip_reader.h"
#include "scanner/inventory/java/jar_identity.h"
#include "scanner/inventory/language_package.h"
#include "scanner/inventory/limits.h"
#include "scanner/inventory/sbom/sbom.h"
#include "scanner/inventory/system_package.h"

namespace scanner::inventory {
namespace {

constexpr std::array<std::string_view, 8> kEndings = {".jar", ".war", ".ear", ".par", ".sar", ".jpi", ".hpi", ".nar"};
constexpr std::string_view kManifest = "META-INF/MANIFEST.MF";
constexpr std::string_view kPoms = "META-INF/maven/";
constexpr std::string_view kSboms = "META-INF/sbom/";

bool is_archive(std::string_view path) {
  return std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) { return path.ends_with(ending); });
}

// What Spring Boot and Quarkus put into an application: of what it was built.
bool is_sbom(std::string_view member) {
  return member.starts_with(kSboms) && (member.ends_with(".cdx.json") || member.ends_with("/bom.json"));
}

std::string name_of(const MavenArtifact& artifact) {
  return artifact.group.empty() ? artifact.artifact : artifact.group + ":" + artifact.artifact;
}

// One file of an image: the archive and those inside it, under one budget.
class ArchiveReading {
 public:
  explicit ArchiveReading(const ImageFile& file) : file_(file) {}

  Extraction read() && {
    read_archive(file_.content, {}, 1);
    Extraction extraction = packages_.take(file_.path);
    add_listed(extraction);
    if (nameless_ > 0) extraction.warnings.push_back(warning_of_nameless());
    return extraction;
  }

 private:
  // What an archive tells of itself and of the libraries in it.
  struct Identities {
    JarManifest manifest;
    std::vector<std::pair<std::string, MavenArtifact>> poms;  // by the folder that holds them
  };

  void read_archive(std::string_view content, const std::string& place, std::uint64_t depth) {
    const base::MemorySource source(place.empty() ? "the archive" : place.substr(1), content);
    const base::ZipReader zip(
        source, {.members_max = file_.archives.members_max, .directory_bytes_max = kArchiveDirectoryBytesMax});
    const Room room(*this, memory_of(zip.members()), source.name());
    Identities identities;
    for (std::size_t i = 0; i < zip.members().size(); ++i) {
      packages_.broken().attempt("member", i, [&] { read_member(zip, zip.members()[i], place, depth, identities); });
    }
    add_packages(identities, place);
  }

  void read_member(const base::ZipReader& zip, const base::ZipMember& member, const std::string& place,
                   std::uint64_t depth, Identities& identities) {
    const std::string& name = member.name;
    if (name == kManifest) {
      identities.manifest = parse_jar_manifest(content_of(zip, member));
    } else if (name.starts_with(kPoms) && name.ends_with("/pom.properties")) {
      add_pom(identities, name, parse_pom_properties(content_of(zip, member)));
    } else if (name.starts_with(kPoms) && name.ends_with("/pom.xml")) {
      add_pom(identities, name, parse_pom(content_of(zip, member)));
    } else if (depth == 1 && is_sbom(name)) {
      add_sbom(zip, member);
    } else if (is_archive(name)) {
      if (depth >= file_.archives.depth_max) {
        throw base::ParseError(fmt::format("{}: archives too deep in one another", name));
      }
      read_archive(content_of(zip, member), place + ":" + name, depth + 1);
    }
  }

  // A part of what may be held at a time.
  class Room {
   public:
    Room(ArchiveReading& reading, std::uint64_t bytes, const std::string& name) : reading_(reading), bytes_(bytes) {
      if (bytes > kArchiveHeldBytesMax - reading_.held_) {
        throw base::LimitExceeded(
            fmt::format("{}: more than {} bytes of archives in one another", name, kArchiveHeldBytesMax));
      }
      reading_.held_ += bytes;
    }
    ~Room() { reading_.held_ -= bytes_; }
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;

   private:
    ArchiveReading& reading_;
    const std::uint64_t bytes_;
  };

  // A member's content while it is looked at.
  class Content {
   public:
    Content(ArchiveReading& reading, const base::ZipReader& zip, const base::ZipMember& member)
        : room_(reading, member.method == 0 ? 0 : member.bytes, member.name),
          bytes_(zip.view(member, kArchiveInflatedBytesMax, unpacked_)) {}
    Content(const Content&) = delete;
    Content& operator=(const Content&) = delete;
    operator std::string_view() const { return bytes_; }

   private:
    Room room_;
    std::string unpacked_;
    std::string_view bytes_;
  };

  Content content_of(const base::ZipReader& zip, const base::ZipMember& member) {
    const std::uint64_t bytes = std::max(member.bytes, member.compressed_bytes);
    if (bytes > kArchiveInflatedBytesMax - inflated_) {
      throw base::LimitExceeded(fmt::format("{}: more than {} bytes of archives and their metadata in one file",
                                            member.name, kArchiveInflatedBytesMax));
    }
    inflated_ += bytes;
    return {*this, zip, member};
  }

  static std::uint64_t memory_of(const std::vector<base::ZipMember>& members) {
    std::uint64_t bytes = members.size() * (sizeof(base::ZipMember) + 32);
    for (const base::ZipMember& member : members) bytes += member.name.size();
    return bytes;
  }

  void add_sbom(const base::ZipReader& zip, const base::ZipMember& member) {
    if (member.bytes > kLanguageFileBytesMax) {
      throw base::ParseError(fmt::format("{}: an SBOM of more than {} bytes", member.name, kLanguageFileBytesMax));
    }
    Extraction listed = read_sbom(content_of(zip, member), member.name).extraction;
    for (Package& package : listed.packages) {
      if (is_system_type(package.type)) continue;
      package.path = ":" + member.name;
      package.layer.clear();
      package.found_by = kSbomExtractor;
      listed_.packages.push_back(std::move(package));
    }
    for (ScanWarning& warning : listed.warnings) {
      warning.reason = "UnknownPackage";
      warning.path = base::escape_text(file_.path);
      listed_.warnings.push_back(std::move(warning));
    }
  }

  // What lies in the archive is believed before what a list says: this counts where the archive holds nothing but
  // itself, for its libraries lie elsewhere or were merged into it, and for packages that no archive tells.
  void add_listed(Extraction& extraction) {
    const bool shows_libraries = extraction.packages.size() > 1;
    const std::string own = extraction.packages.empty() ? std::string{} : extraction.packages.front().purl;
    for (Package& package : listed_.packages) {
      const bool is_told = package.type == "maven" && (shows_libraries || package.purl == own);
      if (!is_told) extraction.packages.push_back(std::move(package));
    }
    if (shows_libraries) return;
    std::ranges::move(listed_.warnings, std::back_inserter(extraction.warnings));
  }

  // Of a folder's properties and pom either will do; they come in any order.
  static void add_pom(Identities& identities, const std::string& name, std::optional<MavenArtifact> pom) {
    const std::string folder = name.substr(0, name.rfind('/'));
    const bool known = std::ranges::any_of(identities.poms, [&](const auto& one) { return one.first == folder; });
    if (pom && !known) identities.poms.emplace_back(folder, std::move(*pom));
  }

  void add_packages(const Identities& identities, const std::string& place) {
    const JarName name = parse_jar_name(place.empty() ? file_.path : std::string_view(place).substr(1));
    bool has_own = false;
    for (const auto& [folder, pom] : identities.poms) {
      const bool own = identities.poms.size() == 1 || pom.artifact == name.artifact;
      has_own = has_own || own;
      add(pom, own ? place : place + ":" + folder);
    }
    if (has_own) return;
    const std::optional<MavenArtifact> guess = guess_artifact(name, identities.manifest);
    if (!guess) return;
    if (guess->group.empty()) ++nameless_;
    if (first_nameless_.empty() && guess->group.empty()) first_nameless_ = guess->artifact;
    add(*guess, place);
  }

  void add(const MavenArtifact& artifact, const std::string& place) {
    packages_.add(name_of(artifact), artifact.version, "archive", ++archives_, place);
  }

  // Advisories name artifacts with their group: without it nothing can be looked up.
  [[nodiscard]] ScanWarning warning_of_nameless() const {
    return {.reason = "UnknownPackage",
            .path = base::escape_text(file_.path),
            .message = fmt::format("{}: neither pom nor manifest tells its group", base::escape_text(first_nameless_)),
            .count = nameless_};
  }

  const ImageFile& file_;
  LanguagePackages packages_{"maven"};
  Extraction listed_;  // by SBOMs in the archive
  std::size_t archives_ = 0;
  std::uint64_t inflated_ = 0;
  std::uint64_t held_ = 0;
  std::uint64_t nameless_ = 0;
  std::string first_nameless_;
};

}  // namespace

bool JavaExtractor::wants(std::string_view path) const {
  return is_archive(path);
}

std::vector<std::string_view> JavaExtractor::endings() const {
  return {kEndings.begin(), kEndings.end()};
}

Extraction JavaExtractor::extract(const ImageFile& file) const {
  return ArchiveReading(file).read();
}

}  // namespace scanner::inventory
