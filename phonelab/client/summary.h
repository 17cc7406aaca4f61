#ifndef PHONELAB_CLIENT_SUMMARY_H
#define PHONELAB_CLIENT_SUMMARY_H

#include <jansson.h>
#include <stdbool.h>

/* Print the summary of a status object: each phone with its number, address, call manager and seconds. */
void summary_print(const json_t *status, bool colour);

/* Print the phones that are not registered to standard error: at which step and why. */
void summary_stuck(const json_t *status);

#endif
