/* why --all: phones with the same cause are one group. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/why/group.h"

#define TRUNK "trunk Te1/1/1 of access does not carry VLAN 110"

static json_t *report(const char *phone, bool healthy, int step, const char *cause, const char *object)
{
	json_t *it = json_pack("{s:s,s:b}", "phone", phone, "healthy", healthy);

	if (step)
		json_object_set_new(it, "step", json_pack("{s:i}", "n", step));
	if (cause)
		json_object_set_new(it, "cause", json_string(cause));
	if (object)
		json_object_set_new(it, "object", json_string(object));
	return it;
}

static char *text_of(const json_t *reports)
{
	json_t *grouped = why_group(reports);
	struct text text = {0};

	why_group_text(grouped, &text);
	json_decref(grouped);
	return text_take(&text);
}

static void test_groups(void **state)
{
	json_t *reports = json_array();
	char *text;

	(void)state;
	json_array_append_new(reports, report("SEP001122AABB01", true, 0, NULL, NULL));
	json_array_append_new(reports, report("SEP001122AABB09", false, 4, "another cause", "switch sw1"));
	for (int i = 2; i < 5; i++) {
		char name[16] = "SEP001122AABB00";

		name[14] = (char)('0' + i);
		json_array_append_new(reports, report(name, false, 4, TRUNK, "trunk access Te1/1/1"));
	}
	json_array_append_new(reports, report("SEP001122AABB0B", false, 4, TRUNK, "trunk access Te1/1/2"));
	text = text_of(reports);
	assert_string_equal(text, "3 phones: " TRUNK " (trunk access Te1/1/1)\n"
				  "  SEP001122AABB02 to SEP001122AABB04\n"
				  "1 phone: another cause (switch sw1)\n"
				  "  SEP001122AABB09\n"
				  "1 phone: " TRUNK " (trunk access Te1/1/2)\n"
				  "  SEP001122AABB0B\n"
				  "1 phone is healthy.\n");
	free(text);
	json_decref(reports);
}

/* A cause that names the phone itself is the same cause for each of them. */
static void test_own_names(void **state)
{
	json_t *reports = json_array();
	char *text;

	(void)state;
	json_array_append_new(reports, report("SEP001122AABB01", false, 7, "SEP001122AABB01.cnf.xml is gzip",
					      "file SEP001122AABB01.cnf.xml"));
	json_array_append_new(reports, report("SEP001122AABB03", false, 7, "SEP001122AABB03.cnf.xml is gzip",
					      "file SEP001122AABB03.cnf.xml"));
	text = text_of(reports);
	assert_string_equal(text, "2 phones: PHONE.cnf.xml is gzip (file PHONE.cnf.xml)\n"
				  "  SEP001122AABB01, SEP001122AABB03\n"
				  "0 phones are healthy.\n");
	free(text);
	json_array_remove(reports, 1);
	text = text_of(reports);
	assert_non_null(strstr(text, "1 phone: SEP001122AABB01.cnf.xml is gzip"));
	free(text);
	json_decref(reports);
}

static void test_without_a_cause(void **state)
{
	json_t *reports = json_array(), *booting = report("SEP001122AABB07", false, 4, NULL, NULL);
	char *text;

	(void)state;
	json_object_set_new(booting, "booting", json_true());
	json_array_append_new(reports, booting);
	json_array_append_new(reports, report("SEP001122AABB01", false, 11, NULL, NULL));
	json_array_append_new(reports, report("SEP001122AABB02", false, 11, "", ""));
	text = text_of(reports);
	assert_string_equal(text, "2 phones: no cause found at step 11, register\n"
				  "  SEP001122AABB01, SEP001122AABB02\n"
				  "1 phone still boots: SEP001122AABB07\n"
				  "0 phones are healthy.\n");
	free(text);
	json_decref(reports);
}

static json_t *at_port(json_t *report, const char *id, const char *port, const char *address)
{
	json_object_set_new(report, "id", json_string(id));
	json_object_set_new(report, "own", json_pack("{s:s,s:s}", "port", port, "address", address));
	return report;
}

/* The port and the address of each phone are the same in general; Gi1/0/1 is not in Gi1/0/11. */
static void test_own_ports(void **state)
{
	json_t *reports = json_array(), *grouped, *group;

	(void)state;
	json_array_append_new(
	    reports, at_port(report("SEP001122AABB01", false, 4,
				    "Gi1/0/1 has VLAN 20, not Gi1/0/11 of 10.1.0.1", "port sw1 Gi1/0/1"),
			     "vlan", "Gi1/0/1", "10.1.0.1"));
	json_array_append_new(
	    reports, at_port(report("SEP001122AABB02", false, 4,
				    "Gi1/0/2 has VLAN 20, not Gi1/0/11 of 10.1.0.10", "port sw1 Gi1/0/2"),
			     "vlan", "Gi1/0/2", "10.1.0.10"));
	json_array_append_new(
	    reports, at_port(report("SEP001122AABB03", false, 1, "Gi1/0/3 is shut down", "port sw1 Gi1/0/3"),
			     "shut", "Gi1/0/3", ""));
	assert_true(why_group_is_own(json_array_get(reports, 0)));
	grouped = why_group(reports);
	assert_int_equal(json_array_size(json_object_get(grouped, "groups")), 2);
	group = json_array_get(json_object_get(grouped, "groups"), 0);
	assert_int_equal(json_int(group, "n"), 2);
	assert_string_equal(json_text(group, "object"), "port sw1 PORT");
	assert_string_equal(json_text(group, "cause"), "PORT has VLAN 20, not Gi1/0/11 of ADDRESS");
	json_decref(grouped);
	json_decref(reports);
}

/* The same candidate and object are one group, although a measured value differs. */
static void test_other_values(void **state)
{
	json_t *reports = json_array(), *grouped, *group;

	(void)state;
	json_array_append_new(reports, at_port(report("SEP001122AABB01", false, 5, "12 of 30 frames are lost",
						      "cable sw1 Gi1/0/47"),
					       "lossy", "Gi1/0/1", ""));
	json_array_append_new(reports, at_port(report("SEP001122AABB02", false, 5, "14 of 30 frames are lost",
						      "cable sw1 Gi1/0/47"),
					       "lossy", "Gi1/0/2", ""));
	assert_false(why_group_is_own(json_array_get(reports, 0)));
	grouped = why_group(reports);
	assert_int_equal(json_array_size(json_object_get(grouped, "groups")), 1);
	group = json_array_get(json_object_get(grouped, "groups"), 0);
	assert_string_equal(json_text(group, "cause"), "12 of 30 frames are lost");
	assert_string_equal(json_text(group, "object"), "cable sw1 Gi1/0/47");
	json_decref(grouped);
	json_decref(reports);
}

static void test_names_are_bounded(void **state)
{
	json_t *names = json_pack("[s,s,s,s,s,s]", "SEP001122AABB0A", "SEP001122AABB09", "SEP001122AABB01",
				  "other", "SEP001122AABB05", "SEP001122AABB08");
	struct text text = {0};

	(void)state;
	why_group_names(names, 3, &text);
	assert_string_equal(
	    text.bytes, "SEP001122AABB01, SEP001122AABB05, SEP001122AABB08 to SEP001122AABB0A, and 1 more");
	text_free(&text);
	json_decref(names);
}

static void test_json(void **state)
{
	json_t *reports = json_array(), *grouped, *group;

	(void)state;
	json_array_append_new(reports, report("SEP001122AABB01", false, 4, TRUNK, "trunk access Te1/1/1"));
	json_array_append_new(reports, report("SEP001122AABB02", true, 0, NULL, NULL));
	grouped = why_group(reports);
	group = json_array_get(json_object_get(grouped, "groups"), 0);
	assert_int_equal(json_int(grouped, "total"), 2);
	assert_int_equal(json_int(grouped, "healthy"), 1);
	assert_int_equal(json_int(group, "n"), 1);
	assert_int_equal(json_int(group, "step"), 4);
	assert_string_equal(json_text(group, "object"), "trunk access Te1/1/1");
	assert_int_equal(json_array_size(json_object_get(grouped, "phones")), 2);
	json_decref(grouped);
	json_decref(reports);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_groups),
	    cmocka_unit_test(test_own_names),
	    cmocka_unit_test(test_own_ports),
	    cmocka_unit_test(test_other_values),
	    cmocka_unit_test(test_without_a_cause),
	    cmocka_unit_test(test_names_are_bounded),
	    cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
