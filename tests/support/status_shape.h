#ifndef TESTS_SUPPORT_STATUS_SHAPE_H
#define TESTS_SUPPORT_STATUS_SHAPE_H

#include <jansson.h>

/* Every key and type of `status --json` that programs outside this repository rely on: the test fails at the
 * first that is not so. */
void status_shape_check(json_t *status);

#endif
