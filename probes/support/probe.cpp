// The registry and the small vocabulary of probe.h.
#include "probes/probe.h"

#include <algorithm>
#include <cstdlib>

namespace bulkhead::probes {

namespace {

std::vector<Probe>& registry() {
  static std::vector<Probe> probes;
  return probes;
}

std::string find(const Facts& facts, const std::string& name) {
  const auto at = facts.find(name);
  return at == facts.end() ? std::string{} : at->second;
}

}  // namespace

Observation refused(int error, std::string evidence) {
  return {Outcome::kRefused, error, 0, std::move(evidence)};
}

Observation reached(std::string evidence) {
  return {Outcome::kReached, 0, 0, std::move(evidence)};
}

Observation absent(std::string reason) {
  return {Outcome::kAbsent, 0, 0, std::move(reason)};
}

Observation broken(std::string reason) {
  return {Outcome::kBroken, 0, 0, std::move(reason)};
}

Observation fact_missing(std::string fact, const std::string& why) {
  Observation seen = broken("the fact " + fact + " " + why);
  seen.missing_fact = std::move(fact);
  return seen;
}

Observation works(std::string evidence) {
  return {Outcome::kReached, 0, 0, std::move(evidence)};
}

std::string planted_fact(const std::string& id, const std::string& name) {
  return id + "." + name;
}

std::string Inside::spec(const std::string& name) const {
  return find(facts_, name);
}

long Inside::spec_number(const std::string& name, long otherwise) const {
  const std::string text = spec(name);
  if (text.empty()) return otherwise;
  char* end = nullptr;
  const long number = std::strtol(text.c_str(), &end, 10);
  return *end == '\0' ? number : otherwise;
}

std::string Inside::planted(const std::string& name) const {
  return find(facts_, planted_fact(probe_id_, name));
}

std::string Inside::nonce() const { return find(facts_, "nonce"); }

void Outside::tell(const std::string& name, const std::string& value) {
  facts_[planted_fact(probe_id_, name)] = value;
}

std::string Outside::told(const std::string& name) const {
  return find(facts_, planted_fact(probe_id_, name));
}

std::string Outside::nonce() const { return find(facts_, "nonce"); }

std::string Outside::spec(const std::string& name) const {
  return find(facts_, name);
}

const std::vector<Probe>& catalogue() {
  static const std::vector<Probe> sorted = [] {
    std::vector<Probe> probes = registry();
    std::ranges::sort(probes, {}, &Probe::id);
    return probes;
  }();
  return sorted;
}

Register::Register(Probe probe, const char* file) {
  probe.file = file;
  registry().push_back(std::move(probe));
}

}  // namespace bulkhead::probes
