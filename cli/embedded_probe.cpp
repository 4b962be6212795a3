#include "cli/embedded_probe.h"

// The assembler reads the file; the build makes this object depend on it.
asm(".section .rodata\n"
    ".balign 16\n"
    "bulkhead_embedded_probe_begin:\n"
    ".incbin \"" BULKHEAD_PROBE_FILE
    "\"\n"
    "bulkhead_embedded_probe_end:\n"
    ".byte 0\n"
    ".text\n");

extern "C" {
extern const std::byte bulkhead_embedded_probe_begin[];
extern const std::byte bulkhead_embedded_probe_end[];
}

namespace bulkhead::cli {

std::span<const std::byte> embedded_probe() {
  return {bulkhead_embedded_probe_begin, bulkhead_embedded_probe_end};
}

}  // namespace bulkhead::cli
