// One page of HTML: the matrix machines × subjects × boundaries, with
// everything behind it. It needs no network and no other file.
#pragma once

#include <string>
#include <string_view>

#include "verify/page_model.h"

namespace bulkhead::verify {

/// The page of these sources. Its policy (CSP) lets no script and no style run
/// but its own, whatever a text says.
[[nodiscard]] std::string to_page(const PageSources& sources);

/// `model` for a <script type="application/json">, which no text can end.
[[nodiscard]] std::string inlined(const nlohmann::json& model);

/// `text` for HTML, as an element's content or an attribute's value.
[[nodiscard]] std::string html_escaped(std::string_view text);

}  // namespace bulkhead::verify
