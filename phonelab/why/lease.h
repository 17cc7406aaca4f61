#ifndef PHONELAB_WHY_LEASE_H
#define PHONELAB_WHY_LEASE_H

#include "phonelab/why/why.h"

/*
 * What the phone uses now, by its status, against the lab: facts (docs/why.md)
 *   lease.rogue            the address came from a server that is none of the lab's; values server
 *   lease.tftp_unknown     a file server of the list that is none of the lab's; values address, which
 *   lease.no_gateway       none, although a server is in another subnet; values server
 *   lease.gateway_unknown  the gateway is none of the lab's routers; values gateway
 *   lease.mask             the gateway is outside of the subnet, or the subnet is not that of the VLAN (by the plan of the
 *                          model, which may be NULL); values prefix, gateway or subnet
 *   register.not_first     it is registered with another call manager than the first of the cluster; values node, first
 *   step.not_provisioned   the phone has only XMLDefault.cnf.xml
 */
void why_lease_facts(const struct why_case *it, const json_t *model, json_t *facts);

#endif
