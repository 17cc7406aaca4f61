#ifndef PHONELAB_SUPERVISE_TLS_ALARMS_H
#define PHONELAB_SUPERVISE_TLS_ALARMS_H

#include "base/fail.h"
#include "cucm/plan.h"

struct event_base;
struct topology;

/*
 * The alarms of call managers about TLS handshakes that fail. Kamailio's script does not run before a handshake is complete, so the lab
 * reads Kamailio's own lines in FOLDER/log/NODE.log four times per second, adds the alarm to that log, and notes at the node
 * that the device was refused. The device is the one that holds the DHCP lease of the address; without a lease the alarm has
 * no DeviceName.
 */
struct tls_alarms;

/* Begin at the end of the logs. *alarms is NULL if the cluster has no certificates. folder, topology and plan must outlive it. 0, or
 * a negative errno with the reason. */
int tls_alarms_start(struct tls_alarms **alarms, struct event_base *base, const char *folder,
		     struct topology *topology, const struct cucm_plan *plan, struct fail *fail);

/* NULL is legal. */
void tls_alarms_stop(struct tls_alarms *alarms);

#endif
