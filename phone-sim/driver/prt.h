#ifndef PHONE_SIM_DRIVER_PRT_H
#define PHONE_SIM_DRIVER_PRT_H

#include <jansson.h>
#include <time.h>

#include "base/text.h"

struct web_source;

/* The problem report of a phone: an archive for its vendor. The name and the upload are those of the phones; what real
 * archives contain is not public, so the members are ours. */
struct prt {
	char name[40];	  /* "probrep-20141021-162840.tar.gz", local time */
	struct text file; /* gzip */
};

struct prt_source {
	const struct web_source *pages;
	const json_t *status;	 /* as in `status --json`; borrowed */
	const char *description; /* "Remote PRT Trigger" */
	const char *network;	 /* interfaces, addresses, routes */
	time_t now;
};

/* Make the report. prt is empty or an old report, which is released. Check prt->file.failed. */
void prt_make(struct prt *prt, const struct prt_source *source);

#endif
