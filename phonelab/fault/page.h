#ifndef PHONELAB_FAULT_PAGE_H
#define PHONELAB_FAULT_PAGE_H

#include <stdio.h>

#include "phonelab/fault/fault.h"

/* Print one fault on a terminal. */
void fault_print(const struct fault *fault);

/* Write docs/faults.md, the whole catalogue. */
void fault_page(FILE *out);

#endif
