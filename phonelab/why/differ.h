#ifndef PHONELAB_WHY_DIFFER_H
#define PHONELAB_WHY_DIFFER_H

#include "phonelab/why/why.h"

/*
 * The difference between what was rendered from the topology and what runs, as facts (docs/why.md):
 *   diff.config_line   a line of the configuration of a server; values kind, line, was, found, number
 *   diff.config_missing  the configuration is not there
 *   diff.file_element  an element of a served XML file; values kind, element, was, found, expected, line
 *   diff.file_content  a served file that is no XML any more, or an image or archive; values was, found
 *   diff.file_missing, diff.file_added, diff.file_mode  a served file
 *   diff.row           a row of a call manager's database; values kind, table, column, was, found
 *   diff.setting       a setting of a call manager; values name, was, found, node
 *   diff.switch_line   a line of a switch; values kind, section, line, was, found
 * Only for the servers that the failing step needs, for files that the phone requests, and for ports, trunks and VLANs between
 * the phone and the servers. Changes by `phonelab device` and the action set_device are no difference. There is no fact if
 * the run directory does not have its topology, and none in the lab of an exercise.
 */
void why_differ_facts(const struct why_case *it, json_t *facts);

/* What the phones of a lab share (why_case.differ): its topology, and the configuration of each switch. Read when it is first
 * needed. NULL without memory; free(NULL) is legal. */
struct differ_base *why_differ_base_new(void);
void why_differ_base_free(struct differ_base *base);

#endif
