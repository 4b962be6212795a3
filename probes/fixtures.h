// What the harness puts into the rootfs in which the probes run. Probes find
// it below the fact "root" (empty inside a pivoted container).
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace bulkhead::probes {

enum class FixtureKind : std::uint8_t {
  kDirectory,
  kProbeBinary,  ///< A copy of bulkhead-probe, the run's key written into it.
  kNonceFile,    ///< A regular file: the nonce and a newline.
  kBlockDevice,
  kCharDevice,
};

/// In whose user namespace capabilities of a file count (capabilities(7)):
/// where the owner of the tree is root, or where the crash box's root is.
enum class CapableFor : std::uint8_t { kNobody, kOwner, kHost };

struct Fixture {
  std::string_view path;
  FixtureKind kind;
  mode_t mode;  ///< Permission bits, set whatever the umask is.
  unsigned major = 0;
  unsigned minor = 0;
  std::string_view purpose;
  /// As the container sees it. Where only one id can be mapped: root's.
  unsigned owner = 0;
  /// File capabilities: CAP_NET_RAW, permitted and effective.
  CapableFor capable = CapableFor::kNobody;
};

/// In the order of making; what has no owner of its own belongs to the rootfs's
/// root (0:0 as the crash box sees it).
inline constexpr std::array kFixtures = {
    Fixture{"/bin", FixtureKind::kDirectory, 0755, 0, 0, "the probe"},
    Fixture{"/etc", FixtureKind::kDirectory, 0755, 0, 0,
            "a directory that a read-only root must protect"},
    Fixture{"/proc", FixtureKind::kDirectory, 0555, 0, 0, "mount point"},
    Fixture{"/sys", FixtureKind::kDirectory, 0555, 0, 0, "mount point"},
    Fixture{"/dev", FixtureKind::kDirectory, 0755, 0, 0, "mount point"},
    Fixture{"/tmp", FixtureKind::kDirectory, 01777, 0, 0, "mount point"},
    Fixture{"/fixtures", FixtureKind::kDirectory, 0755, 0, 0, "all below"},
    Fixture{"/fixtures/nodes", FixtureKind::kDirectory, 0755, 0, 0,
            "device nodes as a hostile image carries them"},
    Fixture{"/fixtures/sockets", FixtureKind::kDirectory, 0755, 0, 0,
            "where the halves of a probe meet while the container runs"},
    Fixture{"/bin/bulkhead-probe", FixtureKind::kProbeBinary, 0755, 0, 0,
            "what the container runs"},
    Fixture{"/fixtures/suid-probe", FixtureKind::kProbeBinary, 04755, 0, 0,
            "must not change anybody's ids"},
    Fixture{"/fixtures/plain", FixtureKind::kNonceFile, 0666, 0, 0,
            "readable by all: what a read-only root must keep unwritten"},
    Fixture{"/fixtures/private", FixtureKind::kNonceFile, 0600, 0, 0,
            "readable by the rootfs's root only"},
    Fixture{"/fixtures/caps-probe", FixtureKind::kProbeBinary, 0755, 0, 0,
            "its file capabilities must give nothing", 0, CapableFor::kOwner},
    Fixture{"/fixtures/host-caps-probe", FixtureKind::kProbeBinary, 0755, 0, 0,
            "nor these, without a user namespace", 0, CapableFor::kHost},
    Fixture{"/fixtures/foreign", FixtureKind::kNonceFile, 0644, 0, 0,
            "another user's: readable, but not to be treated as one's own",
            1000},
    Fixture{"/dev/null", FixtureKind::kCharDevice, 0666, 1, 3,
            "a /dev that came with the image: nobody should see it"},
    Fixture{"/dev/image-loop", FixtureKind::kBlockDevice, 0666, 7, 0,
            "a node of the image's /dev that no spec names"},
    Fixture{"/dev/console", FixtureKind::kNonceFile, 0666, 0, 0,
            "a console of the image's that is no terminal"},
    Fixture{"/fixtures/nodes/loop", FixtureKind::kBlockDevice, 0666, 7, 0,
            "an unattached loop device: ENXIO or a descriptor is reach"},
    Fixture{"/fixtures/nodes/kmsg", FixtureKind::kCharDevice, 0666, 1, 11,
            "the kernel log; opened, never read"},
    Fixture{"/fixtures/nodes/mem", FixtureKind::kCharDevice, 0666, 1, 1,
            "kernel memory; opened, never read"},
    Fixture{"/fixtures/nodes/tun", FixtureKind::kCharDevice, 0666, 10, 200,
            "networks; opened, never configured"},
    Fixture{"/fixtures/nodes/fuse", FixtureKind::kCharDevice, 0666, 10, 229,
            "file systems; opened, never mounted"},
    Fixture{"/fixtures/nodes/loop-control", FixtureKind::kCharDevice, 0666, 10,
            237, "loop devices; opened, none is made"},
    Fixture{"/fixtures/nodes/kvm", FixtureKind::kCharDevice, 0666, 10, 232,
            "virtual machines; opened, none is made"},
    Fixture{"/fixtures/nodes/null", FixtureKind::kCharDevice, 0666, 1, 3,
            "harmless: shows that nodev is in force"},
};

}  // namespace bulkhead::probes
