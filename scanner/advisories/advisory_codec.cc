#include "scanner/advisories/advisory_codec.h"

#include "base/packed_fields.h"

namespace scanner::advisories {

namespace {

// First byte of every advisory: a reader of another version refuses it instead of misreading it.
constexpr unsigned char kAdvisoryVersion = 3;

constexpr std::string_view kDamaged =
    "reading the advisory database: a stored record is damaged; build or fetch the database again";

class Writer : public base::FieldWriter {
 public:
  void ratings(const std::vector<Rating>& values) {
    number(values.size());
    for (const Rating& rating : values) {
      text(rating.source);
      number(static_cast<std::uint64_t>(rating.severity));
      text(rating.vector);
    }
  }
};

class Reader : public base::FieldReader {
 public:
  explicit Reader(std::string_view bytes) : FieldReader(bytes, kDamaged) {}

  [[nodiscard]] std::vector<Rating> ratings() {
    std::vector<Rating> values;
    for (std::size_t left = count(); left > 0; --left) {
      Rating& rating = values.emplace_back();
      rating.source = text();
      rating.severity = word(Severity::kCritical);
      rating.vector = text();
    }
    return values;
  }
};

}  // namespace

std::string encode_advisory(const Advisory& advisory) {
  Writer writer;
  writer.number(kAdvisoryVersion);
  writer.text(advisory.id);
  writer.texts(advisory.aliases);
  writer.number(static_cast<std::uint64_t>(advisory.status));
  writer.number(advisory.intervals.size());
  for (const Interval& interval : advisory.intervals) {
    writer.text(interval.introduced);
    writer.text(interval.fixed);
    writer.text(interval.last_affected);
  }
  writer.texts(advisory.versions);
  writer.ratings(advisory.ratings);
  writer.text(advisory.title);
  writer.text(advisory.url);
  writer.text(advisory.published);
  writer.text(advisory.fix_date);
  writer.text(advisory.feed);
  writer.text(advisory.module);
  writer.text(advisory.justification);
  return writer.take();
}

Advisory decode_advisory(std::string_view bytes) {
  Reader reader(bytes);
  reader.require(reader.number() == kAdvisoryVersion);
  Advisory advisory;
  advisory.id = reader.text();
  advisory.aliases = reader.texts();
  advisory.status = reader.word(Status::kWithdrawn);
  for (std::size_t left = reader.count(); left > 0; --left) {
    Interval& interval = advisory.intervals.emplace_back();
    interval.introduced = reader.text();
    interval.fixed = reader.text();
    interval.last_affected = reader.text();
  }
  advisory.versions = reader.texts();
  advisory.ratings = reader.ratings();
  advisory.title = reader.text();
  advisory.url = reader.text();
  advisory.published = reader.text();
  advisory.fix_date = reader.text();
  advisory.feed = reader.text();
  advisory.module = reader.text();
  advisory.justification = reader.text();
  reader.finish();
  return advisory;
}

std::string encode_ratings(const std::vector<Rating>& ratings) {
  Writer writer;
  writer.ratings(ratings);
  return writer.take();
}

std::vector<Rating> decode_ratings(std::string_view bytes) {
  Reader reader(bytes);
  std::vector<Rating> ratings = reader.ratings();
  reader.finish();
  return ratings;
}

std::string encode_threat(const Threat& threat) {
  Writer writer;
  writer.text(threat.exploited_since);
  writer.number(threat.ransomware ? 1 : 0);
  writer.text(threat.epss);
  writer.text(threat.epss_percentile);
  return writer.take();
}

Threat decode_threat(std::string_view bytes) {
  Reader reader(bytes);
  Threat threat;
  threat.exploited_since = reader.text();
  threat.ransomware = reader.number() != 0;
  threat.epss = reader.text();
  threat.epss_percentile = reader.text();
  reader.finish();
  return threat;
}

std::string encode_list(const std::vector<std::string>& items) {
  Writer writer;
  writer.texts(items);
  return writer.take();
}

std::vector<std::string_view> decode_list(std::string_view bytes) {
  Reader reader(bytes);
  std::vector<std::string_view> items;
  for (std::size_t left = reader.count(); left > 0; --left) items.push_back(reader.text());
  reader.finish();
  return items;
}

}  // namespace scanner::advisories
