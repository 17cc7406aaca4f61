#ifndef PHONE_SIM_DRIVER_RACK_CONFIG_H
#define PHONE_SIM_DRIVER_RACK_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>
#include <jansson.h>

#include "base/fail.h"
#include "base/json_config.h"
#include "base/mac.h"

/* What a rack prints on standard output while its phones climb the ladder. */
enum rack_progress {
	RACK_PROGRESS_NONE,
	RACK_PROGRESS_FEW, /* of a large rack: failures and registrations */
	RACK_PROGRESS_ALL, /* every step that ended */
};
#define RACK_PROGRESS_MANY 20 /* above this number of phones, a rack prints few lines */

/* The backend that creates the interface of the voice VLAN; in the order of rack_vlan_backends. */
enum rack_vlan_backend {
	RACK_VLAN_AUTO, /* the kernel's where it has 8021q, else the user-space one */
	RACK_VLAN_KERNEL,
	RACK_VLAN_USER,
};

/* "auto", "kernel", "user", NULL. */
extern const char *const rack_vlan_backends[];

enum rack_power {
	RACK_POWER_POE,
	RACK_POWER_AC,
};

/* One phone of rack.json (docs/formats.md). Strings belong to the struct. */
struct rack_phone {
	struct mac mac;
	char *model;
	char *panel;
	char *port; /* NULL: any */
	int power;  /* enum rack_power */
	char *active_load;
	char *inactive_load; /* NULL or empty: that bank is blank */
	bool cdp, cdp_given;
	bool lldp, lldp_given;
	struct config_list alternate_tftp; /* of struct in_addr, at most 2 */
	char *mic; /* PEM: private key, certificate, issuers; NULL: the phone has none */
	char *lsc; /* the same, in a new flash; NULL: none is installed */
	char *
	    capf_string; /* what a person enters when CAPF asks for an authentication string; NULL: nothing */
};

struct rack_config {
	char *name;
	int pace; /* enum phone_pace */
	int64_t seed;
	char *flash;
	char *control; /* NULL: none */
	char *events;  /* NULL: none */
	char *key_log; /* NULL: none */
	int vlan_backend;
	struct config_list phones; /* of struct rack_phone */
};

/* Read and check the file: models known, MACs unicast and different, each port of a panel used once. 0 or a negative
 * errno with file, key, the value found and the value expected; then *config holds no memory. */
int rack_config_read(const char *path, struct rack_config *config, struct fail *fail);

/* Release the memory of the members. */
void rack_config_free(struct rack_config *config);

/* One phone from an object of the same keys; where begins every reason. 0 or a negative errno. */
int rack_phone_read(const json_t *object, const char *where, struct rack_phone *phone, struct fail *fail);

void rack_phone_free(struct rack_phone *phone);

#endif
