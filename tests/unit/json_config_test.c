#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "base/json_config.h"
#include "base/mac.h"

struct sample_port {
	char *port;
	int64_t vlan;
	struct config_list allowed;
};

struct sample {
	char *name;
	struct mac mac;
	struct in_addr address;
	bool has_address, snooping;
	int mode;
	struct sample_port inner;
	struct config_list ports;
	json_t *raw;
};

static const char *const modes[] = {"access", "trunk", NULL};
static const struct config_key vlan_element = {.name = "", .type = CONFIG_INTEGER, .min = 1, .max = 4094};
static const struct config_key port_keys[] = {
    {.name = "port",
     .type = CONFIG_STRING,
     .required = true,
     .min = 1,
     .max = 16,
     .offset = offsetof(struct sample_port, port)},
    {.name = "access_vlan",
     .type = CONFIG_INTEGER,
     .min = 1,
     .max = 4094,
     .offset = offsetof(struct sample_port, vlan)},
    {.name = "allowed_vlans",
     .type = CONFIG_LIST,
     .nullable = true,
     .element = &vlan_element,
     .element_size = sizeof(int64_t),
     .offset = offsetof(struct sample_port, allowed)},
    {0},
};
static const struct config_key port_element = {.name = "", .type = CONFIG_OBJECT, .keys = port_keys};
static const struct config_key keys[] = {
    {.name = "name", .type = CONFIG_STRING, .required = true, .offset = offsetof(struct sample, name)},
    {.name = "mac", .type = CONFIG_MAC, .offset = offsetof(struct sample, mac)},
    {.name = "management_address",
     .type = CONFIG_IPV4,
     .nullable = true,
     .offset = offsetof(struct sample, address),
     .present = offsetof(struct sample, has_address)},
    {.name = "dhcp_snooping", .type = CONFIG_BOOL, .offset = offsetof(struct sample, snooping)},
    {.name = "mode", .type = CONFIG_CHOICE, .choices = modes, .offset = offsetof(struct sample, mode)},
    {.name = "inner", .type = CONFIG_OBJECT, .keys = port_keys, .offset = offsetof(struct sample, inner)},
    {.name = "ports",
     .type = CONFIG_LIST,
     .min = 0,
     .max = 3,
     .element = &port_element,
     .element_size = sizeof(struct sample_port),
     .offset = offsetof(struct sample, ports)},
    {.name = "raw", .type = CONFIG_ANY, .offset = offsetof(struct sample, raw)},
    {0},
};

static int read_text(const char *text, struct sample *sample, struct fail *fail)
{
	char path[] = "/tmp/json_config_test.XXXXXX";
	int fd = mkstemp(path), err;
	char *at;

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	err = json_config_read(path, keys, sample, fail);
	unlink(path);
	/* The name of the file varies; what follows does not. */
	if (err && (at = strstr(fail->text, path)))
		memmove(at, at + strlen(path), strlen(at + strlen(path)) + 1);
	return err;
}

static void test_everything(void **state)
{
	struct sample sample = {.name = strdup("default")};
	struct sample_port *ports;
	struct fail fail = {0};

	(void)state;
	assert_int_equal(
	    read_text("{\"name\":\"sw1\",\"mac\":\"00:11:22:aa:bb:01\","
		      "\"management_address\":\"10.20.0.3\",\"dhcp_snooping\":true,\"mode\":\"trunk\","
		      "\"inner\":{\"port\":\"Gi1/0/9\"},\"ports\":[{\"port\":\"Gi1/0/1\","
		      "\"access_vlan\":10,\"allowed_vlans\":[1,4094]},{\"port\":\"Gi1/0/2\","
		      "\"allowed_vlans\":null}],\"raw\":{\"any\":[1]}}",
		      &sample, &fail),
	    0);
	assert_string_equal(sample.name, "sw1");
	assert_int_equal(sample.mac.octet[5], 1);
	assert_true(sample.has_address);
	assert_int_equal(ntohl(sample.address.s_addr), 0x0a140003);
	assert_true(sample.snooping);
	assert_int_equal(sample.mode, 1);
	assert_string_equal(sample.inner.port, "Gi1/0/9");
	assert_int_equal(sample.ports.count, 2);
	ports = sample.ports.items;
	assert_int_equal(ports[0].vlan, 10);
	assert_int_equal(((int64_t *)ports[0].allowed.items)[1], 4094);
	assert_string_equal(ports[1].port, "Gi1/0/2");
	assert_null(ports[1].allowed.items);
	assert_non_null(json_object_get(sample.raw, "any"));
	json_config_free(keys, &sample);
	assert_null(sample.name);
}

static void test_defaults_stay(void **state)
{
	struct sample sample = {.snooping = true, .mode = 1};
	struct fail fail = {0};

	(void)state;
	assert_int_equal(read_text("{\"name\":\"sw1\",\"management_address\":null}", &sample, &fail), 0);
	assert_true(sample.snooping);
	assert_int_equal(sample.mode, 1);
	assert_false(sample.has_address);
	json_config_free(keys, &sample);
}

static void test_messages(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
	    {"{", ":1:1: not JSON: string or '}' expected near end of file"},
	    {"{\"name\":\"a\",\"name\":\"b\"}", ":1:18: not JSON: duplicate object key near '\"name\"'"},
	    {"[1]", ": found [1], expected an object"},
	    {"{}", ": the key \"name\" is missing"},
	    {"{\"name\":7}", ": name: found 7, expected a string"},
	    {"{\"name\":null}", ": name: found null, expected a string"},
	    {"{\"name\":\"a\\u0000b\"}",
	     ":1:18: not JSON: \\u0000 is not allowed without JSON_ALLOW_NUL near "
	     "'\"a\\u0000b\"'"},
	    {"{\"name\":\"a\",\"moed\":\"access\"}", ": moed: unknown key; did you mean \"mode\"?"},
	    {"{\"name\":\"a\",\"colour\":1}", ": colour: unknown key"},
	    {"{\"name\":\"a\",\"mode\":\"trnk\"}",
	     ": mode: found \"trnk\", expected one of \"access\", \"trunk\""},
	    {"{\"name\":\"a\",\"dhcp_snooping\":1}", ": dhcp_snooping: found 1, expected true or false"},
	    {"{\"name\":\"a\",\"mac\":\"00:11\"}",
	     ": mac: found \"00:11\", expected a MAC address such as \"00:11:22:aa:bb:01\""},
	    {"{\"name\":\"a\",\"management_address\":\"10.0.0\"}",
	     ": management_address: found \"10.0.0\", expected an IPv4 address such as \"10.20.0.3\""},
	    {"{\"name\":\"a\",\"ports\":[{\"port\":\"Gi1/0/1\"},{\"port\":\"Gi1/0/"
	     "2\",\"access_vlan\":5000}]}",
	     ": ports[1].access_vlan: found 5000, expected an integer from 1 to 4094"},
	    {"{\"name\":\"a\",\"ports\":[{\"port\":\"Gi1/0/1\",\"acess_vlan\":10}]}",
	     ": ports[0].acess_vlan: unknown key; did you mean \"access_vlan\"?"},
	    {"{\"name\":\"a\",\"ports\":[{}]}", ": ports[0]: the key \"port\" is missing"},
	    {"{\"name\":\"a\",\"ports\":[{\"port\":\"\"}]}",
	     ": ports[0].port: found \"\", expected a string of 1 to 16 bytes"},
	    {"{\"name\":\"a\",\"ports\":[1,2,3,4]}",
	     ": ports: found [1,2,3,4], expected a list of 0 to 3 entries"},
	    {"{\"name\":\"a\",\"ports\":[{\"port\":\"x\",\"allowed_vlans\":[10,4095]}]}",
	     ": ports[0].allowed_vlans[1]: found 4095, expected an integer from 1 to 4094"},
	    {"{\"name\":\"a\",\"inner\":\"word\"}", ": inner: found \"word\", expected an object"},
	    {"{\"name\":\"a\",\"inner\":{\"port\":1.5}}",
	     ": inner.port: found 1.5, expected a string of 1 to 16 bytes"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sample sample = {0};
		struct fail fail = {0};

		assert_int_equal(read_text(cases[i].text, &sample, &fail), -EINVAL);
		assert_string_equal(fail.text, cases[i].reason);
		assert_null(sample.name);
		assert_null(sample.ports.items);
	}
}

static void test_files(void **state)
{
	struct sample sample = {0};
	struct fail fail = {0};

	(void)state;
	assert_int_equal(json_config_read("/no/such.json", keys, &sample, &fail), -ENOENT);
	assert_string_equal(fail.text,
			    "/no/such.json: cannot read the configuration: No such file or directory");
	assert_int_equal(json_config_read("/tmp", keys, &sample, &fail), -EINVAL);
	assert_string_equal(fail.text, "/tmp: expected a regular file of at most 64 MiB");
}

static void test_nearest(void **state)
{
	static const char *const names[] = {"access_vlan", "voice_vlan", "mode", NULL};

	(void)state;
	assert_string_equal(nearest_of("voice-vlan", names), "voice_vlan");
	assert_string_equal(nearest_of("mod", names), "mode");
	assert_null(nearest_of("elephant", names));
	assert_null(nearest_of("", names));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_everything), cmocka_unit_test(test_defaults_stay),
	    cmocka_unit_test(test_messages),   cmocka_unit_test(test_files),
	    cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
