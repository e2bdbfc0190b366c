// A watch that breaks in the middle of whatever it was saying. tests/golden/kubernetes holds what kube-apiserver
// v1.36.3 said of the ConfigMaps of a namespace: a list, the watch from its version on with a bookmark in it, and the
// list of those who ask when all that is over.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "kubernetes/store.h"
#include "tests/support/fake_api_server.h"
#include "tests/support/paths.h"

namespace kubernetes {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;
using tests::FakeApiServer;
using tests::WatchEnd;

const ResourceType kType{.group = "", .version = "v1", .kind = "ConfigMap", .plural = "configmaps", .namespaced = true};

std::string recorded(const std::string& name) {
  constexpr std::size_t kBytesMax = 64 << 10;
  return base::read_file(tests::source_path() / "tests/golden/kubernetes" / name, kBytesMax);
}

// Without what a list leaves out.
nlohmann::json content_of(nlohmann::json object) {
  object.erase("kind");
  object.erase("apiVersion");
  return object;
}

std::string told(const ObjectEvent& event) {
  static constexpr const char* kNames[] = {"init", "list", "done", "apply", "delete"};
  const std::string name = kNames[static_cast<int>(event.type)];
  return event.object.is_null() ? name
                                : name + " " + key_of(event.object).name + "@" + resource_version_of(event.object);
}

const std::vector<std::string> kTold = {"init",
                                        "list stock@275",
                                        "list till@274",
                                        "list web@273",
                                        "done",
                                        "apply web@276",
                                        "apply cellar@277",
                                        "delete till@278",
                                        "apply web@279",
                                        "apply stock@280",
                                        "delete cellar@293",
                                        "apply till@294",
                                        "apply stock@295",
                                        "apply cellar@296"};

// Where the watch is cut, what of it has to be told again, and from which version on.
struct Cut {
  std::size_t at;
  std::string resumes_from;
  std::size_t rest_begins;
};

Cut cut_at(const std::string& stream, std::size_t at) {
  Cut cut{.at = at, .resumes_from = "275", .rest_begins = 0};
  for (std::size_t end = stream.find('\n'); end < at; end = stream.find('\n', end + 1)) {
    const std::string line = stream.substr(cut.rest_begins, end - cut.rest_begins);
    cut.resumes_from = resource_version_of(nlohmann::json::parse(line).at("object"));
    cut.rest_begins = end + 1;
  }
  return cut;
}

class WatchCut : public testing::Test {
 protected:
  void expect_the_same_end(FakeApiServer& server, const std::shared_ptr<ApiClient>& client, const Cut& cut) {
    server.then({.status = 200, .headers = {}, .body = list_})
        .then_watch(stream_.substr(0, cut.at), WatchEnd::kCut)
        .then_list("296", {})
        .then_watch(stream_.substr(cut.rest_begins), WatchEnd::kClosed);
    Store<nlohmann::json> store(content_of);
    std::vector<std::string> all_told;
    std::stop_source enough;
    WatcherSettings settings;
    settings.backoff_min = std::chrono::milliseconds(0);
    Watcher watcher(client, kType, settings, [&](const ObjectEvent& event) {
      store.apply(event);
      all_told.push_back(told(event));
      if (all_told.size() == kTold.size()) enough.request_stop();
    });

    watcher.run(enough.get_token());

    ASSERT_THAT(all_told, ElementsAreArray(kTold)) << "cut at byte " << cut.at;
    ASSERT_EQ(kept_in(store), end_) << "cut at byte " << cut.at;
  }

  static std::map<std::string, nlohmann::json> kept_in(const Store<nlohmann::json>& store) {
    std::map<std::string, nlohmann::json> kept;
    for (const auto& [key, object] : store.list()) kept[key.name] = *object;
    return kept;
  }
  static std::map<std::string, nlohmann::json> recorded_end() {
    const nlohmann::json list = nlohmann::json::parse(recorded("configmaps-end.json"));
    std::map<std::string, nlohmann::json> end;
    for (const nlohmann::json& item : list.at("items")) end[key_of(item).name] = item;
    return end;
  }

  const std::string list_ = recorded("configmaps-list.json");
  const std::string stream_ = recorded("configmaps-watch.txt");
  const std::map<std::string, nlohmann::json> end_ = recorded_end();
};

TEST_F(WatchCut, AtAnyByteLosesAndRepeatsNothing) {
  constexpr std::size_t kRequestsOfACut = 4;
  constexpr std::size_t kCutsOfAServer = 100;  // it remembers its requests
  ASSERT_GT(stream_.size(), 4'000U);
  for (std::size_t first = 0; first < stream_.size(); first += kCutsOfAServer) {
    FakeApiServer server;
    const std::shared_ptr<ApiClient> client = make_api_client(server.config());
    const std::size_t end = std::min(stream_.size(), first + kCutsOfAServer);
    for (std::size_t at = first; at < end; ++at) {
      ASSERT_NO_FATAL_FAILURE(expect_the_same_end(server, client, cut_at(stream_, at)));
    }
    const std::vector<net::ServerRequest> requests = server.requests();
    ASSERT_EQ(requests.size(), kRequestsOfACut * (end - first));
    for (std::size_t at = first; at < end; ++at) {
      const std::string& target = requests[kRequestsOfACut * (at - first) + 3].target;
      ASSERT_THAT(target, HasSubstr("&resourceVersion=" + cut_at(stream_, at).resumes_from + "&")) << "byte " << at;
    }
  }
}

}  // namespace
}  // namespace kubernetes
