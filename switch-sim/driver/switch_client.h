#ifndef SWITCH_SIM_DRIVER_SWITCH_CLIENT_H
#define SWITCH_SIM_DRIVER_SWITCH_CLIENT_H

#include "base/fail.h"

/* The client of a running switch: `switch-sim show ...`, `switch-sim configure "interface Gi1/0/1"
 * "shutdown"`. */

/* The control socket to use: path when not NULL, else $PHONELAB_SWITCH, else the only one under
 * /run/phonelab/switches. The string is the caller's to free(); NULL with the reason. */
char *switch_client_socket(const char *path, struct fail *fail);

/* Ask verb ("show" or "configure") with the words, and print the text. 0; 1 when the switch refused a line;
 * or a negative errno with the reason. */
int switch_client_run(const char *socket, const char *verb, const char *const *words, unsigned count,
		      struct fail *fail);

/* `impair add RULE`, `impair ls`, `impair clear [ID|all]`: prints the reply as JSON. 0 or a negative errno
 * with the reason. */
int switch_client_impair(const char *socket, const char *const *words, unsigned count, struct fail *fail);

#endif
