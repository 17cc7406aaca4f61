#ifndef CUCM_SERVICE_CORE_RIS_H
#define CUCM_SERVICE_CORE_RIS_H

#include "base/text.h"
#include "cucm-service/core/soap.h"
#include "cucm-service/core/table.h"

/*
 * RISPort70, the real-time information of the cluster: selectCmDevice and selectCmDeviceExt. A node knows the devices that are
 * registered there and how it lost the others; a device that never came is unknown. selectCmDevice lists a device below each
 * node that knows it, selectCmDeviceExt only below the node that knew it last, and without wildcards.
 */
#define RIS_MOST  1000 /* devices in one reply, and items of one selection */
#define RIS_SPACE "http://schemas.cisco.com/ast/soap"

/* What a request selects. Texts live as long as the struct soap. */
struct ris_criteria {
	bool latest; /* selectCmDeviceExt */
	size_t most;
	const char *node, *by, *status, *download;
	long model;	    /* 255: any */
	bool none;	    /* a device class or protocol that no phone of the lab has */
	const char **items; /* owned */
	size_t item_count;
	bool all;    /* every device: no item, or * */
	size_t skip; /* devices that earlier replies had: StateInfo */
};

/* Read the criteria. 0, or -EINVAL with the reason. Free with ris_criteria_free in each case. */
int ris_criteria_read(struct ris_criteria *criteria, struct soap *soap, char why[200]);
void ris_criteria_free(struct ris_criteria *criteria);

/* Append the reply. The state of the nodes is states, in the order of the cluster. */
void ris_reply(const struct ris_criteria *criteria, const struct table *table,
	       const struct cucm_states *states, struct text *text);

/* Append the WSDL of the service at that address (https://HOST:8443/..). */
void ris_wsdl(const char *address, struct text *text);

#endif
