#ifndef PHONELAB_WHY_CONTENT_H
#define PHONELAB_WHY_CONTENT_H

#include "phonelab/why/why.h"

/*
 * What is wrong with the files that the phone requests, and with its rows in the databases of the call managers, as facts
 * (docs/why.md). A phone core boots in memory with the files as they are on the disk of the server now, with the trust lists
 * and loads of this phone's flash; and the octets of each file are examined.
 *
 * Object `file NAME`, without .sgn; values file (the name as requested), and of elements: element, found, expected, line.
 *   content.ok                  the phone accepts the file, and nothing else is wrong with it
 *   content.missing, content.other_case, content.directory, content.dangling, content.unreadable
 *   content.empty, content.gzip, content.zip, content.html, content.encoding, content.binary, content.truncated
 *   content.malformed, content.refused   the phone refuses the file for another reason; value line
 *   content.unsigned, content.signature_other_key, content.signature_damaged, content.signature_other_name,
 *   content.signature_stale
 *   content.trust_other_cluster, content.ctl
 *   content.element, content.element_missing, content.of_another_phone
 *   content.value_ignored       the phone uses its default; values element, found, used
 *   content.image_damaged, content.image_size, content.image_header
 * Object `database NODE TABLE`:
 *   database.ok, database.unreadable, database.table_missing, database.device_missing, database.line_missing,
 *   database.line_differs, database.user_missing, database.password_differs, database.auto_exhausted
 * Does nothing without a run directory, and if the phone fails before it requests files.
 */
void why_content_facts(const struct why_case *it, json_t *facts);

#endif
