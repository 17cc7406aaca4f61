/* Closets of a topology: the switches of each, the trunks between them, and one closet as a part of the lab. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "phonelab/lab/plan.h"
#include "phonelab/topology/topology.h"

#define CAMPUS "topologies/campus.yaml"

static struct topology *read_campus(size_t phones)
{
	struct complaints complaints = {0};
	struct topology *topology = topology_read(CAMPUS, phones, &complaints);

	assert_non_null(topology);
	return topology;
}

/* The campus with an address for core, as `up --closet` needs it. */
static struct topology *read_addressed(const char *address)
{
	char path[] = "/tmp/closets-test-XXXXXX", text[4096], *at;
	struct complaints complaints = {0};
	FILE *from = fopen(CAMPUS, "r"), *to;
	struct topology *topology;
	int fd = mkstemp(path);
	size_t n;

	assert_non_null(from);
	n = fread(text, 1, sizeof(text) - 1, from);
	text[n] = 0;
	fclose(from);
	at = strstr(text, "  - {name: closet1");
	assert_non_null(at);
	to = fdopen(fd, "w");
	fprintf(to, "%.*s  - {name: core, address: \"%s\"}\n%s", (int)(at - text), text, address, at);
	fclose(to);
	topology = topology_read(path, 0, &complaints);
	assert_non_null(topology);
	unlink(path);
	return topology;
}

static size_t phones_in(const struct topology *t, const char *closet)
{
	size_t n = 0;

	for (size_t i = 0; i < t->phone_count; i++)
		n += !strcmp(topology_closet_of_phone(t, &t->phones[i]), closet);
	return n;
}

static void each_switch_has_its_closet(void **state)
{
	struct topology *t = read_campus(0);

	(void)state;
	assert_int_equal(t->closets.n, 3);
	assert_string_equal(topology_closet_of_switch(t, topology_switch_find(t, "dist")), "core");
	assert_string_equal(topology_closet_of_switch(t, topology_switch_find(t, "floor1")), "closet1");
	assert_string_equal(topology_closet_of_switch(t, topology_switch_find(t, "floor2")), "closet2");
	/* Servers without a port are at a switch of core. */
	for (size_t i = 0; i < t->servers.n; i++)
		assert_int_equal(t->servers.items[i].plug.switch_index, 0);
	assert_null(topology_closet_find(t, "closet3"));
	topology_free(t);
}

static void phones_are_distributed(void **state)
{
	static const size_t counts[] = {2, 48, 97, 1000};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct topology *t = read_campus(counts[i]);

		assert_int_equal(t->phone_count, counts[i]);
		assert_int_equal(phones_in(t, "closet1"), counts[i] - counts[i] / 2);
		assert_int_equal(phones_in(t, "closet2"), counts[i] / 2);
		topology_free(t);
	}
}

/* On one machine the uplinks are cables, each with the VNI that it has between machines. */
static void uplinks_are_cables_in_a_whole_lab(void **state)
{
	struct topology *t = read_campus(0);
	json_t *floor1 = plan_switch(t, 1), *uplink = json_array_get(json_object_get(floor1, "uplinks"), 0);

	(void)state;
	assert_null(json_object_get(uplink, "over"));
	assert_non_null(json_object_get(uplink, "panel"));
	assert_int_equal(t->switches.items[1].uplinks.items[0].vni, 101);
	assert_int_equal(t->switches.items[2].uplinks.items[0].vni, 102);
	json_decref(floor1);
	topology_free(t);
}

static const char *mac_of(const struct topology *t, size_t i)
{
	static char mac[32];
	json_t *object = plan_switch(t, i);

	snprintf(mac, sizeof(mac), "%s", json_string_value(json_object_get(object, "mac")));
	json_decref(object);
	return mac;
}

static void a_closet_is_a_part(void **state)
{
	struct topology *whole = read_campus(0), *t = read_addressed("core.example");
	json_t *object, *uplink, *rack;
	struct fail fail = {0};

	(void)state;
	assert_int_equal(topology_keep_closet(t, "closet2", &fail), 0);
	assert_string_equal(t->closet, "closet2");
	assert_int_equal(t->switches.n, 1);
	assert_string_equal(t->switches.items[0].name, "floor2");
	assert_string_equal(mac_of(t, 0), "00:25:84:03:00:00"); /* as in the whole lab */
	assert_string_equal(mac_of(whole, 2), "00:25:84:03:00:00");
	assert_int_equal(t->servers.n, 0);
	assert_int_equal(t->cluster.nodes.n, 0);
	assert_int_equal(t->phone_count, 48);
	assert_string_equal(t->phones[0].name, whole->phones[48].name);
	assert_string_equal(t->phones[0].lines[0], "4101");
	assert_int_equal(t->away_phones, 48);
	assert_int_equal(t->external_count, 0);
	object = plan_switch(t, 0);
	uplink = json_array_get(json_object_get(object, "uplinks"), 0);
	assert_string_equal(json_string_value(json_object_get(uplink, "over")), "udp");
	assert_string_equal(json_string_value(json_object_get(uplink, "peer")), "core.example:4789");
	assert_int_equal(json_integer_value(json_object_get(uplink, "vni")), 102);
	rack = plan_rack(t);
	assert_int_equal(json_array_size(json_object_get(rack, "phones")), 48);
	json_decref(rack);
	json_decref(object);
	topology_free(t);
	topology_free(whole);
}

/* Core learns where the others are; so its trunks have no peer. All phones are in its device table. */
static void core_is_a_part(void **state)
{
	struct topology *t = read_campus(0);
	struct fail fail = {0};
	struct cucm_plan plan;
	json_t *object, *list;

	(void)state;
	assert_int_equal(topology_keep_closet(t, "core", &fail), 0);
	assert_int_equal(t->switches.n, 1);
	assert_int_equal(t->phone_count, 0);
	assert_int_equal(t->servers.n, 2);
	plan = plan_cucm(t);
	assert_int_equal(plan.device_count, 96);
	object = plan_switch(t, 0);
	/* Broadcasts of the closets pass here, although core has no phone. */
	assert_true(json_is_true(json_object_get(object, "arp_suppression")));
	list = json_object_get(object, "uplinks");
	assert_int_equal(json_array_size(list), 2);
	for (size_t i = 0; i < 2; i++) {
		json_t *uplink = json_array_get(list, i);

		assert_string_equal(json_string_value(json_object_get(uplink, "over")), "udp");
		assert_null(json_object_get(uplink, "peer"));
		assert_int_equal(json_integer_value(json_object_get(uplink, "vni")), 101 + (json_int_t)i);
	}
	json_decref(object);
	topology_free(t);
}

static void what_cannot_be_a_part(void **state)
{
	struct topology *t = read_campus(0), *office;
	struct complaints complaints = {0};
	struct fail fail = {0};

	(void)state;
	assert_int_equal(topology_keep_closet(t, "closet1", &fail), -EINVAL);
	assert_string_equal(fail.text,
			    "the uplink of floor1 to dist goes to closet \"core\", which has no address; add "
			    "`address: HOST` to the closet, or `peer: HOST[:PORT]` to the uplink");
	assert_int_equal(topology_keep_closet(t, "closet3", &fail), -EINVAL);
	assert_string_equal(fail.text, "unknown closet \"closet3\"; expected one of closet1, closet2, core");
	topology_free(t);
	t = read_addressed("192.0.2.1");
	assert_int_equal(topology_check_closet_security(t, &fail), 0);
	for (size_t i = 0; i < t->phone_count; i++)
		if (!strcmp(topology_closet_of_phone(t, &t->phones[i]), "closet2"))
			((struct topology_phone_row *)t->phones[i].row)->security = TOPOLOGY_PHONE_ENCRYPTED;
	assert_int_equal(topology_keep_closet(t, "core", &fail), -EINVAL);
	assert_non_null(strstr(fail.text, "of closet \"closet2\" needs a certificate"));
	topology_free(t);
	office = topology_read("topologies/office.yaml", 0, &complaints);
	assert_int_equal(topology_keep_closet(office, "core", &fail), -EINVAL);
	assert_string_equal(fail.text, "unknown closet \"core\"; the topology has no `closets`");
	topology_free(office);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_switch_has_its_closet),
	    cmocka_unit_test(phones_are_distributed),
	    cmocka_unit_test(uplinks_are_cables_in_a_whole_lab),
	    cmocka_unit_test(a_closet_is_a_part),
	    cmocka_unit_test(core_is_a_part),
	    cmocka_unit_test(what_cannot_be_a_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
