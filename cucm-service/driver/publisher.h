#ifndef CUCM_SERVICE_DRIVER_PUBLISHER_H
#define CUCM_SERVICE_DRIVER_PUBLISHER_H

#include "base/fail.h"
#include "cucm-service/driver/config.h"

/* The services of the publisher of one lab, until SIGTERM or SIGINT. 0, or a negative errno with the reason if they cannot
 * start. */
int publisher_run(const struct service_config *config, struct fail *fail);

#endif
