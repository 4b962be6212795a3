#include "probes/support/json.h"

#include <array>
#include <cstdio>

namespace bulkhead::probes {

std::string json_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte == '"' || byte == '\\') {
      quoted += '\\';
      quoted += character;
    } else if (byte < 0x20 || byte >= 0x7f) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", byte);
      quoted += escape.data();
    } else {
      quoted += character;
    }
  }
  return quoted + "\"";
}

std::string_view outcome_word(Outcome outcome) {
  switch (outcome) {
    case Outcome::kRefused:
      return "refused";
    case Outcome::kReached:
      return "reached";
    case Outcome::kAbsent:
      return "absent";
    case Outcome::kBroken:
      break;
  }
  return "broken";
}

}  // namespace bulkhead::probes
