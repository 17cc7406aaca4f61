#include "phonelab/supervise/tls_alarms.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cucm/rpc.h"
#include "cucm/tls_failure.h"
#include "phonelab/lab/provision.h"
#include "phonelab/supervise/log_limit.h"

#define EVERY_US    250000
#define READ_MOST   65536
#define LINE_MOST   2048
#define ALARMS_MOST 50 /* of a node per tick */
#define LEASES_MOST (1 << 20)
#define RPC_MS	    500

struct node_log {
	const char *node;
	char path[300];
	off_t offset;	   /* of what has been read */
	long long removed; /* by cuts of the log (log_limit.h), when it was read */
	struct tls_failure_reader reader;
	size_t length; /* of line */
	char line[LINE_MOST];
};

struct tls_alarms {
	struct event *tick;
	const char *folder;
	struct topology *topology;
	const struct cucm_plan *plan;
	size_t count;
	struct node_log logs[];
};

/* What the alarms of one tick need, read at the first. */
struct tick {
	const struct tls_alarms *it;
	bool open;
	struct provision provision;
	char *leases; /* the lease files of the lab's DHCP servers, one after the other; NULL: none */
	unsigned alarms;
};

static void read_leases(struct tick *tick)
{
	struct text all = {0};

	for (size_t i = 0; i < tick->it->plan->dhcp_server_count; i++) {
		struct fail ignored = {0};
		char path[300], *leases;
		size_t length;

		snprintf(path, sizeof(path), "%.200s/%.80s/leases", tick->it->folder,
			 tick->it->plan->dhcp_servers[i].name);
		if (file_read(path, LEASES_MOST, &leases, &length, &ignored))
			continue;
		text_add_bytes(&all, leases, length);
		free(leases);
	}
	tick->leases = text_take(&all);
}

static void tick_open(struct tick *tick)
{
	struct fail ignored = {0};

	if (tick->open)
		return;
	tick->open = true;
	/* If that fails, the plan is that of the topology. */
	provision_open(&tick->provision, tick->it->topology, tick->it->plan, false, &ignored);
	read_leases(tick);
}

static void tick_close(struct tick *tick)
{
	if (tick->open)
		provision_close(&tick->provision);
	free(tick->leases);
}

/* The MAC that holds the lease of an address: "EXPIRY MAC ADDRESS NAME ID". */
static bool lease_of(const char *leases, const char *address, struct mac *mac)
{
	char pattern[24], text[MAC_TEXT];
	const char *at;

	snprintf(pattern, sizeof(pattern), " %s ", address);
	at = leases ? strstr(leases, pattern) : NULL;
	if (!at || at - leases < MAC_TEXT)
		return false;
	snprintf(text, sizeof(text), "%.*s", MAC_TEXT - 1, at - (MAC_TEXT - 1));
	return !mac_parse(mac, text);
}

/* The provisioned device that has the address; NULL if it is unknown. */
static const struct cucm_device *device_of(const struct tick *tick, const char *address)
{
	const struct cucm_device *device;
	char name[DEVICE_TEXT];
	struct mac mac;

	if (!lease_of(tick->leases, address, &mac))
		return NULL;
	mac_format_device(&mac, name);
	device = cucm_plan_find(&tick->provision.plan, name);
	return device && !device->absent ? device : NULL;
}

static void append(const char *path, const struct text *text)
{
	int fd = text->failed ? -1 : open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0)
		return;
	file_write_all(fd, text->bytes, text->length);
	close(fd);
}

static void report(struct tick *tick, const struct node_log *log, const struct tls_failure *failure)
{
	const struct cucm_device *device;
	struct fail ignored = {0};
	struct text text = {0};
	char socket[300], name[DEVICE_TEXT];

	tick->alarms++;
	tick_open(tick);
	device = device_of(tick, failure->address);
	tls_failure_alarm(failure, tick->it->plan, log->node, device, &text);
	append(log->path, &text);
	text_free(&text);
	if (!device)
		return;
	mac_format_device(&device->mac, name);
	snprintf(socket, sizeof(socket), "%.200s/cucm/%.80s/rpc", tick->it->folder, log->node);
	cucm_lose(socket, name, failure->code, device->lines[0].number, failure->address, RPC_MS, &ignored);
}

/* Returns how many bytes were read: all, or up to the last alarm of this tick. A line that is too long for `line` is none of a
 * handshake, so its beginning is enough. */
static size_t take(struct tick *tick, struct node_log *log, const char *bytes, size_t length)
{
	struct tls_failure failure;
	size_t i = 0;

	while (i < length && tick->alarms < ALARMS_MOST) {
		char byte = bytes[i++];

		if (byte != '\n') {
			if (log->length < LINE_MOST - 1)
				log->line[log->length++] = byte;
			continue;
		}
		log->line[log->length] = '\0';
		log->length = 0;
		if (tls_failure_read(&log->reader, log->line, &failure))
			report(tick, log, &failure);
	}
	return i;
}

/* The log is shorter than what has been read of it. After a cut the same octets stand further in front; otherwise somebody has emptied it. */
static void find_offset(struct node_log *log, int fd)
{
	size_t first;
	long long removed = log_limit_removed(fd, &first), moved = removed - log->removed;

	if (moved > 0 && log->offset > moved) {
		log->offset += (off_t)first - moved;
	} else {
		log->offset = (off_t)first;
		log->length = 0;
	}
	log->removed = removed;
}

static void read_log(struct tick *tick, struct node_log *log)
{
	static char bytes[READ_MOST];
	ssize_t length = 1;
	struct stat st;
	int fd;

	if (stat(log->path, &st) || st.st_size == log->offset)
		return;
	fd = open(log->path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && st.st_size < log->offset)
		find_offset(log, fd);
	while (fd >= 0 && length > 0 && tick->alarms < ALARMS_MOST) {
		length = pread(fd, bytes, sizeof(bytes), log->offset);
		if (length > 0)
			log->offset += (off_t)take(tick, log, bytes, (size_t)length);
	}
	if (fd >= 0)
		close(fd);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct tls_alarms *it = arg;
	struct tick tick = {.it = it};

	(void)fd;
	(void)what;
	for (size_t i = 0; i < it->count; i++) {
		tick.alarms = 0;
		read_log(&tick, &it->logs[i]);
	}
	tick_close(&tick);
}

static void add_log(struct tls_alarms *it, const char *node)
{
	struct node_log *log = &it->logs[it->count++];
	struct stat st;
	size_t first;
	int fd;

	log->node = node;
	snprintf(log->path, sizeof(log->path), "%.200s/log/%.80s.log", it->folder, node);
	log->offset = stat(log->path, &st) ? 0 : st.st_size;
	fd = open(log->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	log->removed = log_limit_removed(fd, &first);
	close(fd);
}

int tls_alarms_start(struct tls_alarms **alarms, struct event_base *base, const char *folder,
		     struct topology *topology, const struct cucm_plan *plan, struct fail *fail)
{
	const struct timeval every = {.tv_usec = EVERY_US};
	struct tls_alarms *it;

	*alarms = NULL;
	if (!cucm_plan_certificates(plan))
		return 0;
	it = calloc(1, sizeof(*it) + plan->node_count * sizeof(it->logs[0]));
	if (!it)
		return fail_set(fail, -ENOMEM, "alarms of TLS: out of memory");
	it->folder = folder;
	it->topology = topology;
	it->plan = plan;
	for (size_t i = 0; i < plan->node_count; i++)
		if (!plan->nodes[i].foreign)
			add_log(it, plan->nodes[i].name);
	it->tick = event_new(base, -1, EV_PERSIST, on_tick, it);
	if (!it->tick || event_add(it->tick, &every)) {
		tls_alarms_stop(it);
		return fail_set(fail, -ENOMEM, "alarms of TLS: out of memory");
	}
	*alarms = it;
	return 0;
}

void tls_alarms_stop(struct tls_alarms *alarms)
{
	if (!alarms)
		return;
	if (alarms->tick)
		event_free(alarms->tick);
	free(alarms);
}
