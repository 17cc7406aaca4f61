#ifndef PHONE_SIM_CORE_FETCH_H
#define PHONE_SIM_CORE_FETCH_H

#include "phone-sim/core/phone.h"

/* One file at a time, over the list of file servers (servers.h chooses them). */

enum file_status {
	FILE_OK,
	FILE_NOT_FOUND, /* a server said so */
	FILE_FAILED,	/* no server gave an answer that settles it */
};

struct file_result {
	enum file_status status;
	const char *file;
	const uint8_t *bytes;
	size_t length;
	uint64_t size;
	const uint8_t *sha512;
	uint32_t server;
	enum phone_transport transport;
	enum phone_fetch_status last; /* why, when FILE_FAILED */
	const char *detail;	      /* for people; never NULL */
};

typedef void file_done_fn(struct phone *phone, const struct file_result *result);

struct fetch_server {
	uint32_t address;
	uint64_t dead_until_us[2]; /* by enum phone_transport */
};

struct fetch_state {
	struct fetch_server server[PHONE_SERVERS_MAX];
	unsigned servers;
	bool running;
	uint64_t asked_us; /* when the present server was asked */
	uint32_t id;
	char file[PHONE_NAME_MAX];
	uint64_t limit;
	uint64_t timeout_us;
	bool to_flash;
	unsigned at;	  /* server tried now */
	unsigned via;	  /* enum phone_transport tried now */
	unsigned passed;  /* dead ones left out in this round */
	bool last_resort; /* all were dead: try them all the same */
	bool not_found;	  /* one has said so */
	enum phone_fetch_status last;
	char detail[PHONE_NAME_MAX + 160];
	file_done_fn *done;
	/* the wrapper for signed files */
	char plain[PHONE_NAME_MAX];
	file_done_fn *signed_done;
};

/* Get a file of at most limit bytes; done is called once, possibly before this returns. The image goes to
 * flash, and only its digest comes back. */
void file_get(struct phone *phone, const char *file, uint64_t limit, file_done_fn *done);
void file_get_image(struct phone *phone, const char *file, uint64_t limit, file_done_fn *done);

/* FILE.sgn when the cluster signs, its signature checked and its header taken off; else (or when missing)
 * FILE. */
void file_get_signed(struct phone *phone, const char *file, uint64_t limit, file_done_fn *done);

/* Nothing is awaited any more; done is not called. */
void file_cancel(struct phone *phone);

/* The driver's answer, and its absence (TIMER_FETCH). */
void file_event(struct phone *phone, const struct phone_event *event);
void file_timer(struct phone *phone);

/* Servers that were passed over are tried again. */
void file_forget_dead(struct phone *phone);

#endif
