/* Faults that have no symptom in a lab are rejected there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "phonelab/fault/target.h"

/* The gateway matters to no phone if every server is in the VLAN of the phones. */
static void test_a_gateway_that_nobody_needs(void **state)
{
	static const struct {
		const char *topology, *fault;
		bool rejected;
	} rows[] = {
	    {"topologies/office.yaml", "dhcp-gateway-wrong", false},
	    {"topologies/office.yaml", "dhcp-gateway-missing", false},
	    {"topologies/minimal.yaml", "dhcp-gateway-wrong", true},
	    {"topologies/minimal.yaml", "dhcp-gateway-missing", true},
	    {"topologies/minimal.yaml", "dhcp-mask-wrong", false},
	};
	struct fault_set *set = fault_catalogue();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct complaints complaints = {0};
		struct topology *topology = topology_read(rows[i].topology, 0, &complaints);
		const struct fault *fault = fault_find(set, rows[i].fault);
		struct fail fail = {0};

		assert_non_null(topology);
		assert_non_null(fault);
		if (rows[i].rejected) {
			assert_int_equal(
			    fault_target_check(topology, fault, &(struct fault_target){0}, &fail), -EINVAL);
			assert_non_null(strstr(fail.text, "has no symptom in this lab"));
			assert_non_null(strstr(fail.text, "are in the VLAN of the phones"));
		} else if (fault_target_check(topology, fault, &(struct fault_target){0}, &fail)) {
			fail_msg("%s: %s", rows[i].topology, fail.text);
		}
		topology_free(topology);
	}
	fault_set_free(set);
}

static struct topology *read_text(const char *yaml, struct complaints *complaints);

/* Only a phone that is not provisioned shows that auto-registration adds nobody. */
static void test_auto_registration(void **state)
{
	static const char text[] = "vlans: [{id: 110, name: VOICE, subnet: 10.110.0.0/24}]\n"
				   "switches: [{name: sw1, voice_vlan: 110}]\n"
				   "servers: [{name: dhcp, kind: dhcp}, {name: files, kind: tftp}]\n"
				   "cluster: {nodes: [{name: cucm}]%s}\n"
				   "phones: [{model: 7841}, {model: 8851, count: %d, provisioned: %s}]\n";
	static const char range[] = ", auto_registration: 3000-3009";
	static const struct {
		const char *range;
		int count;
		const char *provisioned, *phone, *reason; /* NULL: applies */
	} rows[] = {
	    {range, 1, "no", NULL, NULL},
	    {range, 1, "no", "SEP001122AABB02", NULL},
	    {range, 2, "no", "SEP001122AABB03", NULL},
	    {range, 2, "no", NULL, "phones that can have this fault: SEP001122AABB02, SEP001122AABB03"},
	    {range, 1, "no", "SEP001122AABB01",
	     "the topology provisions SEP001122AABB01, so auto-registration does not concern it; phones with "
	     "`provisioned: no`: SEP001122AABB02"},
	    {range, 1, "yes", NULL, "its topology provisions every phone"},
	    {"", 1, "no", NULL, "its topology has no cluster.auto_registration"},
	};
	static const char *const ids[] = {"auto-registration-exhausted", "auto-registration-off"};
	struct fault_set *set = fault_catalogue();

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const char *reason = rows[i / 2].reason;
		const struct fault *fault = fault_find(set, ids[i % 2]);
		const struct fault_target target = {.phone = rows[i / 2].phone};
		struct complaints complaints = {0};
		struct topology *topology;
		struct fail fail = {0};
		char yaml[1000];
		int err;

		snprintf(yaml, sizeof(yaml), text, rows[i / 2].range, rows[i / 2].count,
			 rows[i / 2].provisioned);
		topology = read_text(yaml, &complaints);
		assert_non_null(topology);
		assert_non_null(fault);
		err = fault_target_check(topology, fault, &target, &fail);
		if ((err != 0) != (reason != NULL) || (reason && !strstr(fail.text, reason)))
			fail_msg("row %zu: %d \"%s\", expected \"%s\"", i / 2, err, fail.text,
				 reason ? reason : "nothing");
		topology_free(topology);
	}
	fault_set_free(set);
}

/* Faults of a cluster in mixed mode: elsewhere, and at phones that cannot have them, there is a reason. */
static void test_mixed_mode(void **state)
{
	static const struct {
		const char *topology, *fault, *phone, *reason; /* NULL: applies */
	} rows[] = {
	    {"secure", "cm-certificate-expired", NULL, NULL},
	    {"secure", "tvs-stopped", NULL, NULL},
	    {"secure", "capf-stopped", "2001", NULL},
	    {"secure", "lsc-expired", "2004", NULL},
	    {"secure", "lsc-expired", "2003",
	     "SEP001122AABB03 is none; phones that can have this fault: 2004, 2006"},
	    {"secure", "tls-blocked", "2001",
	     "needs a phone with a `security` mode, and SEP001122AABB01 is none"},
	    {"secure", "profile-secure-without-certificate", "2008",
	     "has only its MIC, and SEP001122AABB08 is none"},
	    {"secure", "lsc-expired", NULL, "name it with --phone PHONE"},
	    {"office", "cm-certificate-expired", NULL, "its cluster is not in mixed mode"},
	    {"office", "capf-stopped", "2001", "its cluster is not in mixed mode"},
	    {"office", "tls-blocked", "2001", "its cluster is not in mixed mode"},
	    {"office", "itl-of-another-cluster", "2001", NULL},
	};
	struct fault_set *set = fault_catalogue();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct fault *fault = fault_find(set, rows[i].fault);
		const struct fault_target target = {.phone = rows[i].phone};
		struct complaints complaints = {0};
		struct topology *topology;
		struct fail fail = {0};
		char path[80];
		int err;

		snprintf(path, sizeof(path), "topologies/%s.yaml", rows[i].topology);
		topology = topology_read(path, 0, &complaints);
		assert_non_null(topology);
		assert_non_null(fault);
		err = fault_target_check(topology, fault, &target, &fail);
		if ((err != 0) != (rows[i].reason != NULL) ||
		    (rows[i].reason && !strstr(fail.text, rows[i].reason)))
			fail_msg("row %zu: %d \"%s\", expected \"%s\"", i, err, fail.text,
				 rows[i].reason ? rows[i].reason : "nothing");
		topology_free(topology);
	}
	fault_set_free(set);
}

static struct topology *read_text(const char *yaml, struct complaints *complaints)
{
	char path[] = "/tmp/fault-target-XXXXXX";
	struct topology *topology;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, yaml, strlen(yaml)), strlen(yaml));
	close(fd);
	topology = topology_read(path, 0, complaints);
	unlink(path);
	return topology;
}

/* What the user runs or plugs in cannot have a fault of the lab's configuration, files or tables; a program of the user's
 * can be stopped. The reason names the node. */
static void test_what_the_lab_does_not_run(void **state)
{
	static const char text[] = "vlans: [{id: 110, name: VOICE, subnet: 10.110.0.0/24}]\n"
				   "switches: [{name: sw1, voice_vlan: 110%s}]\n"
				   "servers: [{name: dhcp, kind: dhcp%s}, {name: files, kind: tftp%s}]\n"
				   "cluster: {nodes: [{name: cucm%s}]%s}\n"
				   "phones: [{model: 7841, count: 2}]\n";
	static const char run[] = ", run: {command: [server]}", external[] = ", external: true";
	static const char none[] = "";
	static const struct {
		const char *sw, *dhcp, *files, *manager, *devices, *fault, *reason; /* reason NULL: applies */
	} rows[] = {
	    {none, none, none, none, none, "dhcp-no-option-150", NULL},
	    {none, external, none, none, none, "dhcp-no-option-150",
	     "dhcp is external: the lab does not run it"},
	    {none, run, none, none, none, "dhcp-no-option-150", "dhcp is a program of yours"},
	    {none, external, none, none, none, "dhcp-stopped", "dhcp is external"},
	    {none, run, none, none, none, "dhcp-stopped", NULL},
	    {none, none, external, none, none, "dhcp-stopped", NULL},
	    {none, none, external, none, none, "config-missing", "files is external"},
	    {none, none, run, none, none, "config-missing",
	     "files is a program of yours: the lab has no files of it"},
	    {none, none, none, none, ", devices: external", "config-missing", "devices: external"},
	    {none, none, none, external, none, "register-403", "cucm is external"},
	    {none, none, none, run, none, "register-403", "cucm is a program of yours"},
	    {external, none, none, none, none, "no-voice-vlan", "sw1 is external"},
	    {none, external, external, external, none, "no-voice-vlan", NULL},
	};
	struct fault_set *set = fault_catalogue();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct complaints complaints = {0};
		char yaml[1000];
		struct topology *topology;
		const struct fault *fault = fault_find(set, rows[i].fault);
		const struct fault_target target = {
		    .phone = fault && fault->scope <= FAULT_PORT ? "SEP001122AABB01" : NULL};
		struct fail fail = {0};
		int err;

		snprintf(yaml, sizeof(yaml), text, rows[i].sw, rows[i].dhcp, rows[i].files, rows[i].manager,
			 rows[i].devices);
		topology = read_text(yaml, &complaints);
		if (!topology || !fault)
			fail_msg("row %zu: no %s", i, fault ? "topology" : rows[i].fault);
		err = fault_target_check(topology, fault, &target, &fail);
		if ((err != 0) != (rows[i].reason != NULL) ||
		    (rows[i].reason &&
		     (!strstr(fail.text, rows[i].reason) || !strstr(fail.text, rows[i].fault))))
			fail_msg("row %zu, %s: %d \"%s\", expected \"%s\"", i, rows[i].fault, err, fail.text,
				 rows[i].reason ? rows[i].reason : "nothing");
		topology_free(topology);
	}
	fault_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_gateway_that_nobody_needs), cmocka_unit_test(test_mixed_mode),
	    cmocka_unit_test(test_what_the_lab_does_not_run), cmocka_unit_test(test_auto_registration)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
