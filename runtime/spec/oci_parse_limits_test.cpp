#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/spec/oci.h"

namespace bulkhead {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

/// The pointers complained about with these resources.
std::vector<std::string> pointers_with(const json& resources) {
  const json config = {{"ociVersion", "1.0.2"},
                       {"process", {{"args", {"sh"}}, {"cwd", "/"}}},
                       {"root", {{"path", "rootfs"}}},
                       {"linux", {{"resources", resources}}}};
  std::vector<std::string> pointers;
  const auto spec = parse_oci(config.dump(), "/bundle");
  if (spec) return pointers;
  for (const Complaint& complaint : spec.error()) {
    pointers.push_back(complaint.pointer);
  }
  return pointers;
}

TEST(ParseLimits, OfDisksNeedADiskAndARate) {
  const std::string place = "/linux/resources/blockIO/";
  const auto reads = [](const json& entry) {
    return json{{"blockIO", {{"throttleReadBpsDevice", json::array({entry})}}}};
  };
  EXPECT_THAT(pointers_with(reads({{"major", 8}, {"minor", 0}, {"rate", 1}})),
              ElementsAre());
  EXPECT_THAT(pointers_with(reads({{"major", 8}, {"minor", 0}, {"rate", 0}})),
              ElementsAre(place + "throttleReadBpsDevice/0/rate"));
  EXPECT_THAT(pointers_with(reads(json::object())),
              UnorderedElementsAre(place + "throttleReadBpsDevice/0/major",
                                   place + "throttleReadBpsDevice/0/minor",
                                   place + "throttleReadBpsDevice/0/rate"));
  EXPECT_THAT(pointers_with({{"blockIO", {{"weight", 0}}}}), ElementsAre());
  EXPECT_THAT(pointers_with({{"blockIO", {{"x", 1}}}}),
              ElementsAre(place + "x"));
}

TEST(ParseLimits, OfHugePagesNeedASizeThatThereIsAndALimit) {
  const std::string place = "/linux/resources/hugepageLimits/0/";
  const auto pages = [](const json& entry) {
    return json{{"hugepageLimits", json::array({entry})}};
  };
  EXPECT_THAT(pointers_with(pages({{"pageSize", "2MB"}, {"limit", 0}})),
              ElementsAre());
  EXPECT_THAT(pointers_with(pages({{"pageSize", "2M"}, {"limit", 0}})),
              ElementsAre(place + "pageSize"));
  EXPECT_THAT(pointers_with(pages({{"pageSize", "2MB"}})),
              ElementsAre(place + "limit"));
}

}  // namespace
}  // namespace bulkhead
