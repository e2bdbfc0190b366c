// What notices say in words alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scanner::advisories {

// Ubuntu's notices for several releases list all of their issues for each of them, and tell in a sentence which of them
// an issue is about. False where the sentences before "(CVE-2020-14155)" say that the issue "only affects Ubuntu 18.04
// LTS and Ubuntu 20.04 LTS", and `release` ("22.04") is none of them. True for everything else. Linear in the
// description.
[[nodiscard]] bool concerns_release(std::string_view description, std::string_view cve, std::string_view release);

// The issues that Rocky's notices are about, in the order of the text; one may be named twice. They stand in
// parentheses, "webpack: Regression of CVE-2023-28154 fixes (CVE-2023-2319)": another name is that of an older issue.
// Where none stands so, all that are named. Linear in the description.
[[nodiscard]] std::vector<std::string_view> cves_told_in(std::string_view description);

// Of "Moderate: container-tools:4.0 security and bug fix update" the module's stream, "container-tools:4.0"; a notice's
// own id before it ("RLSA-2023:1583: ") is none. Empty where the title names none, and where it names two ("idm:DL1 and
// idm:client"): of which of them a package is, the notice does not tell.
[[nodiscard]] std::string stream_of_title(std::string_view title);

}  // namespace scanner::advisories
