// The APIs of Azure, AWS, Google Cloud and Harbor that list registries and let one into them, on loopback with TLS:
// their published requests and answers, paging and errors included. It checks what it is shown and answers as they do.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "net/certificates.h"
#include "net/http_server.h"

namespace tests {

class CloudEmulator {
 public:
  // What the account holds, and who is let in.
  struct Account {
    std::vector<std::string> azure_servers = {"shop.azurecr.io", "bank.azurecr.io", "lab.azurecr.io"};
    std::map<std::string, std::vector<std::string>> google_repositories = {
        {"europe-west1", {"images", "tools"}}, {"us-east1", {"mirror"}}, {"asia-east1", {}}};
    std::vector<std::string> harbor_projects = {"library", "shop", "bank"};
    std::string client_secret = "azure-secret";
    std::string harbor_password = "harbor-secret";
    std::string aws_access_key_id = "AKIDEXAMPLE";
    std::string aws_secret_access_key = "aws-secret";
    std::vector<std::string> ecr_repositories = {"shop/web", "shop/api", "bank/web"};
    std::size_t page = 2;  // entries of a page at most, of whoever pages
    // Instead of any answer; nullopt: as usual.
    std::optional<net::ServerResponse> refusal = {};
    // The same of some requests, on the server's thread.
    std::function<std::optional<net::ServerResponse>(const net::ServerRequest&)> refuse = {};
    std::string next_page_host = {};  // where Azure's next page is said to be; empty: here
  };
  struct Seen {
    std::string method;
    std::string target;
    std::string authorization;
    std::string body;
  };

  CloudEmulator();

  [[nodiscard]] std::string url() const { return "https://" + host(); }
  [[nodiscard]] std::string host() const { return "127.0.0.1:" + std::to_string(server_->port()); }
  [[nodiscard]] const std::string& ca_bundle() const { return authority_.certificate_pem; }
  template <typename Change>
  void change(Change&& change) {
    account_.with(change);
  }
  [[nodiscard]] std::vector<Seen> seen() const;

 private:
  net::ServerResponse answer(const net::ServerRequest& request);
  net::ServerResponse azure_login(const net::ServerRequest& request, const Account& account) const;
  net::ServerResponse azure_registries(const net::ServerRequest& request, const Account& account) const;
  net::ServerResponse azure_exchange(const net::ServerRequest& request) const;
  net::ServerResponse aws_sts(const net::ServerRequest& request) const;
  net::ServerResponse aws_ecr(const net::ServerRequest& request, const Account& account) const;
  net::ServerResponse ecr_repositories(const net::ServerRequest& request, const Account& account) const;
  net::ServerResponse google_sts(const net::ServerRequest& request) const;
  net::ServerResponse google_impersonation(const net::ServerRequest& request) const;
  net::ServerResponse google_locations(const net::ServerRequest& request, const Account& account) const;
  net::ServerResponse google_repositories(const net::ServerRequest& request, const Account& account) const;
  net::ServerResponse harbor_projects(const net::ServerRequest& request, const Account& account) const;

  const net::KeyPair authority_ = net::make_authority("clouds", base::RealClock().system_now(), std::chrono::hours(24));
  base::Guarded<Account> account_;
  base::Guarded<std::vector<Seen>> seen_;
  std::unique_ptr<net::HttpServer> server_;  // last: it uses the others
};

// How each of them says that it is asked too often.
[[nodiscard]] net::ServerResponse throttled_by_azure(int retry_after_seconds);
[[nodiscard]] net::ServerResponse throttled_by_ecr();
[[nodiscard]] net::ServerResponse throttled_before_ecr();  // by what stands in front of it, with a namespace
[[nodiscard]] net::ServerResponse throttled_by_sts();
[[nodiscard]] net::ServerResponse throttled_by_google();

}  // namespace tests
