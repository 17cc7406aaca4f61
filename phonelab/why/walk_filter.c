/* What the rules of nftables do with a packet, as `nft -j list ruleset` lists them. A rule counts only if it is clear. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"
#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/why/walk_internal.h"

#define DEPTH	     8 /* of chains that jump */
#define TFTP	     69
#define DHCP_SERVER  67
#define DHCP_CLIENT  68
#define CHOSEN_FIRST 32768 /* net.ipv4.ip_local_port_range */
#define CHOSEN_LAST  60999

enum answer { NO, YES, UNCLEAR };

struct judge {
	const json_t *ruleset;
	const struct walk_packet *packet;
	const char *in, *out;
	const json_t *rule;  /* that decided */
	const char *decided; /* "drop", "reject", "policy drop" */
};

/* A number, an address, a range, a prefix, or a set of them: does it hold the value? */
static enum answer number_in(const json_t *right, uint32_t value, bool address)
{
	const json_t *list = json_object_get(right, "set"), *range = json_object_get(right, "range"), *one,
		     *prefix = json_object_get(right, "prefix");
	uint32_t low, high;
	size_t i;

	if (list || json_is_array(right)) {
		enum answer all = NO;

		json_array_foreach (list ? list : right, i, one) {
			enum answer found = number_in(one, value, address);

			if (found == YES)
				return YES;
			all = found == UNCLEAR ? UNCLEAR : all;
		}
		return all;
	}
	if (prefix) {
		int length = (int)json_int(prefix, "len");

		if (ipv4_parse(&low, json_text(prefix, "addr")) || length < 0 || length > 32)
			return UNCLEAR;
		return !length || !((low ^ value) >> (32 - length));
	}
	if (range) {
		const json_t *first = json_array_get(range, 0), *last = json_array_get(range, 1);

		if (json_is_integer(first) && json_is_integer(last))
			return value >= (uint32_t)json_integer_value(first) &&
			       value <= (uint32_t)json_integer_value(last);
		if (!json_is_string(first) || !json_is_string(last) ||
		    ipv4_parse(&low, json_string_value(first)) || ipv4_parse(&high, json_string_value(last)))
			return UNCLEAR;
		return value >= low && value <= high;
	}
	if (json_is_integer(right))
		return (uint32_t)json_integer_value(right) == value;
	if (address && json_is_string(right) && !ipv4_parse(&low, json_string_value(right)))
		return low == value;
	return UNCLEAR;
}

static enum answer text_in(const json_t *right, const char *value)
{
	const json_t *list = json_object_get(right, "set"), *one;
	size_t i;

	if (list || json_is_array(right)) {
		json_array_foreach (list ? list : right, i, one)
			if (text_in(one, value) == YES)
				return YES;
		return NO;
	}
	if (!json_is_string(right) || strchr(json_string_value(right), '*') ||
	    *json_string_value(right) == '@')
		return UNCLEAR;
	return !strcmp(json_string_value(right), value);
}

static enum answer protocol_in(const json_t *right, int protocol)
{
	if (json_is_integer(right))
		return json_integer_value(right) == protocol;
	return text_in(right, protocol == IPPROTO_TCP ? "tcp" : "udp");
}

/* The port from which, or to which, the server sends: a TFTP server answers from a port of its own. */
static int server_port(const struct walk_packet *packet)
{
	return packet->back && packet->port == TFTP ? 0 : packet->port;
}

/* A port that the kernel chooses: is it in the value? */
static enum answer chosen_in(const json_t *right)
{
	const json_t *list = json_object_get(right, "set"), *range = json_object_get(right, "range"), *one;
	const json_t *low = range ? json_array_get(range, 0) : right,
		     *high = range ? json_array_get(range, 1) : right;
	size_t i;

	if (list || json_is_array(right)) {
		json_array_foreach (list ? list : right, i, one)
			if (chosen_in(one) != NO)
				return UNCLEAR;
		return NO;
	}
	if (!json_is_integer(low) || !json_is_integer(high))
		return UNCLEAR;
	if (json_integer_value(high) < CHOSEN_FIRST || json_integer_value(low) > CHOSEN_LAST)
		return NO;
	return json_integer_value(low) <= CHOSEN_FIRST && json_integer_value(high) >= CHOSEN_LAST ? YES
												  : UNCLEAR;
}

/* 0: a port that the kernel chooses. */
static enum answer port_in(const json_t *right, int port)
{
	return port ? number_in(right, (uint32_t)port, false) : chosen_in(right);
}

static enum answer payload_in(const struct judge *judge, const json_t *payload, const json_t *right)
{
	const char *protocol = json_text(payload, "protocol"), *field = json_text(payload, "field");
	const struct walk_packet *packet = judge->packet;

	if (!strcmp(protocol, "ip") && !strcmp(field, "saddr"))
		return number_in(right, packet->from, true);
	if (!strcmp(protocol, "ip") && !strcmp(field, "daddr"))
		return number_in(right, packet->to, true);
	if (!strcmp(protocol, "ip") && !strcmp(field, "protocol"))
		return protocol_in(right, packet->protocol);
	if ((!strcmp(protocol, "tcp") && packet->protocol != IPPROTO_TCP) ||
	    (!strcmp(protocol, "udp") && packet->protocol != IPPROTO_UDP) || !strncmp(protocol, "icmp", 4) ||
	    !strcmp(protocol, "ip6"))
		return NO;
	if (strcmp(protocol, "tcp") && strcmp(protocol, "udp") && strcmp(protocol, "th"))
		return UNCLEAR;
	if (strcmp(field, "sport") && strcmp(field, "dport"))
		return UNCLEAR;
	if (!strcmp(field, packet->back ? "sport" : "dport"))
		return port_in(right, server_port(packet));
	return port_in(right, packet->port == DHCP_SERVER ? DHCP_CLIENT : 0);
}

static enum answer meta_in(const struct judge *judge, const char *key, const json_t *right)
{
	if (!strcmp(key, "l4proto"))
		return protocol_in(right, judge->packet->protocol);
	if (!strcmp(key, "iifname") || !strcmp(key, "iif"))
		return text_in(right, judge->in);
	if (!strcmp(key, "oifname") || !strcmp(key, "oif"))
		return text_in(right, judge->out);
	if (!strcmp(key, "nfproto"))
		return text_in(right, "ipv4");
	if (!strcmp(key, "protocol"))
		return text_in(right, "ip");
	return UNCLEAR;
}

static enum answer match(const struct judge *judge, const json_t *match)
{
	const json_t *left = json_object_get(match, "left"), *right = json_object_get(match, "right");
	const char *op = json_text(match, "op"), *meta = json_text(json_object_get(left, "meta"), "key");
	const char *ct = json_text(json_object_get(left, "ct"), "key");
	enum answer answer = UNCLEAR;

	if (json_object_get(left, "payload"))
		answer = payload_in(judge, json_object_get(left, "payload"), right);
	else if (*meta)
		answer = meta_in(judge, meta, right);
	else if (!strcmp(ct, "state"))
		answer = text_in(right, judge->packet->back ? "established" : "new");
	if (!strcmp(op, "!=") && answer != UNCLEAR)
		return answer == YES ? NO : YES;
	return !strcmp(op, "==") || !strcmp(op, "in") || !strcmp(op, "!=") ? answer : UNCLEAR;
}

enum verdict { GO_ON, ACCEPT, DROP, RETURN, DUNNO };

static enum verdict run_chain(struct judge *judge, const json_t *chain, int depth);

static const json_t *chain_named(const struct judge *judge, const json_t *like, const char *name)
{
	const json_t *one, *chain;
	size_t i;

	json_array_foreach (judge->ruleset, i, one) {
		chain = json_object_get(one, "chain");
		if (chain && !strcmp(json_text(chain, "name"), name) &&
		    !strcmp(json_text(chain, "table"), json_text(like, "table")) &&
		    !strcmp(json_text(chain, "family"), json_text(like, "family")))
			return chain;
	}
	return NULL;
}

static enum verdict follow(struct judge *judge, const json_t *rule, const json_t *statement, int depth)
{
	const json_t *to = json_object_get(statement, "jump");
	enum verdict verdict;

	if (!to)
		to = json_object_get(statement, "goto");
	verdict = run_chain(judge, chain_named(judge, rule, json_text(to, "target")), depth + 1);
	if (json_object_get(statement, "goto") && verdict == GO_ON)
		return RETURN;
	return verdict;
}

/* "drop" or "reject", if the statement does so; also in the words of iptables. NULL: it does not. */
static const char *refusal(const json_t *statement)
{
	const char *target = json_text(json_object_get(statement, "xt"), "name");

	if (json_object_get(statement, "drop"))
		return "drop";
	return json_object_get(statement, "reject") || !strcmp(target, "REJECT") ? "reject" : NULL;
}

/* What a rule does: all its matches must be so. */
static enum verdict run_rule(struct judge *judge, const json_t *rule, int depth)
{
	enum answer fits = YES;
	const json_t *one;
	size_t i;

	json_array_foreach (json_object_get(rule, "expr"), i, one) {
		const json_t *condition = json_object_get(one, "match");

		if (condition) {
			enum answer answer = match(judge, condition);

			if (answer == NO)
				return GO_ON;
			fits = answer == UNCLEAR ? UNCLEAR : fits;
		} else if (json_object_get(one, "accept")) {
			return fits == YES ? ACCEPT : DUNNO;
		} else if (refusal(one)) {
			judge->rule = rule;
			judge->decided = refusal(one);
			return fits == YES ? DROP : DUNNO;
		} else if (json_object_get(one, "return")) {
			return fits == YES ? RETURN : DUNNO;
		} else if (json_object_get(one, "jump") || json_object_get(one, "goto")) {
			return fits == YES ? follow(judge, rule, one, depth) : DUNNO;
		} else if (!json_object_get(one, "counter") && !json_object_get(one, "log")) {
			fits = UNCLEAR; /* a limit, a map, an extension of iptables */
		}
	}
	return GO_ON;
}

static enum verdict run_chain(struct judge *judge, const json_t *chain, int depth)
{
	const json_t *one;
	size_t i;

	if (!chain || depth > DEPTH)
		return DUNNO;
	json_array_foreach (judge->ruleset, i, one) {
		const json_t *rule = json_object_get(one, "rule");
		enum verdict verdict;

		if (!rule || strcmp(json_text(rule, "chain"), json_text(chain, "name")) ||
		    strcmp(json_text(rule, "table"), json_text(chain, "table")) ||
		    strcmp(json_text(rule, "family"), json_text(chain, "family")))
			continue;
		verdict = run_rule(judge, rule, depth);
		if (verdict == RETURN)
			break;
		if (verdict != GO_ON)
			return verdict;
	}
	if (strcmp(json_text(chain, "policy"), "drop"))
		return GO_ON;
	judge->rule = chain;
	judge->decided = "policy drop";
	return DROP;
}

/* --- the text of a rule --- */

static void add_value(struct text *text, const json_t *value)
{
	char *dump;

	if (json_is_string(value)) {
		text_add(text, "%s", json_string_value(value));
	} else if (json_object_get(value, "prefix")) {
		text_add(text, "%s/%lld", json_text(json_object_get(value, "prefix"), "addr"),
			 json_int(json_object_get(value, "prefix"), "len"));
	} else {
		dump = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
		text_add(text, "%s", dump ? dump : "");
		free(dump);
	}
}

static void add_match(struct text *text, const json_t *match)
{
	const json_t *left = json_object_get(match, "left"), *payload = json_object_get(left, "payload");
	const char *meta = json_text(json_object_get(left, "meta"), "key");

	if (payload)
		text_add(text, "%s %s ", json_text(payload, "protocol"), json_text(payload, "field"));
	else if (*meta)
		text_add(text, "%s ", meta);
	else
		text_add(text, "ct %s ", json_text(json_object_get(left, "ct"), "key"));
	if (!strcmp(json_text(match, "op"), "!="))
		text_add(text, "!= ");
	add_value(text, json_object_get(match, "right"));
	text_add(text, " ");
}

static void rule_text(const struct judge *judge, struct text *text)
{
	const json_t *one, *condition;
	size_t i;

	json_array_foreach (json_object_get(judge->rule, "expr"), i, one) {
		condition = json_object_get(one, "match");
		if (condition)
			add_match(text, condition);
	}
	text_add(text, "%s", judge->decided);
}

/* Where the rule, or the chain whose policy decided, is in the list. */
static size_t place_of(const struct judge *judge)
{
	const json_t *one;
	size_t i;

	json_array_foreach (judge->ruleset, i, one)
		if (json_object_get(one, "rule") == judge->rule ||
		    json_object_get(one, "chain") == judge->rule)
			break;
	return i;
}

static void add_fact(struct walk *walk, const char *node, const struct judge *judge, const json_t *chain)
{
	char object[WALK_OBJECT], from[WALK_OBJECT], to[IPV4_TEXT];
	struct text text = {0};
	json_t *fact;

	rule_text(judge, &text);
	snprintf(object, sizeof(object), "filter %.60s", node);
	snprintf(from, sizeof(from), "%.60s: nft list ruleset", node);
	fact = walk_fact(walk, "walk.filter", object, from,
			 "the rule \"%s\" in the chain %s of %s stops packets %s %s %s %d",
			 text.bytes ? text.bytes : "", json_text(chain, "name"), node,
			 judge->packet->back ? "back to" : "to", ipv4_format(judge->packet->to, to),
			 judge->packet->protocol == IPPROTO_TCP ? "TCP" : "UDP", judge->packet->port);
	fact_value(fact, "node", "%s", node);
	fact_value(fact, "rule", "%s", text.bytes ? text.bytes : "");
	fact_value(fact, "chain", "%s", json_text(chain, "name"));
	fact_value(fact, "verdict", "%s", judge->decided);
	fact_value(fact, "place", "%zu", place_of(judge));
	text_free(&text);
}

static enum walk_result run_hook(struct walk *walk, const char *node, const char *hook, struct judge *judge)
{
	enum walk_result result = WALK_FINE;
	const json_t *one;
	size_t i;

	json_array_foreach (judge->ruleset, i, one) {
		const json_t *chain = json_object_get(one, "chain");
		const char *family = json_text(chain, "family");
		enum verdict verdict;

		if (!chain || strcmp(json_text(chain, "hook"), hook) ||
		    strcmp(json_text(chain, "type"), "filter") ||
		    (strcmp(family, "ip") && strcmp(family, "inet")))
			continue;
		verdict = run_chain(judge, chain, 0);
		if (verdict == DROP) {
			add_fact(walk, node, judge, chain);
			return WALK_BROKEN;
		}
		result = verdict == DUNNO ? WALK_UNKNOWN : result;
	}
	return result;
}

enum walk_result walk_filter(struct walk *walk, const char *node, const char *hook,
			     const struct walk_packet *packet, const char *in, const char *out)
{
	const json_t *inspect = walk_node(walk, node), *ruleset = json_object_get(inspect, "filter");
	struct judge judge = {.ruleset = ruleset, .packet = packet, .in = in, .out = out};
	enum walk_result result;

	/* Nobody filters in a phone. */
	if (!strcmp(node, walk->it->name))
		return WALK_FINE;
	if (!ruleset)
		return WALK_UNKNOWN;
	result = run_hook(walk, node, strcmp(hook, "output") ? "prerouting" : "output", &judge);
	if (strcmp(hook, "output") != 0 && result != WALK_BROKEN)
		result = walk_worse(result, run_hook(walk, node, hook, &judge));
	if (strcmp(hook, "input") != 0 && result != WALK_BROKEN)
		result = walk_worse(result, run_hook(walk, node, "postrouting", &judge));
	if (json_array_size(json_object_get(inspect, "iptables_legacy")))
		result = walk_worse(result, WALK_UNKNOWN);
	return result;
}
