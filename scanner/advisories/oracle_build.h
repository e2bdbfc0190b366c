// Oracle builds some packages of its Linux a second and a third time, under the same names: to be mended while they run
// ("2:2.34-100.0.1.ksplice1.el9_4.3") and to be certified ("10:3.0.7-27.0.1.el9_4_fips"). By their epochs those are
// above every plain version.
#pragma once

#include <cstdint>
#include <string_view>

namespace scanner::advisories {

enum class OracleBuild : std::uint8_t { kPlain, kKsplice, kFips };

[[nodiscard]] OracleBuild oracle_build_of(std::string_view version);

}  // namespace scanner::advisories
