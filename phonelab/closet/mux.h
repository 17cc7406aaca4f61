#ifndef PHONELAB_CLOSET_MUX_H
#define PHONELAB_CLOSET_MUX_H

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Many connections over one pair of pipes, such as those of `docker exec -i`, or over one TLS connection. A connection is a
 * channel with a number.
 * Both sides send frames: a header of three 32-bit numbers in network byte order (channel, kind, length), and for
 * MUX_DATA as many octets.
 *
 *   MUX_OPEN   a new channel; only the side that accepts connections sends it
 *   MUX_DATA   octets, at most MUX_PART
 *   MUX_CLOSE  the sender closes the channel; what it sent before is still delivered
 *   MUX_ACK    the sender has delivered `length` octets; at most MUX_WINDOW may be without an ACK
 *
 * So a client that does not read delays only its own channel, and no side stores more than MUX_WINDOW octets per channel.
 */
struct mux;

enum mux_kind { MUX_OPEN, MUX_DATA, MUX_CLOSE, MUX_ACK };

#define MUX_PART     16384u
#define MUX_WINDOW   (256u * 1024)
#define MUX_CHANNELS 128 /* at the same time; further ones are closed at once */
#define MUX_UNREAD_S 30	 /* for streams of strangers */
#define MUX_QUEUE                                                                                            \
	(MUX_CHANNELS *                                                                                      \
	 (MUX_WINDOW + 16384)) /* octets that wait to be sent; more: the other side violates the protocol */

struct mux_calls {
	/* The other side has opened a channel: a new stream for it, which is taken over; NULL: the channel is closed. A mux
	 * without this function accepts no channels. */
	struct bufferevent *(*open)(void *arg);
	/* The pipes or the stream are at their end, or the other side violated the protocol. The mux must not be freed here. */
	void (*ended)(void *arg);
	/* There is room for a channel again; NULL: nobody waits for it. */
	void (*room)(void *arg);
	void *arg;
	unsigned unread_s; /* seconds after which a stream that takes no octet is closed; 0: it may pause */
};

/* Both descriptors are taken over, also if this fails: NULL without memory. calls is copied. */
struct mux *mux_new(struct event_base *base, int in, int out, const struct mux_calls *calls);

/* The same over one stream for both directions, which is connected. On success it is taken over; it stays the caller's if
 * this returns NULL. */
struct mux *mux_new_stream(struct bufferevent *stream, const struct mux_calls *calls);

/* Open a channel for a stream, which is taken over. */
void mux_add(struct mux *mux, struct bufferevent *stream);

/* Is there no room for a further channel? */
bool mux_full(const struct mux *mux);

/* After `ended`: write an event and the end of the reply to each stream that carries server-sent events, as chunks (RFC 9112,
 * 7.1). */
void mux_last_event(struct mux *mux, const char *event);

/* Ends all channels. NULL is legal. */
void mux_free(struct mux *mux);

#endif
