#ifndef PHONELAB_FAULT_VARS_H
#define PHONELAB_FAULT_VARS_H

#include <jansson.h>

#include "base/fail.h"
#include "phonelab/fault/client.h"
#include "phonelab/topology/topology.h"

/*
 * The values of the names in braces of a fault, in this lab, as an object of texts:
 *   phone, mac, model, number, load, address (the present one), switch, port: of the phone, or of the port
 *   user_locale, network_locale: the folders of the phone's locale, if it has one
 *   access_vlan, voice_vlan, other_vlan (a VLAN that is neither), poe_budget_mw
 *   dhcp, dhcp_port, dhcp_address, pool_first, pool_last, mask, gateway; tftp, tftp_port, tftp_address;
 *   cm1, cm1_port, cm1_address, cm2, ..: servers and call managers, with the ports where they are plugged in
 *   free_port: a port without a device; other: another phone of the same model, other_port, other_number
 * Switches and the rack are asked through their control sockets below PLAN_PREFIX. A target without a
 * phone and a port gets the first phone that can have the fault. NULL with the reason if the target is not in this lab.
 */
json_t *fault_vars(const struct topology *topology, const struct fault_target *target,
		   const struct fault *fault, struct fail *fail);

/* text with the values of its names in braces; the caller frees it. NULL with the reason if vars lacks a name. */
char *fault_expand(const json_t *vars, const char *text, struct fail *fail);

#endif
