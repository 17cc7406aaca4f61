#ifndef TESTS_SUPPORT_SWITCH_LAB_H
#define TESTS_SUPPORT_SWITCH_LAB_H

#include <jansson.h>
#include <stdbool.h>

#include "cable/panel_client.h"
#include "cable/raw.h"
#include "tests/support/sandbox.h"

/* A real switch-sim process in a network namespace of its own, and devices that the test plays itself. For
 * tests in a sandbox (sandbox.h). Whatever goes wrong fails the test. */

#define LAB_PATIENCE 45000 /* milliseconds that anything may take */

struct switch_lab {
	char name[16];
	int ns; /* of the switch */
	struct sandbox_child child;
};

/* Start the switch called name with the members of extra (JSON without braces) added to its switch.json: 48
 * ports, 4 uplinks, 370 W, VLANs 10, 20 and 110, access VLAN 10, voice VLAN 110; returns when it is ready.
 * Panel and control socket are /tmp/NAME.panel and /tmp/NAME.sock, events /tmp/NAME.events. */
void switch_lab_start(struct switch_lab *lab, const char *name, const char *extra);

/* Without waiting until it is ready, in a namespace that is there already when ns >= 0. */
void switch_lab_spawn(struct switch_lab *lab, const char *name, const char *extra, int ns);
void switch_lab_wait_ready(struct switch_lab *lab);

/* SIGKILL. */
void switch_lab_kill(struct switch_lab *lab);

/* Teardown of a test: SIGKILL to what a failed test has left running. */
int switch_lab_clean(void **state);

/* SIGTERM; its exit status. */
int switch_lab_end(struct switch_lab *lab);

/* Through its control socket. show: the text, to be free()d. */
char *switch_lab_show(const struct switch_lab *lab, const char *words);
void switch_lab_configure(const struct switch_lab *lab, const char *lines[], unsigned count);
json_t *switch_lab_port(const struct switch_lab *lab, const char *port); /* of `status`, a new reference */

/* Wait until `show WORDS` has needle in it (or not, when absent), and fail after LAB_PATIENCE. */
void switch_lab_show_until(const struct switch_lab *lab, const char *words, const char *needle, bool absent);

/* A device at a port, in a namespace of its own. */
struct switch_lab_device {
	int ns;
	struct panel_client *client;
	struct raw *raw;       /* once plugged */
	struct panel_msg last; /* the last message taken */
};

/* Connect to the panel; the answers come later. */
void device_plug(struct switch_lab_device *device, const struct switch_lab *lab, const char *port,
		 const char *interface, enum panel_power_kind power, unsigned power_class);

/* The next message of the switch; fails after LAB_PATIENCE. */
const struct panel_msg *device_message(struct switch_lab_device *device);

/* Plug in as a device with power of its own, and wait until the link is up. */
void device_up(struct switch_lab_device *device, const struct switch_lab *lab, const char *port);

/* Wait until an interface of the device is up, so that it can send, or down. */
void device_wait_link(const struct switch_lab_device *device, const char *interface, bool up);

void device_unplug(struct switch_lab_device *device);

/* Send from MAC 02:00:00:00:00:src an experimental frame (88B5) with a mark, broadcast or to number dst; tci
 * -1: untagged. */
void device_send(struct switch_lab_device *device, unsigned dst, unsigned src, int tci, uint8_t mark);

/* The next experimental frame: its mark; *tci is -1 or its tag. Everything else is passed over. */
uint8_t device_receive(struct switch_lab_device *device, int *tci);

/* The cable program at a port, with the kernel's own stack behind it and command (NULL-terminated) in it; the
 * name of the port is the node's. address may be NULL. */
void switch_lab_cable(struct sandbox_child *child, const struct switch_lab *lab, const char *port,
		      const char *address, const char *const command[]);

#endif
