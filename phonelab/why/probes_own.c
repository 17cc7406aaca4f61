/* Where frames cannot be counted on their way, the peer tells: it shares the way of the phone, but not the cable. */
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/why/fact.h"
#include "phonelab/why/probes_internal.h"

/* The echo requests of one size, of the phone and of its peer: addresses that gave all answers, and those that did not. */
struct echoes {
	int good[2], bad[2];
	const json_t *first; /* that the phone misses */
};

static struct echoes echoes_of(const json_t *facts, const char *size)
{
	static const char *const bad[] = {"probe.loss", "probe.large_lost", "probe.icmp.silent"};
	struct echoes echoes = {0};
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact) {
		bool peer = !strcmp(fact_text(fact, "who"), "peer"), lost = false;

		if (strcmp(fact_text(fact, "kind"), "icmp") != 0 ||
		    strcmp(fact_text(fact, "size"), size) != 0)
			continue;
		for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++)
			lost = lost || !strcmp(json_text(fact, "fact"), bad[n]);
		echoes.bad[peer] += lost;
		echoes.good[peer] += !strcmp(json_text(fact, "fact"), "probe.icmp.ok");
		if (lost && !peer && !echoes.first)
			echoes.first = fact;
	}
	return echoes;
}

static void add(json_t *facts, const struct echoes *echoes, const char *port, const char *peer)
{
	static const char *const copied[] = {"name", "address", "kind", "size", "sent", "received"};
	char object[100];
	json_t *fact;

	snprintf(object, sizeof(object), "cable %.90s", port);
	fact = fact_add(facts, "probe.frames_vanish", object, 0, json_text(echoes->first, "from"),
			"%.300s; %s at the same switch gets every answer", json_text(echoes->first, "text"),
			peer);
	fact_value(fact, "who", "phone");
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		fact_value(fact, copied[i], "%s", fact_text(echoes->first, copied[i]));
	fact_value(fact, "classes", "ICMP");
	fact_value(fact, "direction", "in one direction or both");
	fact_value(fact, "a", "%s", fact_text(echoes->first, "name"));
	fact_value(fact, "b", "%s", port);
	fact_value(fact, "sure", "yes");
	fact_value(fact, "rank", "1");
}

void probes_own_cable(const json_t *status, const char *phone, const char *peer, json_t *facts)
{
	static const char *const sizes[] = {"64", "1472"};
	const char *sw = "", *other = "";
	const json_t *port = probes_port(status, phone, 0, &sw);
	char label[80];

	if (!fact_is(facts, "probe.no_localisation", NULL) || !port ||
	    !probes_port(status, peer, 0, &other) || strcmp(sw, other) != 0)
		return;
	snprintf(label, sizeof(label), "%.40s %.30s", sw, json_text(port, "name"));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct echoes echoes = echoes_of(facts, sizes[i]);

		if (echoes.bad[0] && !echoes.good[0] && echoes.good[1] && !echoes.bad[1])
			add(facts, &echoes, label, peer);
	}
}
