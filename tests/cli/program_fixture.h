// Runs the built `pratique` as a person would: in a folder of its own, with that folder as home.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/scanner/advisories/database_fixture.h"
#include "tests/support/layout_writer.h"
#include "tests/support/sample_image.h"

namespace tests {

struct ProgramRun {
  int exit_code = -1;
  std::string out;
  std::string err;
};

class ProgramTest : public testing::Test {
 protected:
  ProgramTest();

  // The words are quoted here. The current directory is the folder.
  [[nodiscard]] ProgramRun pratique(const std::vector<std::string>& words) const;
  // `scan IMAGE --database` with the database of build_database().
  [[nodiscard]] ProgramRun scan(const std::string& image, const std::vector<std::string>& more = {}) const;

  // Builds the database from these OSV records.
  void build_database(const std::vector<std::string>& osv_records);
  // Writes an image of these layers as oci:image:v1.
  void write_image(const std::vector<std::string>& layers, const std::string& tag = "v1");

  [[nodiscard]] std::string path(const std::string& name) const { return database_.path(name); }

  DatabaseFixture database_;
};

}  // namespace tests
