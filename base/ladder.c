#include "base/ladder.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *name, *title;
} steps[LADDER_STEPS] = {
    {"power", "The switch detects and classes the phone and grants it power, or an AC adapter feeds it."},
    {"boot", "The boot loader starts the active firmware load from flash."},
    {"voice-vlan", "The phone learns the voice VLAN from the switch by CDP or LLDP-MED."},
    {"dhcp", "The phone leases an address and learns its TFTP servers."},
    {"ctl", "The phone asks for the certificate trust list, which only a secure cluster has."},
    {"itl", "The phone asks for the identity trust list and checks its signature."},
    {"config", "The phone fetches its configuration file."},
    {"firmware", "The phone compares its active load with the one that the configuration names."},
    {"dial-rules", "The phone fetches its SIP dial rules."},
    {"cm-connect", "The phone connects to the call manager of highest priority that answers."},
    {"register", "The phone registers by SIP with its primary call manager."},
    {"locale", "The phone fetches its localisation files."},
    {"softkeys", "The phone fetches its softkey template."},
    {"ringtones", "The phone fetches the list of custom ringtones."},
};

static const char *const states[] = {
    [LADDER_PENDING] = "pending", [LADDER_ACTIVE] = "active", [LADDER_DONE] = "done",
    [LADDER_SKIPPED] = "skipped", [LADDER_FAILED] = "failed",
};
#define STATES ((int)(sizeof(states) / sizeof(states[0])))

const char *ladder_step_name(int n)
{
	return n >= 1 && n <= LADDER_STEPS ? steps[n - 1].name : NULL;
}

const char *ladder_step_title(int n)
{
	return n >= 1 && n <= LADDER_STEPS ? steps[n - 1].title : NULL;
}

const char *ladder_state_name(enum ladder_state state)
{
	return states[state];
}

int ladder_state_find(const char *name)
{
	for (int i = 0; i < STATES; i++)
		if (!strcmp(states[i], name))
			return i;
	return -ENOENT;
}

void ladder_reset(struct ladder *ladder)
{
	memset(ladder, 0, sizeof(*ladder));
}

/* Copy a detail that does not fit: it ends after a word, with " ...". Without a blank in the second half it ends before a
 * whole character of UTF-8. */
static void set_long(struct ladder_rung *rung, const char *detail)
{
	static const char more[] = " ...";
	size_t room = sizeof(rung->detail) - 1, length = sizeof(rung->detail) - sizeof(more);

	while (length > room / 2 && detail[length] != ' ')
		length--;
	if (length > room / 2) {
		memcpy(rung->detail, detail, length);
		memcpy(rung->detail + length, more, sizeof(more));
		return;
	}
	/* 10xxxxxx continues a UTF-8 character: do not cut before one. */
	for (length = room; length && ((unsigned char)detail[length] & 0xc0) == 0x80;)
		length--;
	memcpy(rung->detail, detail, length);
	rung->detail[length] = 0;
}

void ladder_set(struct ladder *ladder, int n, enum ladder_state state, uint64_t us, const char *detail)
{
	struct ladder_rung *rung;
	size_t length;

	if (n < 1 || n > LADDER_STEPS)
		return;
	rung = &ladder->rung[n - 1];
	rung->state = state;
	rung->us = us;
	if (!detail)
		return;
	length = strlen(detail);
	if (length >= sizeof(rung->detail))
		set_long(rung, detail);
	else
		memmove(rung->detail, detail, length + 1);
}

int ladder_completed(const struct ladder *ladder)
{
	int n = 0;

	while (n < LADDER_STEPS &&
	       (ladder->rung[n].state == LADDER_DONE || ladder->rung[n].state == LADDER_SKIPPED))
		n++;
	return n;
}
