#ifndef PHONELAB_WHY_REPORT_H
#define PHONELAB_WHY_REPORT_H

#include "phonelab/why/why.h"

/*
 * What `why` says of a phone, as one object (docs/formats.md); the text of the command and the page of a failed scenario
 * are made from it. A new reference. The case has been found (why_find_phone) and its events have been read.
 */
json_t *why_report(const struct why_case *it);

/* The report as text for people. */
struct text;
void why_report_text(const json_t *report, struct text *text);

#endif
