/* The last attempt of a phone in a capture as a status: what a later step proves, and where the capture ends. */
#include "phonelab/why/capture_internal.h"

#include <string.h>

/* Steps that only request files: the phone continues without them. */
static bool only_files(int n)
{
	return n >= LADDER_CTL && n != LADDER_CM_CONNECT && n != LADDER_REGISTER;
}

static int last_step(const struct capture *it)
{
	for (int n = LADDER_STEPS; n > 0; n--)
		if (it->ladder.rung[n - 1].state != LADDER_PENDING || *it->ladder.rung[n - 1].detail)
			return n;
	return 0;
}

/* A later step shows that an earlier one is done. A file that was asked for without an answer has failed; a step that the
 * capture does not have is no fault, unless the step has ended in the capture, as a registration does. */
static void complete(struct capture *it)
{
	int last = last_step(it);
	bool registered = it->ladder.rung[LADDER_REGISTER - 1].state == LADDER_DONE;

	for (int n = 1; n <= LADDER_STEPS; n++) {
		const struct ladder_rung *rung = &it->ladder.rung[n - 1];
		bool before = n < last || (registered && n > LADDER_REGISTER);

		if (rung->state == LADDER_ACTIVE && n < last && only_files(n))
			capture_step(it, n, LADDER_FAILED, "%s", rung->detail);
		else if (rung->state == LADDER_ACTIVE && n < last && n != LADDER_REGISTER)
			capture_step(it, n, LADDER_DONE, "shown by a later step");
		else if (rung->state == LADDER_PENDING && before && !*rung->detail && n != LADDER_REGISTER)
			ladder_set(&it->ladder, n, LADDER_SKIPPED, 0,
				   it->begun && n >= it->begun ? "not requested" : "not in the capture");
	}
}

/* The first step that is open says so if the capture has nothing of it. */
static void explain_open(struct capture *it)
{
	bool has_address = it->address_now != 0;

	for (int n = 1; n <= LADDER_STEPS; n++) {
		const struct ladder_rung *rung = &it->ladder.rung[n - 1];

		if (rung->state == LADDER_DONE || rung->state == LADDER_SKIPPED)
			continue;
		if (rung->state == LADDER_PENDING && !*rung->detail) {
			/* A phone that uses an address had DHCP, or needs none. */
			if (n <= LADDER_DHCP && has_address) {
				ladder_set(&it->ladder, n, LADDER_SKIPPED, 0, "not in the capture");
				continue;
			}
			ladder_set(&it->ladder, n, LADDER_PENDING, rung->us,
				   "nothing of this step is in the capture");
		}
		return;
	}
}

static const char *state_of(const struct capture *it)
{
	enum ladder_state reg = it->ladder.rung[LADDER_REGISTER - 1].state;

	if (!capture_registered(it, it->now_us))
		return it->sip.lines ? "registering" : "provisioning";
	return reg == LADDER_DONE ? "registered" : "partly registered";
}

static json_t *steps_of(const struct capture *it)
{
	json_t *steps = json_array();

	for (int n = 1; n <= LADDER_STEPS; n++) {
		const struct ladder_rung *rung = &it->ladder.rung[n - 1];

		json_array_append_new(steps,
				      json_pack("{s:i,s:s,s:s,s:I,s:s}", "n", n, "name", ladder_step_name(n),
						"state", ladder_state_name(rung->state), "ms",
						(json_int_t)(rung->us / 1000), "detail", rung->detail));
	}
	return steps;
}

static json_t *status_of(const struct capture *it)
{
	const struct capture_line *primary = &it->sip.line[0];
	bool bound = capture_registered(it, it->now_us);

	return json_pack(
	    "{s:[{s:s,s:s,s:o,s:s,s:s,s:s}],s:[],s:[]}", "phones", "name", it->phone, "state", state_of(it),
	    "steps", steps_of(it), "ipv4", it->address_now ? capture_address(it->address_now) : "",
	    "registered_with", bound ? capture_address(primary->server) : "", "directory_number",
	    it->sip.lines && *primary->user ? primary->user : "its number", "switches", "cluster");
}

bool capture_finish(struct capture *it, json_t **status, json_t **events, json_t **facts)
{
	const struct dissect nothing = {.protocol = ""};
	const struct capture_packet end = {.number = it->frames, .us = it->now_us, .seen = &nothing};

	if (!it->own)
		return false;
	it->packet = &end;
	capture_dhcp_end(it);
	capture_tcp_end(it);
	capture_files_end(it);
	capture_sip_end(it);
	complete(it);
	explain_open(it);
	*facts = json_array();
	capture_facts(it, *facts);
	*status = status_of(it);
	*events = json_incref(it->events);
	it->packet = NULL;
	return true;
}
