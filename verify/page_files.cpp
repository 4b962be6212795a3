#include "verify/page_files.h"

#include "verify/embed.h"

namespace bulkhead::verify {

BULKHEAD_EMBED(page_template, BULKHEAD_PAGE_FOLDER "/page.html")
BULKHEAD_EMBED(page_style, BULKHEAD_PAGE_FOLDER "/page.css")
BULKHEAD_EMBED(page_script, BULKHEAD_PAGE_FOLDER "/page.js")
BULKHEAD_EMBED(details_script, BULKHEAD_PAGE_FOLDER "/details.js")

}  // namespace bulkhead::verify
