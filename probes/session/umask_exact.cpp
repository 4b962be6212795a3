// A careless caller lets everybody write.
#include <sys/stat.h>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::session_umask_exact {
namespace {

std::string octal(unsigned mask) {
  std::string text = "0";
  for (const unsigned shift : {6U, 3U, 0U}) {
    text += std::to_string(mask >> shift & 7U);
  }
  return text;
}

Observation attempt(Inside& inside) {
  const auto asked = number(inside.spec("umask"), 8);
  if (!asked) return fact_missing("umask");
  const unsigned have = umask(0777);
  umask(have);
  return (*asked & ~have) != 0 ? reached("umask " + octal(have))
                               : refused(0, "umask " + octal(have));
}

Observation witness(Inside&) {
  umask(0077);
  const unsigned have = umask(0077);
  return have == 0077 ? works("an own umask can be set")
                      : broken("umask 0077 reads " + octal(have));
}

bool plant(Outside& outside) {
  outside.tell("before", std::to_string(umask(0)));
  return true;
}

void clean(Outside& outside) {
  if (const auto before = number(outside.told("before"))) {
    umask(static_cast<mode_t>(*before));
  }
}

const Register kProbe{{
    .id = "session/umask-exact",
    .claim = "The caller's umask does not arrive.",
    .watches = {"session"},
    .references = {"OCI process.user.umask", "umask(2)"},
    .remedy = "Set the umask of the spec.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::session_umask_exact
