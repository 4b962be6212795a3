#include "bench/schema.h"

#include "verify/embed.h"

namespace bulkhead::bench {

BULKHEAD_EMBED(bench_schema, BULKHEAD_BENCH_FOLDER "/schema/bench.schema.json")

}  // namespace bulkhead::bench
