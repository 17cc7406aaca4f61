/* The exchanges of step 4: DISCOVER, OFFER, REQUEST, ACK. */
#include "phonelab/why/exchange_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"

/* Finish the last entry if it is a request that waits for its answer. */
static struct why_exchange *pending(struct why_exchanges *list)
{
	struct why_exchange *it = why_exchange_newest(list);

	return it && it->step == LADDER_DHCP && it->kind == WHY_ANSWER_NONE ? it : NULL;
}

static void on_request(struct why_exchanges *list, const json_t *event, const char *asked, const char *server)
{
	struct why_exchange new = {.step = LADDER_DHCP,
				   .ms = -1,
				   .tftp_error = -1,
				   .line = json_int(event, "line"),
				   .t = json_int(event, "t")};

	list->discovered = new.t;
	snprintf(new.asked, sizeof(new.asked), "%s", asked);
	snprintf(new.server, sizeof(new.server), "%s", server);
	snprintf(new.answered, sizeof(new.answered), "no answer");
	why_exchange_put(list, &new);
}

/* "try 2, VLAN 110" */
static void on_discover(struct why_exchanges *list, const json_t *event)
{
	const char *vlan = strstr(json_text(event, "detail"), "VLAN ");
	char asked[60];

	snprintf(asked, sizeof(asked), "DISCOVER in %.40s", vlan ? vlan : "an unknown VLAN");
	on_request(list, event, asked, "");
}

static void answer(struct why_exchanges *list, const json_t *event, enum why_answer kind, const char *text)
{
	const json_t *evidence = json_object_get(event, "evidence");
	struct why_exchange *it = pending(list), found;

	if (!it)
		return;
	found = *it;
	why_exchange_drop(list, list->n - 1);
	if (*json_text(evidence, "server"))
		why_exchange_copy(found.server, sizeof(found.server), evidence, "server");
	why_exchange_copy(found.address, sizeof(found.address), evidence, "address");
	found.kind = kind;
	found.t = json_int(event, "t");
	found.line = json_int(event, "line");
	found.ms = (found.t - list->discovered) / 1000;
	snprintf(found.answered, sizeof(found.answered), "%s", text);
	why_exchange_put(list, &found);
}

static void on_offer(struct why_exchanges *list, const json_t *event)
{
	const json_t *evidence = json_object_get(event, "evidence");
	char text[120], server[16];

	why_exchange_copy(server, sizeof(server), evidence, "server");
	snprintf(text, sizeof(text), "OFFER of %s", json_text(evidence, "address"));
	answer(list, event, WHY_ANSWER_GOOD, text);
	snprintf(text, sizeof(text), "REQUEST of %s", json_text(evidence, "address"));
	on_request(list, event, text, server);
}

static void on_ack(struct why_exchanges *list, const json_t *event)
{
	const json_t *evidence = json_object_get(event, "evidence");
	const char *option150 = json_text(evidence, "option150"), *gateway = json_text(evidence, "gateway");
	struct why_exchange *it;
	char text[200];

	snprintf(text, sizeof(text), "ACK of %s/%s for %s, router %s, option 150 %s",
		 json_text(evidence, "address"), json_text_or(evidence, "prefix", "?"),
		 json_text_or(evidence, "lease", "?"), *gateway ? gateway : "none",
		 *option150 ? option150 : "none");
	if (!pending(list))
		return; /* a renewal */
	answer(list, event, WHY_ANSWER_GOOD, text);
	it = why_exchange_newest(list);
	it->ms = -1; /* the event comes after the check that the address is free */
	it->prefix = (unsigned)atoi(json_text(evidence, "prefix"));
	why_exchange_copy(it->gateway, sizeof(it->gateway), evidence, "gateway");
	why_exchange_copy(it->option150, sizeof(it->option150), evidence, "option150");
	why_exchange_copy(it->lease, sizeof(it->lease), evidence, "lease");
}

void why_exchange_dhcp(struct why_exchanges *list, const json_t *event, const char *what)
{
	const json_t *evidence = json_object_get(event, "evidence");
	char text[300];

	if (!strcmp(what, "discover")) {
		on_discover(list, event);
	} else if (!strcmp(what, "offer")) {
		on_offer(list, event);
	} else if (!strcmp(what, "ack")) {
		on_ack(list, event);
	} else if (!strcmp(what, "nak")) {
		snprintf(text, sizeof(text), "NAK: %.200s", json_text(event, "detail"));
		answer(list, event, WHY_ANSWER_ERROR, text);
	} else if (!strcmp(what, "decline")) {
		snprintf(text, sizeof(text), "ACK of an address that another device has: %.200s",
			 json_text(event, "detail"));
		answer(list, event, WHY_ANSWER_UNUSABLE, text);
	} else if (!strcmp(what, "bad") && *json_text(evidence, "type")) {
		snprintf(text, sizeof(text), "%s that the phone cannot use: %.200s",
			 json_text(evidence, "type"), json_text(evidence, "reason"));
		answer(list, event, WHY_ANSWER_UNUSABLE, text);
	} else if (!strcmp(what, "bad")) {
		snprintf(text, sizeof(text), "a message that the phone cannot use: %.200s",
			 json_text(event, "detail"));
		answer(list, event, WHY_ANSWER_UNUSABLE, text);
	}
}
