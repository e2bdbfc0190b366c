// Databases that were verified before: a file of 150 MiB takes a tenth of a second to hash, which is most of a scan of a
// known image.
#pragma once

#include <string>

#include "scanner/advisories/signature.h"

namespace scanner::advisories {

// As verify_database(), except that the content of a file which was found right before, since this machine started, and
// which nobody has touched since, is not hashed again; its signature and its key are looked at every time. `note` is the
// path of a small file that remembers this, in a directory that is this user's alone; empty: nothing is remembered.
// Where the note cannot be read or written, the content is hashed.
Signature verify_database_once(const std::string& path, const TrustedKeys& keys, const std::string& note);

// Writes the note about a file that was verified and that nobody else could write to meanwhile.
void note_verified(const std::string& path, const Signature& signature, const std::string& note);

}  // namespace scanner::advisories
