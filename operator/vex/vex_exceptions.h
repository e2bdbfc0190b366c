// VEX statements as the exceptions that they are: so that the gate, the rows of findings, `pratique explain` and people
// see them in one way. docs/decisions/0014-vex-as-exceptions.md. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "crds/finding_exception.h"
#include "crds/vex_source.h"
#include "operator/vex/vex_document.h"

namespace pratique_operator::vex {

inline constexpr std::size_t kExceptionsMax = 1'000;  // of one source

struct MadeExceptions {
  std::vector<crds::FindingException> exceptions;  // of the cluster, by name; owned by the source
  std::size_t statements = 0;                      // that they say
  std::size_t left_out = 0;  // not affected without a justification, or about images that the source may not speak of
};

// One exception for each product, of at most 100 vulnerabilities; the same document makes the same objects. Statements
// that something is affected or looked into make none. Throws base::LimitExceeded past kExceptionsMax.
[[nodiscard]] MadeExceptions exceptions_of(const crds::VexSource& source, const Document& document);

// Whether the exception was made by the spec that the source has now.
[[nodiscard]] bool is_of_spec(const crds::FindingException& exception, const crds::VexSource& source);

}  // namespace pratique_operator::vex
