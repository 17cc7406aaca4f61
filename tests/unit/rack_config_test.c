#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "phone-sim/core/models.h"
#include "phone-sim/driver/rack_config.h"

#define PHONE1                                                                                               \
	"{\"mac\":\"00:11:22:aa:bb:01\",\"model\":\"7841\",\"panel\":\"/p\",\"port\":\"Gi1/0/1\","           \
	"\"active_load\":\"sip78xx.14-2-1-0001-125\"}"

static char path[] = "/tmp/rack_config_test.XXXXXX";

static int write_text(const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file)
		return -1;
	fputs(text, file);
	return fclose(file);
}

static int read_text(const char *text, struct rack_config *config, struct fail *fail)
{
	assert_int_equal(write_text(text), 0);
	return rack_config_read(path, config, fail);
}

/* The reason is the path and then, exactly, this. */
static void refuse(const char *text, const char *reason)
{
	struct rack_config config;
	struct fail fail = {0};

	assert_int_equal(read_text(text, &config, &fail), -EINVAL);
	assert_memory_equal(fail.text, path, strlen(path));
	assert_string_equal(fail.text + strlen(path), reason);
}

static void test_whole(void **state)
{
	struct rack_config config;
	struct fail fail = {0};

	(void)state;
	int err = read_text(
	    "{\"name\":\"rack\",\"pace\":\"real\",\"seed\":7,\"flash\":\"/f\",\"control\":\"/c\","
	    "\"events\":null,\"key_log\":\"/k\",\"vlan_backend\":\"user\",\"phones\":[" PHONE1
	    ",{\"mac\":\"00:11:22:aa:bb:02\",\"model\":\"8865\",\"panel\":\"/p\",\"port\":null,"
	    "\"power\":\"ac\",\"active_load\":\"a\",\"inactive_load\":\"b\",\"cdp\":false,\"lldp\":true,"
	    "\"alternate_tftp\":[\"10.20.0.3\",\"10.20.0.4\"],\"mic\":\"/m.pem\",\"lsc\":null,"
	    "\"capf_string\":\"12345\"}]}",
	    &config, &fail);
	assert_string_equal(fail.text, "");
	assert_int_equal(err, 0);
	assert_string_equal(config.name, "rack");
	assert_int_equal(config.pace, PHONE_PACE_REAL);
	assert_int_equal(config.seed, 7);
	assert_null(config.events);
	assert_string_equal(config.key_log, "/k");
	assert_int_equal(config.vlan_backend, RACK_VLAN_USER);
	assert_int_equal(config.phones.count, 2);
	const struct rack_phone *phone = config.phones.items;
	assert_int_equal(phone[0].mac.octet[5], 1);
	assert_string_equal(phone[0].port, "Gi1/0/1");
	assert_int_equal(phone[0].power, RACK_POWER_POE);
	assert_true(phone[0].cdp && phone[0].lldp);
	assert_null(phone[0].inactive_load);
	assert_null(phone[1].port);
	assert_int_equal(phone[1].power, RACK_POWER_AC);
	assert_false(phone[1].cdp);
	assert_int_equal(phone[1].alternate_tftp.count, 2);
	const struct in_addr *tftp = phone[1].alternate_tftp.items;
	assert_int_equal(ntohl(tftp[1].s_addr), 0x0a140004);
	assert_null(phone[0].mic);
	assert_string_equal(phone[1].mic, "/m.pem");
	assert_null(phone[1].lsc);
	assert_string_equal(phone[1].capf_string, "12345");
	rack_config_free(&config);
}

#define RACK(phones) "{\"name\":\"rack\",\"flash\":\"/f\",\"phones\":[" phones "]}"

static void test_refused(void **state)
{
	(void)state;
	refuse(
	    RACK("{\"mac\":\"00:11:22:aa:bb:01\",\"model\":\"7999\",\"panel\":\"/p\",\"active_load\":\"a\"}"),
	    ": phones[0].model: found \"7999\", expected one of 7811, 7821, 7841, 7861, 7832, "
	    "8811, 8841, 8845, 8851, 8861, 8865, 8832");
	refuse(
	    RACK("{\"mac\":\"01:11:22:aa:bb:01\",\"model\":\"7841\",\"panel\":\"/p\",\"active_load\":\"a\"}"),
	    ": phones[0].mac: found 01:11:22:aa:bb:01, expected the address of a single station");
	refuse(RACK(PHONE1 "," PHONE1),
	       ": phones[1].mac: found 00:11:22:aa:bb:01, which phones[0] has; expected another");
	refuse(
	    RACK(PHONE1
		 ",{\"mac\":\"00:11:22:aa:bb:02\",\"model\":\"7841\",\"panel\":\"/p\",\"port\":\"Gi1/0/1\","
		 "\"active_load\":\"a\"}"),
	    ": phones[1].port: found \"Gi1/0/1\", where phones[0] is plugged in; expected another port");
}

/* The words of the strict reader are its own; that each mistake is one, and names its key, is ours. */
static void test_refused_by_table(void **state)
{
	static const struct {
		const char *text, *key;
	} cases[] = {
	    {"[]", ""},
	    {"{\"flash\":\"/f\",\"phones\":[]}", "name"},
	    {"{\"name\":\"rack\",\"phones\":[]}", "flash"},
	    {"{\"name\":\"rack\",\"flash\":\"/f\"}", "phones"},
	    {"{\"name\":\"rack\",\"flash\":\"/f\",\"phones\":[],\"pase\":\"fast\"}", "pase"},
	    {"{\"name\":\"rack\",\"flash\":\"/f\",\"phones\":[],\"pace\":\"slow\"}", "pace"},
	    {"{\"name\":\"rack\",\"flash\":\"/f\",\"phones\":[],\"seed\":-1}", "seed"},
	    {RACK("{}"), "phones[0]: the key \"mac\""},
	    {RACK("{\"mac\":\"00:11\",\"model\":\"7841\",\"panel\":\"/p\",\"active_load\":\"a\"}"),
	     "phones[0].mac"},
	    {RACK("{\"mac\":\"00:11:22:aa:bb:01\",\"model\":\"7841\",\"active_load\":\"a\"}"),
	     "phones[0]: the key \"panel\""},
	    {RACK("{\"mac\":\"00:11:22:aa:bb:01\",\"model\":\"7841\",\"panel\":\"/p\",\"active_load\":\"\"}"),
	     "phones[0].active_load"},
	    {RACK("{\"mac\":\"00:11:22:aa:bb:01\",\"model\":\"7841\",\"panel\":\"/p\",\"active_load\":\"a\","
		  "\"alternate_tftp\":[\"10.0.0.1\",\"10.0.0.2\",\"10.0.0.3\"]}"),
	     "phones[0].alternate_tftp"},
	    {RACK("{\"mac\":\"00:11:22:aa:bb:01\",\"model\":\"7841\",\"panel\":\"/p\",\"active_load\":\"a\","
		  "\"power\":\"solar\"}"),
	     "phones[0].power"},
	};
	struct rack_config config;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fail fail = {0};
		assert_int_equal(read_text(cases[i].text, &config, &fail), -EINVAL);
		assert_memory_equal(fail.text, path, strlen(path));
		if (!strstr(fail.text, cases[i].key))
			fail_msg("%s does not name %s", fail.text, cases[i].key);
	}
}

static void test_missing_file(void **state)
{
	struct rack_config config;
	struct fail fail = {0};

	(void)state;
	assert_int_equal(rack_config_read("/nonexistent/rack.json", &config, &fail), -ENOENT);
	assert_non_null(strstr(fail.text, "/nonexistent/rack.json"));
}

/* The phone of the control verb "add". */
static void test_one_phone(void **state)
{
	struct rack_phone phone;
	struct fail fail = {0};
	json_t *object = json_loads(PHONE1, 0, NULL);

	(void)state;
	assert_int_equal(rack_phone_read(object, "phone", &phone, &fail), 0);
	assert_string_equal(phone.model, "7841");
	rack_phone_free(&phone);
	json_object_set_new(object, "model", json_string("1"));
	assert_int_equal(rack_phone_read(object, "phone", &phone, &fail), -EINVAL);
	assert_memory_equal(fail.text, "phone.model: found \"1\"", 22);
	json_decref(object);
}

static int setup(void **state)
{
	(void)state;
	int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_refused_by_table),
	    cmocka_unit_test(test_missing_file),
	    cmocka_unit_test(test_one_phone),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
