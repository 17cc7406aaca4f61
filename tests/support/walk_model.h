#ifndef TESTS_SUPPORT_WALK_MODEL_H
#define TESTS_SUPPORT_WALK_MODEL_H

#include <jansson.h>

/* Models of labs (phonelab/why/model.h), written by hand, in which nothing is wrong. */

#define WALK_PHONE "SEP001122AABB02"

/* The status and the model of a small office: sw1 with three phones; gw between VLAN 110 and VLAN 20; dhcp in VLAN 110;
 * tftp and cucm-pub in VLAN 20. New objects. */
json_t *walk_office_status(void);
json_t *walk_office_model(void);

/* The same with three phones at `access`, and dhcp, tftp and cucm-pub in VLAN 110 at `core`, behind a trunk. */
json_t *walk_two_switches_status(void);
json_t *walk_two_switches_model(void);

/* Set the member at a path ("nodes/gw/ip_forward", or with semicolons, "switches;sw1;ports;Gi1/0/2;link") to a value, as JSON; NULL: remove it. "+" as the
 * last name appends to a list. The test fails if there is no such place. */
void walk_change(json_t *object, const char *path, const char *value);

#endif
