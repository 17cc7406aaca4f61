/* The words of a scenario's file. */
#include "phonelab/scenario/scenario.h"

const char *const scenario_kind_names[] = {"step",  "message", "event", "registered", "port",
					   "power", "field",   "exec",	NULL};
const char *const scenario_mode_names[] = {"eventually", "always", "never", "in_order", NULL};
const char *const scenario_verb_names[] = {
    "add_fault", "clear_fault", "stop",	 "kill",	  "pause",     "continue",   "start", "restart",
    "unplug",	 "plug",	"reset", "restart_phone", "configure", "set_device", "exec",  NULL};
