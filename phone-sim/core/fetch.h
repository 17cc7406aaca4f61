#ifndef PHONE_SIM_CORE_FETCH_H
#define PHONE_SIM_CORE_FETCH_H

#include "phone-sim/core/fetch_report.h"
#include "phone-sim/core/phone.h"
#include "wire/cursor.h"

/* One file at a time, over the list of file servers (servers.h chooses them). */

enum file_status {
	FILE_OK,
	FILE_NOT_FOUND, /* a server reported it */
	FILE_FAILED,	/* no server gave a usable answer */
};

struct file_result {
	enum file_status status;
	const char *file;
	const uint8_t *bytes;
	size_t length;
	uint64_t size;
	struct wire_slice whole;      /* of a signed file: with its header; else empty */
	enum phone_fetch_status last; /* the reason of FILE_FAILED */
	const char *detail;	      /* for people; never NULL */
};

typedef void file_done_fn(struct phone *phone, const struct file_result *result);

struct fetch_server {
	uint32_t address;
	uint64_t dead_until_us[3]; /* by enum phone_transport */
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
	bool https;	 /* by HTTPS first */
	unsigned at;	 /* server tried now */
	unsigned via;	 /* enum phone_transport tried now */
	bool answered;	 /* a server sent an answer of any kind */
	bool silent;	 /* no server answered for an earlier file: do not request this one */
	bool not_found;	 /* a server reported it */
	bool http_error; /* the server tried now has not given the file by HTTP */
	enum phone_fetch_status last;
	char detail[PHONE_NAME_MAX + 160];
	/* of the answer in progress */
	int http_status;
	const struct phone_fetch_facts *facts;
	struct fetch_seen seen;
	file_done_fn *done;
	/* of file_get_signed */
	char plain[PHONE_NAME_MAX];
	file_done_fn *signed_done;
};

/* Get a file of up to limit bytes; done is called once, possibly before this returns. An image is written to
 * flash; its result has the digest and the first bytes only. */
void file_get(struct phone *phone, const char *file, uint64_t limit, file_done_fn *done);
void file_get_image(struct phone *phone, const char *file, uint64_t limit, file_done_fn *done);

/* If an installed trust list has a record with the role TFTP: get FILE.sgn, check it and remove its header; the plain
 * file is not accepted. Else get FILE. The result names FILE in both cases. The configuration of the phone is requested by HTTPS
 * first, if the ITL allows it (trust_https): by HTTPS FILE.sgn is the plain file, trusted because the server is. */
void file_get_signed(struct phone *phone, const char *file, uint64_t limit, file_done_fn *done);

/* Stop the request; done is not called. */
void file_cancel(struct phone *phone);

/* PHONE_FETCHED; PHONE_PEER: false, if it is not about the fetch; TIMER_FETCH: the driver has not answered. */
void file_event(struct phone *phone, const struct phone_event *event);
bool file_peer(struct phone *phone, const struct phone_event *event);
void file_timer(struct phone *phone);

/* Try the servers again that were marked as dead, also if the whole list was silent. */
void file_forget_dead(struct phone *phone);

#endif
