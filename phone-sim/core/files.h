#ifndef PHONE_SIM_CORE_FILES_H
#define PHONE_SIM_CORE_FILES_H

#include "phone-sim/core/phone.h"

/* The steps that read files of the TFTP service, in the order of the path: config_file.c, firmware.c,
 * files.c. */

void config_enter(struct phone *phone);
void firmware_enter(struct phone *phone);
void dial_rules_enter(struct phone *phone);
void locale_enter(struct phone *phone);
void softkeys_enter(struct phone *phone);
void ringtones_enter(struct phone *phone);

#endif
