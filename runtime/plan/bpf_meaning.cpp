#include "runtime/plan/bpf_meaning.h"

#include <linux/seccomp.h>

#include <algorithm>
#include <set>
#include <utility>

namespace bulkhead {
namespace {

/// Sixteen times what the kernel takes.
constexpr std::size_t kMostRead = std::size_t{16} * BPF_MAXINSNS;
constexpr std::uint32_t kWordBytes = sizeof(std::uint32_t);

std::uint16_t loaded_word(const sock_filter& one) {
  return static_cast<std::uint16_t>(one.k / kWordBytes);
}

bool compares(const sock_filter& one) {
  return BPF_CLASS(one.code) == BPF_JMP && BPF_OP(one.code) != BPF_JA;
}

bool is_known(const sock_filter& one, std::size_t left) {
  switch (one.code) {
    case BPF_LD | BPF_W | BPF_ABS:
      return left > 0 && one.k < sizeof(seccomp_data) &&
             one.k % kWordBytes == 0;
    case BPF_ALU | BPF_AND | BPF_K:
      return left > 0;
    case BPF_JMP | BPF_JA:
      return one.k < left;
    case BPF_JMP | BPF_JEQ | BPF_K:
    case BPF_JMP | BPF_JGT | BPF_K:
    case BPF_JMP | BPF_JGE | BPF_K:
    case BPF_JMP | BPF_JSET | BPF_K:
      return std::max(one.jt, one.jf) < left;
    case BPF_RET | BPF_K:
      return true;
    default:
      return false;
  }
}

bool holds(std::uint16_t operation, std::uint32_t a, std::uint32_t b) {
  switch (operation) {
    case BPF_JEQ:
      return a == b;
    case BPF_JGT:
      return a > b;
    case BPF_JGE:
      return a >= b;
    default:
      return (a & b) != 0;  // BPF_JSET
  }
}

/// Everything that may be reached, with what the accumulator then holds.
class Reach {
 public:
  /// `arch`: only what that one reaches.
  explicit Reach(std::span<const sock_filter> code,
                 std::optional<std::uint32_t> arch = std::nullopt)
      : code_(code), arch_(arch) {
    visit(0, kOther);
    while (!pending_.empty()) {
      const auto [at, word] = pending_.back();
      pending_.pop_back();
      follow(at, word);
    }
  }

  [[nodiscard]] bool masks_number_or_arch() const { return masks_; }
  [[nodiscard]] const std::set<std::uint32_t>& turns(std::uint16_t word) const {
    return turns_[word];
  }

 private:
  /// Anything but number and architecture.
  static constexpr std::uint16_t kOther = 2;

  void visit(std::size_t at, std::uint16_t word) {
    const std::size_t which = at * (kOther + 1U) + word;
    if (seen_.size() <= which) seen_.resize(which + 1);
    if (seen_[which]) return;
    seen_[which] = true;
    pending_.emplace_back(at, word);
  }

  void follow(std::size_t at, std::uint16_t word) {
    const sock_filter& one = code_[at];
    if (BPF_CLASS(one.code) == BPF_RET) return;
    if (BPF_CLASS(one.code) == BPF_LD) {
      return visit(at + 1, std::min(loaded_word(one), kOther));
    }
    if (one.code == (BPF_JMP | BPF_JA)) return visit(at + 1 + one.k, word);
    if (!compares(one)) {  // BPF_AND
      masks_ = masks_ || word != kOther;
      return visit(at + 1, word);
    }
    const std::uint16_t operation = BPF_OP(one.code);
    if (word != kOther) note(operation, word, one.k);
    const bool known = word == kArchWord && arch_.has_value();
    const bool yes = known && holds(operation, *arch_, one.k);
    if (!known || yes) visit(at + 1 + one.jt, word);
    if (!known || !yes) visit(at + 1 + one.jf, word);
  }

  void note(std::uint16_t operation, std::uint16_t word, std::uint32_t k) {
    masks_ = masks_ || operation == BPF_JSET;
    if (operation != BPF_JGT) turns_[word].insert(k);
    if (operation != BPF_JGE && k != UINT32_MAX) turns_[word].insert(k + 1);
  }

  std::span<const sock_filter> code_;
  std::optional<std::uint32_t> arch_;
  std::vector<bool> seen_;
  std::vector<std::pair<std::size_t, std::uint16_t>> pending_;
  std::set<std::uint32_t> turns_[kOther] = {{0}, {0}};
  bool masks_ = false;
};

std::vector<std::uint32_t> listed(const std::set<std::uint32_t>& values) {
  return {values.begin(), values.end()};
}

std::vector<std::uint32_t> merged(const std::vector<std::uint32_t>& a,
                                  const std::vector<std::uint32_t>& b) {
  std::vector<std::uint32_t> both;
  std::ranges::set_union(a, b, std::back_inserter(both));
  return both;
}

}  // namespace

bool is_readable(std::span<const sock_filter> code) {
  if (code.empty() || code.size() > kMostRead) return false;
  for (std::size_t at = 0; at < code.size(); ++at) {
    if (!is_known(code[at], code.size() - at - 1)) return false;
  }
  return !Reach(code).masks_number_or_arch();
}

std::vector<std::uint32_t> arch_turns(std::span<const sock_filter> code) {
  return listed(Reach(code).turns(kArchWord));
}

std::vector<std::uint32_t> number_turns(std::span<const sock_filter> code,
                                        std::uint32_t arch) {
  return listed(Reach(code, arch).turns(kNumberWord));
}

void BpfReader::take_call(std::uint32_t arch, std::uint32_t number) {
  arch_ = arch;
  number_ = number;
  known_.clear();
}

BpfReader::Stop BpfReader::next(Point point) const {
  for (;; ++point.at) {
    const sock_filter& one = code_[point.at];
    if (BPF_CLASS(one.code) == BPF_RET) return {true, one.k, {}, {}, {}};
    if (BPF_CLASS(one.code) == BPF_LD) {
      const std::uint16_t word = loaded_word(one);
      point.open = word != kNumberWord && word != kArchWord;
      point.word = point.open ? word : std::uint16_t{0};
      point.value = point.open            ? UINT32_MAX
                    : word == kNumberWord ? number_
                                          : arch_;
    } else if (one.code == (BPF_JMP | BPF_JA)) {
      point.at += one.k;
    } else if (!compares(one)) {
      point.value &= one.k;  // The value, or the mask that shows it.
    } else if (!point.open) {
      point.at += holds(BPF_OP(one.code), point.value, one.k) ? one.jt : one.jf;
    } else {
      Stop stop{false,
                0,
                {static_cast<std::uint16_t>(BPF_OP(one.code)), point.word,
                 point.value, one.k},
                point,
                point};
      stop.yes.at += 1U + one.jt;
      stop.no.at += 1U + one.jf;
      return stop;
    }
  }
}

BpfDiagram::Id BpfReader::meaning(Point point) {
  const Stop stop = next(point);
  if (stop.answers) return diagram_.answer(stop.action);
  if (const auto found = known_.find(point); found != known_.end()) {
    return found->second;
  }
  const BpfDiagram::Id yes = meaning(stop.yes);
  const BpfDiagram::Id no = meaning(stop.no);
  const BpfDiagram::Id all =
      diagram_.choose(diagram_.condition(stop.test), yes, no);
  known_.emplace(point, all);
  return all;
}

bool proven_equal(std::span<const sock_filter> a,
                  std::span<const sock_filter> b) {
  if (!is_readable(a) || !is_readable(b)) return false;
  BpfDiagram diagram;
  BpfReader one(a, diagram);
  BpfReader other(b, diagram);
  for (const std::uint32_t arch : merged(arch_turns(a), arch_turns(b))) {
    for (const std::uint32_t number :
         merged(number_turns(a, arch), number_turns(b, arch))) {
      one.take_call(arch, number);
      other.take_call(arch, number);
      const bool same = one.meaning({}) == other.meaning({});
      if (!same || diagram.gave_up()) return false;
    }
  }
  return true;
}

}  // namespace bulkhead
