/* The status of several closets as that of one lab (phonelab/console/merge). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/client/status_text.h"
#include "phonelab/console/console.h"
#include "phonelab/console/merge.h"
#include "phonelab/lab/status_read.h"

enum { CLOSET1, CLOSET2, CORE };

static const char topology_text[] = "vlans:\n"
				    "  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
				    "switches:\n"
				    "  - {name: dist, model: C9300-24P, voice_vlan: 110}\n"
				    "  - {name: floor1, voice_vlan: 110, uplinks: [{to: dist}]}\n"
				    "  - {name: floor2, voice_vlan: 110, uplinks: [{to: dist}]}\n"
				    "closets:\n"
				    "  - {name: closet1, switches: [floor1]}\n"
				    "  - {name: closet2, switches: [floor2]}\n"
				    "servers:\n"
				    "  - {name: dhcp, kind: dhcp}\n"
				    "  - {name: tftp, kind: tftp}\n"
				    "cluster:\n"
				    "  nodes: [{name: cucm}]\n"
				    "phones:\n"
				    "  - {model: 7841, count: 1, switch: floor1}\n"
				    "  - {model: 7841, count: 1, switch: floor2}\n";

struct site {
	struct topology *topology;
	struct route *route;
	json_t *replies[3];
	struct merge_closet closets[3];
	json_t *status;
};

static json_t *object(const char *text)
{
	json_error_t error;
	json_t *object = json_loads(text, 0, &error);

	if (!object)
		fail_msg("%s: %s", error.text, text);
	return object;
}

/* What each keeper replies: only core has the call manager's table. */
static int begin(void **state)
{
	static struct site site;
	struct complaints complaints = {0};
	struct fail fail = {0};
	char path[] = "/tmp/phonelab-merge-XXXXXX";
	int fd;

	fd = mkstemp(path);
	assert_int_equal(write(fd, topology_text, strlen(topology_text)), strlen(topology_text));
	close(fd);
	site = (struct site){.topology = topology_read(path, 0, &complaints)};
	unlink(path);
	assert_non_null(site.topology);
	site.route = console_route(site.topology, &fail);
	assert_non_null(site.route);
	site.replies[CLOSET1] =
	    object("{\"lab\":\"a\",\"events_lost\":2,\"cluster\":[],\"phones\":[{\"name\":"
		   "\"SEP001122AABB01\",\"state\":\"claims-"
		   "registered\",\"witness\":false,\"registered_with\":\"10.110.0.4\",\"steps\":[]},"
		   "{\"name\":\"SEP001122AABB02\",\"state\":\"off\",\"steps\":[]}],"
		   "\"switches\":[{\"name\":\"floor1\",\"poe\":{\"budget_mw\":740000,\"used_mw\":3600},"
		   "\"ports\":[]},"
		   "{\"name\":\"floor2\",\"poe\":{\"budget_mw\":740000,\"used_mw\":0},\"ports\":[]}]}");
	site.replies[CLOSET2] =
	    object("{\"lab\":\"b\",\"events_lost\":1,\"cluster\":[],\"phones\":[{\"name\":"
		   "\"SEP001122AABB02\",\"state\":\"claims-"
		   "registered\",\"witness\":false,\"registered_with\":\"10.110.0.4\",\"steps\":[]},"
		   "{\"name\":\"SEP00000000000A\",\"state\":\"dark\",\"steps\":[]}],"
		   "\"failures\":[\"a program has died\"],"
		   "\"switches\":[{\"name\":\"floor2\",\"poe\":{\"budget_mw\":740000,\"used_mw\":6500},"
		   "\"ports\":[]}]}");
	site.replies[CORE] = object(
	    "{\"lab\":\"c\",\"events_lost\":0,\"phones\":[],\"services\":[{\"name\":\"dhcp\"}],"
	    "\"cluster\":[{\"name\":\"cucm\",\"role\":\"publisher\",\"address\":\"10.110.0.4\","
	    "\"registered\":[\"SEP001122AABB01\"]}],"
	    "\"switches\":[{\"name\":\"dist\",\"poe\":{\"budget_mw\":445000,\"used_mw\":0},\"ports\":[]}]}");
	for (int i = 0; i < 3; i++)
		site.closets[i] = (struct merge_closet){.status = site.replies[i], .reached = true};
	*state = &site;
	return 0;
}

static int end(void **state)
{
	struct site *site = *state;

	json_decref(site->status);
	for (int i = 0; i < 3; i++)
		json_decref(site->replies[i]);
	route_free(site->route);
	topology_free(site->topology);
	return 0;
}

static json_t *merged(struct site *site)
{
	json_decref(site->status);
	site->status = merge_status(site->topology, site->route, "site", site->closets);
	assert_non_null(site->status);
	return site->status;
}

static const json_t *named(const json_t *status, const char *list, const char *name)
{
	const json_t *found = status_read_named(status, list, name);

	if (!found)
		fail_msg("%s is not in %s", name, list);
	return found;
}

static void each_phone_and_switch_comes_from_its_closet(void **state)
{
	struct site *site = *state;
	json_t *status = merged(site);

	assert_string_equal(json_text(status, "lab"), "site");
	assert_int_equal(json_array_size(json_object_get(status, "phones")), 3);
	/* Not closet1's word about the phone of closet2. */
	assert_string_equal(json_text(named(status, "phones", "SEP001122AABB02"), "closet"), "closet2");
	assert_string_not_equal(json_text(named(status, "phones", "SEP001122AABB02"), "state"), "off");
	/* A phone that no topology has is in the closet that reports it; the route has it in core. */
	assert_int_equal(json_array_size(json_object_get(status, "switches")), 3);
	assert_int_equal(json_int(json_object_get(named(status, "switches", "floor2"), "poe"), "used_mw"),
			 6500);
	assert_string_equal(json_text(named(status, "switches", "dist"), "closet"), "core");
	assert_int_equal(json_int(status, "events_lost"), 3);
	assert_int_equal(json_array_size(json_object_get(status, "services")), 1);
	assert_string_equal(json_string_value(json_array_get(json_object_get(status, "failures"), 0)),
			    "closet2: a program has died");
	assert_null(json_object_get(status, "unanswered"));
}

static void core_is_the_witness_of_registrations(void **state)
{
	struct site *site = *state;
	json_t *status = merged(site);
	const json_t *first = named(status, "phones", "SEP001122AABB01"),
		     *second = named(status, "phones", "SEP001122AABB02");

	assert_true(status_read_registered(first));
	assert_string_equal(json_text(first, "registered_with"), "cucm");
	assert_null(json_object_get(first, "witness"));
	assert_string_equal(json_text(second, "state"), "claims-registered");
	assert_null(json_object_get(second, "witness")); /* there is a witness, and it says no */
}

static void a_silent_closet_is_old_and_says_so(void **state)
{
	struct site *site = *state;
	struct text text = {0};
	json_t *status;

	site->closets[CLOSET1].reached = false;
	site->closets[CLOSET1].silent_s = 12;
	site->closets[CLOSET1].reason = "the connection has ended";
	status = merged(site);
	assert_true(json_is_true(json_object_get(named(status, "phones", "SEP001122AABB01"), "old")));
	assert_true(json_is_true(json_object_get(named(status, "switches", "floor1"), "old")));
	assert_null(json_object_get(named(status, "phones", "SEP001122AABB02"), "old"));
	assert_true(json_is_false(json_object_get(named(status, "closets", "closet1"), "reached")));
	assert_int_equal(json_int(named(status, "closets", "closet1"), "silent_s"), 12);
	assert_true(json_is_true(json_object_get(named(status, "closets", "core"), "reached")));
	status_text(&text, status);
	assert_non_null(strstr(text.bytes, "closet1: not reached for 12 s: the connection has ended\n"));
	assert_non_null(strstr(text.bytes, "floor1: PoE 3.6 of 740.0 W (old)\n"));
	assert_non_null(strstr(text.bytes, "floor2: PoE 6.5 of 740.0 W\n"));
	assert_non_null(strstr(text.bytes, "registered (old)"));
	text_free(&text);
}

/* Nothing is known: no phone is called off, and no switch has 0.0 W. */
static void a_closet_that_was_never_reached_is_unknown(void **state)
{
	struct site *site = *state;
	struct text text = {0};
	json_t *status;

	site->closets[CLOSET1] = (struct merge_closet){.silent_s = -1, .reason = "Connection refused"};
	status = merged(site);
	assert_string_equal(json_text(named(status, "phones", "SEP001122AABB01"), "state"), "unknown");
	assert_true(json_is_null(json_object_get(named(status, "closets", "closet1"), "silent_s")));
	status_text(&text, status);
	assert_non_null(strstr(text.bytes, "closet1: not reached yet: Connection refused\n"));
	assert_non_null(strstr(text.bytes, "floor1: unknown, closet1 is not reached\n"));
	assert_null(strstr(text.bytes, "floor1: PoE"));
	text_free(&text);
}

static void without_core_nobody_is_the_witness(void **state)
{
	struct site *site = *state;
	json_t *status;

	site->closets[CORE].reached = false;
	site->closets[CORE].silent_s = 7;
	status = merged(site);
	assert_string_equal(json_text(named(status, "cluster", "cucm"), "error"),
			    "core: not reached for 7 s");
	site->closets[CORE] = (struct merge_closet){.silent_s = -1};
	status = merged(site);
	assert_string_equal(json_text(named(status, "cluster", "cucm"), "error"), "core: not reached yet");
	assert_string_equal(json_text(named(status, "phones", "SEP001122AABB01"), "state"),
			    "claims-registered");
}

/* The rack of a closet does not answer: its keeper lists its phones without power, which nobody knows. */
static void phones_of_a_silent_rack_are_unknown(void **state)
{
	struct site *site = *state;
	json_t *status;

	json_object_set_new(
	    site->replies[CLOSET2], "unanswered",
	    object("[{\"name\":\"rack\",\"seconds\":5},{\"name\":\"floor2\",\"seconds\":5}]"));
	status = merged(site);
	named(status, "unanswered", "rack of closet2");
	named(status, "unanswered", "floor2");
	assert_string_equal(json_text(named(status, "phones", "SEP001122AABB02"), "state"), "unknown");
	assert_true(status_read_registered(named(status, "phones", "SEP001122AABB01")));
}

/* A keeper of another version, or one that lies: objects of other types and foreign names change nothing else. */
static void odd_replies_are_used_as_far_as_possible(void **state)
{
	static const char *const odd[] = {
	    "{}", "{\"phones\":{},\"switches\":7,\"cluster\":\"x\",\"unanswered\":{},\"failures\":[7,null]}",
	    "{\"phones\":[1,null,{},{\"name\":7}],\"switches\":[[],{\"name\":\"dist\"}],\"events_lost\":[]}"};
	struct site *site = *state;

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		json_t *reply = object(odd[i]), *status;
		struct text text = {0};

		site->closets[CLOSET1].status = reply;
		status = merged(site);
		assert_string_equal(json_text(named(status, "phones", "SEP001122AABB01"), "state"),
				    "unknown");
		assert_int_equal(
		    json_int(json_object_get(named(status, "switches", "dist"), "poe"), "budget_mw"), 445000);
		status_text(&text, status);
		assert_false(text.failed);
		text_free(&text);
		site->closets[CLOSET1].status = site->replies[CLOSET1];
		json_decref(reply);
	}
}

static void faults_have_numbers_of_the_console(void **state)
{
	struct site *site = *state;
	json_t *reply = object("{\"faults\":[{\"number\":1,\"id\":\"x\"},{\"number\":2,\"id\":\"y\"}]}");
	json_t *list = json_array();
	long long number;
	size_t closet;

	merge_faults(site->route, CLOSET2, reply, list);
	merge_faults(site->route, CORE, reply, list);
	assert_int_equal(json_array_size(list), 4);
	assert_true(
	    route_fault_split(site->route, json_int(json_array_get(list, 1), "number"), &closet, &number));
	assert_int_equal(closet, CLOSET2);
	assert_int_equal(number, 2);
	assert_string_equal(json_text(json_array_get(list, 2), "closet"), "core");
	json_decref(list);
	json_decref(reply);
}

static void nodes_lose_the_numbers_of_foreign_processes(void **state)
{
	struct site *site = *state;
	json_t *reply = object("{\"nodes\":[{\"name\":\"floor1\",\"kind\":\"switch\",\"pid\":7},"
			       "{\"name\":\"dhcp\",\"kind\":\"dhcp\",\"pid\":8}]}");
	json_t *list = json_array();

	merge_nodes(site->route, CLOSET1, reply, list);
	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(json_text(json_array_get(list, 0), "name"), "floor1");
	assert_null(json_object_get(json_array_get(list, 0), "pid"));
	json_decref(list);
	json_decref(reply);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(each_phone_and_switch_comes_from_its_closet),
	    TEST(core_is_the_witness_of_registrations),
	    TEST(a_silent_closet_is_old_and_says_so),
	    TEST(a_closet_that_was_never_reached_is_unknown),
	    TEST(without_core_nobody_is_the_witness),
	    TEST(phones_of_a_silent_rack_are_unknown),
	    TEST(odd_replies_are_used_as_far_as_possible),
	    TEST(faults_have_numbers_of_the_console),
	    TEST(nodes_lose_the_numbers_of_foreign_processes),
	};

	return cmocka_run_group_tests_name("closet_merge", tests, NULL, NULL);
}
