// `bulkhead verify --faults`: whether a subject fails closed when a call of its
// start fails, or lies.
#pragma once

#include "verify/verify.h"

namespace bulkhead::verify {

/// Results on stdout. 0: whatever failed, it failed closed or changed nothing;
/// 1: a start that went on weaker, hung, left something behind, or said
/// nothing; 2 interrupted, 3 infrastructure, 4 usage.
[[nodiscard]] int faults_main(const VerifyOptions& options);

}  // namespace bulkhead::verify
