/* Which closet a node, a file or a request belongs to (phonelab/closet/route), and records of a channel (phonelab/closet/channel). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json_text.h"
#include "phonelab/closet/channel.h"
#include "phonelab/closet/route.h"

static const char *const closets[] = {"closet1", "core", "closet2"};

static struct route *a_route(void)
{
	struct route *route = route_new(closets, 3);

	assert_non_null(route);
	route_place(route, "floor1", 0);
	route_place(route, "floor2", 2);
	route_place(route, "dist", 1);
	route_place(route, "SEP001122AABB01", 0);
	route_place(route, "SEP001122AABB02", 2);
	return route;
}

static void nodes_have_a_closet_and_all_others_are_in_core(void **state)
{
	struct route *route = a_route();

	(void)state;
	assert_int_equal(route_count(route), 3);
	assert_int_equal(route_core(route), 1);
	assert_int_equal(route_find(route, "closet2"), 2);
	assert_int_equal(route_find(route, "closet3"), -ENOENT);
	assert_int_equal(route_node(route, "floor2"), 2);
	assert_int_equal(route_node(route, "SEP001122AABB01"), 0);
	assert_int_equal(route_node(route, "dhcp"), 1);
	assert_int_equal(route_node(route, ""), 1);
	route_place(route, "odd", 99); /* a number of a damaged file */
	assert_int_equal(route_node(route, "odd"), 1);
	route_free(route);
}

static void files_have_the_closet_of_their_node(void **state)
{
	static const struct {
		const char *file;
		size_t closet;
	} files[] = {
	    {"switches/floor1.sock", 0},
	    {"switches/dist.json", 1},
	    {"phones/SEP001122AABB02.sock", 2},
	    {"phones/flash/SEP001122AABB01/bank0/manifest.json", 0},
	    {"log/floor2.log", 2},
	    {"nodes/dhcp.sock", 1},
	    {"tftp/root/SEP001122AABB01.cnf.xml", 1}, /* a file of the TFTP server */
	    {"dhcp/leases", 1},
	    {"log/rack.log", 1},
	};
	struct route *route = a_route();

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (route_file(route, files[i].file) != files[i].closet)
			fail_msg("%s: closet %zu", files[i].file, route_file(route, files[i].file));
	route_free(route);
}

static void what_the_console_makes_is_not_passed_on(void **state)
{
	(void)state;
	assert_true(route_passes("switches/floor1.sock"));
	assert_true(route_passes("dhcp/leases"));
	assert_false(route_passes("lab.sock"));
	assert_false(route_passes("phones/rack.sock"));
	assert_false(route_passes("events.jsonl"));
	assert_false(route_passes("closets/closet1.sock"));
	assert_false(route_passes("switches/floor1.panel"));
	assert_false(route_passes("closets.json"));
	assert_false(
	    route_passes("intended/topology.yaml")); /* of core only; the console has the whole one */
}

static int closet_of(const struct route *route, const char *text)
{
	json_t *request = json_loads(text, 0, NULL);
	int closet = route_rack_request(route, request);

	assert_non_null(request);
	json_decref(request);
	return closet;
}

static void requests_to_the_rack_name_a_phone(void **state)
{
	struct route *route = a_route();

	(void)state;
	assert_int_equal(closet_of(route, "{\"do\":\"messages\",\"node\":\"SEP001122AABB02\"}"), 2);
	assert_int_equal(
	    closet_of(route, "{\"do\":\"probe\",\"plan\":{\"places\":[{\"name\":\"SEP001122AABB01\"}]}}"), 0);
	assert_int_equal(closet_of(route, "{\"do\":\"messages\"}"), -EINVAL);
	assert_int_equal(closet_of(route, "{\"do\":\"probe\",\"plan\":[]}"), -EINVAL);
	route_free(route);
}

static void numbers_of_faults_are_unique(void **state)
{
	struct route *route = a_route();
	long long seen[12], number;
	size_t closet;

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		seen[i] = route_fault_number(route, i % 3, (long long)(i / 3) + 1);
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(seen[i], seen[j]);
		assert_true(route_fault_split(route, seen[i], &closet, &number));
		assert_int_equal(closet, i % 3);
		assert_int_equal(number, i / 3 + 1);
	}
	assert_false(route_fault_split(route, 0, &closet, &number));
	assert_false(route_fault_split(route, -3, &closet, &number));
	route_free(route);
}

/* --- channels --- */

static void records_have_a_kind_and_a_number(void **state)
{
	/* An octet, and 32 bits in network byte order. */
	static const uint8_t output[] = {1, 0, 0, 1, 2}, odd[] = {6, 0, 0, 0, 0},
			     large[] = {2, 0, 0, 0x40, 1}, status[] = {3, 0, 0, 0x40, 1};
	uint8_t header[RECORD_HEADER];
	enum record_kind kind;
	uint32_t number;

	(void)state;
	assert_int_equal(record_header(header, RECORD_OUT, 258), RECORD_HEADER);
	assert_memory_equal(header, output, RECORD_HEADER);
	assert_int_equal(record_read(output, &kind, &number), 0);
	assert_int_equal(kind, RECORD_OUT);
	assert_int_equal(number, 258);
	assert_int_equal(record_read(odd, &kind, &number), -EPROTO);
	assert_int_equal(record_read(large, &kind, &number), -EPROTO);
	assert_int_equal(record_read(status, &kind, &number), 0); /* no length */
	assert_int_equal(number, 0x4001);
}

/* A record comes in any parts, and nothing of the next one is taken. */
static void a_record_is_received_in_parts(void **state)
{
	static struct record_reader reader;
	static struct record_writer writer;
	enum record_kind kind;
	uint32_t number;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	record_put(&writer, RECORD_OUT, 5, "hello");
	for (size_t i = 0; i + 1 < writer.length; i++) {
		assert_int_equal(write(ends[0], writer.bytes + i, 1), 1);
		assert_int_equal(record_receive(ends[1], &reader, &kind, &number), 0);
	}
	assert_int_equal(write(ends[0], writer.bytes + writer.length - 1, 1), 1);
	record_put(&writer, RECORD_EXIT, 7, NULL);
	assert_int_equal(record_send(ends[0], &writer), 0);
	assert_true(record_is_sent(&writer));
	assert_int_equal(record_receive(ends[1], &reader, &kind, &number), 1);
	assert_int_equal(kind, RECORD_OUT);
	assert_int_equal(number, 5);
	assert_memory_equal(reader.bytes + RECORD_HEADER, "hello", 5);
	assert_int_equal(record_receive(ends[1], &reader, &kind, &number), 1);
	assert_int_equal(kind, RECORD_EXIT);
	assert_int_equal(number, 7);
	assert_int_equal(write(ends[0], "\2\0\1\0\0", 5), 5); /* 65536 octets are too many */
	assert_int_equal(record_receive(ends[1], &reader, &kind, &number), -EPROTO);
	close(ends[0]);
	close(ends[1]);
}

/* A full socket takes a part, and blocks nobody. */
static void a_record_is_sent_in_parts(void **state)
{
	static struct record_writer writer;
	static struct record_reader reader;
	enum record_kind kind;
	uint32_t number, received = 0, sent = 0;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	while (record_is_sent(&writer)) {
		memset(writer.bytes + RECORD_HEADER, (int)sent, RECORD_MOST);
		record_put(&writer, RECORD_IN, RECORD_MOST, NULL);
		assert_int_equal(record_send(ends[0], &writer), 0);
		sent++;
	}
	for (int i = 0; i < 1000 && received < sent; i++) {
		assert_int_equal(record_send(ends[0], &writer), 0);
		if (record_receive(ends[1], &reader, &kind, &number) <= 0)
			continue;
		assert_int_equal(number, RECORD_MOST);
		assert_int_equal(reader.bytes[RECORD_HEADER], received & 0xff);
		assert_int_equal(reader.bytes[RECORD_HEADER + RECORD_MOST - 1], received & 0xff);
		received++;
	}
	assert_int_equal(received, sent);
	close(ends[1]);
	record_put(&writer, RECORD_IN, 1, "x");
	assert_int_equal(record_send(ends[0], &writer), -EPIPE);
	close(ends[0]);
}

static void names_stay_below_the_run_directory(void **state)
{
	static const char *const wrong[] = {"",
					    "/etc/passwd",
					    "..",
					    "../lab.sock",
					    "log/../../x",
					    "log/..",
					    "./keys/tls.log",
					    "keys//tls.log",
					    "keys/./tls.log",
					    "log/",
					    "."};
	static const char *const right[] = {"lab.sock", "log/a..b.log", "log/..a",
					    "phones/SEP001122AABB01.sock"};
	char longer[400];

	(void)state;
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = 0;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct fail fail = {0};

		if (channel_check_name(wrong[i], &fail) != -EACCES)
			fail_msg("\"%s\" is accepted", wrong[i]);
	}
	assert_int_equal(channel_check_name(longer, &(struct fail){0}), -EACCES);
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		assert_int_equal(channel_check_name(right[i], &(struct fail){0}), 0);
}

static void keys_stay_in_their_closet(void **state)
{
	static const char *const secrets[] = {
	    "keys/signer.key",
	    "keys/cucm-pub/callmanager.key",
	    "keys/phones/SEP001122AABB01.mic.pem",
	    "keys/phones/SEP001122AABB01.lsc.pem",
	    "keys/tls.log",
	    "keys/anything",
	    "cucm/cucm-pub/tomcat.pem",
	    "phones/flash/SEP001122AABB01/files/lsc-key",
	    "phones/flash/SEP001122AABB01/files/lsc-key.new",
	};
	static const char *const open[] = {"keys/signer.crt", "keys/phones/SEP001122AABB01.lsc.crt",
					   "phones/flash/SEP001122AABB01/files/lsc", "log/tls.log"};

	(void)state;
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		if (channel_check_name(secrets[i], &(struct fail){0}) != -EACCES)
			fail_msg("%s would leave its closet", secrets[i]);
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		if (channel_check_name(open[i], &(struct fail){0}))
			fail_msg("%s is a secret", open[i]);
	assert_int_equal(channel_check_path("keys/cucm-pub", &(struct fail){0}), 0);
}

/* The line ends where it ends: what follows stays for the next reader. */
static void a_line_takes_no_octet_too_many(void **state)
{
	static const char text[] = "{\"do\":\"list\"}\nXY";
	struct fail fail = {0};
	int ends[2];
	char next[2];
	json_t *line;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(channel_write(ends[0], text, sizeof(text) - 1), 0);
	line = channel_read_line(ends[1], 100, &fail);
	assert_string_equal(json_text(line, "do"), "list");
	json_decref(line);
	assert_int_equal(channel_read(ends[1], next, 2), 0);
	assert_memory_equal(next, "XY", 2);
	close(ends[0]);
	assert_null(channel_read_line(ends[1], 100, &fail));
	assert_int_equal(fail.err, -EPIPE);
	close(ends[1]);
}

static void a_line_is_an_object_of_limited_length(void **state)
{
	static const struct {
		const char *text;
		int err;
	} lines[] = {{"[1]\n", -EPROTO},
		     {"no json\n", -EPROTO},
		     {"{\"a\":\"0123456789\"}\n", -EMSGSIZE},
		     {"{\"a\":1", -EPROTO}};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct fail fail = {0};
		int ends[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
		channel_write(ends[0], lines[i].text, strlen(lines[i].text));
		close(ends[0]);
		assert_null(channel_read_line(ends[1], 16, &fail));
		assert_int_equal(fail.err, lines[i].err);
		close(ends[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nodes_have_a_closet_and_all_others_are_in_core),
	    cmocka_unit_test(files_have_the_closet_of_their_node),
	    cmocka_unit_test(what_the_console_makes_is_not_passed_on),
	    cmocka_unit_test(requests_to_the_rack_name_a_phone),
	    cmocka_unit_test(numbers_of_faults_are_unique),
	    cmocka_unit_test(records_have_a_kind_and_a_number),
	    cmocka_unit_test(a_record_is_received_in_parts),
	    cmocka_unit_test(a_record_is_sent_in_parts),
	    cmocka_unit_test(names_stay_below_the_run_directory),
	    cmocka_unit_test(keys_stay_in_their_closet),
	    cmocka_unit_test(a_line_takes_no_octet_too_many),
	    cmocka_unit_test(a_line_is_an_object_of_limited_length),
	};

	return cmocka_run_group_tests_name("closet_route", tests, NULL, NULL);
}
