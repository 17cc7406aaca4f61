#ifndef PHONELAB_SUPERVISE_NODE_CHECK_H
#define PHONELAB_SUPERVISE_NODE_CHECK_H

#include "base/fail.h"
#include "base/mac.h"
#include "phonelab/supervise/node_role.h"

/* Check in its container that the node provides its service. 0, or a negative errno with the reason. */
int node_check(const struct node_choice *choice, struct fail *fail);

/* The phone of this host: its MAC is made from the host's name, as phone-sim itself does. */
void node_own_phone(struct mac *mac, char name[DEVICE_TEXT]);

#endif
