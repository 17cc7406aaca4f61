#ifndef PHONELAB_LINT_CREW_H
#define PHONELAB_LINT_CREW_H

#include "phonelab/lint/lint.h"

#define LINT_CREW_MAX  16 /* processes */
#define LINT_CREW_FROM 32 /* fewer phones boot in this process */

/* Boot the phones and hand each of them to `each`, in the order of the list. The phones of a folder boot in as many processes
 * as there are processors. 0, or a negative errno: -EIO a process has ended early, or that of a phone. */
int lint_crew_run(struct lint_order *order, const struct mac *list, size_t count, unsigned processes,
		  void (*each)(void *arg, const struct lint_phone *phone), void *arg);

#endif
