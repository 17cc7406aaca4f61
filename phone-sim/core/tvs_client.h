#ifndef PHONE_SIM_CORE_TVS_CLIENT_H
#define PHONE_SIM_CORE_TVS_CLIENT_H

#include "phone-sim/core/phone.h"
#include "phone-sim/core/service_link.h"
#include "wire/cursor.h"
#include "wire/tvs.h"

/*
 * Questions to the Trust Verification Service about certificates that are in no installed list. The servers are those of
 * the configuration in use, before step 7 those of the stored configuration, in the order of their priority: one attempt
 * of 10 s each. One question is under way at a time, on a connection of its own. An answer is valid for 24 hours.
 */
#define TVS_SERVERS_MAX 5
#define TVS_CACHE_MAX	16

struct tvs_answer {
	const char *why; /* NULL: the certificate is known; else why not, a text */
	bool silent;	 /* no server has answered, */
	bool nobody;	 /* or none is known */
	struct wire_slice certificate;
	uint8_t role[TVS_ROLES_MAX]; /* enum trustlist_role */
	unsigned roles;
};

/* Called once, possibly before the question returns. The slices of the answer are valid for the call. */
typedef void tvs_done_fn(struct phone *phone, uint32_t context, const struct tvs_answer *answer);

struct tvs_question {
	struct tvs_question *next;
	tvs_done_fn *done;
	uint32_t context;
	uint8_t key[32]; /* in the cache: SHA-256 of what is asked */
	struct tvs message;
	uint8_t *bytes; /* that message points to */
};

struct tvs_client {
	struct {
		char name[128];
		uint16_t port;
		uint32_t address; /* 0: not resolved yet */
	} server[TVS_SERVERS_MAX];
	unsigned servers;
	bool known;		    /* the servers are set */
	struct tvs_question *asked; /* the first one is under way */
	unsigned at;		    /* server tried now */
	struct service_link link;
	uint32_t session;
	char error[200]; /* of the last server */
	struct {
		uint8_t key[32];
		int64_t until_us;
		uint8_t *certificate;
		size_t length;
		uint8_t role[TVS_ROLES_MAX];
		unsigned roles;
	} cache[TVS_CACHE_MAX];
	unsigned cached;
};

/* Ask about a certificate (DER), or about the signer with these names and serial number. context is passed to done. */
void tvs_ask_certificate(struct phone *phone, struct wire_slice certificate, uint32_t context,
			 tvs_done_fn *done);
void tvs_ask_signer(struct phone *phone, const char *subject, const char *issuer, struct wire_slice serial,
		    uint32_t context, tvs_done_fn *done);

/* Forget the question with that context and function; done is not called. */
void tvs_cancel(struct phone *phone, uint32_t context, tvs_done_fn *done);

/* The servers of the configuration that the phone has just accepted. */
void tvs_use_configuration(struct phone *phone);

/* Forget servers, questions and answers: the phone has no power, or its lists are erased. */
void tvs_clear(struct phone *phone);

/* Events and the timer of the client's connection: false if the id is not the client's. */
bool tvs_event(struct phone *phone, const struct phone_event *event);
void tvs_timer(struct phone *phone);

#endif
