#ifndef SWITCH_SIM_DRIVER_SWITCH_FILE_UPLINKS_H
#define SWITCH_SIM_DRIVER_SWITCH_FILE_UPLINKS_H

#include "switch-sim/driver/switch_file.h"
#include "switch-sim/driver/switch_file_keys.h"

/* Check the uplinks of a file, and take them over into file. 0, -EINVAL with the reason, or -ENOMEM. What was taken over is
 * released by switch_file_free, also after an error. */
int switch_file_uplinks(struct switch_file *file, struct file_switch *in, const char *path,
			struct fail *fail);

#endif
