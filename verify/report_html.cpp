#include "verify/report_html.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "verify/page_files.h"
#include "verify/report_formats.h"
#include "verify/sha256.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

/// The bytes that `hexadecimal` stands for, in base64.
std::string base64_of(std::string_view hexadecimal) {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char digit : hexadecimal) {
    bits = bits << 4U | static_cast<std::uint32_t>(kHex.find(digit));
    held += 4;
    if (held >= 6) {
      held -= 6;
      text += kAlphabet[bits >> held & 63U];
    }
  }
  if (held > 0) text += kAlphabet[bits << (6 - held) & 63U];
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

/// How a Content-Security-Policy names this text.
std::string policy_name(std::string_view text) {
  return "'sha256-" + base64_of(sha256(text)) + "'";
}

struct Blank {
  std::string_view name;  ///< As it stands in page.html.
  std::string text;
};

/// `page` with every blank filled in, once: a text that looks like a blank is
/// text.
template <std::size_t N>
std::string filled(std::string_view page, const std::array<Blank, N>& blanks) {
  std::string text;
  while (!page.empty()) {
    const Blank* next = nullptr;
    std::size_t at = page.size();
    for (const Blank& blank : blanks) {
      const std::size_t found = page.find(blank.name);
      if (found < at) {
        at = found;
        next = &blank;
      }
    }
    text += page.substr(0, at);
    if (next == nullptr) break;
    text += next->text;
    page.remove_prefix(at + next->name.size());
  }
  return text;
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string inlined(const json& model) {
  const std::string text =
      model.dump(-1, ' ', true, json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    // Outside of strings JSON has none.
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string to_page(const PageSources& sources) {
  const json model = page_model(sources);
  const std::string script =
      std::string(page_script()) + std::string(details_script());
  const std::string title = model["title"].get<std::string>();
  const std::array blanks = {
      Blank{"@TITLE@", html_escaped(title)},
      Blank{"@RESULT@", html_escaped(model["result"].get<std::string>())},
      Blank{"@POLICY@",
            fmt::format("default-src 'none'; base-uri 'none'; form-action "
                        "'none'; style-src {}; script-src {}",
                        policy_name(page_style()), policy_name(script))},
      Blank{"@STYLE@", std::string(page_style())},
      Blank{"@SCRIPT@", script},
      Blank{"@DATA@", inlined(model)}};
  return filled(page_template(), blanks);
}

std::string to_html(const Report& report) {
  PageSources sources;
  sources.reports.push_back({.document = to_document(report)});
  return to_page(sources);
}

}  // namespace bulkhead::verify
