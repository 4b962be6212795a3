#include "verify/matrix.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "runtime/base/file.h"
#include "verify/report.h"
#include "verify/words.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

int end_with(const std::string& what, int status) {
  std::fprintf(stderr, "bulkhead matrix: %s\n", what.c_str());
  return status;
}

ProbeList selected(const MatrixOptions& options) {
  ProbeList list;
  for (const probes::Probe& probe : probes::catalogue()) {
    const auto matches = [&](const std::string& glob) {
      return matches_glob(glob, probe.id);
    };
    if (options.probe_globs.empty() ||
        std::ranges::any_of(options.probe_globs, matches)) {
      list.push_back(&probe);
    }
  }
  return list;
}

json make_document(Lab& lab, const MatrixOptions& options,
                   const ProbeList& probes) {
  if (options.which == "depth") return to_json(make_depth_matrix(lab, probes));
  const KillMatrix matrix = make_kill_matrix(lab, probes, options.step_globs);
  json document = to_json(matrix);
  document["whole"] = matrix.whole();
  return document;
}

bool is_whole(const MatrixOptions& options, const json& document) {
  if (options.which == "kill") return document["whole"].get<bool>();
  return std::ranges::none_of(document["probes"], [](const json& row) {
    return row["blind"].get<bool>();
  });
}

}  // namespace

int matrix_main(const MatrixOptions& options) {
  const ProbeList probes = selected(options);
  if (probes.empty()) {
    return end_with("no probe is selected", kExitNothingSelected);
  }
  Lab lab({options.self_exe, options.probe_binary, options.live});
  const json document = make_document(lab, options, probes);
  if (lab.trouble()) {
    return end_with(lab.trouble()->message(),
                    lab.interrupted() ? kExitInterrupted : kExitInconclusive);
  }
  const std::string text =
      document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  if (!options.json_file.empty()) {
    if (const Status wrote = replace_file(options.json_file, text); !wrote) {
      return end_with(wrote.error().message(), kExitInconclusive);
    }
  }
  const std::string shown =
      options.format == "json"
          ? text
          : (options.which == "kill" ? kill_to_terminal(document)
                                     : depth_to_terminal(document));
  if (std::fputs(shown.c_str(), stdout) == EOF || std::fflush(stdout) != 0) {
    return end_with("write to stdout: " + std::string(strerror(errno)),
                    kExitInconclusive);
  }
  return is_whole(options, document) ? kExitContained : kExitEscaped;
}

}  // namespace bulkhead::verify
