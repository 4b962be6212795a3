#include "runtime/spec/paths.h"

#include <climits>

namespace bulkhead {
namespace {

/// Calls `visit(component)` for each component that is neither "" nor ".".
template <class Visit>
void for_each_component(std::string_view path, Visit visit) {
  while (!path.empty()) {
    const std::size_t end = path.find('/');
    const std::string_view component = path.substr(0, end);
    if (!component.empty() && component != ".") visit(component);
    if (end == std::string_view::npos) return;
    path.remove_prefix(end + 1);
  }
}

}  // namespace

bool has_dot_dot(std::string_view path) {
  bool found = false;
  for_each_component(
      path, [&](std::string_view component) { found |= component == ".."; });
  return found;
}

std::string clean_path(std::string_view path) {
  const bool absolute = path.starts_with('/');
  std::string clean;
  for_each_component(path, [&](std::string_view component) {
    if (absolute || !clean.empty()) clean += '/';
    clean += component;
  });
  if (clean.empty()) clean = absolute ? "/" : ".";
  return clean;
}

bool is_under(std::string_view path, std::string_view directory) {
  const std::string inner = clean_path(path);
  const std::string outer = clean_path(directory);
  if (inner == outer || outer == "/") return true;
  return inner.starts_with(outer) && inner[outer.size()] == '/';
}

std::string container_path_problem(std::string_view path) {
  if (path.empty()) return "is empty; an absolute path is wanted";
  if (path.find('\0') != std::string_view::npos) return "holds a NUL byte";
  if (!path.starts_with('/')) {
    return "\"" + std::string(path) + "\" is relative; start it with \"/\"";
  }
  if (has_dot_dot(path)) {
    return "\"" + std::string(path) +
           "\" has a \"..\" component; name the place itself";
  }
  if (path.size() >= PATH_MAX) return "is longer than a path may be (4095)";
  return {};
}

}  // namespace bulkhead
