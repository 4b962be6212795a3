#include "bench/noise.h"

#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <sstream>

#include "bench/stamp.h"
#include "runtime/base/file.h"

namespace bulkhead::bench {
namespace {

constexpr int kCalibrationTurns = 50;
constexpr int kCalibrationSteps = 20'000;
constexpr double kBytesPerMb = 1 << 20;

double load_average() {
  std::istringstream text(read_file("/proc/loadavg").value_or(std::string()));
  double load = 0;
  text >> load;
  return load;
}

/// Some arithmetic that no compiler can leave out.
void loop() {
  std::uint64_t value = 1;
  for (int i = 0; i < kCalibrationSteps; ++i) {
    value = value * 6364136223846793005U + 1442695040888963407U;
    asm volatile("" : "+r"(value));
  }
}

std::string cpu_model() {
  std::istringstream lines(
      read_file("/proc/cpuinfo", 16 << 20).value_or(std::string()));
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return "unknown";
}

}  // namespace

NoiseWatch::NoiseWatch(double counts_per_us)
    : counts_per_us_(counts_per_us), begin_(cpu_times()) {
  noise_.load_before = load_average();
}

NoiseWatch::CpuTimes NoiseWatch::cpu_times() {
  // cpu user nice system idle iowait irq softirq steal …, proc(5)
  std::istringstream text(read_file("/proc/stat").value_or(std::string()));
  std::string word;
  text >> word;
  CpuTimes times;
  double value = 0;
  for (int i = 0; i < 8 && text >> value; ++i) {
    times.all += value;
    if (i == 3 || i == 4) times.idle += value;
    if (i == 7) times.steal = value;
  }
  return times;
}

void NoiseWatch::calibrate() {
  for (int i = 0; i < kCalibrationTurns; ++i) {
    const std::uint64_t begin = stamp();
    loop();
    noise_.calibration_us.push_back(static_cast<double>(stamp() - begin) /
                                    counts_per_us_);
  }
}

Noise NoiseWatch::finish() {
  calibrate();
  const CpuTimes end = cpu_times();
  const double all = end.all - begin_.all;
  if (all > 0) {
    noise_.steal_percent = 100 * (end.steal - begin_.steal) / all;
    noise_.busy_percent = 100 * (1 - (end.idle - begin_.idle) / all);
  }
  noise_.load_after = load_average();
  return noise_;
}

Machine describe_machine(const std::string& cgroups, double counts_per_us) {
  Machine machine;
  utsname names{};
  uname(&names);
  machine.kernel = names.release;
  machine.cpu = cpu_model();
  machine.cpus = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  struct sysinfo info {};
  sysinfo(&info);
  machine.memory_mb = static_cast<double>(info.totalram) *
                      static_cast<double>(info.mem_unit) / kBytesPerMb;
  machine.cgroups = cgroups;
  machine.counts_per_us = counts_per_us;
  return machine;
}

}  // namespace bulkhead::bench
