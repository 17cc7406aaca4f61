#ifndef PHONELAB_FAULT_VARS_H
#define PHONELAB_FAULT_VARS_H

#include <jansson.h>

#include "base/fail.h"
#include "phonelab/fault/client.h"
#include "phonelab/topology/topology.h"

/*
 * What the names in braces of a fault stand for in this lab, as an object of texts:
 *   phone, mac, model, number, address (its present one), switch, port: of the phone, or of the port
 *   access_vlan, voice_vlan, vlans (other one: a VLAN that is not the voice VLAN's), poe_budget_mw
 *   dhcp, dhcp_port, dhcp_address, pool_first, pool_last, mask, gateway; tftp, tftp_port, tftp_address;
 *   cm1, cm1_port, cm1_address, cm2, ..: servers and call managers, with the ports where they are plugged in
 *   free_port: one where nothing is; other: another phone's name, other_port its port
 * The simulators are asked through their control sockets below PLAN_PREFIX. model: as in struct fault. NULL
 * with the reason when the target is not in this lab.
 */
json_t *fault_vars(const struct topology *topology, const struct fault_target *target, const char *model,
		   struct fail *fail);

/* text with its braces filled in; malloc()ed. {name} that vars do not have: NULL, with the reason. */
char *fault_expand(const json_t *vars, const char *text, struct fail *fail);

#endif
