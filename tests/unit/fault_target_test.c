/* Faults that have no symptom in a lab are rejected there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_gateway_that_nobody_needs)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
