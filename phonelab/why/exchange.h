#ifndef PHONELAB_WHY_EXCHANGE_H
#define PHONELAB_WHY_EXCHANGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * What a phone asked its servers during its last attempt to register, and what they answered, from the phone's events
 * (docs/formats.md). One entry for each request of a step to a server; a later answer to the same request replaces an
 * earlier one. Pure: events in, list out.
 */
enum why_answer {
	WHY_ANSWER_NONE,     /* no answer, or none yet */
	WHY_ANSWER_NO_WAY,   /* the connection was refused or closed, or no packet reaches the server */
	WHY_ANSWER_ERROR,    /* 404, 503, NAK, ERROR 2, .. */
	WHY_ANSWER_UNUSABLE, /* an answer that the phone cannot use; `answered` says why */
	WHY_ANSWER_GOOD,
};

struct why_exchange {
	int step;
	/* IPv4 address; "" if the request was a broadcast that nobody answered, or if the name of the server does not
	 * resolve. */
	char server[16];
	/* Of a call manager in the phone's configuration, which may be its address; else "". */
	char name[128];
	char asked[160]; /* "GET /SEP001122AABB01.cnf.xml", "DISCOVER in VLAN 110", "REGISTER 2001" */
	char file[128];	 /* requested, without its directory; "" if it was no file */
	char user[64];	 /* number in a REGISTER */
	char answered[320];
	enum why_answer kind;
	int status;	    /* of HTTP or SIP; 0: none */
	char how[16];	    /* how the network ended it: a word of phone-sim/core/fetch_facts.h or cm.h; "" */
	char location[200]; /* target of a redirect; "" */
	int tftp_error;	    /* code of a TFTP ERROR; -1: none */
	char answered_by[16]; /* another address than that of the server; "" */
	unsigned again;	      /* packets that were sent again */
	long long bytes;      /* of the file */
	long expires;	      /* seconds that a registrar granted; 0: none */
	/* Of a file that the phone cannot use: the element, what was found and expected there, or "". */
	char element[64], found[100], expected[100];
	unsigned at_line;
	long long line; /* of the event in events.jsonl, or the number of the frame; 0: not known */
	bool http;	/* a file by HTTP or HTTPS, not by TFTP */
	bool https;	/* a file by HTTPS */
	bool missing;	/* the server does not have the file */
	unsigned port;	/* of a call manager */
	long long ms;	/* from the request to the end of the answer; -1: not known */
	unsigned times; /* that this request has had this answer */
	long long t;	/* of the answer, microseconds as in events */
	/* Of an OFFER or ACK: */
	char address[16], gateway[16], option150[16], lease[24];
	unsigned prefix;
};

#define WHY_EXCHANGES 96

struct why_exchanges {
	struct why_exchange item[WHY_EXCHANGES]; /* in the order of their last answers */
	size_t n;
	long long discovered; /* when the last DISCOVER or REQUEST was sent */
};

/* Add the next event of the phone. A boot forgets what was there, a step that begins again what it and later steps have
 * asked. */
void why_exchange_add(struct why_exchanges *list, const json_t *event);

/* The step has failed, with this detail: a file of it that came was of no use, if no other one was. */
void why_exchange_failed(struct why_exchanges *list, int step, const char *detail);

/* Of the request for a file: "HTTP", "HTTPS", "TFTP"; its port as in "tcp 6970". */
const char *why_exchange_transport(const struct why_exchange *exchange);
const char *why_exchange_port(const struct why_exchange *exchange);

/* "none", "no way", "error", "unusable", "good" */
const char *why_answer_name(enum why_answer kind);

/* The last entry of a step, NULL if it has none; good: with a good answer, otherwise with another one. */
const struct why_exchange *why_exchange_last(const struct why_exchanges *list, int step, bool good);

/* The last ACK of a DHCP server; NULL if there was none. */
const struct why_exchange *why_exchange_lease(const struct why_exchanges *list);

/* The last file of step 7 that the phone uses as its configuration; NULL if there is none. */
const struct why_exchange *why_exchange_config(const struct why_exchanges *list);

/* The value in the middle, 0 if there is none; sorts values. */
long long why_median(long long *values, size_t n);

#endif
