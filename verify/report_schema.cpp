#include "verify/report_schema.h"

// The assembler reads the file; the build makes this object depend on it.
asm(".section .rodata\n"
    "bulkhead_report_schema_begin:\n"
    ".incbin \"" BULKHEAD_SCHEMA_FILE
    "\"\n"
    "bulkhead_report_schema_end:\n"
    ".byte 0\n"
    ".text\n");

extern "C" {
extern const char bulkhead_report_schema_begin[];
extern const char bulkhead_report_schema_end[];
}

namespace bulkhead::verify {

std::string_view report_schema() {
  return {bulkhead_report_schema_begin, bulkhead_report_schema_end};
}

}  // namespace bulkhead::verify
