#ifndef PHONE_SIM_DRIVER_HOST_INTERNAL_H
#define PHONE_SIM_DRIVER_HOST_INTERNAL_H

#include "phone-sim/driver/dns.h"
#include "phone-sim/driver/download.h"
#include "phone-sim/driver/flash.h"
#include "phone-sim/driver/host.h"
#include "phone-sim/driver/port.h"
#include "phone-sim/driver/prt.h"
#include "phone-sim/driver/key_maker.h"
#include "phone-sim/driver/tcp.h"
#include "phone-sim/driver/tls.h"
#include "phone-sim/driver/tls_identity.h"
#include "phone-sim/driver/udp.h"
#include "phone-sim/driver/web.h"

#define HOST_FETCHES	 4 /* at once */
#define HOST_QUERIES	 4
#define HOST_CONNECTIONS 8
#define HOST_OWNED	 7 /* files of flash in one event */
#define HOST_KEYS	 2 /* that are being made */

struct event;
struct upload;

/* A connection of the core, by its id: one of the three. */
struct host_connection {
	struct host *host;
	uint32_t id; /* 0: free */
	struct tcp *tcp;
	struct udp *udp;
	struct tls *tls;
};

/* A key pair that is being made for the core. */
struct host_key {
	struct host *host;
	uint32_t id;	     /* of the core */
	struct key_job *job; /* NULL: free */
};

/* Certificates of the phone. Nothing is read before a secure connection, or the core, needs it. */
struct host_certificates {
	char *mic_path;			/* NULL: no MIC */
	struct tls_identity *mic, *lsc; /* NULL: none, or not read yet */
	bool mic_read, lsc_read;
	struct tls_sessions *sessions; /* NULL: none yet */
	struct host_key key[HOST_KEYS];
};

/* An event that occurred while the actions of another one were executed, with the bytes and the text that it points to. */
struct host_pending {
	struct phone_event event;
	uint8_t *owned[HOST_OWNED];
	char *reason; /* of a power event */
	struct host_pending *next;
};

/* Shared by host.c (start, end and port), host_core.c (the core and its actions), host_io.c (files, names,
 * connections), host_tls.c (certificates and keys), host_prt.c (problem report), host_report.c (events and status). */
struct host {
	struct host_shared shared;
	char name[DEVICE_TEXT];
	char *panel;
	bool ac_power;
	struct phone *phone;
	struct flash *flash;
	struct port *port;
	struct event *timer;
	struct event *stop_timer; /* limit of a stop */
	struct event *load_timer; /* the flash could not be read for want of memory or descriptors */
	uint64_t deadline_us;
	uint64_t power_us; /* when step 1 began; 0: the phone has no power */
	int step;	   /* active on the ladder; 0: not powered yet */
	bool busy, stopping, stopped;
	struct host_pending *first, **last;
	struct host_pending *spare; /* for an event when memory is short; NULL: used */

	struct download *fetch[HOST_FETCHES];
	struct dns *query[HOST_QUERIES];
	struct host_connection connection[HOST_CONNECTIONS];
	struct host_certificates certificates;
	uint32_t dns_server[PHONE_DNS_MAX];
	unsigned dns_count;
	char domain[PHONE_NAME_MAX];

	json_t *console, *messages; /* the last lines of the console log and of the Status Messages screen */
	uint64_t console_lines;
	struct web *web; /* while the phone has an address */
	struct prt prt;	 /* the last problem report */
	struct upload *upload;
};

/* Pass an event to the core; during an action it is queued until the list of actions is executed. The event is borrowed for
 * the call, also when it is queued. */
void host_handle(struct host *host, const struct phone_event *event);

/* host_core.c: the timer of the core has expired (a callback of libevent). */
void host_on_timer(int fd, short what, void *arg);

/* host_core.c: read the flash again (a callback of libevent). */
void host_on_load_timer(int fd, short what, void *arg);

/* The topics of the core's trace whose debug token is enabled. */
unsigned host_traces(void);

/* The phone has stopped: close everything, unplug the cable, inform the rack. */
void host_has_stopped(struct host *host);

/* Take the oldest queued event, or NULL; the caller frees it. */
struct host_pending *host_take_pending(struct host *host);
void host_free_pending(struct host *host, struct host_pending *pending);

/* host_io.c: actions of the network above eth0, and the web page. */
void host_fetch(struct host *host, const struct phone_action *action);
void host_resolve(struct host *host, const struct phone_action *action);
void host_connect(struct host *host, const struct phone_action *action);
void host_send(struct host *host, const struct phone_action *action);
void host_trust(struct host *host, const struct phone_action *action);
void host_close(struct host *host, uint32_t id, bool abort);
void host_cancel(struct host *host, uint32_t id);
void host_io_free(struct host *host);
void host_web_open(struct host *host);
void host_web_close(struct host *host);
/* Fill in what the pages show now (web_ask_fn). */
bool host_web_source(const struct host *host, struct web_source *source);

/* host_tls.c: certificates and keys. */
/* Remember where the MIC is, and put the LSC of a phone that has one into a new flash. 0 or a negative errno. */
int host_certificates_begin(struct host *host, const struct rack_phone *phone, struct fail *fail);
void host_certificates_free(struct host *host);
/* The certificate that the phone offers: the LSC before the MIC. NULL: it has none. */
const struct tls_identity *host_identity(struct host *host);
/* The sessions that the phone may resume; NULL without memory. */
struct tls_sessions *host_sessions(struct host *host);
/* The MIC; NULL: none. */
const struct tls_identity *host_mic(struct host *host);
/* The phone boots: read MIC and LSC again. If the phone offers another certificate from now on, it resumes no session. */
void host_read_certificates(struct host *host);
/* A file of flash has changed; if it belongs to the LSC, the phone has another identity. */
void host_stored(struct host *host, const char *name);
void host_make_key(struct host *host, const struct phone_action *action);
/* Make the key with this id no more; 0: none. */
void host_cancel_key(struct host *host, uint32_t id);

/* host_prt.c: the problem report. */
void host_problem(struct host *host, const char *description);
void host_prt_free(struct host *host);

/* host_report.c: events, console, messages. */
void host_say(struct host *host, int step, const char *event, const char *detail, json_t *evidence);
void host_report_console(struct host *host, const char *text);
void host_report_message(struct host *host, const char *text);
void host_report_step(struct host *host, const struct phone_action *action);
void host_report_event(struct host *host, const struct phone_action *action);
void host_report_registered(struct host *host, const struct phone_action *action);

#endif
