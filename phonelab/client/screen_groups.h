#ifndef PHONELAB_CLIENT_SCREEN_GROUPS_H
#define PHONELAB_CLIENT_SCREEN_GROUPS_H

#include "phonelab/client/screen.h"

/* Phones of a screen that are counted instead of drawn. */

/* How many phones of a list have each class and step, and since when. */
struct screen_groups {
	struct {
		size_t count;
		uint64_t since_us; /* the earliest; 0: unknown */
		uint32_t boot_ms;  /* the longest */
	} of[VIEW_CLASSES][LADDER_STEPS + 1];
};

/* Count a phone. */
void screen_group_add(struct screen_groups *groups, const struct view_phone *phone,
		      const struct screen_options *options);

/* "failed at dhcp". step 0: none. */
void screen_group_name(enum view_class class, int step, char text[64]);

#define SCREEN_DURATION 20
#define SCREEN_SHORT_US 1000000 /* a shorter time is not shown */

/* "0:12", "1:02:03". Returns text. */
const char *screen_duration(uint64_t us, char text[SCREEN_DURATION]);

/* The time from us to now; 0 if us is 0. */
uint64_t screen_since(const struct screen_options *options, uint64_t us);

#endif
