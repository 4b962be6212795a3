// Prints hostile_report() in one format, for the readers of that format.
#include <cstdio>

#include "verify/report_formats.h"
#include "verify/report_samples.h"

int main(int argc, char** argv) {
  using namespace bulkhead::verify;
  const std::string text =
      render(hostile_report(), argc == 2 ? argv[1] : "", false);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return text.empty() ? 2 : 0;
}
