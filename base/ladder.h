#ifndef BASE_LADDER_H
#define BASE_LADDER_H

#include <stdint.h>

/*
 * The registration path: the 14 steps from power to ringtones, as one table. The phone climbs it, the
 * status command prints it, the tests assert it. Numbers and names are a contract; see docs/ladder.md.
 */
enum ladder_step {
	LADDER_POWER = 1,
	LADDER_BOOT,
	LADDER_VOICE_VLAN,
	LADDER_DHCP,
	LADDER_CTL,
	LADDER_ITL,
	LADDER_CONFIG,
	LADDER_FIRMWARE,
	LADDER_DIAL_RULES,
	LADDER_CM_CONNECT,
	LADDER_REGISTER,
	LADDER_LOCALE,
	LADDER_SOFTKEYS,
	LADDER_RINGTONES,
};
#define LADDER_STEPS 14

enum ladder_state {
	LADDER_PENDING,
	LADDER_ACTIVE,
	LADDER_DONE,
	LADDER_SKIPPED,
	LADDER_FAILED,
};

/* One rung: its state, when it was left in that state (microseconds since power-on), and a line of
 * detail for people ("10.110.0.57/24, tftp 10.20.0.3"). */
struct ladder_rung {
	enum ladder_state state;
	uint64_t us;
	char detail[240];
};

struct ladder {
	struct ladder_rung rung[LADDER_STEPS];
};

/* The fixed name of a step ("voice-vlan"); NULL when n is not 1..14. */
const char *ladder_step_name(int n);

/* One sentence on what happens in the step, for status and documents; NULL when n is not 1..14. */
const char *ladder_step_title(int n);

/* "pending", "active", "done", "skipped", "failed". */
const char *ladder_state_name(enum ladder_state state);

/* The state with that name, or -ENOENT. */
int ladder_state_find(const char *name);

/* Every rung back to pending, its detail empty. */
void ladder_reset(struct ladder *ladder);

/* Put step n (1..14) into state, with a detail (cut at 239 bytes on a UTF-8 boundary; NULL keeps the old
 * one). */
void ladder_set(struct ladder *ladder, int n, enum ladder_state state, uint64_t us, const char *detail);

/* The number of the last step of the unbroken run of done or skipped steps from the first; 0 when none. */
int ladder_completed(const struct ladder *ladder);

#endif
