#ifndef PHONELAB_LAB_DEVICE_NOTIFY_H
#define PHONELAB_LAB_DEVICE_NOTIFY_H

#include "phonelab/lab/provision.h"

/* Within the verb `device`: what the running call managers do with a device. Each node is asked by its RPC, up to 2 s. */

/* Have the node where the device is registered send the service control (cucm_service_control). The node's name, or NULL if the device
 * is registered nowhere, or if the node did not accept it. */
const char *device_notify(const struct provision *provision, const char *device, const char *action,
			  const char *stamp);

/* apply-config with the stamp of the file as the table asks for it now: a phone whose file has another one restarts. */
const char *device_notify_apply(const struct provision *provision, const char *device);

/* Reset a device whose rows are about to go, and wait up to 2 s until it has unregistered: without rows its node would refuse the REGISTER
 * that ends the binding, and the reason of the reset would be lost. The node's name, or NULL as above. */
const char *device_dismiss(const struct provision *provision, const char *device);

/* A device that was removed: its binding goes with it. */
void device_forget(const struct provision *provision, const char *device);

/* Reset a phone that is registered by its name, so that it registers with its number. A phone that has done so already needs no reset.
 * *by: the node that reset it, or NULL. False: the phone is not registered, or its node did not accept the reset. */
bool device_settle_arrival(const struct provision *provision, const char *device, const char **by);

#endif
