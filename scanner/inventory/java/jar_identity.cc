#include "scanner/inventory/java/jar_identity.h"

#include <algorithm>
#include <array>
#include <pugixml.hpp>
#include <utility>

#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

// Families whose jars have no pom inside, since Gradle builds them: what an artifact begins with, and its group. Of two
// that fit the first counts.
struct Family {
  std::string_view prefix;
  std::string_view group;
};
constexpr std::array kFamilies{Family{"spring-boot", "org.springframework.boot"},
                               Family{"spring-security-", "org.springframework.security"},
                               Family{"spring-data-", "org.springframework.data"},
                               Family{"spring-cloud-", "org.springframework.cloud"},
                               Family{"spring-kafka", "org.springframework.kafka"},
                               Family{"spring-session-", "org.springframework.session"},
                               Family{"spring-integration-", "org.springframework.integration"},
                               Family{"spring-batch-", "org.springframework.batch"},
                               Family{"spring-amqp", "org.springframework.amqp"},
                               Family{"spring-rabbit", "org.springframework.amqp"},
                               Family{"spring-ws-", "org.springframework.ws"},
                               Family{"spring-", "org.springframework"},
                               Family{"tomcat-embed-", "org.apache.tomcat.embed"},
                               Family{"tomcat-", "org.apache.tomcat"},
                               Family{"kotlin-", "org.jetbrains.kotlin"},
                               Family{"okhttp", "com.squareup.okhttp3"},
                               Family{"okio", "com.squareup.okio"},
                               Family{"lucene-", "org.apache.lucene"},
                               Family{"elasticsearch", "org.elasticsearch"},
                               Family{"solr-", "org.apache.solr"},
                               Family{"opensearch", "org.opensearch"},
                               Family{"kafka-", "org.apache.kafka"},
                               Family{"kafka_2.", "org.apache.kafka"},
                               Family{"grpc-", "io.grpc"},
                               Family{"rxjava", "io.reactivex"},
                               Family{"checker-", "org.checkerframework"},
                               Family{"jackson-module-scala_", "com.fasterxml.jackson.module"},
                               Family{"groovy", "org.codehaus.groovy"},
                               Family{"hibernate-core", "org.hibernate"},
                               Family{"reactor-core", "io.projectreactor"},
                               Family{"reactor-netty", "io.projectreactor.netty"},
                               Family{"micrometer-", "io.micrometer"},
                               Family{"bcprov-", "org.bouncycastle"},
                               Family{"bcpkix-", "org.bouncycastle"},
                               Family{"bcutil-", "org.bouncycastle"},
                               Family{"mysql-connector-java", "mysql"},
                               Family{"mysql-connector-j", "com.mysql"},
                               Family{"graphql-java", "com.graphql-java"}};

// Single libraries of that kind, and of Ant's and sbt's, by their whole name.
constexpr std::array kLibraries{Family{"ant", "org.apache.ant"},
                                Family{"ant-launcher", "org.apache.ant"},
                                Family{"asm", "org.ow2.asm"},
                                Family{"asm-analysis", "org.ow2.asm"},
                                Family{"asm-commons", "org.ow2.asm"},
                                Family{"asm-tree", "org.ow2.asm"},
                                Family{"asm-util", "org.ow2.asm"},
                                Family{"caffeine", "com.github.ben-manes.caffeine"},
                                Family{"connect-runtime", "org.apache.kafka"},
                                Family{"disruptor", "com.lmax"},
                                Family{"dom4j", "org.dom4j"},
                                Family{"h2", "com.h2database"},
                                Family{"hsqldb", "org.hsqldb"},
                                Family{"json-path", "com.jayway.jsonpath"},
                                Family{"lz4-java", "org.lz4"},
                                Family{"perfmark-api", "io.perfmark"},
                                Family{"re2j", "com.google.re2j"},
                                Family{"reactive-streams", "org.reactivestreams"},
                                Family{"retrofit", "com.squareup.retrofit2"},
                                Family{"rhino", "org.mozilla"},
                                Family{"scala-compiler", "org.scala-lang"},
                                Family{"scala-library", "org.scala-lang"},
                                Family{"scala-reflect", "org.scala-lang"},
                                Family{"serializer", "xalan"},
                                Family{"snappy-java", "org.xerial.snappy"},
                                Family{"velocity", "org.apache.velocity"},
                                Family{"woodstox-core-asl", "org.codehaus.woodstox"},
                                Family{"xalan", "xalan"},
                                Family{"xercesImpl", "xerces"},
                                Family{"xml-apis", "xml-apis"},
                                Family{"zookeeper", "org.apache.zookeeper"},
                                Family{"zstd-jni", "com.github.luben"}};

// Families that changed their group, and the first digit of the release that did, all of which are below ten. The
// newest of a family comes first.
struct Move {
  Family family;
  std::string_view since;
};
constexpr std::array kMoves{Move{{"groovy", "org.apache.groovy"}, "4"}, Move{{"rxjava", "io.reactivex.rxjava3"}, "3"},
                            Move{{"rxjava", "io.reactivex.rxjava2"}, "2"}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// A name of Maven's, with nothing left to be filled in.
bool is_told(std::string_view text) {
  return !text.empty() && text.find("${") == std::string_view::npos;
}

std::optional<MavenArtifact> told(MavenArtifact artifact) {
  if (!is_told(artifact.group)) artifact.group.clear();
  if (!is_told(artifact.artifact) || !is_told(artifact.version)) return std::nullopt;
  return artifact;
}

void set_field(JarManifest& manifest, std::string_view key, std::string_view value) {
  if (key == "Bundle-SymbolicName") manifest.bundle_name = without_blanks(value.substr(0, value.find(';')));
  if (key == "Bundle-Version") manifest.bundle_version = value;
  if (key == "Implementation-Title") manifest.title = value;
  if (key == "Implementation-Version") manifest.version = value;
  if (key == "Implementation-Vendor-Id") manifest.vendor_id = value;
}

// A manifest's lines are cut at 72 bytes; the rest begins with a blank.
std::string take_whole_line(std::string_view& text) {
  const auto without_return = [](std::string_view line) {
    return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
  };
  std::string line(without_return(take_line(text)));
  while (text.starts_with(' ')) line += without_return(take_line(text)).substr(1);
  return line;
}

// "com.fasterxml.jackson.core.jackson-databind" of artifact "jackson-databind".
std::string group_of_bundle(std::string_view bundle, std::string_view artifact) {
  const std::size_t dot = bundle.rfind('.');
  if (dot == std::string_view::npos) return {};
  const std::string_view last = bundle.substr(dot + 1);
  return artifact.ends_with(last) ? std::string(bundle.substr(0, dot)) : std::string{};
}

std::string_view group_of_family(const JarName& name) {
  for (const Move& move : kMoves) {
    if (name.artifact.starts_with(move.family.prefix) && name.version >= move.since) return move.family.group;
  }
  for (const Family& library : kLibraries) {
    if (name.artifact == library.prefix) return library.group;
  }
  for (const Family& family : kFamilies) {
    if (name.artifact.starts_with(family.prefix)) return family.group;
  }
  return {};
}

std::string group_of(const JarName& name, const JarManifest& manifest) {
  const std::string_view family = group_of_family(name);
  if (!family.empty()) return std::string(family);
  const bool names_domain = manifest.vendor_id.find('.') != std::string::npos;
  return names_domain ? manifest.vendor_id : group_of_bundle(manifest.bundle_name, name.artifact);
}

// "com.google.guava_guava" and "commons-fileupload_commons-fileupload": some who pack libraries name them by both. A
// digit behind the underscore is the release of Scala, or that of a bundle.
std::optional<MavenArtifact> named_by_both(const JarName& name) {
  const std::size_t underscore = name.artifact.find('_');
  if (underscore == std::string_view::npos || name.version.empty()) return std::nullopt;
  const std::string_view group = name.artifact.substr(0, underscore);
  const std::string_view artifact = name.artifact.substr(underscore + 1);
  const bool names_domain = group.find('.') != std::string_view::npos;
  if (artifact.empty() || is_digit(artifact.front()) || (!names_domain && group != artifact)) return std::nullopt;
  return MavenArtifact{
      .group = std::string(group), .artifact = std::string(artifact), .version = std::string(name.version)};
}

// The jars of a Tomcat that was unpacked have no version in their names, and not all of them the names that they have
// in Maven's repositories. The one that starts it stands for the whole, which advisories name as well.
std::optional<MavenArtifact> of_tomcat(const JarName& name, const JarManifest& manifest) {
  if (!manifest.title.starts_with("Apache Tomcat") || manifest.version.empty() || !name.version.empty())
    return std::nullopt;
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kRenamed{
      {{"bootstrap", "tomcat"},
       {"catalina-tribes", "tomcat-tribes"},
       {"catalina-storeconfig", "tomcat-storeconfig"},
       {"catalina-ssi", "tomcat-ssi"}}};
  std::string artifact = (name.artifact.starts_with("tomcat-") ? "" : "tomcat-") + std::string(name.artifact);
  for (const auto& [file, renamed] : kRenamed) {
    if (name.artifact == file) artifact = renamed;
  }
  return MavenArtifact{.group = "org.apache.tomcat", .artifact = std::move(artifact), .version = manifest.version};
}

}  // namespace

JarManifest parse_jar_manifest(std::string_view text) {
  JarManifest manifest;
  while (!text.empty()) {
    const std::string line = take_whole_line(text);
    if (line.empty()) break;  // sections about single files follow
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    set_field(manifest, std::string_view(line).substr(0, colon),
              without_blanks(std::string_view(line).substr(colon + 1)));
  }
  return manifest;
}

std::optional<MavenArtifact> parse_pom_properties(std::string_view text) {
  MavenArtifact artifact;
  while (!text.empty()) {
    const std::string_view line = without_blanks(take_line(text));
    const std::size_t equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos) continue;
    const std::string_view key = without_blanks(line.substr(0, equals));
    const std::string_view value = without_blanks(line.substr(equals + 1));
    if (key == "groupId") artifact.group = value;
    if (key == "artifactId") artifact.artifact = value;
    if (key == "version") artifact.version = value;
  }
  return told(std::move(artifact));
}

std::optional<MavenArtifact> parse_pom(std::string_view xml) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size())) return std::nullopt;
  const pugi::xml_node project = document.child("project");
  // A project inherits what it does not say from its parent.
  const auto text_of = [&](const char* name) {
    const std::string own(without_blanks(project.child_value(name)));
    return own.empty() ? std::string(without_blanks(project.child("parent").child_value(name))) : own;
  };
  return told({.group = text_of("groupId"),
               .artifact = std::string(without_blanks(project.child_value("artifactId"))),
               .version = text_of("version")});
}

JarName parse_jar_name(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  name = name.substr(0, name.rfind('.'));
  for (std::size_t dash = name.find('-'); dash != std::string_view::npos; dash = name.find('-', dash + 1)) {
    if (dash > 0 && dash + 1 < name.size() && is_digit(name[dash + 1])) {
      return {.artifact = name.substr(0, dash), .version = name.substr(dash + 1)};
    }
  }
  return {.artifact = name, .version = {}};
}

std::optional<MavenArtifact> guess_artifact(const JarName& name, const JarManifest& manifest) {
  if (auto both = named_by_both(name)) return told(std::move(*both));
  if (auto tomcat = of_tomcat(name, manifest)) return told(std::move(*tomcat));
  MavenArtifact artifact{
      .group = group_of(name, manifest), .artifact = std::string(name.artifact), .version = std::string(name.version)};
  // Without a version in its name a jar is a library only when its manifest names its vendor or bundle.
  if (artifact.version.empty() && !artifact.group.empty()) {
    artifact.version = manifest.version.empty() ? manifest.bundle_version : manifest.version;
  }
  return told(std::move(artifact));
}

}  // namespace scanner::inventory
