#include "scanner/layers/dotnet_bundle.h"

#include <gtest/gtest.h>

#include <string>

#include "scanner/layers/content_recogniser.h"

namespace scanner::layers {
namespace {

constexpr std::string_view kMark =
    "\x8b\x12\x02\xb9\x6a\x61\x20\x38\x72\x7b\x93\x02\x14\xd7\xa0\x32"
    "\x13\xf5\xb9\xe6\xef\xae\x33\x18\xee\x3b\x2d\xce\x24\xb3\x6a\xae";

constexpr std::string_view kList =
    "{\n  \"runtimeTarget\": {\n    \"name\": \".NETCoreApp,Version=v8.0/linux-x64\"\n  },\n"
    "  \"libraries\": {\n    \"A\\\"}/1.0.0\": {\n      \"type\": \"package\"\n    }\n  }\n}";

// A host as the SDK publishes it, with what lies behind it. Its own code looks for the list's keys, too.
std::string application(std::string_view files, std::string_view offset_of_files = "\x01\x02") {
  std::string host =
      "\x7f"
      "ELF" +
      std::string(4092, '\0') + std::string(offset_of_files);
  host.resize(4096 + 8, '\0');
  host += kMark;
  host += "\"runtimeTarget\"";
  host.resize(6000, '\xcc');
  return host + std::string(files) + std::string(300, '\x01');
}

void recognise(ContentRecogniser& recogniser, std::string_view content, std::size_t piece) {
  for (std::size_t at = 0; at < content.size(); at += piece) {
    if (!recogniser.feed(std::as_bytes(std::span(content.substr(at, piece))))) break;
  }
  recogniser.finish();
}

TEST(DotnetBundle, ListIsFoundInPiecesOfAnySize) {
  const std::string content = application("MZ" + std::string(1003, '\x90') + std::string(kList) + "{}");
  for (const std::size_t piece : {1UL, 2UL, 7UL, 16UL, 33UL, 1000UL, 4096UL, 100'000UL}) {
    ContentRecogniser recogniser;
    recognise(recogniser, content, piece);
    EXPECT_EQ(recogniser.dotnet_libraries(), kList) << piece;
    EXPECT_EQ(recogniser.unsupported_kind(), "") << piece;
  }
}

TEST(DotnetBundle, WrittenOnWindowsIsOneToo) {
  std::string list(kList);
  list.replace(1, 1, "\r\n");
  ContentRecogniser recogniser;
  recognise(recogniser, application(list), 512);
  EXPECT_EQ(recogniser.dotnet_libraries(), list);
}

TEST(DotnetBundle, WithoutItsListIsSaidToBeUnread) {
  const std::string list(kList);
  for (const std::string& files :
       {std::string("MZ"), list.substr(0, list.size() - 1), list.substr(0, 3), list.substr(4)}) {
    ContentRecogniser recogniser;
    recognise(recogniser, application(files), 700);
    EXPECT_EQ(recogniser.dotnet_libraries(), "") << files;
    EXPECT_EQ(recogniser.unsupported_kind(), ".NET application in a single file whose list of libraries was not found");
  }
}

TEST(DotnetBundle, OfAnyLengthIsBounded) {
  std::string list(kList);
  list.insert(list.find("\"libraries\""), std::string(DotnetBundle::kListBytesMax, ' '));
  ContentRecogniser recogniser;
  recognise(recogniser, application(list), 65'536);
  EXPECT_EQ(recogniser.dotnet_libraries(), "");
  EXPECT_NE(recogniser.unsupported_kind(), "");
}

// Such a host starts the application that lies beside it, which has its list there.
TEST(DotnetBundle, AHostAloneIsNone) {
  ContentRecogniser recogniser;
  recognise(recogniser, application(kList, ""), 700);
  EXPECT_EQ(recogniser.dotnet_libraries(), "");
  EXPECT_EQ(recogniser.unsupported_kind(), "");
}

}  // namespace
}  // namespace scanner::layers
