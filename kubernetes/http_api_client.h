// ApiClient over net::HttpClient. docs: Kubernetes API concepts.
#pragma once

#include <memory>
#include <string>

#include "kubernetes/api_client.h"
#include "kubernetes/token_source.h"

namespace kubernetes {

class ListReader;

class HttpApiClient final : public ApiClient {
 public:
  // `metrics` may be null.
  HttpApiClient(std::shared_ptr<const Config> config, std::unique_ptr<net::HttpClient> http, net::Metrics* metrics);

  std::optional<nlohmann::json> get(const ResourceType& type, const ObjectKey& key) override;
  std::string list(const ResourceType& type, const ListOptions& options,
                   const std::function<void(nlohmann::json item)>& on_item, const std::function<void()>& on_restart,
                   std::stop_token stop) override;
  nlohmann::json create(const ResourceType& type, const nlohmann::json& object) override;
  nlohmann::json create_subresource(const ResourceType& type, const ObjectKey& key, const std::string& subresource,
                                    const nlohmann::json& object) override;
  nlohmann::json replace(const ResourceType& type, const nlohmann::json& object,
                         const std::string& subresource) override;
  nlohmann::json apply(const ResourceType& type, const nlohmann::json& object, const ApplyOptions& options) override;
  nlohmann::json merge_patch(const ResourceType& type, const ObjectKey& key, const nlohmann::json& patch,
                             const std::string& subresource) override;
  bool remove(const ResourceType& type, const ObjectKey& key, const std::string& resource_version) override;
  void watch(const ResourceType& type, const WatchOptions& options, const std::function<bool(WatchEvent)>& on_event,
             std::stop_token stop) override;

 private:
  struct Body {
    std::string content_type;
    std::string bytes;
  };

  [[nodiscard]] net::HttpRequest request(const std::string& method, const std::string& target);
  [[nodiscard]] net::HttpResponse send(const net::HttpRequest& request, std::stop_token stop = {});
  [[nodiscard]] net::HttpResponse stream_page(net::HttpRequest get, ListReader& reader, std::stop_token stop);
  [[nodiscard]] nlohmann::json write(const std::string& method, const std::string& target, Body body);
  void check_status(const net::HttpRequest& request, const net::HttpResponse& response);
  void count(const net::HttpRequest& request, const std::string& code, base::SteadyTime start);

  std::shared_ptr<const Config> config_;
  std::unique_ptr<net::HttpClient> http_;
  net::Metrics* metrics_;
  TokenSource tokens_;
};

}  // namespace kubernetes
