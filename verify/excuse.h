// What a subject is not to blame for: nothing could tell it.
#pragma once

#include "verify/answers.h"
#include "verify/report.h"
#include "verify/subject.h"

namespace bulkhead::verify {

/// What a subject was never asked for is not its escape. What it was asked for
/// by another boundary that contains the same is.
void excuse_unasked(const Subject& subject, Record& record);

/// A witness that finds missing what `subject` has no word for proves no
/// over-blocking, and leaves nothing to judge by.
void excuse_unoffered(const Subject& subject, const Answer& answer,
                      Record& record);

}  // namespace bulkhead::verify
