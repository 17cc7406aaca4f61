/* tshark reads what we write: a capture with comments, and in it our REGISTER over TCP, without a
 * complaint. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/support/frames.h"
#include "wire/dissect.h"
#include "wire/ipv4.h"
#include "wire/pcapng.h"
#include "wire/tftp.h"

#define MSS 1400

static char path[] = "/tmp/tshark_upper.XXXXXX";
static uint64_t now_ns = 1795226400000000000;

static void put(FILE *file, const uint8_t *bytes, ssize_t size)
{
	assert_in_range(size, 1, 1 << 20);
	assert_int_equal(fwrite(bytes, 1, (size_t)size, file), size);
}

static void packet(FILE *file, const uint8_t *frame, size_t size, const char *comment)
{
	static uint8_t block[70000];
	const struct pcapng_packet p = {
	    .time_ns = now_ns += 1000000, .data = {frame, size}, .comment = comment};

	put(file, block, pcapng_encode_packet(&p, block, sizeof(block)));
}

/* A stream of the phone to its call manager, in segments, acknowledged by nobody in particular. */
static void stream(FILE *file, const char *bytes, size_t size)
{
	static uint8_t frame[2000];
	uint32_t sequence = 1000;

	packet(file, frame,
	       frames_tcp(FRAMES_PHONE, 49701, FRAMES_CM, 5060, sequence++, TCP_SYN, NULL, 0, frame,
			  sizeof(frame)),
	       "step 10: cm-connect");
	packet(file, frame,
	       frames_tcp(FRAMES_CM, 5060, FRAMES_PHONE, 49701, 0, TCP_SYN | TCP_ACK, NULL, 0, frame,
			  sizeof(frame)),
	       NULL);
	for (size_t at = 0; at < size; at += MSS) {
		size_t part = size - at < MSS ? size - at : MSS;

		packet(file, frame,
		       frames_tcp(FRAMES_PHONE, 49701, FRAMES_CM, 5060, sequence, TCP_ACK | TCP_PSH,
				  bytes + at, part, frame, sizeof(frame)),
		       at ? NULL
			  : "step 11: register, \xc3\xbc"
			    "ber TCP");
		sequence += (uint32_t)part;
	}
}

static void transfer(FILE *file)
{
	const struct tftp_packet request = {
	    .opcode = TFTP_RRQ,
	    .name = "SEP001122AABB01.cnf.xml",
	    .mode = TFTP_OCTET,
	    .options = {.has = TFTP_HAS_BLKSIZE | TFTP_HAS_TSIZE, .blksize = 1432}};
	const struct tftp_packet answer = {
	    .opcode = TFTP_OACK,
	    .options = {.has = TFTP_HAS_BLKSIZE | TFTP_HAS_TSIZE, .blksize = 1432, .tsize = 9}};
	const struct tftp_packet data = {
	    .opcode = TFTP_DATA, .block = 1, .data = (const uint8_t *)"<device/>", .data_size = 9};
	uint8_t bytes[256], frame[512];

	packet(file, frame,
	       frames_udp(FRAMES_PHONE, 50001, FRAMES_SERVER, 69, bytes,
			  (size_t)tftp_encode(&request, bytes, sizeof(bytes)), frame, sizeof(frame)),
	       "step 7: config");
	packet(file, frame,
	       frames_udp(FRAMES_SERVER, 40001, FRAMES_PHONE, 50001, bytes,
			  (size_t)tftp_encode(&answer, bytes, sizeof(bytes)), frame, sizeof(frame)),
	       NULL);
	packet(file, frame,
	       frames_udp(FRAMES_SERVER, 40001, FRAMES_PHONE, 50001, bytes,
			  (size_t)tftp_encode(&data, bytes, sizeof(bytes)), frame, sizeof(frame)),
	       NULL);
}

/* What tshark prints for these arguments, in out. */
static void tshark(const char *arguments, char *out, size_t room)
{
	char command[512];
	size_t n;
	FILE *pipe;

	snprintf(command, sizeof(command), "timeout 60 tshark -n -r %s %s 2>/dev/null", path, arguments);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	n = fread(out, 1, room - 1, pipe);
	out[n] = '\0';
	assert_int_equal(pclose(pipe), 0);
}

static int write_file(void **state)
{
	static char registers[16384];
	uint8_t block[512];
	size_t size;
	FILE *file;
	int fd;

	(void)state;
	if (system("command -v tshark >/dev/null 2>&1") != 0)
		return 0;
	fd = mkstemp(path);
	file = fd < 0 ? NULL : fdopen(fd, "wb");
	if (!file)
		return -1;
	put(file, block, pcapng_encode_section("phonelab", block, sizeof(block)));
	put(file, block,
	    pcapng_encode_interface(&(struct pcapng_interface){"Gi1/0/1", "SEP001122AABB01", PCAPNG_ETHERNET},
				    block, sizeof(block)));
	transfer(file);
	size = frames_register(0, registers, sizeof(registers));
	size += frames_register(1, registers + size, sizeof(registers) - size);
	stream(file, registers, size);
	return fclose(file) == 0 ? 0 : -1;
}

static int remove_file(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static void need_tshark(void)
{
	if (system("command -v tshark >/dev/null 2>&1") != 0) {
		print_message("tshark is not installed\n");
		skip();
	}
}

static void comments_and_interfaces_are_shown(void **state)
{
	char out[8192];

	(void)state;
	need_tshark();
	tshark("-T fields -e frame.comment -Y frame.comment", out, sizeof(out));
	assert_string_equal(out, "step 7: config\nstep 10: cm-connect\nstep 11: register, \xc3\xbc"
				 "ber TCP\n");
	tshark("-T fields -e frame.interface_name -e frame.interface_description -e frame.time_epoch -c 1",
	       out, sizeof(out));
	assert_string_equal(out, "Gi1/0/1\tSEP001122AABB01\t1795226400.001000000\n");
}

static void nothing_is_malformed(void **state)
{
	char out[8192];

	(void)state;
	need_tshark();
	tshark(
	    "-o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE -T fields "
	    "-e frame.number -e _ws.expert.message -Y '_ws.malformed || _ws.expert.severity >= 0x600000 || "
	    "ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0'",
	    out, sizeof(out));
	assert_string_equal(out, "");
	/* the filter can find something: a frame with a wrong checksum, asked for by the complement */
	tshark("-o tcp.check_checksum:TRUE -T fields -e frame.number -Y 'tcp.checksum.status == 1'", out,
	       sizeof(out));
	assert_in_range(strlen(out), 4, sizeof(out));
}

static void registers_are_decoded_as_meant(void **state)
{
	char out[8192];

	(void)state;
	need_tshark();
	tshark("-Y sip -T fields -E occurrence=f -e sip.Method -e sip.contact.user -e sip.to.user -e "
	       "sip.CSeq.seq "
	       "-e sip.Expires -e vlan.id",
	       out, sizeof(out));
	assert_string_equal(out, "REGISTER\t5f7e2b1c-0001\t2001\t101\t3600\t110\n"
				 "REGISTER\t5f7e2b1c-0001\t2001\t101\t0\t110\n");
	tshark("-Y sip -T fields -e mime_multipart.header.content-type", out, sizeof(out));
	assert_non_null(strstr(out, "application/x-cisco-remotecc-request+xml"));
	tshark("-Y sip -T fields -e sip.Contact", out, sizeof(out));
	assert_non_null(strstr(out, "+u.sip!devicename.ccm.cisco.com=\"SEP001122AABB01\""));
	assert_non_null(strstr(out, "expires=0;cisco-keep-alive"));
}

static void the_transfer_is_followed(void **state)
{
	char out[8192];

	(void)state;
	need_tshark();
	tshark("-Y tftp -T fields -e tftp.opcode -e tftp.source_file -e tftp.option.name", out, sizeof(out));
	assert_string_equal(out, "1\tSEP001122AABB01.cnf.xml\tblksize,tsize\n6\t\tblksize,tsize\n3\t\t\n");
}

/* And we read our own file as tshark does. */
static void our_own_reading_agrees(void **state)
{
	static uint8_t file[65536];
	static struct pcapng_reader reader;
	static struct pcapng_record record;
	static struct dissect out;
	struct dissect_context *context = dissect_new();
	unsigned registers = 0, transfers = 0, malformed = 0;
	FILE *in = fopen(path, "rb");
	size_t size, at = 0;

	(void)state;
	if (!in) {
		dissect_free(context);
		need_tshark();
		fail();
	}
	size = fread(file, 1, sizeof(file), in);
	fclose(in);
	pcapng_reader_init(&reader);
	while (pcapng_read(&reader, file + at, size - at, &record, NULL) == 0) {
		at += record.size;
		if (record.kind != PCAPNG_PACKET)
			continue;
		dissect_frame(context, record.data.data, record.data.length, false, &out);
		malformed += out.malformed;
		transfers += strcmp(out.protocol, "tftp") == 0;
		registers +=
		    dissect_value(&out, "method") && strcmp(dissect_value(&out, "method"), "REGISTER") == 0;
	}
	assert_int_equal(at, size);
	assert_int_equal(malformed, 0);
	assert_int_equal(transfers, 3);
	assert_int_equal(registers, 2);
	dissect_free(context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(comments_and_interfaces_are_shown),
	    cmocka_unit_test(nothing_is_malformed),
	    cmocka_unit_test(registers_are_decoded_as_meant),
	    cmocka_unit_test(the_transfer_is_followed),
	    cmocka_unit_test(our_own_reading_agrees),
	};

	return cmocka_run_group_tests(tests, write_file, remove_file);
}
