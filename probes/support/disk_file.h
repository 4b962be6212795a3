// A file of the harness's own on a file system that keeps what is read from it
// in memory, lent to the container by a bystander: it has no name anywhere, and
// is gone when nobody has it open any more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "probes/probe.h"

namespace bulkhead::probes {

/// What the file holds.
enum class Content : std::uint8_t {
  kHole,     ///< Nothing: it takes no room, and reading it no disk.
  kWritten,  ///< Blocks on the disk.
};

/// Makes it, on `disk` ("8:0") if that is not empty, and starts the bystander
/// that lends it. Where no file system will do, tells "lacks". False: the
/// harness's own fault. stop_bystander() is its `clean`.
[[nodiscard]] bool plant_disk_file(Outside& outside, std::size_t bytes,
                                   Content content,
                                   const std::string& disk = {});

/// The file, open for reading; or -1, with the reason in `why`.
[[nodiscard]] int borrow_disk_file(const Inside& inside, Observation& why);

/// How many of the first `bytes` of an open file are in memory (mincore(2));
/// nothing (errno set) if the kernel does not say.
[[nodiscard]] std::optional<std::size_t> resident_bytes(int fd,
                                                        std::size_t bytes);

/// Reads the first `bytes` of an open file; 0 or the errno that stopped it,
/// ENODATA if it is shorter.
[[nodiscard]] int read_through(int fd, std::size_t bytes);

}  // namespace bulkhead::probes
