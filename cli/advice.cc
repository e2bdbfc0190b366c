#include "cli/advice.h"

#include <fmt/format.h>

namespace cli {

std::string advice_for(const base::HttpError& error) {
  switch (error.status()) {
    case 401:
    case 403:
      return "; log in with `docker login` (credentials are read from $DOCKER_CONFIG/config.json or "
             "~/.docker/config.json; credential helpers are not asked), or see whether the image's name is right";
    case 404:
      return "; see whether the image's name and tag are right";
    case 429:
      return error.retry_after() ? fmt::format("; the registry asks to wait {} s", error.retry_after()->count())
                                 : std::string("; the registry asks to wait: try again later");
    default:
      return error.status() >= 500 ? "; the registry has a problem: try again later" : "";
  }
}

}  // namespace cli
