// Files that the host puts into the machine or takes out of it.
#pragma once

#include <string>
#include <string_view>

#include "integration/agent/port.h"

namespace bulkhead::agent {

/// Creates `path` and the folders above it.
bool make_folders(const std::string& path);

/// Answers kPush: writes the kData frames up to kEnd.
void push(Port& port, std::string_view payload);

/// Answers kPull: sends a file's content.
void pull(Port& port, std::string_view payload);

/// Copies everything below `from` over `to`, removing it from `from`: both are
/// memory, and there is not much of it.
bool move_tree(const std::string& from, const std::string& to);

}  // namespace bulkhead::agent
