// The root file system of the machine.
#pragma once

namespace bulkhead::agent {

/// Makes the new root, puts /payload over it and moves there. With
/// bulkhead.root=DEVICE that is an erofs image under a tmpfs overlay, else a
/// tmpfs: never the initramfs itself, which pivot_root cannot leave. With
/// bulkhead.modules=DEVICE every module of the kernel is there to be loaded.
void enter_root();

}  // namespace bulkhead::agent
