// config.json texts for the tests of the OCI parser.
#pragma once

namespace bulkhead {

/// `runc spec` of runc 1.1.5 with "terminal": false; crun 1.8.1's differs in
/// the version and the host name only.
inline constexpr const char* kRuncSpec = R"json(
{
 "ociVersion": "1.0.2-dev",
 "process": {
  "terminal": false,
  "user": {
   "uid": 0,
   "gid": 0
  },
  "args": [
   "sh"
  ],
  "env": [
   "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
   "TERM=xterm"
  ],
  "cwd": "/",
  "capabilities": {
   "bounding": [
    "CAP_AUDIT_WRITE",
    "CAP_KILL",
    "CAP_NET_BIND_SERVICE"
   ],
   "effective": [
    "CAP_AUDIT_WRITE",
    "CAP_KILL",
    "CAP_NET_BIND_SERVICE"
   ],
   "permitted": [
    "CAP_AUDIT_WRITE",
    "CAP_KILL",
    "CAP_NET_BIND_SERVICE"
   ],
   "ambient": [
    "CAP_AUDIT_WRITE",
    "CAP_KILL",
    "CAP_NET_BIND_SERVICE"
   ]
  },
  "rlimits": [
   {
    "type": "RLIMIT_NOFILE",
    "hard": 1024,
    "soft": 1024
   }
  ],
  "noNewPrivileges": true
 },
 "root": {
  "path": "rootfs",
  "readonly": true
 },
 "hostname": "runc",
 "mounts": [
  {
   "destination": "/proc",
   "type": "proc",
   "source": "proc"
  },
  {
   "destination": "/dev",
   "type": "tmpfs",
   "source": "tmpfs",
   "options": [
    "nosuid",
    "strictatime",
    "mode=755",
    "size=65536k"
   ]
  },
  {
   "destination": "/dev/pts",
   "type": "devpts",
   "source": "devpts",
   "options": [
    "nosuid",
    "noexec",
    "newinstance",
    "ptmxmode=0666",
    "mode=0620",
    "gid=5"
   ]
  },
  {
   "destination": "/dev/shm",
   "type": "tmpfs",
   "source": "shm",
   "options": [
    "nosuid",
    "noexec",
    "nodev",
    "mode=1777",
    "size=65536k"
   ]
  },
  {
   "destination": "/dev/mqueue",
   "type": "mqueue",
   "source": "mqueue",
   "options": [
    "nosuid",
    "noexec",
    "nodev"
   ]
  },
  {
   "destination": "/sys",
   "type": "sysfs",
   "source": "sysfs",
   "options": [
    "nosuid",
    "noexec",
    "nodev",
    "ro"
   ]
  },
  {
   "destination": "/sys/fs/cgroup",
   "type": "cgroup",
   "source": "cgroup",
   "options": [
    "nosuid",
    "noexec",
    "nodev",
    "relatime",
    "ro"
   ]
  }
 ],
 "linux": {
  "resources": {
   "devices": [
    {
     "allow": false,
     "access": "rwm"
    }
   ]
  },
  "namespaces": [
   {
    "type": "pid"
   },
   {
    "type": "network"
   },
   {
    "type": "ipc"
   },
   {
    "type": "uts"
   },
   {
    "type": "mount"
   }
  ],
  "maskedPaths": [
   "/proc/acpi",
   "/proc/asound",
   "/proc/kcore",
   "/proc/keys",
   "/proc/latency_stats",
   "/proc/timer_list",
   "/proc/timer_stats",
   "/proc/sched_debug",
   "/sys/firmware",
   "/proc/scsi"
  ],
  "readonlyPaths": [
   "/proc/bus",
   "/proc/fs",
   "/proc/irq",
   "/proc/sys",
   "/proc/sysrq-trigger"
  ]
 }
}
)json";

/// In the manner of podman and docker.
inline constexpr const char* kEngineConfig = R"json(
{
 "ociVersion": "1.1.0",
 "process": {
  "user": {
   "uid": 0,
   "gid": 0,
   "umask": 18,
   "additionalGids": [
    0
   ]
  },
  "args": [
   "sh"
  ],
  "env": [
   "PATH=/bin",
   "TERM=xterm"
  ],
  "cwd": "/",
  "capabilities": {
   "bounding": [
    "CAP_CHOWN"
   ],
   "effective": [
    "CAP_CHOWN"
   ],
   "permitted": [
    "CAP_CHOWN"
   ]
  },
  "rlimits": [
   {
    "type": "RLIMIT_NOFILE",
    "hard": 18446744073709551615,
    "soft": 1024
   }
  ],
  "oomScoreAdj": 0
 },
 "root": {
  "path": "/var/lib/merged"
 },
 "hostname": "c1",
 "mounts": [
  {
   "destination": "/proc",
   "type": "proc",
   "source": "proc",
   "options": [
    "nosuid",
    "noexec",
    "nodev"
   ]
  },
  {
   "destination": "/dev",
   "type": "tmpfs",
   "source": "tmpfs",
   "options": [
    "nosuid",
    "strictatime",
    "mode=755",
    "size=65536k"
   ]
  },
  {
   "destination": "/dev/shm",
   "type": "tmpfs",
   "source": "shm",
   "options": [
    "rprivate",
    "nosuid",
    "noexec",
    "nodev",
    "mode=1777",
    "size=65536k"
   ]
  },
  {
   "destination": "/data",
   "type": "bind",
   "source": "/var/lib/volume",
   "options": [
    "rbind",
    "rprivate",
    "nosuid",
    "nodev",
    "rw"
   ]
  }
 ],
 "annotations": {
  "org.opencontainers.image.stopSignal": "15"
 },
 "linux": {
  "sysctl": {
   "kernel.shmmax": "1"
  },
  "resources": {
   "devices": [
    {
     "allow": false,
     "access": "rwm"
    },
    {
     "allow": true,
     "type": "c",
     "major": 10,
     "minor": 200,
     "access": "rwm"
    }
   ],
   "memory": {
    "limit": 268435456,
    "swap": 536870912
   },
   "cpu": {
    "shares": 1024,
    "quota": 0
   },
   "pids": {
    "limit": 2048
   },
   "blockIO": {}
  },
  "cgroupsPath": "/libpod_parent/x",
  "namespaces": [
   {
    "type": "pid"
   },
   {
    "type": "network",
    "path": "/run/netns/x"
   },
   {
    "type": "ipc"
   },
   {
    "type": "uts"
   },
   {
    "type": "mount"
   },
   {
    "type": "cgroup"
   }
  ],
  "devices": [
   {
    "path": "/dev/net/tun",
    "type": "c",
    "major": 10,
    "minor": 200,
    "fileMode": 8630,
    "uid": 0,
    "gid": 0
   }
  ],
  "seccomp": {
   "defaultAction": "SCMP_ACT_ERRNO",
   "defaultErrnoRet": 38,
   "architectures": [
    "SCMP_ARCH_X86_64",
    "SCMP_ARCH_X86",
    "SCMP_ARCH_X32"
   ],
   "syscalls": [
    {
     "names": [
      "read",
      "write"
     ],
     "action": "SCMP_ACT_ALLOW"
    },
    {
     "names": [
      "clone"
     ],
     "action": "SCMP_ACT_ALLOW",
     "args": [
      {
       "index": 0,
       "value": 2114060288,
       "op": "SCMP_CMP_MASKED_EQ"
      }
     ]
    },
    {
     "names": [
      "bpf"
     ],
     "action": "SCMP_ACT_ERRNO",
     "errnoRet": 1
    }
   ]
  },
  "maskedPaths": [
   "/proc/acpi"
  ],
  "readonlyPaths": [
   "/proc/bus"
  ]
 }
}
)json";

/// One mistake of each kind.
inline constexpr const char* kManyMistakes = R"json(
{
 "ociVersion": "2.0",
 "root": {"path": "", "readonly": "yes"},
 "process": {
  "args": [], "cwd": "rel", "env": ["A=1", 2],
  "user": {"uid": -1, "umask": 512},
  "capabilities": {"bounding": ["CAP_NONE"]},
  "rlimits": [{"type": "RLIMIT_NONE", "soft": 1},
              {"type": "RLIMIT_CPU", "soft": -1, "hard": 1}],
  "oomScoreAdj": 1001, "noNewPrivileges": 1},
 "mounts": [
  {"destination": "a", "type": "proc", "options": ["ro", "size=1"]},
  {"destination": "/a/../b", "type": "bind"},
  {"destination": "/c", "type": "ext4"},
  {"destination": "/d", "type": "tmpfs", "options": ["size=0", 1]},
  {"type": "proc"}],
 "linux": {
  "namespaces": [{"type": "pid"}, {"type": "pid"}, {"type": "net"},
                 {"type": "uts", "path": "x"}],
  "uidMappings": [{"containerID": 0, "hostID": 0}],
  "devices": [{"path": "/dev/x", "type": "z", "major": 1, "minor": 1}],
  "maskedPaths": ["proc"], "cgroupsPath": "/../x",
  "resources": {"memory": {"limit": 10, "swap": 5}, "pids": {"limit": 0},
                "cpu": {"shares": 1, "cpus": "0;1"},
                "devices": [{"allow": true, "type": "z", "access": "q"}]},
  "seccomp": {"defaultAction": "SCMP_ACT_TRACE", "architectures": ["X"],
              "syscalls": [{"names": [], "action": "SCMP_ACT_ERRNO",
                            "errnoRet": 5000,
                            "args": [{"index": 6, "value": 1, "op": "X"}]}]},
  "sysctl": {"a": 1}}}
)json";

}  // namespace bulkhead
