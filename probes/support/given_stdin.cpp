#include "probes/support/given_stdin.h"

namespace bulkhead::probes {
namespace {

constexpr const char* kFact = "stdin";

}  // namespace

void give_as_stdin(Outside& outside, const std::string& path) {
  outside.tell(kFact, path);
}

std::string given_stdin(const Facts& facts, const std::string& id) {
  const auto found = facts.find(planted_fact(id, kFact));
  return found == facts.end() ? std::string() : found->second;
}

}  // namespace bulkhead::probes
