#ifndef CUCM_SERVICE_DRIVER_TVS_SERVER_H
#define CUCM_SERVICE_DRIVER_TVS_SERVER_H

#include "base/fail.h"

/* The trust verification service of a node, until SIGTERM or SIGINT. path: cucm/NODE/tvs.json (docs/formats.md). 0, or a
 * negative errno with the reason if it cannot start; -EINVAL if the file is wrong. */
int tvs_server_run(const char *path, struct fail *fail);

#endif
