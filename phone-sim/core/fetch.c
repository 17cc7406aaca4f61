/* One file at a time, from the list of file servers: HTTP first (the configuration by HTTPS before it), then TFTP, whose "not found" is final. A server
 * that does not answer is skipped for a while, so that the phone does not wait for it at every file. If no server of the
 * list has answered, later files are not requested. */
#include "phone-sim/core/fetch.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/ciphers.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/step_runner.h"
#include "phone-sim/core/timers.h"
#include "phone-sim/core/trust.h"
#include "wire/ipv4.h"

#define HTTP_PORT    6970
#define HTTPS_PORT   6971
#define TFTP_PORT_   69
#define GRACE_US     UINT64_C(2000000) /* the driver's own timeout is shorter */
#define DEAD_FAST_US UINT64_C(20000000)
#define DEAD_REAL_US UINT64_C(300000000)

static const char *const transport_name[] = {
    [PHONE_HTTP] = "HTTP", [PHONE_TFTP] = "TFTP", [PHONE_HTTPS] = "HTTPS"};

static const char *status_text(enum phone_fetch_status status)
{
	switch (status) {
	case PHONE_FETCH_OK: return "ok";
	case PHONE_FETCH_NOT_FOUND: return "not found";
	case PHONE_FETCH_REFUSED: return "refused";
	case PHONE_FETCH_TIMEOUT: return "timeout";
	case PHONE_FETCH_UNREACHABLE: return "unreachable";
	case PHONE_FETCH_TOO_LARGE: return "too large";
	case PHONE_FETCH_TRUNCATED: return "truncated";
	case PHONE_FETCH_PROTOCOL_ERROR: return "protocol error";
	}
	return "unknown";
}

void file_forget_dead(struct phone *phone)
{
	phone->fetch.silent = false;
	for (unsigned i = 0; i < PHONE_SERVERS_MAX; i++)
		memset(phone->fetch.server[i].dead_until_us, 0, sizeof(phone->fetch.server[i].dead_until_us));
}

static bool is_dead(const struct phone *phone, unsigned server, unsigned via)
{
	return phone->fetch.server[server].dead_until_us[via] > phone->now_us;
}

static void finish(struct phone *phone, struct file_result *result)
{
	struct fetch_state *fetch = &phone->fetch;
	file_done_fn *done = fetch->done;
	char file[PHONE_NAME_MAX];

	memcpy(file, fetch->file, sizeof(file));
	result->file = file;
	fetch->running = false;
	fetch->id = 0;
	phone_timer_stop(phone, TIMER_FETCH);
	done(phone, result);
}

/* The phones print the first 30 bytes of a response that is not 200; the CR of a short first line is among them, as "^M". */
static void console_http(struct phone *phone, const char *status_line)
{
	int first = strlen("HTTP/1.1 ") + strlen(status_line) < 30 ? 31 : 30;
	char text[80];

	snprintf(text, sizeof(text), "HTTP/1.1 %.40s^M Content-type", status_line);
	phone_console(phone, "ERR GHTTP-http get [%.*s]", first, text);
}

static void ask(struct phone *phone)
{
	struct fetch_state *fetch = &phone->fetch;
	struct phone_action *action = phone_put(phone, PHONE_DO_FETCH);
	const struct fetch_server *server = &fetch->server[fetch->at];

	phone_trace(phone, PHONE_TRACE_FETCH, "%s asked of %s by %s", fetch->file,
		    phone_ip_text(phone, server->address), transport_name[fetch->via]);
	fetch->asked_us = phone->now_us;
	fetch->id = phone_new_id(phone);
	phone_timer_in(phone, TIMER_FETCH, fetch->timeout_us + GRACE_US);
	if (fetch->via != PHONE_TFTP) {
		phone_console(phone, "NOT downd-GETXXTP [GT%u][src=%s][dest=/tmp/%s][serv=][serv6=][sec=%d]",
			      fetch->id, fetch->file, fetch->file, strstr(fetch->file, ".sgn") ? 2 : 0);
		phone_console(phone, "NOT downd-XXTP start request, server %u - %s", fetch->at + 1,
			      phone_ip_text(phone, server->address));
	} else
		phone_console(phone, "NOT TFTPD-Requesting %s from %s", fetch->file,
			      phone_ip_text(phone, server->address));
	action->fetch.id = fetch->id;
	action->fetch.server = server->address;
	action->fetch.transport = (enum phone_transport)fetch->via;
	action->fetch.port = fetch->via == PHONE_HTTPS	? HTTPS_PORT
			     : fetch->via == PHONE_HTTP ? HTTP_PORT
							: TFTP_PORT_;
	action->fetch.ciphers = fetch->via == PHONE_HTTPS ? SERVICE_CIPHERS : NULL;
	action->fetch.file = phone_keep_text(phone, fetch->file);
	action->fetch.limit = fetch->limit;
	action->fetch.timeout_us = fetch->timeout_us;
	action->fetch.to_flash = fetch->to_flash;
}

static void gave_up(struct phone *phone)
{
	struct fetch_state *fetch = &phone->fetch;
	struct file_result result = {.status = fetch->not_found ? FILE_NOT_FOUND : FILE_FAILED,
				     .last = fetch->last};
	char detail[sizeof(fetch->detail)];

	memcpy(detail, fetch->detail, sizeof(detail));
	result.detail = detail;
	if (fetch->servers && !fetch->answered)
		fetch->silent = true;
	phone_console(phone, "NOT downd-XXTP complete - status = 2");
	if (fetch->not_found)
		phone_message(phone, "File Not Found : %s", fetch->file);
	else if (fetch->last == PHONE_FETCH_TIMEOUT || fetch->last == PHONE_FETCH_UNREACHABLE)
		phone_message(phone, "TFTP Timeout : %s", fetch->file);
	else if (fetch->last == PHONE_FETCH_TOO_LARGE)
		phone_message(phone, "CFG TFTP Size Error");
	else
		phone_message(phone, "TFTP Error : %s", fetch->file);
	finish(phone, &result);
}

static unsigned first_transport(const struct phone *phone)
{
	return phone->fetch.https ? PHONE_HTTPS : PHONE_HTTP;
}

/* The transport after the one tried now, or the next server. */
static void advance(struct phone *phone)
{
	struct fetch_state *fetch = &phone->fetch;

	if (fetch->via == PHONE_TFTP) {
		fetch->at++;
		fetch->via = first_transport(phone);
	} else {
		fetch->via = fetch->via == PHONE_HTTPS ? PHONE_HTTP : PHONE_TFTP;
	}
}

/* The next pair of server and transport from (at, via) on that is not dead. */
static void next_server(struct phone *phone)
{
	struct fetch_state *fetch = &phone->fetch;

	for (; fetch->at < fetch->servers; advance(phone)) {
		if (is_dead(phone, fetch->at, fetch->via))
			continue;
		ask(phone);
		return;
	}
	gave_up(phone);
}

static void start(struct phone *phone, const char *file, uint64_t limit, bool https, bool to_flash,
		  file_done_fn *done)
{
	struct fetch_state *fetch = &phone->fetch;

	file_cancel(phone);
	snprintf(fetch->file, sizeof(fetch->file), "%s", file);
	fetch->limit = limit;
	fetch->timeout_us = to_flash ? phone->pace->fetch_image_us : phone->pace->fetch_us;
	fetch->https = https;
	fetch->to_flash = to_flash;
	fetch->done = done;
	fetch->running = true;
	fetch->at = 0;
	fetch->via = first_transport(phone);
	fetch->answered = fetch->not_found = fetch->http_error = false;
	fetch->last = PHONE_FETCH_TIMEOUT;
	snprintf(fetch->detail, sizeof(fetch->detail), "%s not requested: no file server %s", file,
		 fetch->servers ? "has answered" : "is known");
	phone_note(phone, "file", "%s", file);
	if (fetch->silent)
		gave_up(phone);
	else
		next_server(phone);
}

void file_get(struct phone *phone, const char *file, uint64_t limit, file_done_fn *done)
{
	start(phone, file, limit, false, false, done);
}

void file_get_image(struct phone *phone, const char *file, uint64_t limit, file_done_fn *done)
{
	start(phone, file, limit, false, true, done);
}

void file_cancel(struct phone *phone)
{
	struct fetch_state *fetch = &phone->fetch;

	if (!fetch->running)
		return;
	fetch->running = false;
	phone_timer_stop(phone, TIMER_FETCH);
	trust_peer_cancel(phone, fetch->id);
	phone_put_cancel(phone, fetch->id);
	fetch->id = 0;
}

static void say(struct phone *phone, const char *name, enum phone_fetch_status status, const char *detail,
		uint64_t size)
{
	const struct fetch_state *fetch = &phone->fetch;
	const char *server = phone_ip_text(phone, fetch->server[fetch->at].address);
	char bytes[24], ms[24];
	struct phone_evidence evidence[6 + FETCH_EVIDENCE_MAX] = {{"file", fetch->file},
								  {"server", server},
								  {"transport", transport_name[fetch->via]},
								  {"bytes", bytes},
								  {"result", status_text(status)},
								  {"ms", ms}};

	snprintf(bytes, sizeof(bytes), "%llu", (unsigned long long)size);
	snprintf(ms, sizeof(ms), "%llu", (unsigned long long)(phone->now_us - fetch->asked_us) / 1000);
	phone_report(phone, name, evidence, 6 + fetch_evidence(phone, evidence + 6), "%s by %s from %s: %s",
		     fetch->file, transport_name[fetch->via], server, detail ? detail : status_text(status));
}

/* For the rung: the last request and its result. */
static void note(struct phone *phone, enum phone_fetch_status status, int http_status, uint64_t size)
{
	const struct fetch_state *fetch = &phone->fetch;

	phone_trace_change(phone, PHONE_TRACE_FETCH, fetch->file, "", status_text(status),
			   status == PHONE_FETCH_OK ? "done" : "failed", fetch->asked_us);
	phone_note(phone, "file", "%s", fetch->file);
	phone_note(phone, "server", "%s", phone_ip_text(phone, fetch->server[fetch->at].address));
	phone_note(phone, "transport", "%s", transport_name[fetch->via]);
	phone_note(phone, "result", "%s", status_text(status));
	phone_note(phone, "bytes", "%llu", (unsigned long long)size);
	if (http_status)
		phone_note(phone, "http_status", "%d", http_status);
	if (fetch->facts && fetch->facts->location[0])
		phone_note(phone, "location", "%s", fetch->facts->location);
}

static void failed(struct phone *phone, enum phone_fetch_status status, const char *detail)
{
	struct fetch_state *fetch = &phone->fetch;
	char reason[480];

	detail =
	    fetch_reason(phone, detail && detail[0] ? detail : status_text(status), reason, sizeof(reason));
	fetch->last = status;
	snprintf(fetch->detail, sizeof(fetch->detail), "%s from %s by %s: %s", fetch->file,
		 phone_ip_text(phone, fetch->server[fetch->at].address), transport_name[fetch->via], detail);
	if (status == PHONE_FETCH_TIMEOUT || status == PHONE_FETCH_UNREACHABLE)
		fetch->server[fetch->at].dead_until_us[fetch->via] =
		    phone->now_us + (phone->config.pace == PHONE_PACE_REAL ? DEAD_REAL_US : DEAD_FAST_US);
	else
		fetch->answered = true;
	if (status == PHONE_FETCH_TIMEOUT && fetch->via == PHONE_TFTP)
		phone_console(phone, "ERR TFTPD-Timeout: %s", fetch->file);
	fetch->http_error = fetch->via == PHONE_HTTP;
	say(phone, status == PHONE_FETCH_NOT_FOUND ? "file.missing" : "file.failed", status, detail, 0);
	if (status == PHONE_FETCH_NOT_FOUND) {
		if (fetch->via == PHONE_TFTP) {
			phone_console(phone, "WRN TFTPD-Error: (1+1)File not found");
			phone_console(phone, "NOT downd-DDGETTFTP.RESULT [_2_  File not found ]");
		}
		fetch->not_found = true;
	}
	/* Too large on every server; and a file that TFTP does not have either is not in the cluster. */
	if (status == PHONE_FETCH_TOO_LARGE || (fetch->not_found && fetch->via == PHONE_TFTP)) {
		gave_up(phone);
		return;
	}
	/* This server has failed by both transports; the phone goes on with the next server. */
	if (fetch->via == PHONE_TFTP && fetch->at + 1 < fetch->servers &&
	    (status == PHONE_FETCH_TIMEOUT || status == PHONE_FETCH_UNREACHABLE))
		phone_message(phone, "TFTP Timeout : %s", fetch->file);
	advance(phone);
	next_server(phone);
}

/* The file has come, but not from the first server, or not by HTTP. */
static void note_detour(struct phone *phone)
{
	const struct fetch_state *fetch = &phone->fetch;
	int step = (int)phone->state <= LADDER_STEPS ? (int)phone->state : 0;
	bool http_failed =
	    fetch->via == PHONE_TFTP && (fetch->http_error || is_dead(phone, fetch->at, PHONE_HTTP));

	if (fetch->at)
		continued_note(phone, step, "file-server", fetch->server[0].address,
			       "file server %s; the files came from %s",
			       phone_ip_text(phone, fetch->server[0].address),
			       phone_ip_text(phone, fetch->server[fetch->at].address));
	if (http_failed)
		continued_note(phone, step, "http", fetch->server[fetch->at].address,
			       "HTTP of %s; files came by TFTP",
			       phone_ip_text(phone, fetch->server[fetch->at].address));
}

void file_event(struct phone *phone, const struct phone_event *event)
{
	struct fetch_state *fetch = &phone->fetch;
	struct file_result result = {.status = FILE_OK};

	if (!fetch->running || !fetch->id || event->fetched.id != fetch->id)
		return;
	phone_timer_stop(phone, TIMER_FETCH);
	trust_peer_cancel(phone, fetch->id);
	fetch->http_status = event->fetched.http_status;
	fetch->facts = event->fetched.facts;
	fetch_report_facts(phone, event->fetched.status == PHONE_FETCH_OK);
	note(phone, event->fetched.status, event->fetched.http_status,
	     fetch->to_flash ? event->fetched.size : event->fetched.length);
	if (event->fetched.status != PHONE_FETCH_OK) {
		if (fetch->via != PHONE_TFTP && event->fetched.status == PHONE_FETCH_NOT_FOUND)
			console_http(phone, event->fetched.detail ? event->fetched.detail : "404 Not Found");
		else if (event->fetched.http_status && event->fetched.http_status != 200 &&
			 event->fetched.detail && isdigit((unsigned char)event->fetched.detail[0]))
			console_http(phone, event->fetched.detail);
		failed(phone, event->fetched.status, event->fetched.detail);
		return;
	}
	if (event->fetched.length > fetch->limit || event->fetched.size > fetch->limit) {
		failed(phone, PHONE_FETCH_TOO_LARGE, NULL);
		return;
	}
	if (fetch->via != PHONE_TFTP)
		phone_console(phone, "NOT GHTTP-hdr->HTTP/1.1 200 OK");
	phone_console(phone, "NOT downd-XXTP complete - status = 100");
	say(phone, "file.ok", PHONE_FETCH_OK, NULL,
	    fetch->to_flash ? event->fetched.size : event->fetched.length);
	note_detour(phone);
	result.bytes = event->fetched.bytes;
	result.length = event->fetched.length;
	result.size = event->fetched.size;
	result.detail = "";
	finish(phone, &result);
}

void file_timer(struct phone *phone)
{
	struct fetch_state *fetch = &phone->fetch;

	if (!fetch->running)
		return;
	phone_put_cancel(phone, fetch->id);
	fetch->http_status = 0;
	fetch->facts = NULL;
	note(phone, PHONE_FETCH_TIMEOUT, 0, 0);
	failed(phone, PHONE_FETCH_TIMEOUT, NULL);
}

/* --- the certificate of an HTTPS server --- */

static void peer_checked(struct phone *phone, uint32_t id, const char *why)
{
	struct fetch_state *fetch = &phone->fetch;
	struct phone_action *action = phone_put(phone, PHONE_DO_TRUST);

	action->trust.id = id;
	action->trust.trusted = !why;
	if (!why) {
		phone_timer_in(phone, TIMER_FETCH, fetch->timeout_us + GRACE_US);
		return;
	}
	fetch->http_status = 0;
	fetch->facts = NULL;
	note(phone, PHONE_FETCH_REFUSED, 0, 0);
	failed(phone, PHONE_FETCH_REFUSED, why);
}

bool file_peer(struct phone *phone, const struct phone_event *event)
{
	const struct fetch_state *fetch = &phone->fetch;

	if (!fetch->running || !fetch->id || event->peer.id != fetch->id)
		return false;
	phone_timer_stop(phone, TIMER_FETCH); /* TVS has its own timers */
	trust_peer(phone, TRUST_FILE_SERVER, fetch->id,
		   (struct wire_slice){event->peer.certificate, event->peer.length}, peer_checked);
	return true;
}

/* --- signed files --- */

/* Pass the result on under the name of the plain file. */
static void deliver(struct phone *phone, const struct file_result *result)
{
	struct file_result plain = *result;
	char name[PHONE_NAME_MAX];

	memcpy(name, phone->fetch.plain, sizeof(name));
	plain.file = name;
	phone->fetch.signed_done(phone, &plain);
}

static void signed_checked(struct phone *phone, const char *file, struct wire_slice bytes, const char *why)
{
	struct file_result result = {
	    .status = FILE_FAILED, .last = PHONE_FETCH_PROTOCOL_ERROR, .detail = why};
	struct trustlist_header header;
	struct wire_slice payload;

	(void)file;
	if (!why && !sgn_decode(bytes.data, bytes.length, &header, &payload, NULL))
		result = (struct file_result){.status = FILE_OK,
					      .bytes = payload.data,
					      .length = payload.length,
					      .size = payload.length,
					      .whole = bytes,
					      .detail = ""};
	deliver(phone, &result);
}

static void signed_done(struct phone *phone, const struct file_result *result)
{
	if (result->status != FILE_OK ||
	    (phone->fetch.via == PHONE_HTTPS && !sgn_is_signed(result->bytes, result->length)))
		deliver(phone, result);
	else
		trust_check_signed(phone, result->file, (struct wire_slice){result->bytes, result->length},
				   signed_checked);
}

void file_get_signed(struct phone *phone, const char *file, uint64_t limit, file_done_fn *done)
{
	struct fetch_state *fetch = &phone->fetch;
	char name[PHONE_NAME_MAX], own[PHONE_NAME_MAX];

	if (!trust_signs(phone)) {
		file_get(phone, file, limit, done);
		return;
	}
	snprintf(own, sizeof(own), "%s.cnf.xml", phone->name);
	snprintf(fetch->plain, sizeof(fetch->plain), "%s", file);
	snprintf(name, sizeof(name), "%.*s.sgn", PHONE_NAME_MAX - 5, file);
	fetch->signed_done = done;
	start(phone, name, limit, !strcmp(file, own) && trust_https(phone), false, signed_done);
}
