// The floor and the starts under Google Benchmark: the same checked samples as
// `bulkhead bench`, one variant after the other, with its flags and forms. The
// time of an iteration is the workload's own stamp.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <sstream>

#include "bench/groups.h"
#include "verify/box.h"

namespace {

using namespace bulkhead;
using namespace bulkhead::bench;

constexpr double kUsPerSecond = 1e6;

void until_first_instruction(benchmark::State& state, const Variant& variant) {
  for (auto iteration : state) {
    benchmark::DoNotOptimize(iteration);
    const Result<Times> times = variant.once();
    if (!times) {
      state.SkipWithError(times.error().message().c_str());
      break;
    }
    state.SetIterationTime(times->first / kUsPerSecond);
  }
}

void add(const std::string& group, std::vector<Variant> variants) {
  for (Variant& variant : variants) {
    const std::string name = group + "/" + variant.name;
    benchmark::RegisterBenchmark(
        name.c_str(),
        [variant = std::move(variant)](benchmark::State& state) {
          until_first_instruction(state, variant);
        })
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond);
  }
}

/// In the crash box, whose descriptor 1 is the pipe of the records.
int run_in(const verify::BoxFacts& box, int out) {
  Result<Ground> ground = Ground::make(box, {}, {});
  std::ostringstream text;
  if (ground) {
    ground->progress = [](const std::string&) {};
    add("floor", floor_variants(*ground));
    add("start", start_variants(*ground));
    benchmark::ConsoleReporter reporter(benchmark::ConsoleReporter::OO_None);
    reporter.SetOutputStream(&text);
    reporter.SetErrorStream(&text);
    benchmark::RunSpecifiedBenchmarks(&reporter);
    benchmark::ClearRegisteredBenchmarks();
  } else {
    text << ground.error().message() << "\n";
  }
  const std::string said = text.str();
  const bool whole =
      write(out, said.data(), said.size()) == static_cast<ssize_t>(said.size());
  return ground && whole ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  const auto end = verify::run_in_box(
      run_in, {}, [](const std::string& line) { std::puts(line.c_str()); });
  if (!end) {
    std::fprintf(stderr, "%s\n", end.error().message().c_str());
    return 1;
  }
  return end->code;
}
