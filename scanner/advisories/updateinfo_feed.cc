#include "scanner/advisories/updateinfo_feed.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "scanner/advisories/ecosystem.h"
#include "scanner/advisories/issue_names.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/record_normaliser.h"
#include "scanner/advisories/references.h"
#include "scanner/advisories/unpacked_file.h"
#include "scanner/advisories/xml_reader.h"
#include "scanner/versions/version_order.h"

namespace scanner::advisories {

namespace {

struct UpdatedPackage {
  std::string name;
  std::string version;  // with the epoch, unless it is 0
  std::string module;   // "nodejs:18"; empty: none
  auto operator<=>(const UpdatedPackage&) const = default;
};

// One <update>.
struct Update {
  bool is_security = false;
  std::uint64_t line = 0;  // where it ends
  std::string id;
  std::string title;
  std::string severity;
  std::string issued;
  std::string release;     // "Fedora 34"
  std::string collection;  // "Amazon Linux 2"
  std::string module;      // of the collection that is open; empty: none
  std::set<std::string> cves;
  std::vector<std::string> references;
  std::set<UpdatedPackage> packages;  // of every architecture; sources left out
};

std::string version_of(const XmlAttributes& package) {
  const std::string_view epoch = package["epoch"];
  const bool has_epoch = !epoch.empty() && epoch != "0";
  return fmt::format("{}{}{}-{}", has_epoch ? epoch : "", has_epoch ? ":" : "", package["version"], package["release"]);
}

// Reads a document's updates, one after the other.
class Updates {
 public:
  Updates(const std::string& path, std::function<void(const Update&)> on_update)
      : reader_(path, {.on_start = [this](std::string_view name, const XmlAttributes& attributes,
                                          int depth) { start(name, attributes, depth); },
                       .on_end = [this](std::string_view name, const std::string& text) { end(name, text); }}),
        on_update_(std::move(on_update)) {}

  void parse(std::string_view bytes, XmlReader::Piece piece) { reader_.parse(bytes, piece); }

 private:
  void start(std::string_view name, const XmlAttributes& attributes, int depth) {
    if (depth == 1 && name != "updates") return reader_.fail("not an updateinfo.xml: no <updates>");
    if (name == "update") {
      update_.emplace();
      update_->is_security = attributes["type"] == "security";
    }
    if (!update_) return;
    if (name == "issued") update_->issued = attributes["date"];
    if (name == "reference") {
      for (const std::string_view text : {attributes["id"], attributes["title"]}) add_cves(text);
      add_references(update_->references, {std::string(attributes["href"])});
    }
    if (name == "collection") update_->module.clear();
    if (name == "module") update_->module = fmt::format("{}:{}", attributes["name"], attributes["stream"]);
    if (name == "package" && attributes["arch"] != "src" && !attributes["name"].empty())
      update_->packages.insert(
          {.name = std::string(attributes["name"]), .version = version_of(attributes), .module = update_->module});
    if (update_->packages.size() > kVersionsMax)
      reader_.fail(fmt::format("an update of more than {} packages", kVersionsMax));
  }

  void end(std::string_view name, const std::string& text) {
    if (!update_) return;
    if (name == "id") update_->id = text;
    if (name == "title" && update_->title.empty()) update_->title = text;
    if (name == "severity") update_->severity = text;
    if (name == "release") update_->release = text;
    if (name == "name") update_->collection = text;
    if (name == "description") add_cves(text);
    if (name != "update") return;
    update_->line = reader_.line();
    on_update_(*std::exchange(update_, std::nullopt));
  }

  // Fedora names issues in the titles of bug reports alone, others in the description.
  void add_cves(std::string_view text) {
    for (const std::string_view cve : cves_in(text)) {
      if (update_->cves.size() < kAliasesMax) update_->cves.emplace(cve);
    }
  }

  XmlReader reader_;
  std::function<void(const Update&)> on_update_;
  std::optional<Update> update_;
};

// Hands over what updates say, and keeps the tally.
class Reading {
 public:
  Reading(const std::string& path, const FeedReader& reader) : path_(path), reader_(reader) {}

  void update(const Update& update) {
    if (!update.is_security) return;
    const std::string place = fmt::format("{}:{}", path_, update.line);
    const std::optional<NamedRelease> release = release_of(update);
    if (!release || update.packages.empty() || update.id.empty()) {
      return reader_.on_note({.place = place,
                              .message = fmt::format("{}: names no release that is known here, or no package: skipped",
                                                     base::escape_text(update.id, kTitleBytesMax))});
    }
    if (ecosystems_.insert(release->ecosystem).second) reader_.on_ecosystem(release->ecosystem);
    for (const UpdatedPackage& package : update.packages) add_package(update, package, *release, place);
    summary_.newest = std::max(summary_.newest, update.issued);
    ++summary_.records;
  }

  [[nodiscard]] FeedSummary summary() const {
    if (summary_.records == 0) throw base::ParseError(fmt::format("reading {}: no security update in it", path_));
    return summary_;
  }

 private:
  static std::optional<NamedRelease> release_of(const Update& update) {
    for (const std::string_view name : {update.release, update.collection, update.title}) {
      if (auto release = release_named(name)) return release;
    }
    return std::nullopt;
  }

  // A notice that names no CVE is an issue by its own id.
  void add_package(const Update& update, const UpdatedPackage& package, const NamedRelease& release,
                   const std::string& place) {
    if (!versions::rpm_order().readable(package.version)) {
      reader_.on_note(
          {.place = place, .message = "the fixing version is not a version: every version counts as affected"});
    }
    const std::set<std::string> own{update.id};
    for (const std::string& id : update.cves.empty() ? own : update.cves) {
      Advisory advisory;
      advisory.id = id;
      if (id != update.id) advisory.aliases = {update.id};
      advisory.ecosystem = release.ecosystem;
      advisory.package = package.name;
      advisory.module = package.module;
      advisory.intervals.push_back({.introduced = {}, .fixed = package.version, .last_affected = {}});
      const std::optional<Severity> word = parse_severity(update.severity);
      if (word && *word != Severity::kUnknown)
        advisory.ratings.push_back({.source = std::string(release.source), .severity = *word, .vector = {}});
      advisory.title = update.title;
      advisory.fix_date = update.issued;
      advisory.feed = "updateinfo";
      advisory.references = update.references;
      normalise_record(advisory, place);
      reader_.on_advisory(std::move(advisory));
    }
  }

  const std::string& path_;
  const FeedReader& reader_;
  std::set<std::string> ecosystems_;
  FeedSummary summary_;
};

}  // namespace

FeedSummary UpdateinfoFeed::read(const std::string& path, const FeedReader& reader) const {
  Reading reading(path, reader);
  Updates updates(path, [&](const Update& update) { reading.update(update); });
  UnpackedFile file(path);
  std::array<char, 65536> buffer{};
  while (const std::size_t count = file.read(buffer)) {
    updates.parse({buffer.data(), count}, XmlReader::Piece::kMore);
    reader.on_progress(file.bytes_done(), file.bytes_total());
  }
  updates.parse({}, XmlReader::Piece::kLast);
  return reading.summary();
}

}  // namespace scanner::advisories
