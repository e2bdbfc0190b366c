// https://gitlab.alpinelinux.org/alpine/infra/docker/secdb: for each source package, the versions that fixed something
// and what they fixed. "0" says that the package never had the issue in Alpine.
#include "scanner/advisories/alpine_secdb_feed.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "scanner/advisories/ecosystem.h"
#include "scanner/advisories/feed_files.h"
#include "scanner/advisories/json_document.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/record_normaliser.h"
#include "scanner/versions/version_order.h"

namespace scanner::advisories {

namespace {

// "CVE-2019-17349 CVE-2019-17350 XSA-295": several names in one text.
std::vector<std::string> split_ids(std::string_view text) {
  std::vector<std::string> ids;
  while (true) {
    const std::size_t start = text.find_first_not_of(" \t");
    if (start == std::string_view::npos) return ids;
    text.remove_prefix(start);
    const std::size_t size = std::min(text.find_first_of(" \t"), text.size());
    ids.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
}

// Slips of the pen that stand in the feed, and what they mean: "1.7.5.-r1", "0.8.21.r2", "4.10-1-r1". What no rule
// mends comes back as it is.
std::string mended_version(std::string_view version) {
  const versions::VersionOrder& order = versions::apk_order();
  if (order.readable(version)) return std::string(version);
  std::string mended(version);
  for (const auto& [slip, meant] : {std::pair{".-r", "-r"}, std::pair{".r", "-r"}}) {
    const std::size_t at = mended.rfind(slip);
    if (at != std::string::npos) mended.replace(at, std::string_view(slip).size(), meant);
  }
  const std::size_t revision = std::min(mended.rfind("-r"), mended.size());
  std::replace(mended.begin(), mended.begin() + static_cast<std::ptrdiff_t>(revision), '-', '.');
  return order.readable(mended) ? mended : std::string(version);
}

struct Repository {
  std::string place;  // the file
  std::string ecosystem;
};

class PackageReader {
 public:
  PackageReader(const Repository& repository, const FeedReader& reader) : repository_(repository), reader_(reader) {}

  // One `pkg` object -> one advisory for each issue that it names.
  std::uint64_t read(const dom::object& package) {
    const std::string name(text_of(package, "name"));
    const auto fixes = object_of(package, "secfixes");
    if (!fixes) return 0;
    std::map<std::string, Advisory> by_id;
    for (const auto& [version, ids] : *fixes) {
      dom::array texts;
      if (ids.get(texts) != simdjson::SUCCESS) continue;
      for (const dom::element& item : texts) {
        std::string_view text;
        if (item.get(text) == simdjson::SUCCESS) add(by_id, name, version, text);
      }
    }
    for (auto& [id, advisory] : by_id) {
      normalise_record(advisory, fmt::format("{}: package {}", repository_.place, base::escape_text(name)));
      reader_.on_advisory(std::move(advisory));
    }
    return by_id.size();
  }

 private:
  // The CVEs of an entry are issues of their own; its other names belong to each of them.
  void add(std::map<std::string, Advisory>& by_id, const std::string& name, std::string_view version,
           std::string_view text) {
    const std::vector<std::string> names = split_ids(text);
    const auto is_cve = [](const std::string& id) { return id.starts_with("CVE-"); };
    const bool has_cve = std::ranges::any_of(names, is_cve);
    for (const std::string& id : names) {
      if (has_cve && !is_cve(id)) continue;
      Advisory& advisory = by_id[id];
      advisory.id = id;
      std::ranges::copy_if(names, std::back_inserter(advisory.aliases),
                           [&](const std::string& other) { return !is_cve(other) && other != id; });
      advisory.ecosystem = repository_.ecosystem;
      advisory.package = name;
      advisory.feed = "alpine-secdb";
      add_fix(advisory, version);
    }
  }

  // An issue that came back and was fixed again is named under several versions: an interval up to each of them.
  void add_fix(Advisory& advisory, std::string_view version) {
    if (version == "0") {
      if (advisory.intervals.empty()) advisory.status = Status::kNotAffected;
      return;
    }
    const std::string fixed = mended_version(version);
    if (!versions::apk_order().readable(fixed)) note_unreadable(advisory, version);
    advisory.status = Status::kAffected;
    advisory.intervals.push_back({.introduced = {}, .fixed = fixed, .last_affected = {}});
  }

  void note_unreadable(const Advisory& advisory, std::string_view version) {
    reader_.on_note(
        {.place = repository_.place,
         .message = fmt::format("package {}: \"{}\" is not a version: every version counts as affected by {}",
                                base::escape_text(advisory.package), base::escape_text(version),
                                base::escape_text(advisory.id))});
  }

  const Repository& repository_;
  const FeedReader& reader_;
};

// Alpine's files tell their release; Wolfi and Chainguard have none, and are told by where their packages are.
std::optional<std::string> ecosystem_of_repository(const dom::object& root) {
  const std::string_view release = text_of(root, "distroversion");
  if (!release.empty()) return ecosystem_of_osv(fmt::format("Alpine:{}", release));
  const std::string_view address = text_of(root, "urlprefix");
  if (address.find("chainguard") != std::string_view::npos) return ecosystem_of_osv("Chainguard");
  if (address.find("wolfi") != std::string_view::npos) return ecosystem_of_osv("Wolfi");
  return std::nullopt;
}

std::uint64_t read_repository(JsonDocument& document, const std::string& place, const FeedReader& reader) {
  const std::string json = base::read_file(place, kSecdbBytesMax);
  const dom::object root = document.parse(json, place);
  const auto ecosystem = ecosystem_of_repository(root);
  if (!ecosystem) {
    throw base::ParseError(fmt::format(
        "reading {}: not a secdb file: no \"distroversion\" such as v3.20, and no \"urlprefix\" of Wolfi or Chainguard",
        place));
  }
  dom::array packages;
  if (root["packages"].get(packages) != simdjson::SUCCESS) {
    throw base::ParseError(fmt::format("reading {}: not a secdb file: no \"packages\"", place));
  }
  reader.on_ecosystem(*ecosystem);
  const Repository repository{.place = place, .ecosystem = *ecosystem};
  PackageReader package_reader(repository, reader);
  std::uint64_t records = 0;
  for (const dom::object& entry : objects_of(root, "packages")) {
    if (const auto package = object_of(entry, "pkg")) records += package_reader.read(*package);
  }
  return records;
}

}  // namespace

FeedSummary AlpineSecdbFeed::read(const std::string& path, const FeedReader& reader) const {
  JsonDocument document(kSecdbBytesMax);
  FeedSummary summary;
  const std::vector<std::filesystem::path> files = feed_files(path, {".json"});
  std::uint64_t done = 0;
  for (const std::filesystem::path& file : files) {
    summary.records += read_repository(document, file.string(), reader);
    reader.on_progress(++done, files.size());
  }
  return summary;
}

}  // namespace scanner::advisories
