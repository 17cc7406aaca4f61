/* The device table of a running lab, /run/phonelab, without its programs: devices that are added, removed and added again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cucm/config.h"
#include "cucm/cucm.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/provision.h"
#include "phonelab/lab/provision_record.h"
#include "phonelab/lab/render.h"
#include "tests/support/sandbox.h"

#define OTHER	 "SEP00AABBCCDD01"
#define DATABASE PLAN_PREFIX "/cucm/cucm-pub/cucm.sqlite"
#define FILE_OF	 PLAN_PREFIX "/tftp/root/" OTHER ".cnf.xml"

static const char yaml[] = "vlans:\n"
			   "  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
			   "switches:\n"
			   "  - {name: sw1, voice_vlan: 110}\n"
			   "servers:\n"
			   "  - {name: dhcp, kind: dhcp, address: 10.110.0.2}\n"
			   "  - {name: tftp, kind: tftp, address: 10.110.0.3}\n"
			   "cluster:\n"
			   "  auto_registration: 3000-3001\n"
			   "  nodes:\n"
			   "    - {name: cucm-pub, address: 10.110.0.11}\n"
			   "phones:\n"
			   "  - {model: 7841, mac: \"00:11:22:aa:bb:01\", line: \"2001\"}\n";

static const char secure_yaml[] = "vlans:\n"
				  "  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
				  "switches:\n"
				  "  - {name: sw1, voice_vlan: 110}\n"
				  "servers:\n"
				  "  - {name: dhcp, kind: dhcp, address: 10.110.0.2}\n"
				  "  - {name: tftp, kind: tftp, address: 10.110.0.3}\n"
				  "cluster:\n"
				  "  security: mixed\n"
				  "  nodes:\n"
				  "    - {name: cucm-pub, address: 10.110.0.11}\n"
				  "phones:\n"
				  "  - {model: 8865, line: \"2001\", security: encrypted, lsc: installed, "
				  "encrypted_config: on, capf: {operation: install, authentication: string, "
				  "string: \"8472\"}}\n";

static struct topology *topology;
static struct cucm_plan base;

static void must(int err, const struct fail *fail)
{
	if (err)
		fail_msg("%s", fail->text);
}

static int begin(void **state)
{
	struct complaints complaints = {0};
	struct fail fail = {0};

	(void)state;
	must(file_write("/tmp/lab.yaml", yaml, sizeof(yaml) - 1, &fail), &fail);
	topology = topology_read("/tmp/lab.yaml", 0, &complaints);
	assert_non_null(topology);
	base = plan_cucm(topology);
	must(render_lab(topology, &base, PLAN_PREFIX, &fail), &fail);
	return 0;
}

static int end(void **state)
{
	(void)state;
	topology_free(topology);
	return sandbox_command(-1, 10000, NULL, 0, (const char *[]){"rm", "-rf", PLAN_PREFIX, NULL});
}

/* The first column of a query of one row, as the sqlite3 of the database gives it. */
static int number_of(const char *sql)
{
	sqlite3_stmt *row = NULL;
	sqlite3 *db = NULL;
	int value;

	assert_int_equal(sqlite3_open(DATABASE, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(row), SQLITE_ROW);
	value = sqlite3_column_int(row, 0);
	sqlite3_finalize(row);
	sqlite3_close(db);
	return value;
}

#define ROWS "select count(*) from device where name = '" OTHER "'"
#define LINE "select number from line where device = '" OTHER "'"

static struct mac other(void)
{
	struct mac mac;

	assert_int_equal(mac_parse_device(&mac, OTHER), 0);
	return mac;
}

/* One change. */
static void changed(int (*change)(struct provision *provision, struct fail *fail))
{
	struct provision provision;
	struct fail fail = {0};

	must(provision_open(&provision, topology, &base, true, &fail), &fail);
	must(change(&provision, &fail), &fail);
	provision_close(&provision);
}

static int remove_other(struct provision *provision, struct fail *fail)
{
	return provision_remove(provision, OTHER, NULL, fail);
}

static int add_other(struct provision *provision, struct fail *fail)
{
	struct mac mac = other();

	return provision_add(provision, &mac, "8851", NULL, NULL, fail);
}

/* The phone of a container starts again after the administrator has removed it. */
static void a_removed_phone_stays_removed(void **state)
{
	struct mac mac = other();
	struct fail fail = {0};

	(void)state;
	must(provision_phone(topology, &mac, "7841", &fail), &fail);
	assert_int_equal(number_of(ROWS), 1);
	assert_int_equal(number_of(LINE), 2002);
	assert_int_equal(access(FILE_OF, F_OK), 0);
	must(provision_phone(topology, &mac, "7841", &fail), &fail);
	changed(remove_other);
	assert_int_equal(number_of(ROWS), 0);
	assert_int_equal(access(FILE_OF, F_OK), -1);
	must(provision_phone(topology, &mac, "7841", &fail), &fail);
	assert_int_equal(number_of(ROWS), 0);
	assert_int_equal(access(FILE_OF, F_OK), -1);
	/* The administrator adds it again, as another model. */
	changed(add_other);
	assert_int_equal(number_of(ROWS " and product = 'Cisco 8851'"), 1);
	assert_int_equal(number_of(LINE), 2003);
	assert_int_equal(access(FILE_OF, F_OK), 0);
	must(provision_phone(topology, &mac, "7841", &fail), &fail);
	assert_int_equal(number_of(ROWS " and product = 'Cisco 8851'"), 1);
}

static int add_by_itself(const char *name)
{
	struct provision provision;
	struct fail fail = {0};
	struct mac mac;
	int err;

	assert_int_equal(mac_parse_device(&mac, name), 0);
	must(provision_open(&provision, topology, &base, true, &fail), &fail);
	err = provision_auto(&provision, &mac, 622, &fail);
	provision_close(&provision);
	return err;
}

/* A range that is used up is no full disk. */
static void the_range_ends(void **state)
{
	(void)state;
	assert_int_equal(add_by_itself(OTHER), 0);
	assert_int_equal(number_of(LINE), 3000);
	assert_int_equal(add_by_itself(OTHER), 0);
	assert_int_equal(add_by_itself("SEP00AABBCCDD02"), 0);
	assert_int_equal(add_by_itself("SEP00AABBCCDD03"), -ERANGE);
}

/* A command that holds the lock and does not go on must not stop the lab. */
static void a_lock_that_stays(void **state)
{
	struct provision provision;
	struct fail fail = {0};
	int lock = provision_lock(PLAN_PREFIX, &fail);

	(void)state;
	assert_true(lock >= 0);
	assert_int_equal(provision_open(&provision, topology, &base, true, &fail), -EBUSY);
	close(lock);
	must(provision_open(&provision, topology, &base, true, &fail), &fail);
	provision_close(&provision);
}

/* A device that is found nowhere is forgotten after some tries. */
static void an_arrival_is_forgotten(void **state)
{
	static const char arrived[] =
	    "insert into arrival (name, model) values ('" OTHER "', 622), ('B', 622)";
	static const char count[] = "select count(*) from arrival";
	struct fail fail = {0};
	sqlite3 *db = NULL;

	(void)state;
	assert_int_equal(sqlite3_open(DATABASE, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, arrived, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	for (int i = 0; i < ARRIVAL_TRIES; i++) {
		assert_int_equal(number_of(count), 2);
		must(cucm_write_arrived(&base, PLAN_PREFIX, OTHER, false, &fail), &fail);
	}
	assert_int_equal(number_of(count), 1);
	must(cucm_write_arrived(&base, PLAN_PREFIX, "B", true, &fail), &fail);
	assert_int_equal(number_of(count), 0);
}

/* The first phone of a secure cluster has an LSC, an encrypted file and an operation with a string: none of that is the new
 * device's. */
static void a_new_device_is_not_secure(void **state)
{
	struct complaints complaints = {0};
	struct topology *secure;
	struct arena arena = {0};
	struct fail fail = {0};
	json_t *added = json_pack("{s:{s:s,s:s}}", OTHER, "model", "8865", "number", "2009");
	const struct cucm_device *device;
	struct cucm_plan plan;

	(void)state;
	must(file_write("/tmp/secure.yaml", secure_yaml, sizeof(secure_yaml) - 1, &fail), &fail);
	secure = topology_read("/tmp/secure.yaml", 0, &complaints);
	if (!secure)
		fail_msg("%s", complaints.n ? complaints.kept[0].text : "unread");
	plan = plan_cucm(secure);
	assert_int_equal(plan.devices[0].security, CUCM_SECURITY_ENCRYPTED);
	assert_string_equal(plan.devices[0].capf.string, "8472");
	provision_apply(secure, &arena, &plan, added, NULL);
	device = cucm_plan_find(&plan, OTHER);
	assert_non_null(device);
	assert_string_equal(device->model, "8865");
	assert_string_equal(device->lines[0].number, "2009");
	assert_int_equal(device->security, CUCM_SECURITY_NONE);
	assert_false(device->encrypted_config);
	assert_false(device->lsc);
	assert_int_equal(device->capf.operation, CUCM_CAPF_NONE);
	assert_int_equal(device->capf.authentication, CUCM_CAPF_NULL_STRING);
	assert_null(device->capf.string);
	json_decref(added);
	arena_free(&arena);
	topology_free(secure);
}

static int tests(void)
{
	const struct CMUnitTest all[] = {
	    cmocka_unit_test_setup_teardown(a_removed_phone_stays_removed, begin, end),
	    cmocka_unit_test_setup_teardown(the_range_ends, begin, end),
	    cmocka_unit_test_setup_teardown(a_lock_that_stays, begin, end),
	    cmocka_unit_test_setup_teardown(an_arrival_is_forgotten, begin, end),
	    cmocka_unit_test(a_new_device_is_not_secure),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests, 60);
}
