// What bulkhead-probe prints for people.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead::probes {

enum class TableForm { kText, kJson };

/// Tries, here and now, every attempt that needs no planted fact, and says
/// what came of it: a line each, or one JSON object {kind, note, facts,
/// not_tried}. False: the output could not be written.
[[nodiscard]] bool say_table(bool (*say)(std::string_view), TableForm form,
                             const std::string& inherited);

/// True where no container is around this process as far as its namespaces
/// say: pid, uts, ipc, user and cgroup are those that the kernel booted with.
/// What the table tries would leave traces there, if only for a moment.
[[nodiscard]] bool on_the_host();

/// "id  claim" lines.
[[nodiscard]] std::string list_text();

/// "uid R E S gid R E S caps PERMITTED EFFECTIVE …" of this process, one line;
/// what any change of the set-up would change in it.
[[nodiscard]] std::string ids_text();

}  // namespace bulkhead::probes
