// What Ubuntu's notices say in words alone: a notice for several releases lists all of its issues for each of them, and
// tells in a sentence which of them an issue is about.
#pragma once

#include <string_view>

namespace scanner::advisories {

// False where the sentences before "(CVE-2020-14155)" say that the issue "only affects Ubuntu 18.04 LTS and Ubuntu
// 20.04 LTS", and `release` ("22.04") is none of them. True for everything else. Linear in the description.
[[nodiscard]] bool concerns_release(std::string_view description, std::string_view cve, std::string_view release);

}  // namespace scanner::advisories
