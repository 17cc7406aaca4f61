/* The TFTP client machine, with a fake clock and datagrams made by hand. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "phone-sim/core/tftp_client.h"
#include "wire/tftp.h"

#define SERVER 0x0a140003
#define TID    40001

struct run {
	struct tftp_client *client;
	struct tftp_client_out out;
	uint64_t now_us;
	uint64_t got;
};

static struct run begin(const struct tftp_client_config *wanted)
{
	struct run run = {.now_us = 1000};
	struct tftp_client_config config = *wanted;

	config.server = SERVER;
	config.port = 69;
	if (!config.file)
		config.file = "SEP001122AABB01.cnf.xml";
	run.client = tftp_client_new(&config);
	assert_non_null(run.client);
	tftp_client_start(run.client, run.now_us, &run.out);
	return run;
}

static void give_from(struct run *run, uint16_t port, const struct tftp_packet *packet)
{
	static uint8_t bytes[TFTP_PACKET_MAX];
	ssize_t length = tftp_encode(packet, bytes, sizeof(bytes));

	assert_true(length > 0);
	run->now_us += 100;
	tftp_client_datagram(run->client, run->now_us, SERVER, port, bytes, (size_t)length, &run->out);
	run->got += run->out.data_length;
}

static void give_data(struct run *run, uint16_t block, size_t size)
{
	static uint8_t zeros[TFTP_BLKSIZE_MAX];
	struct tftp_packet packet = {.opcode = TFTP_DATA, .block = block, .data = zeros, .data_size = size};

	give_from(run, TID, &packet);
}

static struct tftp_packet sent(const struct run *run, unsigned i)
{
	struct tftp_packet packet;

	assert_true(i < run->out.send_count);
	assert_int_equal(tftp_decode(run->out.send[i].bytes, run->out.send[i].length, &packet, NULL), 0);
	return packet;
}

static void expect_ack(const struct run *run, uint16_t block)
{
	struct tftp_packet packet = sent(run, 0);

	assert_int_equal(packet.opcode, TFTP_ACK);
	assert_int_equal(packet.block, block);
	assert_int_equal(run->out.send[0].port, TID);
}

static void end(struct run *run)
{
	tftp_client_free(run->client);
}

static void without_options(void **state)
{
	struct tftp_client_config config = {.limit = 0};
	struct run run = begin(&config);
	struct tftp_packet request = sent(&run, 0);

	(void)state;
	assert_int_equal(request.opcode, TFTP_RRQ);
	assert_int_equal(request.options.has, 0);
	assert_string_equal(request.name, "SEP001122AABB01.cnf.xml");
	assert_int_equal(request.mode, TFTP_OCTET);
	assert_int_equal(run.out.send[0].port, 69);
	assert_int_equal(run.out.deadline_us, run.now_us + 500000);
	give_data(&run, 1, 512);
	expect_ack(&run, 1);
	give_data(&run, 2, 100);
	expect_ack(&run, 2);
	assert_int_equal(run.out.status, TFTP_CLIENT_DONE);
	assert_int_equal(run.got, 612);
	assert_int_equal(run.out.deadline_us, UINT64_MAX);
	end(&run);
}

static void an_empty_file(void **state)
{
	struct tftp_client_config config = {.limit = 10};
	struct run run = begin(&config);

	(void)state;
	give_data(&run, 1, 0);
	expect_ack(&run, 1);
	assert_int_equal(run.out.status, TFTP_CLIENT_DONE);
	end(&run);
}

static void with_options(void **state)
{
	struct tftp_client_config config = {.blksize = 1400, .tsize = true, .windowsize = 4, .limit = 100000};
	struct run run = begin(&config);
	struct tftp_packet oack = {.opcode = TFTP_OACK};

	(void)state;
	assert_int_equal(sent(&run, 0).options.has, TFTP_HAS_BLKSIZE | TFTP_HAS_TSIZE | TFTP_HAS_WINDOWSIZE);
	oack.options.has = TFTP_HAS_BLKSIZE | TFTP_HAS_TSIZE | TFTP_HAS_WINDOWSIZE;
	oack.options.blksize = 1400;
	oack.options.windowsize = 4;
	oack.options.tsize = 5 * 1400 + 7;
	give_from(&run, TID, &oack);
	expect_ack(&run, 0);
	for (uint16_t block = 1; block <= 3; block++) {
		give_data(&run, block, 1400);
		assert_int_equal(run.out.send_count, 0);
	}
	give_data(&run, 4, 1400);
	expect_ack(&run, 4);
	give_data(&run, 5, 1400);
	assert_int_equal(run.out.send_count, 0);
	give_data(&run, 6, 7);
	expect_ack(&run, 6);
	assert_int_equal(run.out.status, TFTP_CLIENT_DONE);
	assert_int_equal(run.got, 5 * 1400 + 7);
	end(&run);
}

static void options_ignored(void **state)
{
	struct tftp_client_config config = {.blksize = 1400, .tsize = true};
	struct run run = begin(&config);

	(void)state;
	give_data(&run, 1, 512); /* not short: the block is 512 since nothing was agreed */
	expect_ack(&run, 1);
	assert_int_equal(run.out.status, TFTP_CLIENT_RUNNING);
	give_data(&run, 2, 3);
	assert_int_equal(run.out.status, TFTP_CLIENT_DONE);
	end(&run);
}

static void options_refused(void **state)
{
	struct tftp_client_config config = {.blksize = 1400};
	struct run run = begin(&config);
	struct tftp_packet error;

	(void)state;
	tftp_error_packet(&error, TFTP_ERROR_OPTION, NULL);
	give_from(&run, TID, &error);
	assert_int_equal(run.out.status, TFTP_CLIENT_RUNNING);
	assert_int_equal(sent(&run, 0).opcode, TFTP_RRQ);
	assert_int_equal(sent(&run, 0).options.has, 0);
	assert_int_equal(run.out.send[0].port, 69);
	give_from(&run, TID + 1, &error); /* once more, to a request without any: that is the end */
	assert_int_equal(run.out.status, TFTP_CLIENT_REFUSED);
	end(&run);
}

static void an_oack_with_an_option_that_was_not_requested(void **state)
{
	struct tftp_client_config config = {.blksize = 1400};
	struct run run = begin(&config);
	struct tftp_packet oack = {.opcode = TFTP_OACK,
				   .options = {.has = TFTP_HAS_BLKSIZE, .blksize = 2000}};

	(void)state;
	give_from(&run, TID, &oack);
	assert_int_equal(run.out.status, TFTP_CLIENT_PROTOCOL_ERROR);
	assert_int_equal(sent(&run, 0).opcode, TFTP_ERROR);
	assert_int_equal(sent(&run, 0).error_code, TFTP_ERROR_OPTION);
	end(&run);
}

/* Each code has its name in the detail, with the text of the server if it has another one. */
static void errors(void **state)
{
	static const struct {
		uint16_t code;
		enum tftp_client_status status;
		const char *text, *detail;
	} cases[] = {
	    {0, TFTP_CLIENT_REFUSED, "nope", "ERROR 0 nope (undefined error)"},
	    {1, TFTP_CLIENT_NOT_FOUND, "File not found", "ERROR 1 file not found"},
	    {1, TFTP_CLIENT_NOT_FOUND, "no /x for 10.0.0.1", "ERROR 1 no /x for 10.0.0.1 (file not found)"},
	    {2, TFTP_CLIENT_REFUSED, "", "ERROR 2 access violation"},
	    {3, TFTP_CLIENT_REFUSED, "no room", "ERROR 3 no room (disk full)"},
	    {4, TFTP_CLIENT_REFUSED, "", "ERROR 4 illegal TFTP operation"},
	    {5, TFTP_CLIENT_REFUSED, "", "ERROR 5 unknown transfer ID"},
	    {6, TFTP_CLIENT_REFUSED, "", "ERROR 6 file already exists"},
	    {7, TFTP_CLIENT_REFUSED, "", "ERROR 7 no such user"},
	    {8, TFTP_CLIENT_REFUSED, "a\x1b[31mb\n\xc3\xa9", "ERROR 8 a.[31mb... (option refused)"},
	    {99, TFTP_CLIENT_REFUSED, "", "ERROR 99 unknown error code"},
	};
	const struct tftp_client_config config = {.limit = 10};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run run = begin(&config);
		struct tftp_packet error = {.opcode = TFTP_ERROR, .error_code = cases[i].code};

		assert_int_equal(tftp_client_error_code(run.client), -1);
		snprintf(error.message, sizeof(error.message), "%s", cases[i].text);
		give_from(&run, TID, &error);
		assert_int_equal(run.out.status, cases[i].status);
		assert_int_equal(run.out.send_count, 0);
		assert_string_equal(tftp_client_detail(run.client), cases[i].detail);
		assert_int_equal(tftp_client_error_code(run.client), cases[i].code);
		end(&run);
	}
}

static void the_text_of_an_error_is_limited(void **state)
{
	const struct tftp_client_config config = {.limit = 10};
	struct run run = begin(&config);
	struct tftp_packet error = {.opcode = TFTP_ERROR, .error_code = 2};

	(void)state;
	memset(error.message, 'x', TFTP_MESSAGE_MAX);
	give_from(&run, TID, &error);
	assert_int_equal(strlen(tftp_client_detail(run.client)), strlen("ERROR 2  (access violation)") + 120);
	end(&run);
}

static void retransmission_and_timeout(void **state)
{
	struct tftp_client_config config = {.retries = 4};
	struct run run = begin(&config);
	uint64_t wait = 500000;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(run.out.deadline_us - run.now_us, wait);
		tftp_client_timer(run.client, run.out.deadline_us - 1, &run.out);
		assert_int_equal(run.out.send_count, 0); /* too early */
		run.now_us = run.out.deadline_us;
		tftp_client_timer(run.client, run.now_us, &run.out);
		assert_int_equal(sent(&run, 0).opcode, TFTP_RRQ);
		assert_true(run.out.retransmitted);
		wait *= 2;
	}
	tftp_client_timer(run.client, run.out.deadline_us, &run.out);
	assert_int_equal(run.out.status, TFTP_CLIENT_TIMEOUT);
	end(&run);
}

static void a_lost_ack_is_repeated_and_the_count_begins_again(void **state)
{
	struct tftp_client_config config = {.retries = 2};
	struct run run = begin(&config);

	(void)state;
	for (uint16_t block = 1; block <= 5; block++) {
		give_data(&run, block, 512);
		run.now_us = run.out.deadline_us;
		tftp_client_timer(run.client, run.now_us, &run.out);
		expect_ack(&run, block);
		assert_true(run.out.retransmitted);
	}
	give_data(&run, 6, 1);
	assert_int_equal(run.out.status, TFTP_CLIENT_DONE);
	end(&run);
}

static void the_whole_may_not_take_longer(void **state)
{
	struct tftp_client_config config = {.total_us = 700000};
	struct run run = begin(&config);

	(void)state;
	run.now_us = run.out.deadline_us;
	tftp_client_timer(run.client, run.now_us, &run.out);
	assert_int_equal(run.out.deadline_us, 1000 + 700000);
	tftp_client_timer(run.client, run.out.deadline_us, &run.out);
	assert_int_equal(run.out.status, TFTP_CLIENT_TIMEOUT);
	end(&run);
}

/* A duplicate is neither delivered nor acknowledged again: no Sorcerer's Apprentice. */
static void duplicates(void **state)
{
	struct tftp_client_config config = {.limit = 100000};
	struct run run = begin(&config);

	(void)state;
	give_data(&run, 1, 512);
	for (unsigned i = 0; i < 3; i++) {
		give_data(&run, 1, 512);
		assert_int_equal(run.out.send_count, 0);
	}
	give_data(&run, 2, 512);
	give_data(&run, 1, 512);
	assert_int_equal(run.out.send_count, 0);
	give_data(&run, 3, 0);
	assert_int_equal(run.out.status, TFTP_CLIENT_DONE);
	assert_int_equal(run.got, 1024);
	end(&run);
}

static void a_gap_in_a_window_is_answered_once(void **state)
{
	struct tftp_client_config config = {.windowsize = 8};
	struct run run = begin(&config);
	struct tftp_packet oack = {.opcode = TFTP_OACK,
				   .options = {.has = TFTP_HAS_WINDOWSIZE, .windowsize = 8}};

	(void)state;
	give_from(&run, TID, &oack);
	give_data(&run, 1, 512);
	give_data(&run, 3, 512); /* 2 is lost */
	expect_ack(&run, 1);
	give_data(&run, 4, 512);
	assert_int_equal(run.out.send_count, 0);
	give_data(&run, 2, 512);
	give_data(&run, 3, 512);
	give_data(&run, 4, 10);
	expect_ack(&run, 4);
	assert_int_equal(run.out.status, TFTP_CLIENT_DONE);
	assert_int_equal(run.got, 3 * 512 + 10);
	end(&run);
}

static void a_wrong_port_gets_an_error_and_the_transfer_goes_on(void **state)
{
	struct tftp_client_config config = {.limit = 100000};
	struct run run = begin(&config);
	struct tftp_packet packet = {
	    .opcode = TFTP_DATA, .block = 2, .data = (const uint8_t *)"evil", .data_size = 4};

	(void)state;
	give_data(&run, 1, 512);
	give_from(&run, TID + 1, &packet);
	assert_int_equal(run.out.status, TFTP_CLIENT_RUNNING);
	assert_int_equal(run.out.data_length, 0);
	assert_int_equal(sent(&run, 0).error_code, TFTP_ERROR_UNKNOWN_TID);
	assert_int_equal(run.out.send[0].port, TID + 1);
	assert_string_equal(tftp_client_dropped(run.client), "it is from another port than the transfer's");
	give_data(&run, 2, 1);
	assert_int_equal(run.out.status, TFTP_CLIENT_DONE);
	end(&run);
}

/* Of an OACK the client uses the options that it understands; an odd one counts as not answered. */
static void odd_options_count_as_not_answered(void **state)
{
	static const char oack[] = "\0\6tsize\0many\0blksize\0"
				   "1024\0"; /* and the literal's NUL, which begins no option */
	struct tftp_client_config config = {.limit = 100000, .blksize = 1432, .tsize = true};
	struct run run = begin(&config);

	(void)state;
	tftp_client_datagram(run.client, run.now_us, SERVER, TID, (const uint8_t *)oack, sizeof(oack),
			     &run.out);
	assert_int_equal(run.out.status, TFTP_CLIENT_RUNNING);
	expect_ack(&run, 0);
	give_data(&run, 1, 1024);
	expect_ack(&run, 1);
	give_data(&run, 2, 10);
	assert_int_equal(run.out.status, TFTP_CLIENT_DONE);
	assert_int_equal(run.got, 1034);
	assert_int_equal(tftp_client_odd(run.client)->count, 2);
	assert_string_equal(tftp_client_odd(run.client)->item[0].name, "tsize");
	end(&run);
}

/* Its packets are rejected; the first address that answers is noted. */
static void another_address_is_rejected(void **state)
{
	struct tftp_client_config config = {.limit = 100000};
	struct run run = begin(&config);
	static const uint8_t data[] = {0, 3, 0, 1, 'x'};

	(void)state;
	tftp_client_datagram(run.client, run.now_us, SERVER + 9, TID, (const uint8_t *)"hello", 5, &run.out);
	assert_int_equal(tftp_client_other_address(run.client), 0); /* no answer to anything */
	for (uint32_t i = 1; i < 3; i++) {
		tftp_client_datagram(run.client, run.now_us, SERVER + i, TID, data, sizeof(data), &run.out);
		assert_int_equal(run.out.status, TFTP_CLIENT_RUNNING);
		assert_int_equal(run.out.send_count, 0);
		assert_int_equal(run.out.data_length, 0);
		assert_int_equal(tftp_client_other_address(run.client), SERVER + 1);
	}
	give_data(&run, 1, 10);
	assert_int_equal(run.out.status, TFTP_CLIENT_DONE);
	end(&run);
}

static void block_numbers_wrap(void **state)
{
	struct tftp_client_config config = {.blksize = 8};

	(void)state;
	for (int to_one = 0; to_one < 2; to_one++) {
		struct run run = begin(&config);
		struct tftp_packet oack = {.opcode = TFTP_OACK,
					   .options = {.has = TFTP_HAS_BLKSIZE, .blksize = 8}};
		uint16_t block = 0;

		give_from(&run, TID, &oack);
		for (unsigned i = 1; i <= 66000; i++) {
			block++;
			if (!block && to_one)
				block = 1;
			give_data(&run, block, 8);
			expect_ack(&run, block);
		}
		give_data(&run, (uint16_t)(block + 1), 0);
		assert_int_equal(run.out.status, TFTP_CLIENT_DONE);
		assert_int_equal(run.got, 66000 * 8);
		end(&run);
	}
}

static void sizes_are_bounded(void **state)
{
	struct tftp_client_config config = {.limit = 1000, .tsize = true};
	struct run run = begin(&config);
	struct tftp_packet oack = {.opcode = TFTP_OACK, .options = {.has = TFTP_HAS_TSIZE, .tsize = 1001}};

	(void)state;
	give_from(&run, TID, &oack);
	assert_int_equal(run.out.status, TFTP_CLIENT_TOO_LARGE);
	assert_int_equal(sent(&run, 0).opcode, TFTP_ERROR);
	end(&run);
	run = begin(&config);
	give_data(&run, 1, 512);
	give_data(&run, 2, 512);
	assert_int_equal(run.out.status, TFTP_CLIENT_TOO_LARGE);
	assert_int_equal(run.out.data_length, 0);
	end(&run);
}

static void shorter_than_announced(void **state)
{
	struct tftp_client_config config = {.tsize = true};
	struct run run = begin(&config);
	struct tftp_packet oack = {.opcode = TFTP_OACK, .options = {.has = TFTP_HAS_TSIZE, .tsize = 600}};

	(void)state;
	give_from(&run, TID, &oack);
	give_data(&run, 1, 512);
	give_data(&run, 2, 3);
	assert_int_equal(run.out.status, TFTP_CLIENT_TRUNCATED);
	assert_string_equal(tftp_client_detail(run.client), "515 bytes came, 600 were announced");
	end(&run);
}

static void icmp(void **state)
{
	struct tftp_client_config config = {.limit = 10};
	struct run run = begin(&config);

	(void)state;
	tftp_client_error(run.client, ECONNREFUSED, &run.out);
	assert_int_equal(run.out.status, TFTP_CLIENT_REFUSED);
	end(&run);
	run = begin(&config);
	tftp_client_error(run.client, EHOSTUNREACH, &run.out);
	assert_int_equal(run.out.status, TFTP_CLIENT_UNREACHABLE);
	end(&run);
}

static void nonsense(void **state)
{
	static const struct tftp_client_config empty = {.file = ""}, tiny = {.file = "x", .blksize = 7};
	struct tftp_client_config config = {.limit = 100};
	struct run run = begin(&config);

	(void)state;
	assert_null(tftp_client_new(&empty));
	assert_int_equal(errno, EINVAL);
	assert_null(tftp_client_new(&tiny));
	tftp_client_datagram(run.client, run.now_us, SERVER, TID, (const uint8_t *)"", 0, &run.out);
	assert_int_equal(run.out.status, TFTP_CLIENT_RUNNING);
	tftp_client_datagram(run.client, run.now_us, SERVER, TID, (const uint8_t *)"\0\7x", 3, &run.out);
	assert_int_equal(run.out.status, TFTP_CLIENT_RUNNING);
	assert_non_null(tftp_client_dropped(run.client));
	give_data(&run, 7, 10); /* of a transfer long gone */
	assert_int_equal(run.out.status, TFTP_CLIENT_RUNNING);
	give_data(&run, 1, 10);
	assert_int_equal(run.out.status, TFTP_CLIENT_DONE);
	give_data(&run, 2, 10); /* after the end nothing happens */
	assert_int_equal(run.out.send_count, 0);
	end(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_options),
	    cmocka_unit_test(an_empty_file),
	    cmocka_unit_test(with_options),
	    cmocka_unit_test(options_ignored),
	    cmocka_unit_test(options_refused),
	    cmocka_unit_test(an_oack_with_an_option_that_was_not_requested),
	    cmocka_unit_test(errors),
	    cmocka_unit_test(the_text_of_an_error_is_limited),
	    cmocka_unit_test(retransmission_and_timeout),
	    cmocka_unit_test(a_lost_ack_is_repeated_and_the_count_begins_again),
	    cmocka_unit_test(the_whole_may_not_take_longer),
	    cmocka_unit_test(duplicates),
	    cmocka_unit_test(a_gap_in_a_window_is_answered_once),
	    cmocka_unit_test(a_wrong_port_gets_an_error_and_the_transfer_goes_on),
	    cmocka_unit_test(odd_options_count_as_not_answered),
	    cmocka_unit_test(another_address_is_rejected),
	    cmocka_unit_test(block_numbers_wrap),
	    cmocka_unit_test(sizes_are_bounded),
	    cmocka_unit_test(shorter_than_announced),
	    cmocka_unit_test(icmp),
	    cmocka_unit_test(nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
