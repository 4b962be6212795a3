// Huge pages are counted by no other limit: one more than allowed is mapped and
// touched, in a child that may die of it.
#include <signal.h>
#include <sys/mman.h>

#include <bit>
#include <cerrno>
#include <filesystem>

#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::cgroup_hugetlb {
namespace {

constexpr const char* kFact = "hugetlb";
constexpr const char* kSizes = "/sys/kernel/mm/hugepages";
constexpr unsigned long long kMostBytes = 256ULL << 20;

struct Asked {
  unsigned long long page = 0;
  unsigned long long limit = 0;
};

// The first of the fact that can be exceeded by little memory; none: page 0.
Asked asked(const std::string& fact) {
  for (const std::string& line : split(fact, ';')) {
    const std::size_t space = line.find(' ');
    const auto page = number(line.substr(0, space));
    const auto limit = number(line.substr(space + 1));
    if (page && limit && std::has_single_bit(*page) && *page <= kMostBytes &&
        *limit <= kMostBytes) {
      return {*page, *limit};
    }
  }
  return {};
}

unsigned long long count_in(const std::string& path) {
  const std::string text = slurp(path).value_or("");
  return number(text.substr(0, text.find('\n'))).value_or(0);
}

bool any_pages() {
  std::error_code error;
  for (const auto& size : std::filesystem::directory_iterator(kSizes, error)) {
    if (count_in(size.path() / "nr_hugepages") != 0) return true;
  }
  return false;
}

Observation use(unsigned long long page, unsigned long long pages) {
  const auto bytes = static_cast<std::size_t>(page * pages);
  const int size = std::countr_zero(page) << MAP_HUGE_SHIFT;
  void* const at =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | size, -1, 0);
  const std::string text = std::to_string(pages) + " pages of " +
                           std::to_string(page >> 10) + " KiB";
  if (at == MAP_FAILED) return refused(errno, text);
  for (std::size_t i = 0; i < pages; ++i) {
    static_cast<volatile char*>(at)[i * page] = 1;
  }
  munmap(at, bytes);
  return reached(text);
}

Observation use_in_child(const Asked& limit, unsigned long long more) {
  const unsigned long long pages = limit.limit / limit.page + more;
  return in_child([=] { return use(limit.page, pages); },
                  [](int signal) {
                    return signal == SIGBUS || signal == SIGKILL
                               ? Observation{Outcome::kRefused, 0, signal,
                                             "killed on the way"}
                               : broken("signal " + std::to_string(signal));
                  });
}

// The limit, or page 0 and the reason.
Asked declared(Inside& inside, Observation& why) {
  const std::string lacks = inside.planted("lacks");
  if (!lacks.empty()) {
    why = absent(lacks);
    return {};
  }
  const std::string fact = inside.spec(kFact);
  const Asked limit = asked(fact);
  if (limit.page == 0) {
    why = fact_missing(kFact,
                       fact.empty() ? "is missing" : "has no limit to try");
  }
  return limit;
}

Observation attempt(Inside& inside) {
  Observation why;
  const Asked limit = declared(inside, why);
  return limit.page == 0 ? why : use_in_child(limit, 1);
}

Observation witness(Inside& inside) {
  Observation why;
  const Asked limit = declared(inside, why);
  if (limit.page == 0) {
    return why.outcome == Outcome::kAbsent ? works(why.evidence) : why;
  }
  if (limit.limit < limit.page) return works("none is allowed");
  const Observation seen = use_in_child(limit, 0);
  return seen.outcome == Outcome::kReached
             ? works(seen.evidence)
             : broken(seen.evidence + ": " + errno_name(seen.error));
}

bool plant(Outside& outside) {
  const std::string fact = outside.spec(kFact);
  const Asked limit = asked(fact);
  if (!any_pages()) {
    outside.tell("lacks", "this machine has no huge pages");
  } else if (limit.page != 0) {
    const std::string size =
        "hugepages-" + std::to_string(limit.page >> 10) + "kB";
    const auto free =
        count_in(std::string(kSizes) + "/" + size + "/free_hugepages");
    if (free > limit.limit / limit.page) return true;
    outside.tell("lacks", "no more are free than may be used: " +
                              std::to_string(free) + " of " + size);
  } else if (fact.empty() && !outside.spec("bind.source").empty()) {
    // The harness's own spec, which asks for it wherever it can be seen.
    outside.tell("lacks", "no cgroup here counts huge pages, or none is free");
  }
  return true;
}

const Register kProbe{{
    .id = "cgroup/hugetlb",
    .claim = "No more huge pages than the limit can be used.",
    .watches = {"cgroup"},
    .references = {"OCI linux.resources.hugepageLimits", "mmap(2) MAP_HUGETLB"},
    .remedy = "Set hugetlb.SIZE.max and hugetlb.SIZE.rsvd.max before the "
              "workload starts.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::cgroup_hugetlb
