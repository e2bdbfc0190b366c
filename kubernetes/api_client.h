// Typed access to the Kubernetes API over net::HttpClient: the verbs of a controller, and their errors.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "kubernetes/config.h"
#include "kubernetes/limits.h"
#include "kubernetes/resource.h"
#include "net/http_client.h"
#include "net/metrics.h"

namespace kubernetes {

// A metav1.Status that says no. 404 of a get or remove is an answer, not an error.
class ApiError : public base::HttpError {
 public:
  ApiError(const std::string& message, int status, std::string reason, std::optional<std::chrono::seconds> retry_after)
      : HttpError(message, status, {}, retry_after), reason_(std::move(reason)) {}
  // metav1.StatusReason: "Conflict", "AlreadyExists", "Expired", "Forbidden", "Invalid", ...
  [[nodiscard]] const std::string& reason() const { return reason_; }
  [[nodiscard]] bool conflict() const { return status() == 409; }
  [[nodiscard]] bool gone() const { return status() == 410; }
  // A ResourceQuota of the namespace allows no more objects of the kind.
  [[nodiscard]] bool over_quota() const;

 private:
  std::string reason_;
};

enum class ListExtent { kAllPages, kFirstPage };
struct ListOptions {
  std::string ns;  // empty: all namespaces
  std::string label_selector;
  std::string field_selector;
  int limit = 500;  // of objects in a page
  ListExtent extent = ListExtent::kAllPages;
};

struct WatchOptions {
  std::string ns;
  std::string label_selector;
  std::string field_selector;
  std::string resource_version;
  std::chrono::seconds timeout{300};                  // after it the server ends the watch
  std::chrono::milliseconds idle_max{kWatchIdleMax};  // silence that ends the watch with a NetworkError
};

struct ApplyOptions {
  std::string field_manager;
  std::string subresource;  // "status" or empty
  bool force = true;
};

enum class WatchEventType { kAdded, kModified, kDeleted, kBookmark, kError };
struct WatchEvent {
  WatchEventType type;
  nlohmann::json object;  // a metav1.Status for kError
};

// Every verb throws ApiError for a Status answer and base::NetworkError where there was none. Thread-safe.
class ApiClient {
 public:
  virtual ~ApiClient() = default;

  [[nodiscard]] virtual std::optional<nlohmann::json> get(const ResourceType& type, const ObjectKey& key) = 0;
  // Calls `on_item` for each object of every page; returns the list's resourceVersion. A 410 on a later page starts the
  // list anew after `on_restart`, so that the caller can drop what it has; past kListRestartsMax it is thrown.
  virtual std::string list(const ResourceType& type, const ListOptions& options,
                           const std::function<void(nlohmann::json item)>& on_item,
                           const std::function<void()>& on_restart, std::stop_token stop) = 0;
  virtual nlohmann::json create(const ResourceType& type, const nlohmann::json& object) = 0;
  // POST of what is no object of its own but of one: a token of a service account. The object says its kind itself.
  virtual nlohmann::json create_subresource(const ResourceType& type, const ObjectKey& key,
                                            const std::string& subresource, const nlohmann::json& object) = 0;
  // PUT of the object or its subresource; carries the object's resourceVersion.
  virtual nlohmann::json replace(const ResourceType& type, const nlohmann::json& object,
                                 const std::string& subresource) = 0;
  // Server-side apply. What is already so is not written again by the API server, but the request still costs one:
  // kubernetes/apply.h compares with what a store knows first.
  virtual nlohmann::json apply(const ResourceType& type, const nlohmann::json& object, const ApplyOptions& options) = 0;
  virtual nlohmann::json merge_patch(const ResourceType& type, const ObjectKey& key, const nlohmann::json& patch,
                                     const std::string& subresource) = 0;
  // False when it was not there. `resource_version`, where set, is a precondition.
  virtual bool remove(const ResourceType& type, const ObjectKey& key, const std::string& resource_version) = 0;
  // Calls `on_event` for each event until the stream ends, `on_event` returns false or `stop` is requested.
  virtual void watch(const ResourceType& type, const WatchOptions& options,
                     const std::function<bool(WatchEvent)>& on_event, std::stop_token stop) = 0;
};

// `metrics`, which may be null, receives rest_client_requests_total and rest_client_request_duration_seconds.
[[nodiscard]] std::unique_ptr<ApiClient> make_api_client(std::shared_ptr<const Config> config,
                                                         net::Metrics* metrics = nullptr);

}  // namespace kubernetes
