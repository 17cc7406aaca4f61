/* Recorded frames of real phones and switches (tests/vectors/devices): the codecs read every field and write the
 * same elements again, the switch lists the phones, the phone learns from the switches, `phonelab decode` reads
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <pcap/pcap.h>

#include "tests/support/command.h"
#include "tests/support/device_vector.h"
#include "tests/support/frames.h"
#include "tests/support/lab.h"
#include "tests/support/memory_lab.h"
#include "tests/support/switch_bench.h"
#include "tests/support/wire_check.h"
#include "wire/cdp.h"
#include "wire/dhcp.h"
#include "wire/dissect.h"
#include "wire/ipv4.h"
#include "wire/lldp.h"

#define SECOND	  UINT64_C(1000000)
#define TIMEOUT_S 30
#define ELEMENTS  64

/* --- as phonelab decode reads it --- */

/* The frame; a SIP message in the TCP segment that carries it. */
static size_t as_frame(const struct device_vector *v, uint8_t *frame, size_t room)
{
	if (v->message)
		return frames_tcp(FRAMES_PHONE, 50057, FRAMES_CM, 5060, 1, 0x18, v->bytes, v->length, frame,
				  room);
	memcpy(frame, v->bytes, v->length);
	return v->length;
}

static void check_field(const struct device_vector *v, const struct dissect *found, const char *expected)
{
	char name[64];
	const char *value;

	assert_int_equal(sscanf(expected, "%63s", name), 1);
	expected += strlen(name);
	expected += *expected == ' ';
	value = !strcmp(name, "protocol") ? found->protocol : dissect_value(found, name);
	if (!value || strcmp(value, expected) != 0)
		fail_msg("%s: %s is \"%s\", expected \"%s\"", v->name, name, value ? value : "(none)",
			 expected);
}

static bool expects(const struct device_vector *v, const char *field)
{
	size_t length = strlen(field);

	for (unsigned i = 0; i < v->lines; i++)
		if (!strcmp(v->line[i].key, "is") && !strncmp(v->line[i].value, field, length) &&
		    v->line[i].value[length] == ' ')
			return true;
	return false;
}

static void read_vector(const struct device_vector *v)
{
	static struct dissect found;
	uint8_t frame[4096];
	size_t length = as_frame(v, frame, sizeof(frame));
	struct dissect_context *context = dissect_new();

	assert_non_null(context);
	dissect_frame(context, frame, length, false, &found);
	dissect_free(context);
	if (found.malformed)
		fail_msg("%s: malformed: %s", v->name, found.error);
	for (unsigned i = 0; i < v->lines; i++)
		if (!strcmp(v->line[i].key, "is"))
			check_field(v, &found, v->line[i].value);
	assert_true(v->lines && !strncmp(v->line[0].value, "protocol ", 9));
	for (unsigned i = 0; i < found.fields; i++)
		if ((!strncmp(found.field[i].name, "odd_", 4) || !strcmp(found.field[i].name, "note")) &&
		    !expects(v, found.field[i].name))
			fail_msg("%s: %s: %s", v->name, found.field[i].name, found.field[i].value);
}

static void every_field_is_read(void **state)
{
	(void)state;
	assert_true(device_vector_each(read_vector) >= 20);
}

/* --- written again --- */

/* The elements of a message behind its fixed part: a header that says the length, and the value. */
struct elements {
	unsigned count;
	struct wire_slice item[ELEMENTS];
};

enum kind { KIND_CDP, KIND_LLDP, KIND_DHCP };

/* One element, whole; empty at the end. */
static struct wire_slice next_element(enum kind kind, struct wire_reader *r)
{
	struct wire_reader header = *r;
	uint16_t bits = kind == KIND_DHCP ? wire_read_u8(&header) : wire_read_u16(&header);
	size_t length = kind == KIND_CDP ? wire_read_u16(&header) : 2u + (bits & 0x1ff);

	if (kind == KIND_DHCP)
		length = bits == DHCP_OPTION_END ? 0 : 2u + wire_read_u8(&header);
	else if (kind == KIND_LLDP && !bits)
		length = 0;
	return wire_read_slice(r, length);
}

static struct elements split(enum kind kind, const uint8_t *data, size_t length)
{
	static const size_t fixed[] = {[KIND_CDP] = 4, [KIND_LLDP] = 0, [KIND_DHCP] = 240};
	struct elements elements = {0};
	struct wire_reader r;
	struct wire_slice element;

	wire_reader_init(&r, data, length);
	wire_read_skip(&r, fixed[kind]);
	while (wire_reader_left(&r) > 0 && (element = next_element(kind, &r)).length) {
		assert_true(elements.count < ELEMENTS);
		elements.item[elements.count++] = element;
	}
	assert_true(wire_reader_ok(&r));
	return elements;
}

static bool holds(const struct elements *elements, struct wire_slice element)
{
	for (unsigned i = 0; i < elements->count; i++)
		if (wire_slice_equal(elements->item[i], element))
			return true;
	return false;
}

static bool rewritten(const struct device_vector *v, struct wire_slice element)
{
	for (unsigned i = 0; i < v->lines; i++)
		if (!strcmp(v->line[i].key, "rewrites") && atoi(v->line[i].value) == element.data[0])
			return true;
	return false;
}

/* The same elements, in any order: recorded devices do not send them by rising type, phonelab does. */
static void same_elements(const struct device_vector *v, enum kind kind, struct wire_slice recorded,
			  const uint8_t *written, ssize_t length)
{
	struct elements before = split(kind, recorded.data, recorded.length), after;

	assert_true(length > 0);
	after = split(kind, written, (size_t)length);
	assert_int_equal(before.count, after.count);
	assert_true(before.count >= 5);
	for (unsigned i = 0; i < before.count; i++)
		if (holds(&after, before.item[i]) == rewritten(v, before.item[i]))
			fail_msg("%s: element %u (%02x %02x ...) is %swritten again", v->name, i + 1,
				 before.item[i].data[0], before.item[i].data[1],
				 rewritten(v, before.item[i]) ? "" : "not ");
}

static void write_dhcp(const struct device_vector *v)
{
	uint8_t data[DHCP_MAX];
	struct dhcp_message message;
	struct udp_frame udp;

	assert_int_equal(udp_frame_decode(v->bytes, v->length, &udp, NULL), 0);
	assert_int_equal(dhcp_decode(udp.payload.data, udp.payload.length, &message, NULL), 0);
	same_elements(v, KIND_DHCP, udp.payload, data, dhcp_encode(&message, data, sizeof(data)));
	assert_memory_equal(data, udp.payload.data, 240);
}

static void write_vector(const struct device_vector *v)
{
	uint8_t data[ETHER_FRAME_MAX];
	struct ether_frame frame;
	struct cdp_message cdp;
	struct lldp_message lldp;

	if (v->message)
		return;
	assert_int_equal(ether_decode(v->bytes, v->length, &frame, NULL), 0);
	if (cdp_is_frame(&frame)) {
		assert_int_equal(cdp_decode(frame.payload.data, frame.payload.length, &cdp, NULL), 0);
		assert_int_equal(cdp.odd.count, 0);
		assert_int_equal(cdp.unknown, cdp.raws);
		same_elements(v, KIND_CDP, frame.payload, data, cdp_encode(&cdp, data, sizeof(data)));
	} else if (frame.type == ETHER_LLDP) {
		assert_int_equal(lldp_decode(frame.payload.data, frame.payload.length, &lldp, NULL), 0);
		assert_int_equal(lldp.odd.count, 0);
		assert_int_equal(lldp.unknown, lldp.raws);
		assert_true(lldp.has & LLDP_HAS_END);
		same_elements(v, KIND_LLDP, frame.payload, data, lldp_encode(&lldp, data, sizeof(data)));
	} else {
		write_dhcp(v);
	}
}

static void every_element_is_written_again(void **state)
{
	(void)state;
	device_vector_each(write_vector);
}

/* --- at a switch port, at a phone --- */

static bool is_lldp(const struct device_vector *v)
{
	struct ether_frame frame;

	return !v->message && !ether_decode(v->bytes, v->length, &frame, NULL) && frame.type == ETHER_LLDP;
}

/* Number n of the lines with that key, or NULL. */
static const char *line_of(const struct device_vector *v, const char *key, unsigned n)
{
	for (unsigned i = 0; i < v->lines; i++)
		if (!strcmp(v->line[i].key, key) && !n--)
			return v->line[i].value;
	return NULL;
}

/* Spaces at the end of a line do not count. */
static bool has_line(const char *text, const char *line)
{
	for (const char *at = text; (at = strstr(at, line)); at++) {
		const char *end = at + strlen(line);

		end += strspn(end, " ");
		if ((at == text || at[-1] == '\n') && (*end == '\n' || !*end))
			return true;
	}
	return false;
}

static void list_vector(const struct device_vector *v)
{
	static struct bench bench;
	const char *expected;
	char *text;

	if (!line_of(v, "show", 0))
		return;
	bench_init(&bench);
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 2);
	bench_bytes(&bench, 0, v->bytes, v->length);
	assert_false(bench_event(&bench, ".odd"));
	text = bench_show(&bench, is_lldp(v) ? "lldp neighbors detail" : "cdp neighbors detail");
	for (unsigned i = 0; (expected = line_of(v, "show", i)); i++)
		if (!has_line(text, expected))
			fail_msg("%s: no line \"%s\" in:\n%s", v->name, expected, text);
	free(text);
	bench_stop(&bench);
}

static void the_switch_lists_every_phone(void **state)
{
	(void)state;
	device_vector_each(list_vector);
}

static void learn_vector(const struct device_vector *v)
{
	struct lab_config config = {.phones = 1, .seed = 11};
	struct memory_lab *lab;
	const char *expected;

	if (!line_of(v, "says", 0))
		return;
	lab = memory_lab_new(&config);
	lab->wire.cdp = lab->wire.lldp = false;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, SECOND + SECOND / 4); /* power on is at 1 s */
	memory_lab_frame(lab, 0, v->bytes, v->length);
	memory_lab_run_for(lab, 30 * SECOND);
	for (unsigned i = 0; (expected = line_of(v, "says", i)); i++)
		if (!memory_lab_said(lab, expected))
			fail_msg("%s: the phone never says \"%s\" but \"%s\"", v->name, expected,
				 memory_lab_detail(lab, 0, LADDER_VOICE_VLAN));
	assert_false(memory_lab_said(lab, ".odd"));
	memory_lab_free(lab);
}

static void the_phone_learns_from_every_switch(void **state)
{
	(void)state;
	device_vector_each(learn_vector);
}

/* --- the simulated phone beside the recorded one --- */

static struct wire_slice recorded_payload(const char *name, struct device_vector *v)
{
	struct ether_frame frame;

	device_vector_read(name, v);
	assert_int_equal(ether_decode(v->bytes, v->length, &frame, NULL), 0);
	return frame.payload;
}

static void a_booting_phone_sends_the_recorded_cdp(const struct lab_payload *sent)
{
	struct cdp_message ours, theirs;
	struct device_vector v;
	struct wire_slice recorded = recorded_payload("8841-cdp.txt", &v);

	assert_int_equal(cdp_decode(recorded.data, recorded.length, &theirs, NULL), 0);
	assert_int_equal(cdp_decode(sent->bytes, sent->length, &ours, NULL), 0);
	assert_int_equal(ours.has & ~CDP_HAS(CDP_VOIP_QUERY), theirs.has);
	assert_int_equal(ours.version, theirs.version);
	assert_int_equal(ours.ttl, theirs.ttl);
	assert_true(wire_slice_equal(ours.port_id, theirs.port_id));
	assert_true(wire_slice_equal(ours.platform, theirs.platform));
	assert_int_equal(ours.capabilities, theirs.capabilities);
	assert_int_equal(ours.duplex, theirs.duplex);
	assert_memory_equal(&ours.second_port, &theirs.second_port, sizeof(ours.second_port));
	assert_int_equal(ours.power_requested.count, theirs.power_requested.count);
	assert_int_equal(ours.power_requested.management_id, theirs.power_requested.management_id);
}

static void a_booting_phone_sends_the_recorded_lldp(const struct lab_payload *sent)
{
	struct lldp_message ours, theirs;
	struct device_vector v;
	struct wire_slice recorded = recorded_payload("8841-lldp.txt", &v);

	assert_int_equal(lldp_decode(recorded.data, recorded.length, &theirs, NULL), 0);
	assert_int_equal(lldp_decode(sent->bytes, sent->length, &ours, NULL), 0);
	assert_int_equal(ours.has, theirs.has);
	assert_int_equal(ours.ttl, theirs.ttl);
	assert_int_equal(ours.chassis.subtype, theirs.chassis.subtype);
	assert_true(wire_slice_equal(ours.chassis.id, theirs.chassis.id));
	assert_int_equal(ours.port.subtype, theirs.port.subtype);
	assert_true(wire_slice_equal(ours.port_description, theirs.port_description));
	assert_int_equal(ours.capabilities, theirs.capabilities);
	assert_int_equal(ours.enabled, theirs.enabled);
	assert_memory_equal(&ours.mac_phy, &theirs.mac_phy, sizeof(ours.mac_phy));
	assert_int_equal(ours.med_capabilities, theirs.med_capabilities);
	assert_int_equal(ours.med_class, theirs.med_class);
	assert_int_equal(ours.policies, theirs.policies);
	for (unsigned i = 0; i < ours.policies; i++)
		assert_memory_equal(&ours.policy[i], &theirs.policy[i], sizeof(ours.policy[i]));
	assert_int_equal(ours.med_power.type, theirs.med_power.type);
	assert_int_equal(ours.med_power.source, theirs.med_power.source);
	assert_int_equal(ours.power.class_code, theirs.power.class_code);
	assert_int_equal(ours.power.source, theirs.power.source);
	assert_int_equal(ours.system_description.length - ours.software.length,
			 theirs.system_description.length - theirs.software.length);
	assert_memory_equal(ours.system_description.data, theirs.system_description.data,
			    ours.system_description.length - ours.software.length);
	assert_true(wire_slice_equal(ours.hardware, theirs.hardware));
	assert_true(wire_slice_equal(ours.manufacturer, theirs.manufacturer));
	assert_true(wire_slice_equal(ours.model, theirs.model));
	assert_true(wire_slice_equal(ours.asset, theirs.asset));
}

/* Load, serial number and measured power are the phone's own. */
static void a_booting_phone_sends_what_was_recorded(void **state)
{
	struct lab_config config = {.phones = 1, .seed = 11, .model = "8841"};
	struct memory_lab *lab = memory_lab_new(&config);

	(void)state;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 2 * SECOND);
	a_booting_phone_sends_the_recorded_cdp(&lab->wire.first_cdp);
	a_booting_phone_sends_the_recorded_lldp(&lab->wire.first_lldp);
	memory_lab_free(lab);
}

/* --- phonelab decode --- */

static pcap_dumper_t *dumper;

static void dump_vector(const struct device_vector *v)
{
	uint8_t frame[4096];
	struct pcap_pkthdr header = {0};

	header.caplen = header.len = (bpf_u_int32)as_frame(v, frame, sizeof(frame));
	pcap_dump((u_char *)dumper, &header, frame);
}

static char *next_line; /* of phonelab decode */

static void decoded_vector(const struct device_vector *v)
{
	char expected[64], *end = strchr(next_line, '\n');

	assert_non_null(end);
	*end = 0;
	snprintf(expected, sizeof(expected), "\"protocol\":\"%.20s\"",
		 line_of(v, "is", 0) + strlen("protocol "));
	if (strstr(next_line, "\"error\"") || !strstr(next_line, expected))
		fail_msg("%s: decode says %s", v->name, next_line);
	next_line = end + 1;
}

static void decode_reads_the_capture(void **state)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 65535);
	char file[] = "/tmp/phonelab-vectors-XXXXXX", program[512];
	int fd = mkstemp(file);
	struct command_result result;

	(void)state;
	assert_true(fd >= 0);
	dumper = pcap_dump_fopen(pcap, fdopen(fd, "w"));
	assert_non_null(dumper);
	device_vector_each(dump_vector);
	pcap_dump_close(dumper);
	pcap_close(pcap);
	result = command_run(
	    TIMEOUT_S, (const char *const[]){lab_bin("phonelab", program), "decode", "--json", file, NULL});
	unlink(file);
	assert_int_equal(result.status, 0);
	next_line = result.out;
	device_vector_each(decoded_vector);
	assert_string_equal(next_line, "");
	command_free(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_field_is_read),
	    cmocka_unit_test(every_element_is_written_again),
	    cmocka_unit_test(the_switch_lists_every_phone),
	    cmocka_unit_test(the_phone_learns_from_every_switch),
	    cmocka_unit_test(a_booting_phone_sends_what_was_recorded),
	    cmocka_unit_test(decode_reads_the_capture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
