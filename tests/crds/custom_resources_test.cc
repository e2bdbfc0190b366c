// The YAML definitions and the C++ structs describe the same objects: an object that has every field of the schema goes
// through its struct and comes out the same.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "crds/finding.h"
#include "crds/finding_exception.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"
#include "crds/registry_provider.h"
#include "crds/scan_policy.h"
#include "crds/scan_registry.h"
#include "crds/vex_source.h"
#include "crds/vulnerability_database.h"
#include "tests/support/paths.h"

namespace crds {
namespace {

using nlohmann::json;

YAML::Node load_definition(const std::string& file) {
  return YAML::LoadFile(tests::source_path().string() + "/crds/" + file + ".yaml");
}

json string_value(const YAML::Node& schema) {
  if (schema["enum"]) return schema["enum"][schema["enum"].size() - 1].as<std::string>();
  if (schema["format"]) return "2026-01-02T03:04:05Z";
  const std::string pattern = schema["pattern"] ? schema["pattern"].as<std::string>() : "";
  if (pattern.find("smhd") != std::string::npos) return "7m";
  return "text";
}

// A value that has every field that the schema knows.
json full_value(const YAML::Node& schema) {
  const auto type = schema["type"].as<std::string>();
  if (type == "string") return string_value(schema);
  if (type == "boolean") return true;
  if (type == "integer") return 7;
  if (type == "number") return 0.5;
  if (type == "array") return json::array({full_value(schema["items"])});
  if (schema["additionalProperties"]) return {{"key", full_value(schema["additionalProperties"])}};
  json object = json::object();
  for (const auto& field : schema["properties"]) object[field.first.as<std::string>()] = full_value(field.second);
  return object;
}

json full_object(const YAML::Node& definition) {
  const YAML::Node spec = definition["spec"];
  const YAML::Node version = spec["versions"][0];
  const YAML::Node schema = version["schema"]["openAPIV3Schema"]["properties"];
  json object{{"apiVersion", spec["group"].as<std::string>() + "/" + version["name"].as<std::string>()},
              {"kind", spec["names"]["kind"].as<std::string>()},
              {"metadata", {{"name", "one"}, {"uid", "u"}, {"labels", {{"a", "b"}}}}},
              {"spec", full_value(schema["spec"])}};
  if (spec["scope"].as<std::string>() == "Namespaced") object["metadata"]["namespace"] = "shop";
  if (schema["status"]) object["status"] = full_value(schema["status"]);
  return object;
}

struct Kind {
  const char* file;
  kubernetes::ResourceType type;
  std::function<json(const json&)> through_struct;
};

template <typename T>
json through(const json& object) {
  return object.get<T>();
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"image_scan", kImageScan, through<ImageScan>},
      {"image_report", kImageReport, through<ImageReport>},
      {"finding", kFinding, through<Finding>},
      {"scan_policy", kScanPolicy, through<ScanPolicy>},
      {"cluster_scan_policy", kClusterScanPolicy, through<ScanPolicy>},
      {"finding_exception", kFindingException, through<FindingException>},
      {"cluster_finding_exception", kClusterFindingException, through<FindingException>},
      {"registry_provider", kRegistryProvider, through<RegistryProvider>},
      {"scan_registry", kScanRegistry, through<ScanRegistry>},
      {"vex_source", kVexSource, through<VexSource>},
      {"vulnerability_database", kVulnerabilityDatabase, through<VulnerabilityDatabase>},
  };
  return all;
}

TEST(CustomResources, EveryFieldOfTheSchemaGoesThroughTheStruct) {
  for (const Kind& kind : kinds()) {
    const json object = full_object(load_definition(kind.file));
    const json out = kind.through_struct(object);
    EXPECT_EQ(json::diff(object, out), json::array()) << kind.file;
  }
}

// As kubernetes::Store keeps them.
template <typename T>
class PackedResource : public testing::Test {
 protected:
  static T full() {
    const bool is_scan = std::is_same_v<T, ImageScan>;
    return full_object(load_definition(is_scan ? "image_scan" : "image_report")).get<T>();
  }
  static T through_bytes(const T& object) {
    T out;
    unpack_object(pack_object(object), out);
    return out;
  }
};
using PackedResources = testing::Types<ImageScan, ImageReport>;
TYPED_TEST_SUITE(PackedResource, PackedResources);

TYPED_TEST(PackedResource, EveryFieldGoesThroughBytes) {
  const TypeParam object = this->full();
  EXPECT_NE(object, TypeParam());
  EXPECT_EQ(this->through_bytes(object), object);
  EXPECT_EQ(this->through_bytes({}), TypeParam());
  EXPECT_LT(pack_object(object).size(), json(object).dump().size() * 2 / 3);
}

TYPED_TEST(PackedResource, NumbersOfEitherSign) {
  for (const std::int64_t number : {std::int64_t{0}, std::int64_t{-1}, INT64_MAX, INT64_MIN}) {
    TypeParam object;
    object.metadata.generation = number;
    EXPECT_EQ(this->through_bytes(object), object) << number;
  }
}

TYPED_TEST(PackedResource, WhatIsReadReplacesWhatWasThere) {
  TypeParam object = this->full();
  unpack_object(pack_object(TypeParam()), object);
  EXPECT_EQ(object, TypeParam());
}

TYPED_TEST(PackedResource, DamagedBytesAreRefused) {
  const std::string bytes = pack_object(this->full());
  TypeParam out;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(unpack_object(bytes.substr(0, size), out), base::ParseError) << size;
  }
  EXPECT_THROW(unpack_object(bytes + '\0', out), base::ParseError);
}

TEST(CustomResources, TheResourceTypeIsTheDefinitions) {
  for (const Kind& kind : kinds()) {
    const YAML::Node spec = load_definition(kind.file)["spec"];
    EXPECT_EQ(kind.type.group, spec["group"].as<std::string>()) << kind.file;
    EXPECT_EQ(kind.type.version, spec["versions"][0]["name"].as<std::string>()) << kind.file;
    EXPECT_EQ(kind.type.kind, spec["names"]["kind"].as<std::string>()) << kind.file;
    EXPECT_EQ(kind.type.plural, spec["names"]["plural"].as<std::string>()) << kind.file;
    EXPECT_EQ(kind.type.namespaced, spec["scope"].as<std::string>() == "Namespaced") << kind.file;
  }
}

TEST(CustomResources, ADefinitionIsBelowWhatClientSideApplyTakes) {
  for (const Kind& kind : kinds()) {
    std::ifstream file(tests::source_path().string() + "/crds/" + kind.file + ".yaml", std::ios::ate);
    EXPECT_GT(file.tellg(), 0) << kind.file;
    EXPECT_LT(file.tellg(), 200 << 10) << kind.file;
  }
}

// Whatever is not bounded could fill etcd, and the API server would refuse the CEL rules on it.
void expect_bounded(const YAML::Node& schema, const std::string& path) {
  const auto type = schema["type"].as<std::string>();
  if (type == "string") {
    EXPECT_TRUE(schema["maxLength"] || schema["enum"] || schema["format"]) << path;
  } else if (type == "array") {
    EXPECT_TRUE(schema["maxItems"]) << path;
    EXPECT_TRUE(schema["x-kubernetes-list-type"]) << path;
    expect_bounded(schema["items"], path + "[]");
  } else if (type == "object") {
    if (schema["additionalProperties"]) {
      EXPECT_TRUE(schema["maxProperties"]) << path;
    }
    for (const auto& field : schema["properties"])
      expect_bounded(field.second, path + "." + field.first.as<std::string>());
  }
}

TEST(CustomResources, EveryStringAndListIsBounded) {
  for (const Kind& kind : kinds()) {
    const YAML::Node schema =
        load_definition(kind.file)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"];
    expect_bounded(schema["spec"], std::string(kind.file) + ".spec");
    if (schema["status"]) expect_bounded(schema["status"], std::string(kind.file) + ".status");
  }
}

TEST(CustomResources, UnknownFieldsAndNullsAreIgnored) {
  const json object{{"metadata", {{"name", "web"}, {"future", 1}}},
                    {"spec", {{"image", "nginx"}, {"future", {1, 2}}, {"interval", nullptr}}}};
  const auto scan = object.get<ImageScan>();
  EXPECT_EQ(scan.spec.image, "nginx");
  EXPECT_EQ(scan.spec.interval, "");
  EXPECT_EQ(scan.spec.priority, ScanPriority::kNormal);
}

TEST(CustomResources, AFieldOfAWrongTypeIsNamed) {
  struct Row {
    json spec;
    const char* path;
  };
  for (const Row& row : {
           Row{{{"image", 1}}, "spec.image"},
           Row{{{"platforms", "linux/amd64"}}, "spec.platforms"},
           Row{{{"platforms", {"linux/amd64", 2}}}, "spec.platforms[1]"},
           Row{{{"limits", {{"maxBytes", "1"}}}}, "spec.limits.maxBytes"},
           Row{{{"limits", {{"maxBytes", 18446744073709551615U}}}}, "spec.limits.maxBytes"},
           Row{{{"limits", 1}}, "spec.limits"},
           Row{{{"suspend", "yes"}}, "spec.suspend"},
           Row{{{"priority", "Urgent"}}, "spec.priority"},
       }) {
    try {
      (void)json{{"spec", row.spec}}.get<ImageScan>();
      ADD_FAILURE() << row.path << " was read";
    } catch (const base::ParseError& error) {
      EXPECT_EQ(std::string(error.what()).rfind(std::string(row.path) + ":", 0), 0U) << error.what();
    }
  }
}

TEST(CustomResources, WhatIsNoObjectIsAParseError) {
  EXPECT_THROW((void)json("text").get<ScanPolicy>(), base::ParseError);
  EXPECT_THROW((void)json::array().get<FindingException>(), base::ParseError);
}

TEST(CustomResources, ADurationThatCannotBeReadIsAParseError) {
  EXPECT_THROW((void)json({{"spec", {{"maxTagAge", "soon"}}}}).get<ScanPolicy>(), base::ParseError);
  EXPECT_THROW((void)json({{"spec", {{"rules", {{{"grace", {{"sincePublished", "x"}}}}}}}}}).get<ScanPolicy>(),
               base::ParseError);
}

TEST(CustomResources, AnExpiryThatIsNoTimeIsAParseError) {
  EXPECT_THROW((void)json({{"spec", {{"expiresAt", "tomorrow"}}}}).get<FindingException>(), base::ParseError);
}

TEST(CustomResources, ThePolicysDefaultsAreStrict) {
  const auto policy = json{{"metadata", {{"name", "p"}}}, {"spec", json::object()}}.get<ScanPolicy>();
  EXPECT_EQ(policy.spec.mode, PolicyMode::kDeny);
  EXPECT_EQ(policy.spec.incomplete, Verdict::kDeny);
  EXPECT_EQ(policy.spec.unscanned.then, Verdict::kDeny);
  EXPECT_EQ(policy.title(), "ClusterScanPolicy/p");
}

TEST(CustomResources, AnUnwrittenStatusIsLeftOut) {
  ImageScan scan;
  scan.metadata.name = "web";
  scan.metadata.ns = "shop";
  scan.spec.image = "nginx";
  const json out = scan;
  EXPECT_EQ(out["apiVersion"], "pratique.dev/v1alpha1");
  EXPECT_EQ(out["kind"], "ImageScan");
  EXPECT_FALSE(out.contains("status"));
  EXPECT_FALSE(out["metadata"].contains("generation"));
}

}  // namespace
}  // namespace crds
