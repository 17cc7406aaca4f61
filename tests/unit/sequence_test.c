/* The message sequence of a phone: who speaks with whom, and what begins a message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/sequence/sequence.h"

#define PHONE "SEP001122AABB01"
#define MAC   "00:11:22:aa:bb:01"
#define THEIR "02:00:00:00:00:99"
#define ALL   "ff:ff:ff:ff:ff:ff"

/* A frame that the dissector has read. */
struct given {
	const char *protocol, *from, *to;
	const char *fields[6][2];
};

static struct sequence *sequence;
static uint64_t number;

static int begin(void **state)
{
	(void)state;
	number = 0;
	sequence = sequence_new(PHONE);
	return sequence ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	sequence_free(sequence);
	return 0;
}

static void put(struct dissect *frame, const char *name, const char *value)
{
	frame->field[frame->fields].name = name;
	snprintf(frame->field[frame->fields++].value, sizeof(frame->field[0].value), "%s", value);
}

static bool add(const struct given *given)
{
	static struct dissect frame;

	frame = (struct dissect){.protocol = given->protocol};
	put(&frame, "source_mac", given->from);
	put(&frame, "destination_mac", given->to);
	for (unsigned i = 0; i < 6 && given->fields[i][0]; i++)
		put(&frame, given->fields[i][0], given->fields[i][1]);
	number++;
	return sequence_add(sequence, number, (int64_t)number * 1000, &frame);
}

static void add_all(const struct given *given, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_true(add(&given[i]));
}

/* The sequence as a text: "phone>dhcp 10.0.0.2: dhcp" and a line per row; "-" in front of what is no message. */
static const char *text_of(uint64_t after)
{
	static char text[4096];
	json_t *object = sequence_json(sequence, after), *row;
	json_t *participants = json_object_get(object, "participants");
	size_t i, used = 0;

	*text = 0;
	json_array_foreach (json_object_get(object, "rows"), i, row) {
		const json_t *from =
		    json_array_get(participants, (size_t)json_integer_value(json_array_get(row, 2)));
		const json_t *to =
		    json_array_get(participants, (size_t)json_integer_value(json_array_get(row, 3)));

		used +=
		    (size_t)snprintf(text + used, sizeof(text) - used, "%s%s%s>%s%s %s\n",
				     json_is_true(json_array_get(row, 7)) ? "" : "-", json_text(from, "kind"),
				     json_text(from, "address"), json_text(to, "kind"),
				     json_text(to, "address"), json_string_value(json_array_get(row, 4)));
	}
	json_decref(object);
	return text;
}

static void a_boot(void **state)
{
	static const struct given frames[] = {
	    {"cdp", THEIR, "01:00:0c:cc:cc:cc", {{"device_id", "sw1"}}},
	    {"cdp", MAC, "01:00:0c:cc:cc:cc", {{"device_id", PHONE}}},
	    {"dhcp",
	     MAC,
	     ALL,
	     {{"source", "0.0.0.0"}, {"destination", "255.255.255.255"}, {"type", "discover"}}},
	    {"dhcp", THEIR, ALL, {{"source", "10.0.0.2"}, {"server_id", "10.0.0.2"}, {"type", "offer"}}},
	    /* Behind a relay agent the source is the relay. */
	    {"dhcp", THEIR, MAC, {{"source", "10.0.0.1"}, {"server_id", "10.9.9.9"}, {"type", "offer"}}},
	    {"dhcp", MAC, ALL, {{"server_id", "10.9.9.9"}, {"type", "request"}}},
	    {"arp", MAC, ALL, {{"operation", "request"}, {"target", "10.0.0.57"}, {"sender", "0.0.0.0"}}},
	    {"arp", MAC, ALL, {{"operation", "request"}, {"target", "10.0.0.4"}, {"sender", "10.0.0.57"}}},
	    {"tcp",
	     MAC,
	     THEIR,
	     {{"destination", "10.0.0.3"},
	      {"flags", "SYN"},
	      {"source_port", "40000"},
	      {"destination_port", "6970"}}},
	    {"http",
	     MAC,
	     THEIR,
	     {{"destination", "10.0.0.3"},
	      {"method", "GET"},
	      {"source_port", "40000"},
	      {"destination_port", "6970"}}},
	    {"http", THEIR, MAC, {{"source", "10.0.0.3"}, {"status", "200"}, {"source_port", "6970"}}},
	    {"http", THEIR, MAC, {{"source", "10.0.0.3"}, {"data_bytes", "1448"}, {"source_port", "6970"}}},
	    {"tftp", MAC, THEIR, {{"destination", "10.0.0.3"}, {"opcode", "RRQ"}}},
	    {"tftp", THEIR, MAC, {{"source", "10.0.0.3"}, {"opcode", "DATA"}, {"block", "1"}}},
	    {"tftp", MAC, THEIR, {{"destination", "10.0.0.3"}, {"opcode", "ACK"}, {"block", "1"}}},
	    {"tftp", THEIR, MAC, {{"source", "10.0.0.3"}, {"opcode", "DATA"}, {"block", "2"}}},
	    {"sip", MAC, THEIR, {{"destination", "10.0.0.4"}, {"method", "REGISTER"}}},
	    {"sip", MAC, THEIR, {{"destination", "10.0.0.4"}, {"incomplete_bytes", "9"}}},
	    {"sip", THEIR, MAC, {{"source", "10.0.0.4"}, {"status", "200"}}},
	};

	(void)state;
	add_all(frames, sizeof(frames) / sizeof(frames[0]));
	assert_string_equal(text_of(0),
			    "switch>phone cdp\nphone>switch cdp\nphone>dhcp10.0.0.2 dhcp\n"
			    "dhcp10.0.0.2>phone dhcp\ndhcp10.9.9.9>phone dhcp\nphone>dhcp10.9.9.9 dhcp\n"
			    "phone>network arp\nphone>call-manager10.0.0.4 arp\n"
			    "-phone>files10.0.0.3 tcp\nphone>files10.0.0.3 http\nfiles10.0.0.3>phone http\n"
			    "-files10.0.0.3>phone http\nphone>files10.0.0.3 tftp\nfiles10.0.0.3>phone tftp\n"
			    "-phone>files10.0.0.3 tftp\n-files10.0.0.3>phone tftp\n"
			    "phone>call-manager10.0.0.4 sip\n-phone>call-manager10.0.0.4 sip\n"
			    "call-manager10.0.0.4>phone sip\n");
	assert_string_equal(text_of(18), "call-manager10.0.0.4>phone sip\n");
}

/* Nobody answers: the arrows lead to a participant without an address, and a repeated SYN is a message. */
static void without_answers(void **state)
{
	static const struct given frames[] = {
	    {"dhcp", MAC, ALL, {{"destination", "255.255.255.255"}, {"type", "discover"}}},
	    {"tcp",
	     MAC,
	     THEIR,
	     {{"destination", "10.0.0.4"},
	      {"flags", "SYN"},
	      {"source_port", "1"},
	      {"destination_port", "5060"}}},
	    {"tcp",
	     MAC,
	     THEIR,
	     {{"destination", "10.0.0.4"},
	      {"flags", "SYN"},
	      {"source_port", "1"},
	      {"destination_port", "5060"}}},
	    {"tcp",
	     THEIR,
	     MAC,
	     {{"source", "10.0.0.4"},
	      {"flags", "ACK, RST"},
	      {"source_port", "5060"},
	      {"destination_port", "1"}}},
	};

	(void)state;
	add_all(frames, sizeof(frames) / sizeof(frames[0]));
	assert_string_equal(text_of(0), "phone>dhcp dhcp\n-phone>call-manager10.0.0.4 tcp\n"
					"phone>call-manager10.0.0.4 tcp\ncall-manager10.0.0.4>phone tcp\n");
}

static void frames_of_others_are_left_out(void **state)
{
	static const struct given other = {"udp", THEIR, "02:00:00:00:00:98", {{"source", "10.0.0.9"}}};
	static const struct given nameless = {"ethernet", "", "", {{0}}};
	static const struct given broadcast = {
	    "arp", THEIR, ALL, {{"operation", "request"}, {"sender", "10.0.0.9"}}};
	static struct dissect another;

	(void)state;
	assert_false(add(&other));
	assert_true(add(&broadcast));
	another = (struct dissect){.protocol = "arp", .phone = "SEP001122AABB02"};
	put(&another, "source_mac", THEIR);
	put(&another, "destination_mac", ALL);
	assert_false(sequence_add(sequence, 1, 1, &another));
	assert_false(add(&nameless));
	another.fields = 0;
	assert_false(sequence_add(sequence, 1, 1, &another));
	assert_null(sequence_new("<script>"));
}

/* Hostile traffic: more servers than columns, more frames than rows. */
static void it_is_bounded(void **state)
{
	json_t *object, *row;
	size_t i;

	(void)state;
	for (unsigned n = 0; n < SEQUENCE_ROWS + 10; n++) {
		char address[20];
		struct given frame = {"sip", THEIR, MAC, {{"source", address}, {"status", "200"}}};

		snprintf(address, sizeof(address), "10.1.%u.%u", n / 250, n % 250 + 1);
		assert_true(add(&frame));
	}
	object = sequence_json(sequence, 0);
	assert_int_equal(json_array_size(json_object_get(object, "participants")), SEQUENCE_PARTICIPANTS);
	assert_int_equal(json_array_size(json_object_get(object, "rows")), SEQUENCE_ROWS);
	assert_int_equal(json_int(object, "left_out"), 10);
	json_array_foreach (json_object_get(object, "rows"), i, row)
		assert_in_range(json_integer_value(json_array_get(row, 2)), 1, SEQUENCE_PARTICIPANTS - 1);
	json_decref(object);
}

static void servers_have_names(void **state)
{
	static const struct given frames[] = {
	    {"lldp", THEIR, "01:80:c2:00:00:0e", {{"system_name", "sw1"}}},
	    {"sip", THEIR, MAC, {{"source", "10.0.0.4"}, {"status", "200"}}},
	};
	json_t *object, *list;

	(void)state;
	sequence_name(sequence, "10.0.0.4", "cucm-pub");
	add_all(frames, 2);
	object = sequence_json(sequence, 0);
	list = json_object_get(object, "participants");
	assert_string_equal(json_text(json_array_get(list, 0), "name"), PHONE);
	assert_string_equal(json_text(json_array_get(list, 1), "name"), "sw1");
	assert_string_equal(json_text(json_array_get(list, 2), "name"), "cucm-pub");
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_boot, begin, end),
	    cmocka_unit_test_setup_teardown(without_answers, begin, end),
	    cmocka_unit_test_setup_teardown(frames_of_others_are_left_out, begin, end),
	    cmocka_unit_test_setup_teardown(it_is_bounded, begin, end),
	    cmocka_unit_test_setup_teardown(servers_have_names, begin, end),
	};

	return cmocka_run_group_tests_name("sequence", tests, NULL, NULL);
}
