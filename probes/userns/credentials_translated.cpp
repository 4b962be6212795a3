// The second oracle on the id maps: somebody outside is connected to and says
// who came.
#include "probes/support/bystander.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::userns_credentials_translated {
namespace {

Observation attempt(Inside& inside) {
  if (inside.spec("uid_map").starts_with("0 0 ")) {
    return absent("the spec maps root to the caller");
  }
  const auto seen = ask_bystander(inside);
  if (!seen) return broken("the bystander: " + errno_name(errno));
  const auto ids = split(*seen, ' ');
  if (ids.size() != 2) return broken("not understood: " + *seen);
  if (ids[0] == "0" || ids[1] == "0") {
    return reached("outside this is user " + ids[0] + ", group " + ids[1]);
  }
  return refused(0, "outside this is user " + ids[0] + ", group " + ids[1]);
}

bool plant(Outside& outside) {
  return start_bystander(outside, [](const ucred& caller, const std::string&) {
    return std::to_string(caller.uid) + " " + std::to_string(caller.gid);
  });
}

const Register kProbe{{
    .id = "userns/credentials-translated",
    .claim = "Whoever is met outside does not take the workload for root.",
    .watches = {"userns"},
    .references = {"user_namespaces(7)", "unix(7) SO_PEERCRED",
                   "OCI linux.uidMappings"},
    .remedy = "Map the container's ids to a range of its own.",
    .attempt = attempt,
    .witness = [](Inside& inside) { return read_bound_file(inside, "plain"); },
    .plant = plant,
    .clean = stop_bystander,
}};

}  // namespace
}  // namespace bulkhead::probes::userns_credentials_translated
