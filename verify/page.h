// `bulkhead page`: several reports on one page of HTML.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "verify/page_model.h"

namespace bulkhead::verify {

struct PageOptions {
  std::vector<std::string> reports;
  std::vector<std::string> before;
  std::string kill_file;
  std::string depth_file;
  std::string output_file;  ///< Empty: stdout.
};

/// Reads all files and refuses what is not of its published form, naming file,
/// place and what would be right there.
[[nodiscard]] Result<PageSources> read_sources(const PageOptions& options);

/// 0: the page is written, whatever it shows; 3: it is not; 4: a file is
/// refused.
[[nodiscard]] int page_main(const PageOptions& options);

}  // namespace bulkhead::verify
