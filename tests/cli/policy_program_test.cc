// `pratique policy test` from end to end, and how `pratique explain` says what it lacks.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "base/file.h"

#include "tests/cli/program_fixture.h"
#include "tests/support/paths.h"
#include "tests/support/shared_data.h"

namespace tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kImage = "registry.example.com/shop/web:1";
const std::string kPolicies = "policy.yaml";

// With the policies of the golden folder, and the scan of a Debian with an old openssl, requests and lodash.
class PolicyProgram : public ProgramTest {
 protected:
  PolicyProgram() {
    build_database(sample_osv_records());
    write_image({sample_layer()});
    database_.write(kPolicies, read_test_file(tests::source_path() / "tests/golden/cli/policy/policy.yaml"));
    database_.write("scan.json", scan("oci:image:v1", {"--output", "json"}).out);
  }

  [[nodiscard]] ProgramRun policy_test(std::vector<std::string> more,
                                       const std::string& at = "2026-06-01T12:00:00Z") const {
    more.insert(more.begin(), {"policy", "test", "-f", kPolicies, "--at", at});
    return pratique(more);
  }
  [[nodiscard]] ProgramRun judged_pod(const std::string& pod, std::vector<std::string> more = {}) {
    database_.write("pod.yaml", pod);
    more.insert(more.end(), {"-f", "pod.yaml", "--scan", kImage + "=scan.json"});
    return policy_test(more);
  }
};

void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = tests::source_path() / "tests/golden/cli/policy" / name;
  if (std::getenv("PRATIQUE_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  EXPECT_EQ(text, read_test_file(path)) << "the golden file " << path;
}

// The database's generation is the time at which it was built.
std::string without_generation(std::string text) {
  const std::string word = "database generation ";
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    std::size_t end = at + word.size();
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    text.replace(at + word.size(), end - at - word.size(), "N");
  }
  return text;
}

TEST_F(PolicyProgram, TheAnswerIsTheGoldenFile) {
  const ProgramRun run = policy_test({"--scan", kImage + "=scan.json"});
  EXPECT_EQ(run.exit_code, 2) << run.err;
  expect_golden("test.txt", without_generation(run.out));
  EXPECT_THAT(run.err, HasSubstr("Service/web decides nothing"));
}

TEST_F(PolicyProgram, AnExceptionEndsWithItsDate) {
  EXPECT_THAT(
      policy_test({"--scan", kImage + "=scan.json"}).out,
      HasSubstr("CVE-2024-90001 lodash 4.17.11, fixed in 4.17.12: excepted by FindingException/lodash-until-july"));
  EXPECT_THAT(policy_test({"--scan", kImage + "=scan.json"}, "2026-07-01T00:00:00Z").out,
              Not(HasSubstr("excepted by")));
}

TEST_F(PolicyProgram, AScanOfANamedImageNeedsNoName) {
  std::string scan = base::read_file(path("scan.json"), 1 << 20);
  scan.replace(scan.find("oci:image:v1"), std::string("oci:image:v1").size(), kImage);
  database_.write("named.json", scan);
  EXPECT_EQ(policy_test({"-f", "named.json"}).out, policy_test({"--scan", kImage + "=scan.json"}).out);
  EXPECT_THAT(policy_test({"-f", "scan.json"}).err, HasSubstr("say which one with --scan IMAGE=FILE"));
}

TEST_F(PolicyProgram, BreakGlassIsForMembersAlone) {
  const std::string pod =
      "apiVersion: v1\nkind: Pod\nmetadata: {name: fix, namespace: bank, annotations: "
      "{shop.example/emergency: INC-7}}\nspec: {containers: [{name: c, image: '" +
      kImage + "'}]}\n";
  EXPECT_THAT(judged_pod(pod, {"--as", "bob"}).out, HasSubstr("Pod/fix in namespace bank: denied"));
  const ProgramRun member = judged_pod(pod, {"--as", "eve", "--as-group", "oncall"});
  EXPECT_THAT(member.out, AllOf(HasSubstr("Pod/fix in namespace bank: admitted with warnings"),
                                HasSubstr("warning: break-glass (INC-7)")));
}

TEST_F(PolicyProgram, ExitCodesTellTheWorstAnswer) {
  struct Row {
    const char* what;
    std::string image;
    int exit_code;
  };
  database_.write(kPolicies,
                  "{apiVersion: pratique.dev/v1alpha1, kind: ClusterScanPolicy, metadata: {name: p}, "
                  "spec: {mode: Deny, rules: [{name: listed, ids: [CVE-2000-1]}]}}");
  for (const Row& row : {Row{"admitted", kImage, 0}, Row{"waits", "registry.example.com/other:1", 3},
                         Row{"no reference", "registry.example.com/UPPER:1", 2}}) {
    const ProgramRun run =
        judged_pod("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: '" +
                   row.image + "'}]}\n");
    EXPECT_EQ(run.exit_code, row.exit_code) << row.what << "\n" << run.out << run.err;
    EXPECT_THAT(run.out, StartsWith("Pod/a in namespace default: ")) << row.what;
  }
}

TEST_F(PolicyProgram, MistakesSayTheWayOut) {
  struct Row {
    std::vector<std::string> words;
    std::string says;
  };
  for (const Row& row : {
           Row{{"policy"}, "pratique policy needs a verb: test"},
           Row{{"policy", "tset", "-f", "x"}, "did you mean \"test\"?"},
           Row{{"policy", "test"}, "--filename"},
           Row{{"policy", "test", "-f", "absent.yaml"}, "absent.yaml"},
           Row{{"policy", "test", "-f", kPolicies, "--at", "noon"}, "2026-01-31T08:00:00Z"},
           Row{{"policy", "test", "-f", kPolicies, "--scan", "scan.json"}, "write IMAGE=FILE"},
           Row{{"policy", "test", "-f", kPolicies, "--scan", kImage + "=" + kPolicies}, "pratique scan --output json"},
           Row{{"explain"}, "explain needs pod/NAME or -f FILE"},
           Row{{"explian", "pod/web"}, "did you mean \"explain\"?"},
           Row{{"explain", "pod/web", "--kubeconfig", "absent"}, "absent"},
       }) {
    const ProgramRun run = pratique(row.words);
    EXPECT_EQ(run.exit_code, 1) << row.says;
    EXPECT_THAT(run.err, HasSubstr(row.says));
  }
  database_.write("nothing.yaml", "# nothing\n");
  EXPECT_THAT(pratique({"policy", "test", "-f", "nothing.yaml"}).err, HasSubstr("there is nothing to judge"));
}

}  // namespace
}  // namespace tests
