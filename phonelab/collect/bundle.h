#ifndef PHONELAB_COLLECT_BUNDLE_H
#define PHONELAB_COLLECT_BUNDLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "phonelab/client/client.h"
#include "phonelab/why/logs.h"

/* Private to phonelab/collect. */

#define BUNDLE_PATH 700

struct bundle {
	const struct lab *lab;
	char folder[256];      /* without "/" at its end */
	char run[280];	       /* FOLDER/lab/: the run directory as it was */
	json_t *status;	       /* as `status --json` */
	const char *phone;     /* the device name of --phone; NULL: all phones */
	const json_t *subject; /* its object in the status */
	long long since;       /* of the clock of events, microseconds */
	long long wall_us;     /* what the clock of events lacks to the time since the epoch */
	char domain[128];
	struct why_logs *logs; /* of run */
};

/* Create a file below the folder, with its parents. NULL with the reason on standard error. */
FILE *bundle_create(const struct bundle *bundle, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Is it a phone that the user asked for? */
bool bundle_wants(const struct bundle *bundle, const char *phone);

/* Does a line name a phone that the user asked for, by its device name, MAC or address? True for every line without
 * --phone. */
bool bundle_wants_line(const struct bundle *bundle, const char *line);

/* A time of the clock of events: as text, which is returned. */
enum bundle_time {
	BUNDLE_CLOCK,  /* 13:34:46 */
	BUNDLE_SYSLOG, /* Nov 30 13:34:46 */
	BUNDLE_DATE,   /* 2026-11-30 13:34:46 +0000 */
	BUNDLE_UTC,    /* Nov 30 2026 13:34:46; the others are local time */
};
const char *bundle_time(const struct bundle *bundle, long long t, enum bundle_time format, char text[64]);

/* Call each with the events since the time that the user asked for, whose line has one of the texts (NULL at the end). */
typedef void bundle_event_fn(void *arg, const json_t *event);
void bundle_each_event(const struct bundle *bundle, const char *const *texts, bundle_event_fn *each,
		       void *arg);

/* Call each with every regular file below a folder: its whole path, and its path below the folder. Sorted by name. */
typedef void bundle_file_fn(void *arg, const char *path, const char *below);
void bundle_each_file(const char *folder, bundle_file_fn *each, void *arg);

/* --- the parts; each writes what it can, and prints the reason for what it cannot --- */

/* NODE/syslog/CiscoSyslog and NODE/syslog/messages. */
void bundle_syslogs(const struct bundle *bundle);

/* NODE/cm/trace/ccm/sdl: the SIP messages at the call managers. */
void bundle_sip_traces(const struct bundle *bundle);

/* NODE/cm/trace/tftp: the requests to the TFTP service. */
void bundle_tftp_traces(const struct bundle *bundle);

/* phones/NAME: console, status messages, web pages, problem report. */
void bundle_phones(const struct bundle *bundle);

/* switches/NAME/show-tech-support.txt. */
void bundle_switches(const struct bundle *bundle);

/* switches/NAME/span.pcapng and phones/NAME/phone.pcapng, for that time. 0, or an exit status. */
int bundle_captures(const struct bundle *bundle, unsigned seconds);

/* Remove passwords and digest credentials from all files. 0, or an exit status with the reason printed. */
int bundle_redact(const struct bundle *bundle);

/* index.html, after everything else. 0, or an exit status. */
int bundle_index(const struct bundle *bundle);

#endif
