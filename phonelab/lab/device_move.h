#ifndef PHONELAB_LAB_DEVICE_MOVE_H
#define PHONELAB_LAB_DEVICE_MOVE_H

#include <jansson.h>

#include "base/fail.h"
#include "phonelab/lab/clusters.h"

/* The number of the cluster that the device belongs to now, by its name, MAC or directory number; 0 for an unknown one. */
size_t device_cluster(const struct clusters *clusters, const char *text);

/*
 * Move a device to another cluster, as an administrator does: {"phone":TEXT,"cluster":NAME}. The device is added there, non-secure, if
 * it is not in the device table; it stays in the table of its former cluster. Its option 150 changes in the configuration of the DHCP
 * servers, which the caller restarts: {"phone":NAME,"from":NAME,"to":NAME,"added":BOOL,"dhcp":[PROGRAM, ..]}. NULL with the reason.
 */
json_t *device_move(const struct clusters *clusters, const json_t *request, struct fail *fail);

#endif
