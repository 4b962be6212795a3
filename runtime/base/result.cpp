#include "runtime/base/result.h"

#include <cstring>
#include <utility>

namespace bulkhead {

std::string Error::message() const {
  std::string text = what;
  if (errno_value != 0) {
    const char* description = strerrordesc_np(errno_value);
    text += ": ";
    text += description != nullptr ? description : "unknown error";
    text += " (" + std::to_string(errno_value) + ")";
  }
  if (!remedy.empty()) text += "; " + remedy;
  return text;
}

tl::unexpected<Error> fail(std::string what, int errno_value,
                           std::string remedy, ErrorKind kind) {
  return tl::unexpected<Error>(
      Error{std::move(what), errno_value, std::move(remedy), kind});
}

tl::unexpected<Error> within(std::string_view noun, Error error) {
  error.what = std::string(noun) + ": " + error.what;
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace bulkhead
