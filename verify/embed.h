// A file of the source, carried inside the program. The assembler reads it;
// CMakeLists.txt makes the object depend on it.
#pragma once

#include <string_view>

/// Defines `NAME()`, the contents of FILE, inside the namespace it stands in.
#define BULKHEAD_EMBED(NAME, FILE)                                             \
  asm(".section .rodata\n"                                                     \
      "bulkhead_embedded_" #NAME                                               \
      "_begin:\n"                                                              \
      ".incbin \"" FILE                                                        \
      "\"\n"                                                                   \
      "bulkhead_embedded_" #NAME                                               \
      "_end:\n"                                                                \
      ".byte 0\n"                                                              \
      ".text\n");                                                              \
  extern "C" {                                                                 \
  extern const char bulkhead_embedded_##NAME##_begin[];                        \
  extern const char bulkhead_embedded_##NAME##_end[];                          \
  }                                                                            \
  std::string_view NAME() {                                                    \
    return {bulkhead_embedded_##NAME##_begin, bulkhead_embedded_##NAME##_end}; \
  }
