#ifndef PHONELAB_WHY_RULES_H
#define PHONELAB_WHY_RULES_H

#include "phonelab/why/why.h"

/* The rules, a table for each stretch of the path, in the order in which they are tried; a row without a
 * cause ends a table. A row is for one step, so only the order within a step matters. */
extern const struct why_rule why_rules_link[]; /* power, boot, voice VLAN */
extern const struct why_rule why_rules_dhcp[]; /* the address */
extern const struct why_rule
    why_rules_switch[]; /* the address: the switch forwards no answer, whoever serves */
extern const struct why_rule why_rules_vlan[];	   /* the address: the phone asks in another VLAN */
extern const struct why_rule why_rules_pool[];	   /* the address: what the lab's DHCP server has */
extern const struct why_rule why_rules_files[];	   /* all that is fetched from the TFTP service */
extern const struct why_rule why_rules_register[]; /* the call managers: connection and registration */

/* Step 0: it is registered, but had to get by. */
extern const struct why_rule why_rules_registered[];

/* The first rule that fits and is about the link, the switch or, unless the server is in the phone's VLAN, about the VLAN:
 * not about the lab's own server. NULL: none. */
const struct why_rule *why_rule_of_path(const struct why_case *it, bool same_vlan);

/* The detail of a step with two addresses, which the cause then names (why_cause): ": asked A, answered by B". */
#define WHY_ASKED ": asked "

/* Where a person looks further. */
#define WHY_LOOK_CONSOLE   "console PHONE"
#define WHY_LOOK_MESSAGES  "messages PHONE"
#define WHY_LOOK_DHCP_LOG  "exec DHCP -- cat /run/phonelab/log/dhcp.log"
#define WHY_LOOK_DHCP_CONF "exec DHCP -- cat /run/phonelab/dhcp/dnsmasq.conf"
#define WHY_LOOK_LEASES	   "exec DHCP -- cat /run/phonelab/dhcp/leases"
#define WHY_LOOK_CM_LOG	   "exec CALL-MANAGER -- cat /run/phonelab/log/CALL-MANAGER.log"
#define WHY_LOOK_RUNNING   "show SWITCH running-config"
#define WHY_LOOK_PORTS	   "show SWITCH interfaces status"
#define WHY_LOOK_POWER	   "show SWITCH power inline"
#define WHY_LOOK_NEIGHBORS "show SWITCH cdp neighbors"
#define WHY_LOOK_VLANS	   "show SWITCH vlan brief"
#define WHY_LOOK_ARP	   "exec PHONE -- ip neigh"
#define WHY_LOOK_ROUTES	   "exec PHONE -- ip route"
#define WHY_LOOK_STATUS	   "status"

#endif
