#include "verify/lenient_config.h"

#include <algorithm>
#include <cctype>
#include <functional>

#include "runtime/spec/oci.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

/// A config of kMaxConfigBytes cannot hold more places than this that show
/// only after others are gone.
constexpr int kMostRounds = 32;

/// Takes out of `tree` what stands at `pointer`; an option of a mount, a rule
/// of a filter and the like go as a whole element of their list.
bool remove_at(json& tree, const std::string& pointer) {
  if (pointer.empty()) return false;
  try {
    const json::json_pointer place(pointer);
    if (!tree.contains(place)) return false;
    json& parent = tree.at(place.parent_pointer());
    if (parent.is_object()) return parent.erase(place.back()) > 0;
    if (!parent.is_array()) return false;
    parent.erase(parent.begin() +
                 static_cast<std::ptrdiff_t>(std::stoul(place.back())));
    return true;
  } catch (const std::exception&) {
    return false;  // A place that this library does not see: nothing was taken.
  }
}

/// What has to go so that what stands at `pointer` is gone and the rest still
/// means something: a mount of another type is no mount without its type.
std::string whole_of(const std::string& pointer) {
  const auto last = pointer.rfind('/');
  const std::string member = pointer.substr(last + 1);
  std::string above = pointer.substr(0, last);
  const bool of_mount =
      above.starts_with("/mounts/") &&
      above.find('/', std::size("/mounts")) == std::string::npos;
  if (of_mount && member == "type") return above;
  if (member == "action" && above.starts_with("/linux/seccomp/syscalls/")) {
    return above;
  }
  if (pointer == "/linux/seccomp/defaultAction") return "/linux/seccomp";
  return pointer;
}

/// Orders places of the same list from its end, so that taking one out does
/// not move the others: "/mounts/10" before "/mounts/9".
bool later(const Complaint& one, const Complaint& other) {
  const auto key = [](const std::string& pointer) {
    std::vector<std::string> parts;
    std::string part;
    for (const char c : pointer + "/") {
      if (c != '/') {
        part += c;
        continue;
      }
      const bool number =
          !part.empty() && std::ranges::all_of(part, [](unsigned char d) {
            return std::isdigit(d) != 0;
          });
      if (number)
        part.insert(0, 20 - std::min<std::size_t>(20, part.size()), '0');
      parts.push_back(std::move(part));
      part.clear();
    }
    return parts;
  };
  return key(one.pointer) > key(other.pointer);
}

}  // namespace

void leave_out_labels(const Host& host, LenientConfig& config) {
  const auto leave_out = [&](bool active, const char* pointer,
                             std::string& label, const char* module) {
    if (active || label.empty()) return;
    label.clear();
    remove_at(config.reduced, pointer);
    config.left_out.push_back(
        {pointer, std::string(module) + " is not active on this host", true});
  };
  Labels& labels = config.spec.labels;
  leave_out(host.apparmor, "/process/apparmorProfile", labels.apparmor,
            "AppArmor");
  leave_out(host.selinux, "/process/selinuxLabel", labels.selinux, "SELinux");
  leave_out(host.selinux, "/linux/mountLabel", labels.mount, "SELinux");
}

tl::expected<LenientConfig, std::vector<Complaint>> parse_oci_leniently(
    std::string_view text, const std::string& bundle_dir) {
  LenientConfig config{.original = json::parse(text, nullptr, false)};
  config.reduced = config.original;
  auto spec = parse_oci(text, bundle_dir);
  for (int round = 0; !spec; ++round) {
    std::vector<Complaint> complaints = std::move(spec.error());
    if (!std::ranges::all_of(complaints, &Complaint::not_implemented)) {
      std::erase_if(complaints, std::mem_fn(&Complaint::not_implemented));
      return tl::unexpected(std::move(complaints));
    }
    if (round == kMostRounds) return tl::unexpected(std::move(complaints));
    std::ranges::sort(complaints, later);
    bool removed = false;
    for (const Complaint& complaint : complaints) {
      if (!remove_at(config.reduced, whole_of(complaint.pointer))) continue;
      removed = true;
      config.left_out.push_back(complaint);
    }
    if (!removed) return tl::unexpected(std::move(complaints));
    spec = parse_oci(config.reduced.dump(), bundle_dir);
  }
  config.spec = std::move(*spec);
  return config;
}

}  // namespace bulkhead::verify
