#include "phonelab/closet/mux.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <event2/buffer.h>

#define HEADER 12

struct channel {
	struct mux *mux;
	uint32_t number;
	struct bufferevent *stream;
	size_t unacknowledged; /* octets that were sent to the other side, without an ACK */
	size_t undelivered;    /* octets of the other side that the stream has not written yet */
	bool at_end;	       /* the stream has no more octets for us */
	bool closing;	       /* the other side has closed the channel */
	bool begun;	       /* the other side has sent octets */
	bool events;	       /* it carries server-sent events */
	struct channel *next;
};

struct mux {
	struct bufferevent *in, *out; /* the same over one stream */
	struct mux_calls calls;
	struct channel *first;
	size_t count;
	uint32_t last; /* number of the channel that was opened last */
	bool over;
};

static struct channel *find(const struct mux *mux, uint32_t number)
{
	struct channel *channel = mux->first;

	while (channel && channel->number != number)
		channel = channel->next;
	return channel;
}

static void free_channel(struct channel *channel)
{
	struct mux *mux = channel->mux;
	struct channel **at = &mux->first;

	while (*at != channel)
		at = &(*at)->next;
	*at = channel->next;
	bufferevent_free(channel->stream);
	free(channel);
	if (mux->count-- == MUX_CHANNELS && mux->calls.room)
		mux->calls.room(mux->calls.arg);
}

static void send_header(struct mux *mux, uint32_t number, enum mux_kind kind, size_t length)
{
	const uint32_t header[] = {htonl(number), htonl(kind), htonl((uint32_t)length)};

	bufferevent_write(mux->out, header, sizeof(header));
}

static void close_channel(struct channel *channel)
{
	send_header(channel->mux, channel->number, MUX_CLOSE, 0);
	free_channel(channel);
}

/* Pass on what the stream has read, as far as the window allows. The channel may be gone then. */
static void pass_on(struct channel *channel)
{
	struct evbuffer *from = bufferevent_get_input(channel->stream);
	struct evbuffer *to = bufferevent_get_output(channel->mux->out);
	size_t length;

	while ((length = evbuffer_get_length(from)) && channel->unacknowledged < MUX_WINDOW) {
		size_t part = length < MUX_PART ? length : MUX_PART;

		if (part > MUX_WINDOW - channel->unacknowledged)
			part = MUX_WINDOW - channel->unacknowledged;
		send_header(channel->mux, channel->number, MUX_DATA, part);
		evbuffer_remove_buffer(from, to, part);
		channel->unacknowledged += part;
	}
	/* The stream reads no further while its octets wait for the window. */
	if (length)
		bufferevent_disable(channel->stream, EV_READ);
	else if (channel->at_end)
		close_channel(channel);
	else if (!channel->closing)
		bufferevent_enable(channel->stream, EV_READ);
}

/* --- streams --- */

static void on_read(struct bufferevent *stream, void *arg)
{
	(void)stream;
	pass_on(arg);
}

/* The stream has written everything. */
static void on_drained(struct bufferevent *stream, void *arg)
{
	struct channel *channel = arg;

	(void)stream;
	if (channel->closing) {
		free_channel(channel);
		return;
	}
	if (channel->undelivered)
		send_header(channel->mux, channel->number, MUX_ACK, channel->undelivered);
	channel->undelivered = 0;
}

static void on_stream_end(struct bufferevent *stream, short what, void *arg)
{
	struct channel *channel = arg;

	(void)stream;
	if (what & BEV_EVENT_CONNECTED)
		return;
	if (channel->closing) {
		free_channel(channel);
		return;
	}
	if (what & (BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT))
		evbuffer_drain(bufferevent_get_input(channel->stream), SIZE_MAX);
	channel->at_end = true;
	pass_on(channel);
}

bool mux_full(const struct mux *mux)
{
	return mux->count >= MUX_CHANNELS;
}

static struct channel *add_channel(struct mux *mux, uint32_t number, struct bufferevent *stream)
{
	const struct timeval unread = {.tv_sec = mux->calls.unread_s};
	struct channel *channel = stream && !mux_full(mux) ? calloc(1, sizeof(*channel)) : NULL;

	if (!channel) {
		if (stream)
			bufferevent_free(stream);
		return NULL;
	}
	*channel = (struct channel){.mux = mux, .number = number, .stream = stream, .next = mux->first};
	mux->first = channel;
	mux->count++;
	bufferevent_setcb(stream, on_read, on_drained, on_stream_end, channel);
	bufferevent_setwatermark(stream, EV_READ, 0, MUX_PART);
	if (mux->calls.unread_s)
		bufferevent_set_timeouts(stream, NULL, &unread);
	bufferevent_enable(stream, EV_READ | EV_WRITE);
	return channel;
}

void mux_add(struct mux *mux, struct bufferevent *stream)
{
	if (add_channel(mux, ++mux->last, stream))
		send_header(mux, mux->last, MUX_OPEN, 0);
}

/* --- frames --- */

static void end(struct mux *mux)
{
	if (mux->over)
		return;
	mux->over = true;
	bufferevent_disable(mux->in, EV_READ);
	mux->calls.ended(mux->calls.arg);
}

/* The first octets of a reply tell whether it is a stream of events. */
static bool begins_events(struct evbuffer *in, size_t length)
{
	static const char type[] = "\r\nContent-Type: text/event-stream\r\n";
	struct evbuffer_ptr from, to, found;

	evbuffer_ptr_set(in, &from, 0, EVBUFFER_PTR_SET);
	evbuffer_ptr_set(in, &to, length, EVBUFFER_PTR_SET);
	found = evbuffer_search_range(in, type, sizeof(type) - 1, &from, &to);
	return found.pos >= 0;
}

static void take_data(struct mux *mux, struct channel *channel, size_t length)
{
	struct evbuffer *in = bufferevent_get_input(mux->in);

	if (!channel || channel->closing) {
		evbuffer_drain(in, length);
	} else if (length > MUX_WINDOW - channel->undelivered) {
		end(mux);
	} else {
		if (length && !channel->begun) {
			channel->begun = true;
			channel->events = begins_events(in, length);
		}
		channel->undelivered += length;
		evbuffer_remove_buffer(in, bufferevent_get_output(channel->stream), length);
	}
}

static void take_close(struct channel *channel)
{
	if (!evbuffer_get_length(bufferevent_get_output(channel->stream))) {
		free_channel(channel);
		return;
	}
	channel->closing = true;
	bufferevent_disable(channel->stream, EV_READ);
}

static void take_ack(struct mux *mux, struct channel *channel, size_t length)
{
	if (length > channel->unacknowledged) {
		end(mux);
		return;
	}
	channel->unacknowledged -= length;
	pass_on(channel);
}

/* A whole frame; its header was removed from the input. */
static void take_frame(struct mux *mux, uint32_t number, uint32_t kind, size_t length)
{
	struct channel *channel = find(mux, number);

	switch (kind) {
	case MUX_DATA: take_data(mux, channel, length); break;
	case MUX_CLOSE:
		if (channel)
			take_close(channel);
		break;
	case MUX_ACK:
		if (channel)
			take_ack(mux, channel, length);
		break;
	case MUX_OPEN:
		if (channel || !mux->calls.open)
			end(mux);
		else if (mux_full(mux) || !add_channel(mux, number, mux->calls.open(mux->calls.arg)))
			send_header(mux, number, MUX_CLOSE, 0);
		break;
	default: end(mux);
	}
}

static void on_frames(struct bufferevent *pipe, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(pipe);
	struct mux *mux = arg;
	uint32_t header[3];

	/* A peer that opens channels and reads no reply. */
	if (evbuffer_get_length(bufferevent_get_output(mux->out)) > MUX_QUEUE)
		end(mux);
	while (!mux->over && evbuffer_copyout(in, header, HEADER) == HEADER) {
		uint32_t kind = ntohl(header[1]);
		size_t length = ntohl(header[2]), payload = kind == MUX_DATA ? length : 0;

		if (payload > MUX_PART) {
			end(mux);
			return;
		}
		if (evbuffer_get_length(in) < HEADER + payload)
			return;
		evbuffer_drain(in, HEADER);
		take_frame(mux, ntohl(header[0]), kind, length);
	}
}

static void on_pipe_end(struct bufferevent *pipe, short what, void *arg)
{
	(void)pipe;
	(void)what;
	end(arg);
}

/* --- the mux --- */

/* A stream of a descriptor, which is taken over. */
static struct bufferevent *stream_of(struct event_base *base, int fd)
{
	struct bufferevent *stream;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	stream = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!stream)
		close(fd);
	return stream;
}

struct mux *mux_new(struct event_base *base, int in, int out, const struct mux_calls *calls)
{
	struct mux *mux = calloc(1, sizeof(*mux));

	if (!mux) {
		close(in);
		close(out);
		return NULL;
	}
	mux->calls = *calls;
	mux->in = stream_of(base, in);
	mux->out = stream_of(base, out);
	if (!mux->in || !mux->out) {
		mux_free(mux);
		return NULL;
	}
	bufferevent_setcb(mux->in, on_frames, NULL, on_pipe_end, mux);
	bufferevent_setcb(mux->out, NULL, NULL, on_pipe_end, mux);
	bufferevent_enable(mux->in, EV_READ);
	bufferevent_disable(mux->out, EV_READ);
	bufferevent_enable(mux->out, EV_WRITE);
	return mux;
}

struct mux *mux_new_stream(struct bufferevent *stream, const struct mux_calls *calls)
{
	struct mux *mux = calloc(1, sizeof(*mux));

	if (!mux)
		return NULL;
	mux->calls = *calls;
	mux->in = mux->out = stream;
	bufferevent_setcb(stream, on_frames, NULL, on_pipe_end, mux);
	bufferevent_setwatermark(stream, EV_READ, 0, 0);
	bufferevent_enable(stream, EV_READ | EV_WRITE);
	/* Frames may have come together with the end of the handshake. */
	bufferevent_trigger(stream, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
	return mux;
}

void mux_last_event(struct mux *mux, const char *event)
{
	for (struct channel *channel = mux->first; channel; channel = channel->next)
		if (channel->events && !channel->closing)
			evbuffer_add_printf(bufferevent_get_output(channel->stream), "%zx\r\n%s\r\n0\r\n\r\n",
					    strlen(event), event);
}

void mux_free(struct mux *mux)
{
	if (!mux)
		return;
	while (mux->first)
		free_channel(mux->first);
	if (mux->in)
		bufferevent_free(mux->in);
	if (mux->out && mux->out != mux->in)
		bufferevent_free(mux->out);
	free(mux);
}
