#include "verify/report_schema.h"

#include "verify/embed.h"

namespace bulkhead::verify {

BULKHEAD_EMBED(report_schema, BULKHEAD_SCHEMA_FOLDER "/verify.schema.json")
BULKHEAD_EMBED(kill_schema, BULKHEAD_SCHEMA_FOLDER "/kill.schema.json")
BULKHEAD_EMBED(depth_schema, BULKHEAD_SCHEMA_FOLDER "/depth.schema.json")

}  // namespace bulkhead::verify
