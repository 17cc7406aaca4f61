#ifndef CUCM_PLAN_SERVERS_H
#define CUCM_PLAN_SERVERS_H

#include "base/fail.h"
#include "cucm/plan.h"

/* The part of cucm_plan_check for servers: DHCP and TFTP, their pools, and the names in DNS. 0 or -EINVAL
 * with the reason. */
int plan_check_servers(const struct cucm_plan *plan, struct fail *fail);

#endif
