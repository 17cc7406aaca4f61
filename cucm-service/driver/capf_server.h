#ifndef CUCM_SERVICE_DRIVER_CAPF_SERVER_H
#define CUCM_SERVICE_DRIVER_CAPF_SERVER_H

#include "base/fail.h"

/* The certificate authority proxy function of the publisher, until SIGTERM or SIGINT. path: cucm/NODE/capf.json
 * (docs/formats.md). 0, or a negative errno with the reason if it cannot start; -EINVAL if the file is wrong. */
int capf_server_run(const char *path, struct fail *fail);

#endif
