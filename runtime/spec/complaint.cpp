#include "runtime/spec/complaint.h"

namespace bulkhead {

std::string to_string(const Complaint& complaint) {
  return (complaint.pointer.empty() ? "(whole file)" : complaint.pointer) +
         ": " + complaint.text;
}

Error error_of(std::string_view what, const std::vector<Complaint>& complaints,
               ErrorKind kind) {
  std::string text(what);
  text += ": " + std::to_string(complaints.size()) +
          (complaints.size() == 1 ? " complaint" : " complaints");
  for (const Complaint& complaint : complaints) {
    text += "\n  " + to_string(complaint);
  }
  return Error{std::move(text), 0, {}, kind};
}

}  // namespace bulkhead
