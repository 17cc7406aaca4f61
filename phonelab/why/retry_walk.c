/* The walk again, in a model in which one kind of deviation is repaired. */
#include "phonelab/why/retry_internal.h"

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/why/model.h"
#include "phonelab/why/walk.h"

#define ROUNDS 8 /* a repair can uncover another deviation of its kind, behind the first */
#define GROUPS 16

struct retry {
	const struct why_case *it;
	json_t *model, *phone; /* copies, with the repairs */
	const char *name;      /* of the facts that are repaired */
	bool relearn;	       /* the phone's port is repaired: the phone learns its VLAN again */
};

/* A retry asks again for addresses that nobody has answered for. */
static void forget_failed(json_t *node)
{
	json_t *list = json_object_get(node, "neighbours");

	for (size_t i = json_array_size(list); i-- > 0;)
		if (!strcmp(json_text(json_array_get(list, i), "state"), "FAILED"))
			json_array_remove(list, i);
}

static void forget_all_failed(json_t *model)
{
	static const char *const members[] = {"nodes", "phones"};
	const char *name;
	json_t *node;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		json_object_foreach (json_object_get(model, members[i]), name, node)
			forget_failed(node);
}

/* The VLAN that the repaired port announces. False: it announces none. */
static bool learn(const struct retry *retry)
{
	size_t count;
	struct model_place place = model_place_of(retry->model, retry->it->name, &count);
	const json_t *port = place.sw ? model_port(retry->model, place.sw, place.port) : NULL,
		     *sw = place.sw ? model_switch(retry->model, place.sw) : NULL;
	bool cdp = model_is(sw, "cdp", true) && model_is(port, "cdp", true);
	bool lldp = model_is(sw, "lldp", true) && model_is(port, "lldp_transmit", true);
	long long vlan = model_port_int(port, "voice_vlan");

	if (vlan <= 0 || (!cdp && !lldp))
		return false;
	json_object_set_new(retry->phone, "voice_vlan", json_integer(vlan));
	return true;
}

/* The facts of the walk as it is after the repairs. New reference. */
static json_t *walk_again(const struct retry *retry)
{
	struct why_case it = *retry->it;
	json_t *facts = json_array();

	it.phone = retry->phone;
	if (it.step && it.step < LADDER_DHCP)
		it.step = LADDER_DHCP;
	why_walk_facts(&it, retry->model, facts);
	return facts;
}

json_t *retry_walk_to(const struct why_case *it, const json_t *model, json_t *managers)
{
	struct retry retry = {.it = it, .model = json_deep_copy(model), .phone = json_deep_copy(it->phone)};
	const char *name;
	json_t *node, *facts;

	json_object_set(retry.phone, "call_managers", managers);
	json_object_foreach (json_object_get(retry.model, "nodes"), name, node) {
		json_t *phones = json_object_get(json_object_get(node, "files"), "phones");

		if (json_object_get(phones, it->name))
			json_object_set(json_object_get(phones, it->name), "managers", managers);
	}
	forget_all_failed(retry.model);
	facts = walk_again(&retry);
	json_decref(retry.model);
	json_decref(retry.phone);
	return facts;
}

static bool repair_all(const struct retry *retry, const json_t *facts)
{
	const json_t *fact;
	size_t i, repaired = 0;

	json_array_foreach (facts, i, fact) {
		if (strcmp(json_text(fact, "fact"), retry->name))
			continue;
		if (!retry_repair(retry->model, fact))
			return false;
		repaired++;
	}
	return repaired > 0 && (!retry->relearn || learn(retry));
}

/* The server of the step that is reached now; NULL: none. A name server alone does not help. */
static const json_t *reached(const struct retry *retry, const json_t *facts)
{
	bool name = strstr(json_text(retry->it->rung, "detail"), "DNS") != NULL;
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		if (!strcmp(json_text(fact, "fact"), "walk.ok") &&
		    (name || strcmp(fact_text(fact, "port"), "53")))
			return fact;
	return NULL;
}

/* The proof about each object of the kind. */
static void put(const struct retry *retry, json_t *facts, const json_t *ok)
{
	size_t n = json_array_size(facts), count = 0;

	for (size_t i = 0; i < n; i++)
		count += !strcmp(json_text(json_array_get(facts, i), "fact"), retry->name);
	for (size_t i = 0; i < n; i++) {
		const json_t *fact = json_array_get(facts, i);
		const char *object = json_text(fact, "object");
		char text[400], more[60] = "";

		if (strcmp(json_text(fact, "fact"), retry->name) ||
		    retry_is_contradicted(retry->it, facts, object))
			continue;
		if (count > 1)
			snprintf(more, sizeof(more), " (and %zu more of its kind)", count - 1);
		snprintf(text, sizeof(text),
			 "with %s%s repaired in the model, and nothing else, the way from %s to %s of %s and "
			 "back is complete",
			 object, more, retry->it->name, fact_text(ok, "address"), fact_text(ok, "node"));
		retry_ok(facts, object, retry->name, retry->it->step, text);
	}
}

/* Repair, walk, and repair what of the same kind shows then. */
static void try_kind(const struct retry *retry, json_t *facts)
{
	json_t *list = json_incref(facts);

	forget_all_failed(retry->model);
	for (int round = 0; round < ROUNDS && repair_all(retry, list); round++) {
		const json_t *ok;

		json_decref(list);
		list = walk_again(retry);
		ok = reached(retry, list);
		if (ok && !retry_has_deviation(list)) {
			put(retry, facts, ok);
			break;
		}
	}
	json_decref(list);
}

static bool is_new(const char *const names[GROUPS], size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return false;
	return n < GROUPS;
}

void retry_walks(const struct why_case *it, const json_t *model, json_t *facts)
{
	const char *names[GROUPS];
	const json_t *fact;
	size_t i, n = 0;

	json_array_foreach (facts, i, fact)
		if (retry_is_deviation(fact) && is_new(names, n, json_text(fact, "fact")))
			names[n++] = json_text(fact, "fact");
	for (i = 0; i < n; i++) {
		struct retry retry = {.it = it,
				      .model = json_deep_copy(model),
				      .phone = json_deep_copy(it->phone),
				      .name = names[i],
				      .relearn = !strncmp(names[i], "port.", 5) && it->step &&
						 it->step <= LADDER_DHCP};

		if (retry.model && retry.phone)
			try_kind(&retry, facts);
		json_decref(retry.model);
		json_decref(retry.phone);
	}
}
