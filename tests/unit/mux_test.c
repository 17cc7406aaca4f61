/* Connections over one pair of pipes (phonelab/closet/mux): octets, windows, ends, and a peer that violates the protocol. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "phonelab/closet/mux.h"

#define ROUNDS 20000 /* of the event loop, at most */
#define BIG    (3 * MUX_WINDOW + 12345)

/* One side: its mux, and the far ends of the streams of its channels. */
struct side {
	struct event_base *base;
	struct mux *mux;
	int far[MUX_CHANNELS + 8];
	size_t count;
	bool ended;
	int rooms; /* how often there was room again */
};

struct pair {
	struct event_base *base;
	struct side near, far; /* near accepts connections; far replies */
};

/* A stream whose other end is the next of side->far. */
static struct bufferevent *new_stream(struct side *side)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
	side->far[side->count++] = ends[1];
	return bufferevent_socket_new(side->base, ends[0], BEV_OPT_CLOSE_ON_FREE);
}

static struct bufferevent *on_open(void *arg)
{
	return new_stream(arg);
}

static void on_ended(void *arg)
{
	struct side *side = arg;

	side->ended = true;
}

static void on_room(void *arg)
{
	struct side *side = arg;

	side->rooms++;
}

static void begin_side(struct side *side, struct event_base *base, int in, int out, bool opens)
{
	const struct mux_calls calls = {opens ? on_open : NULL, on_ended, on_room, side, 0};

	*side = (struct side){.base = base};
	side->mux = mux_new(base, in, out, &calls);
	assert_non_null(side->mux);
}

static void end_side(struct side *side)
{
	mux_free(side->mux);
	for (size_t i = 0; i < side->count; i++)
		if (side->far[i] >= 0)
			close(side->far[i]);
}

static void begin_pair(struct pair *pair)
{
	int to[2], from[2];

	assert_int_equal(pipe2(to, O_CLOEXEC), 0);
	assert_int_equal(pipe2(from, O_CLOEXEC), 0);
	pair->base = event_base_new();
	begin_side(&pair->near, pair->base, from[0], to[1], false);
	begin_side(&pair->far, pair->base, to[0], from[1], true);
}

static void end_pair(struct pair *pair)
{
	end_side(&pair->near);
	end_side(&pair->far);
	event_base_free(pair->base);
}

static void turn(struct event_base *base, int rounds)
{
	for (int i = 0; i < rounds; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

/* The next connection of the near side, until the far side has it. */
static void open_channel(struct pair *pair)
{
	mux_add(pair->near.mux, new_stream(&pair->near));
	for (int i = 0; i < ROUNDS && pair->far.count < pair->near.count; i++)
		event_base_loop(pair->base, EVLOOP_NONBLOCK);
	assert_int_equal(pair->far.count, pair->near.count);
}

static uint8_t octet(size_t at)
{
	return (uint8_t)(at * 31 + at / 251);
}

/* Write as much as is accepted from *sent on. */
static void write_more(int fd, size_t *sent, size_t size)
{
	uint8_t bytes[8192];
	size_t n = size - *sent < sizeof(bytes) ? size - *sent : sizeof(bytes);
	ssize_t written;

	for (size_t i = 0; i < n; i++)
		bytes[i] = octet(*sent + i);
	written = n ? write(fd, bytes, n) : 0;
	*sent += written > 0 ? (size_t)written : 0;
}

/* Read what is there, and compare it. False at the end. */
static bool read_more(int fd, size_t *got)
{
	uint8_t bytes[8192];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	for (ssize_t i = 0; i < n; i++)
		assert_int_equal(bytes[i], octet(*got + (size_t)i));
	*got += n > 0 ? (size_t)n : 0;
	return n > 0 || (n < 0 && errno == EAGAIN);
}

/* Send BIG octets from one descriptor to the other. */
static void send_big(struct event_base *base, int from, int to)
{
	size_t sent = 0, got = 0;

	for (int i = 0; i < ROUNDS && got < BIG; i++) {
		write_more(from, &sent, BIG);
		event_base_loop(base, EVLOOP_NONBLOCK);
		assert_true(read_more(to, &got));
	}
	assert_int_equal(got, BIG);
}

static void octets_arrive_in_both_directions(void **state)
{
	struct pair pair;

	(void)state;
	begin_pair(&pair);
	open_channel(&pair);
	open_channel(&pair);
	send_big(pair.base, pair.near.far[0], pair.far.far[0]);
	send_big(pair.base, pair.far.far[0], pair.near.far[0]);
	send_big(pair.base, pair.far.far[1], pair.near.far[1]);
	end_pair(&pair);
}

/* Nobody reads channel 0: it takes a limited number of octets, and channel 1 goes on. */
static void a_slow_reader_delays_only_itself(void **state)
{
	struct pair pair;
	size_t sent = 0, got = 0;

	(void)state;
	begin_pair(&pair);
	open_channel(&pair);
	open_channel(&pair);
	for (int i = 0; i < 2000; i++) {
		write_more(pair.far.far[0], &sent, 64 * MUX_WINDOW);
		event_base_loop(pair.base, EVLOOP_NONBLOCK);
	}
	/* The window, and the buffers of two sockets. */
	assert_true(sent >= MUX_WINDOW);
	assert_true(sent <= MUX_WINDOW + (2u << 20));
	send_big(pair.base, pair.far.far[1], pair.near.far[1]);
	for (int i = 0; i < ROUNDS && got < sent; i++) {
		assert_true(read_more(pair.near.far[0], &got));
		event_base_loop(pair.base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(got, sent);
	end_pair(&pair);
}

/* What was sent before the end still arrives, also if it is more than the window. */
static void an_end_comes_after_the_octets(void **state)
{
	struct pair pair;
	size_t sent = 0, got = 0;
	bool more = true;

	(void)state;
	begin_pair(&pair);
	open_channel(&pair);
	for (int i = 0; i < 2000; i++) {
		write_more(pair.far.far[0], &sent, BIG);
		event_base_loop(pair.base, EVLOOP_NONBLOCK);
	}
	assert_true(sent > MUX_WINDOW);
	close(pair.far.far[0]);
	pair.far.far[0] = -1;
	for (int i = 0; i < ROUNDS && more; i++) {
		event_base_loop(pair.base, EVLOOP_NONBLOCK);
		more = read_more(pair.near.far[0], &got);
	}
	assert_false(more);
	assert_int_equal(got, sent);
	end_pair(&pair);
}

static void channels_are_limited(void **state)
{
	struct pair pair;
	char none;

	(void)state;
	begin_pair(&pair);
	for (size_t i = 0; i < MUX_CHANNELS; i++)
		open_channel(&pair);
	assert_true(mux_full(pair.near.mux));
	mux_add(pair.near.mux, new_stream(&pair.near));
	turn(pair.base, 20);
	assert_int_equal(read(pair.near.far[MUX_CHANNELS], &none, 1), 0);
	/* One that ends makes room. */
	close(pair.near.far[0]);
	pair.near.far[0] = -1;
	turn(pair.base, 50);
	assert_int_equal(pair.near.rooms, 1);
	assert_false(mux_full(pair.near.mux));
	mux_add(pair.near.mux, new_stream(&pair.near));
	turn(pair.base, 50);
	assert_int_equal(pair.far.count, MUX_CHANNELS + 1);
	assert_false(pair.near.ended || pair.far.ended);
	end_pair(&pair);
}

/* The far side is gone: streams of events get a last one as a chunk, other replies nothing. */
static void only_streams_of_events_get_the_last_event(void **state)
{
	static const char events[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
	static const char other[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n";
	char text[200] = "";
	struct pair pair;

	(void)state;
	begin_pair(&pair);
	open_channel(&pair);
	open_channel(&pair);
	assert_true(write(pair.far.far[0], events, strlen(events)) > 0);
	assert_true(write(pair.far.far[1], other, strlen(other)) > 0);
	turn(pair.base, 50);
	end_side(&pair.far);
	pair.far = (struct side){0};
	turn(pair.base, 50);
	assert_true(pair.near.ended);
	mux_last_event(pair.near.mux, "event: end\n\n");
	turn(pair.base, 50);
	assert_true(read(pair.near.far[0], text, sizeof(text) - 1) > 0);
	assert_string_equal(text + strlen(events), "c\r\nevent: end\n\n\r\n0\r\n\r\n");
	memset(text, 0, sizeof(text));
	assert_true(read(pair.near.far[1], text, sizeof(text) - 1) > 0);
	assert_string_equal(text, other);
	end_pair(&pair);
}

/* --- a peer that violates the protocol --- */

static void write_frame(int fd, uint32_t channel, uint32_t kind, uint32_t length, size_t payload)
{
	const uint32_t header[] = {htonl(channel), htonl(kind), htonl(length)};
	static const uint8_t bytes[MUX_PART];

	assert_int_equal(write(fd, header, sizeof(header)), sizeof(header));
	if (payload)
		assert_int_equal(write(fd, bytes, payload), payload);
}

/* A side whose peer is this test: what it sends goes to *unread. Returns the descriptor to write frames to. */
static int begin_alone(struct side *side, bool opens, int *unread)
{
	int to[2], from[2];

	assert_int_equal(pipe2(to, O_CLOEXEC), 0);
	assert_int_equal(pipe2(from, O_CLOEXEC), 0);
	begin_side(side, event_base_new(), to[0], from[1], opens);
	*unread = from[0];
	return to[1];
}

static void end_alone(struct side *side, int fd, int unread)
{
	close(fd);
	close(unread);
	end_side(side);
	event_base_free(side->base);
}

static void violations_end_the_mux(void **state)
{
	static const struct {
		bool opens;
		uint32_t channel, kind, length;
	} frames[] = {
	    {true, 7, MUX_DATA, MUX_PART + 1}, /* too long */
	    {true, 7, MUX_DATA, UINT32_MAX},
	    {true, 7, 4, 0}, /* unknown */
	    {true, 7, UINT32_MAX, 0},
	    {true, 7, MUX_ACK, 1},   /* of nothing */
	    {true, 7, MUX_OPEN, 0},  /* twice */
	    {false, 8, MUX_OPEN, 0}, /* the wrong side */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct side side;
		int unread, fd = begin_alone(&side, frames[i].opens, &unread);

		if (frames[i].opens)
			write_frame(fd, 7, MUX_OPEN, 0, 0);
		/* These are legal: frames of a channel that this side has just closed. */
		write_frame(fd, 9, MUX_DATA, 3, 3);
		write_frame(fd, 9, MUX_ACK, 3, 0);
		write_frame(fd, 9, MUX_CLOSE, 0, 0);
		turn(side.base, 20);
		if (side.ended)
			fail_msg("frame %zu: ended too early", i);
		write_frame(fd, frames[i].channel, frames[i].kind, frames[i].length, 0);
		turn(side.base, 20);
		if (!side.ended)
			fail_msg("frame %zu: not ended", i);
		end_alone(&side, fd, unread);
	}
}

/* A peer that ignores the window cannot make this side store more. */
static void octets_beyond_the_window_end_the_mux(void **state)
{
	struct side side;
	int unread, fd = begin_alone(&side, true, &unread), frames = 0;

	(void)state;
	write_frame(fd, 7, MUX_OPEN, 0, 0);
	turn(side.base, 20);
	for (; !side.ended && frames < 200; frames++) {
		write_frame(fd, 7, MUX_DATA, MUX_PART, MUX_PART);
		turn(side.base, 20);
	}
	assert_true(side.ended);
	assert_true(frames >= (int)(MUX_WINDOW / MUX_PART));
	end_alone(&side, fd, unread);
}

/* Half a frame is no frame; the end of the pipe ends the mux. */
static void the_end_of_the_pipe_ends_the_mux(void **state)
{
	struct side side;
	int unread, fd = begin_alone(&side, true, &unread);

	(void)state;
	assert_int_equal(write(fd, "\0\0\0", 3), 3);
	turn(side.base, 20);
	assert_false(side.ended);
	close(fd);
	turn(side.base, 20);
	assert_true(side.ended);
	close(unread);
	end_side(&side);
	event_base_free(side.base);
}

/* Both directions over one stream, as over TLS. */
static void one_stream_carries_both_directions(void **state)
{
	struct side near = {.base = event_base_new()}, far = {.base = near.base};
	const struct mux_calls of_near = {NULL, on_ended, on_room, &near, 0},
			       of_far = {on_open, on_ended, on_room, &far, 0};
	char octets[8] = "";
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
	near.mux =
	    mux_new_stream(bufferevent_socket_new(near.base, ends[0], BEV_OPT_CLOSE_ON_FREE), &of_near);
	far.mux = mux_new_stream(bufferevent_socket_new(near.base, ends[1], BEV_OPT_CLOSE_ON_FREE), &of_far);
	mux_add(near.mux, new_stream(&near));
	assert_int_equal(write(near.far[0], "there", 5), 5);
	turn(near.base, 50);
	assert_int_equal(far.count, 1);
	assert_int_equal(read(far.far[0], octets, sizeof(octets)), 5);
	assert_memory_equal(octets, "there", 5);
	assert_int_equal(write(far.far[0], "back", 4), 4);
	turn(near.base, 50);
	assert_int_equal(read(near.far[0], octets, sizeof(octets)), 4);
	assert_memory_equal(octets, "back", 4);
	mux_free(far.mux);
	far.mux = NULL;
	turn(near.base, 50);
	assert_true(near.ended);
	end_side(&near);
	end_side(&far);
	event_base_free(near.base);
}

/* A peer that opens channels beyond the limit and reads nothing: the replies do not pile up for ever. */
static void replies_that_nobody_reads_end_the_mux(void **state)
{
	struct side side;
	int unread, fd = begin_alone(&side, true, &unread);
	static uint32_t frames[1024][3];
	uint32_t number = 0;
	size_t sent = 0;

	(void)state;
	for (; number < MUX_CHANNELS; number++) {
		write_frame(fd, number, MUX_OPEN, 0, 0);
		turn(side.base, 2);
	}
	while (!side.ended && sent < 2 * MUX_QUEUE) {
		for (size_t i = 0; i < 1024; i++)
			frames[i][0] = htonl(number++);
		assert_int_equal(write(fd, frames, sizeof(frames)), sizeof(frames));
		sent += sizeof(frames);
		turn(side.base, 6);
	}
	turn(side.base, 50);
	assert_true(side.ended);
	end_alone(&side, fd, unread);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(octets_arrive_in_both_directions),
	    cmocka_unit_test(a_slow_reader_delays_only_itself),
	    cmocka_unit_test(an_end_comes_after_the_octets),
	    cmocka_unit_test(channels_are_limited),
	    cmocka_unit_test(only_streams_of_events_get_the_last_event),
	    cmocka_unit_test(violations_end_the_mux),
	    cmocka_unit_test(octets_beyond_the_window_end_the_mux),
	    cmocka_unit_test(the_end_of_the_pipe_ends_the_mux),
	    cmocka_unit_test(one_stream_carries_both_directions),
	    cmocka_unit_test(replies_that_nobody_reads_end_the_mux),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("mux", tests, NULL, NULL);
}
