#ifndef PHONELAB_LAB_PLAN_H
#define PHONELAB_LAB_PLAN_H

#include <jansson.h>

#include "cucm/plan.h"
#include "phonelab/topology/device.h"
#include "phonelab/topology/topology.h"

/* The run directory as everything inside a lab sees it. */
#define PLAN_PREFIX "/run/phonelab"

/* The control sockets of the rack, and of switch number i. */
#define PLAN_RACK_SOCKET PLAN_PREFIX "/phones/rack.sock"
void plan_switch_socket(const struct topology *topology, size_t i, char path[128]);

/* The patch panel of switch number i. */
void plan_switch_panel(const struct topology *topology, size_t i, char path[160]);

/* The control socket of a server's container. */
void plan_node_socket(const char *node, char path[128]);

/* The configuration of the call managers and servers, from a settled topology: of the cluster that is its own (topology->own), of which the
 * first has the DHCP servers too. All memory is the topology's arena. */
struct cucm_plan plan_cucm(struct topology *topology);

/* The size limit of the run directory: 1 GiB for events (512 MiB, base/event_log.h) and logs, and for each phone 2 MiB
 * and 16 firmware images. */
uint64_t plan_run_bytes(const struct topology *topology);

/* The configuration of switch number i (docs/formats.md, switch.json): a new object. */
json_t *plan_switch(const struct topology *topology, size_t i);

/* The configuration of the rack (rack.json): a new object. */
json_t *plan_rack(const struct topology *topology);

/* The configuration of a device of that row without MAC and lines: soft keys, dial rules, locale, load. */
struct cucm_device plan_device(const struct topology *topology, struct arena *arena,
			       const struct topology_phone_row *row);

/* The locale of a row, or NULL: United States English. */
const struct cucm_locale *plan_locale(const struct topology_phone_row *row);

/* The lines of a phone of the topology. */
const struct cucm_line *plan_lines(struct topology *topology, const struct topology_phone *phone);

/* Change a device of the plan as an administrator does. New lists live in arena, texts are borrowed. */
void plan_set_device(struct arena *arena, const struct topology *topology, struct cucm_device *device,
		     const struct topology_device *set);

/* The load that a phone should run: its row's, or the device default of its model. */
const char *plan_load(const struct topology *topology, const struct topology_phone *phone);

/* The loads in the banks of a phone's flash at first. */
const char *plan_active_load(const struct topology *topology, const struct topology_phone *phone);
const char *plan_inactive_load(const struct topology_phone *phone);

/* The digest password that the lab generates for a device. */
const char *plan_password(const struct topology *topology, struct arena *arena, const char *device);

#endif
