// resources.blockIO and resources.hugepageLimits.
#include <algorithm>

#include "runtime/spec/limit_names.h"
#include "runtime/spec/oci_parse.h"

namespace bulkhead::oci {
namespace {

void parse_throttle(const Node& node, IoKind kind, std::vector<IoLimit>& io) {
  Object object(node);
  IoLimit limit{.kind = kind};
  if (const auto major = object.require("major", "the number of a disk")) {
    limit.major = major->u32().value_or(0);
  }
  if (const auto minor = object.require("minor", "the number of a disk")) {
    limit.minor = minor->u32().value_or(0);
  }
  if (const auto rate = object.require("rate", "what a second may have")) {
    limit.rate = rate->unsigned_integer().value_or(1);
    if (limit.rate == 0) {
      rate->complain(
          "0 is \"no limit\" on cgroup v1 and refused on v2; say 1 or more");
    }
  }
  io.push_back(limit);
}

}  // namespace

void parse_block_io(const Node& node, std::vector<IoLimit>& io) {
  Object object(node);
  for (std::size_t i = 0; i < kIoKinds; ++i) {
    const auto list = object.take(kIoMembers[i]);
    if (!list) continue;
    for (const Node& entry : list->list()) {
      parse_throttle(entry, static_cast<IoKind>(i), io);
    }
  }
  for (const char* number : {"weight", "leafWeight"}) {
    refuse_number(object, number);
  }
  object.refuse("weightDevice");
}

void parse_hugepages(const Node& node, std::vector<HugepageLimit>& hugepages) {
  for (const Node& entry : node.list()) {
    Object object(entry);
    HugepageLimit limit;
    if (const auto size = object.require("pageSize", kHugepageWanted)) {
      limit.page_size = size->string().value_or("");
      if (!hugepage_bytes(limit.page_size)) {
        size->complain("\"" + limit.page_size +
                       "\": " + std::string(kHugepageWanted));
      }
    }
    if (const auto bytes = object.require("limit", "a number of bytes")) {
      limit.bytes = bytes->unsigned_integer().value_or(0);
    }
    hugepages.push_back(std::move(limit));
  }
}

}  // namespace bulkhead::oci
