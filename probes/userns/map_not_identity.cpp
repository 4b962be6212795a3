#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::userns_map_not_identity {
namespace {

std::string words_of(const std::string& path) {
  std::string text = slurp(path, 8192).value_or("");
  for (char& character : text) {
    if (character == '\n') character = ' ';
  }
  std::string words;
  for (const std::string& word : split(text, ' ')) words += word + " ";
  return words;
}

bool identity(const std::string& words) { return words == "0 0 4294967295 "; }

Observation attempt(Inside& inside) {
  Tally tally;
  for (const char* which : {"uid_map", "gid_map"}) {
    const std::string own = words_of(std::string("/proc/self/") + which);
    const std::string outer = inside.planted(which);
    if (outer.empty()) return broken("no planted map");
    if (own.empty()) return broken(std::string(which) + " cannot be read");
    if (identity(own)) {
      tally.add(which, reached("root here is root there: " + own));
    } else if (own == outer) {
      tally.add(which, reached("the host's own map: " + own));
    } else {
      tally.add(which, refused(0, own));
    }
  }
  return tally.result();
}

Observation witness(Inside&) {
  const std::string own = words_of("/proc/self/uid_map");
  return own.empty() ? broken("uid_map cannot be read") : works(own);
}

const Register kProbe{{
    .id = "userns/map-not-identity",
    .claim = "Root in the container is nobody on the host.",
    .watches = {"userns"},
    .references = {"user_namespaces(7)", "CIS Docker 2.9",
                   "OCI linux.uidMappings", "CVE-2018-18955"},
    .remedy = "Map the container's ids to a range of its own.",
    .attempt = attempt,
    .witness = witness,
    .plant =
        [](Outside& outside) {
          outside.tell("uid_map", words_of("/proc/self/uid_map"));
          outside.tell("gid_map", words_of("/proc/self/gid_map"));
          return true;
        },
}};

}  // namespace
}  // namespace bulkhead::probes::userns_map_not_identity
