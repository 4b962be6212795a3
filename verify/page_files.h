// The files of page/, carried inside the program.
#pragma once

#include <string_view>

namespace bulkhead::verify {

/// With blanks in it: @TITLE@ and the like (report_html.cpp).
[[nodiscard]] std::string_view page_template();
[[nodiscard]] std::string_view page_style();
/// page.js and details.js are one script.
[[nodiscard]] std::string_view page_script();
[[nodiscard]] std::string_view details_script();

}  // namespace bulkhead::verify
