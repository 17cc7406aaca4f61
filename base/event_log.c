#include "base/event_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/text.h"

#define BURST	       8192u /* lines of a source at once */
#define RATE	       50u   /* lines of a source per second after that */
#define LINE_US	       (1000000u / RATE)
#define FILE_MOST      (512ll << 20)
#define SIZE_CHECKS    64    /* the size is read again after this number of lines */
#define CHAINS	       1024u /* at first */
#define GATHERED       65536 /* octets that wait at most */
#define GATHERED_LINES 512

/* One event name of one node. */
struct source {
	struct source *next;
	uint32_t hash;
	uint64_t full_us; /* when it may write a whole burst again */
	uint64_t not_reported;
	const char *event;
	char node[]; /* the node's name, and behind its NUL the event's */
};

/* Lines that wait to be written, and whose they are, should the write fail. */
struct gathered {
	size_t length;
	unsigned count;
	struct {
		struct source *source;
		uint64_t not_reported; /* as the line says */
	} line[GATHERED_LINES];
	char octets[GATHERED];
};

struct event_log {
	int fd; /* -1: a log that drops everything */
	uint64_t lost;
	unsigned written;
	bool full;
	bool torn;		   /* perhaps the file ends in the midst of a line */
	struct gathered *gathered; /* lines that wait; NULL: each line is written at once */
	struct source **chain;
	unsigned chains, sources; /* as many chains as sources, or more */
};

int event_log_open(struct event_log **log, const char *path, struct fail *fail)
{
	struct event_log *new = calloc(1, sizeof(*new));

	if (!new)
		return fail_set(fail, -ENOMEM, "no memory for the event log");
	new->fd = -1;
	new->chains = CHAINS;
	new->chain = calloc(CHAINS, sizeof(struct source *));
	if (!new->chain) {
		free(new);
		return fail_set(fail, -ENOMEM, "no memory for the event log");
	}
	if (path) {
		new->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		if (new->fd < 0) {
			int err = -errno;

			event_log_close(new);
			return fail_set(fail, err, "%s: cannot open the event log: %s", path, strerror(-err));
		}
	}
	*log = new;
	return 0;
}

/* Twice the number of chains; without memory they stay, and get longer. */
static void grow(struct event_log *log)
{
	unsigned chains = log->chains * 2;
	struct source **chain = calloc(chains, sizeof(struct source *));

	if (!chain)
		return;
	for (unsigned i = 0; i < log->chains; i++)
		while (log->chain[i]) {
			struct source *source = log->chain[i];

			log->chain[i] = source->next;
			source->next = chain[source->hash % chains];
			chain[source->hash % chains] = source;
		}
	free(log->chain);
	log->chain = chain;
	log->chains = chains;
}

/* The source of a line; NULL without memory. Nodes and event names are few and never come from the network. */
static struct source *source_of(struct event_log *log, const char *node, const char *event)
{
	size_t node_size = strlen(node) + 1, event_size = strlen(event) + 1;
	struct source *source, **chain;
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (const char *c = node; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	for (const char *c = event; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	for (source = log->chain[hash % log->chains]; source; source = source->next)
		if (source->hash == hash && !strcmp(source->node, node) && !strcmp(source->event, event))
			return source;
	source = calloc(1, sizeof(*source) + node_size + event_size);
	if (!source)
		return NULL;
	memcpy(source->node, node, node_size);
	source->event = memcpy(source->node + node_size, event, event_size);
	source->hash = hash;
	if (++log->sources > log->chains)
		grow(log);
	chain = &log->chain[hash % log->chains];
	source->next = *chain;
	*chain = source;
	return source;
}

/* A token bucket. */
static bool within_rate(struct source *source, uint64_t now_us)
{
	if (source->full_us < now_us)
		source->full_us = now_us;
	if (source->full_us - now_us > (uint64_t)(BURST - 1) * LINE_US)
		return false;
	source->full_us += LINE_US;
	return true;
}

/* Other processes write to the file too, so its size is read from time to time. */
static bool within_size(struct event_log *log)
{
	struct stat st;

	if (log->written++ % SIZE_CHECKS == 0)
		log->full = !fstat(log->fd, &st) && st.st_size >= FILE_MOST;
	return !log->full;
}

/* Can the text stand in JSON as it is? */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\')
			return false;
	return true;
}

static void add_json(struct text *line, json_t *json)
{
	char *dump = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	if (dump)
		text_add_bytes(line, dump, strlen(dump));
	else
		line->failed = true;
	free(dump);
}

/* A member: before is its key with what stands in front of it. */
static void add_text(struct text *line, const char *before, const char *value)
{
	json_t *json;

	text_add_bytes(line, before, strlen(before));
	if (is_plain(value)) {
		text_add_bytes(line, "\"", 1);
		text_add_bytes(line, value, strlen(value));
		text_add_bytes(line, "\"", 1);
		return;
	}
	json = json_text_new(value);
	add_json(line, json);
	json_decref(json);
}

/* Written by hand, because a phone writes 140 lines in its boot, and building an object first takes several times as long. */
static void add_line(struct text *line, uint64_t now_us, const char *node, int step, const char *event,
		     const char *detail, json_t *evidence, uint64_t not_reported)
{
	text_add(line, "{\"t\":%llu", (unsigned long long)now_us);
	add_text(line, ",\"node\":", node);
	if (step > 0)
		text_add(line, ",\"step\":%d", step);
	add_text(line, ",\"event\":", event);
	if (detail)
		add_text(line, ",\"detail\":", detail);
	if (evidence) {
		text_add_bytes(line, ",\"evidence\":", strlen(",\"evidence\":"));
		add_json(line, evidence);
	}
	if (not_reported)
		text_add(line, ",\"not_reported\":%llu", (unsigned long long)not_reported);
	text_add_bytes(line, "}\n", 2);
}

static size_t append(const struct event_log *log, const char *octets, size_t length)
{
	ssize_t written;

	do
		written = write(log->fd, octets, length);
	while (written < 0 && errno == EINTR);
	return written > 0 ? (size_t)written : 0;
}

/* The number of lines at the end that are not in the file as a whole. A disk may become full in the midst of a line, of this process or
 * of another. What is there of that line must not become the beginning of the next one. */
static unsigned append_lines(struct event_log *log, const char *lines, size_t length)
{
	size_t written = 0;
	unsigned lost = 0;

	if (!log->torn || append(log, "\n", 1)) {
		written = append(log, lines, length);
		log->torn = written < length && !append(log, "\n", 1);
	}
	for (size_t i = written; i < length; i++)
		lost += lines[i] == '\n';
	log->lost += lost;
	return lost;
}

void event_log_gather(struct event_log *log)
{
	if (log->fd >= 0 && !log->gathered)
		log->gathered = calloc(1, sizeof(*log->gathered));
}

void event_log_flush(struct event_log *log)
{
	struct gathered *it = log->gathered;
	unsigned lost;

	if (!it || !it->count)
		return;
	lost = append_lines(log, it->octets, it->length);
	for (unsigned i = it->count - lost; i < it->count; i++)
		it->line[i].source->not_reported += 1 + it->line[i].not_reported;
	it->count = 0;
	it->length = 0;
}

static void put(struct event_log *log, struct source *source, const char *line, size_t length)
{
	struct gathered *it = log->gathered;

	if (it && (it->count == GATHERED_LINES || it->length + length > GATHERED))
		event_log_flush(log);
	if (!it || length > GATHERED) {
		source->not_reported = append_lines(log, line, length) ? source->not_reported + 1 : 0;
		return;
	}
	memcpy(it->octets + it->length, line, length);
	it->length += length;
	it->line[it->count].source = source;
	it->line[it->count++].not_reported = source->not_reported;
	source->not_reported = 0;
}

void event_log_write(struct event_log *log, uint64_t now_us, const char *node, int step, const char *event,
		     const char *detail, json_t *evidence)
{
	struct source *source = log->fd >= 0 ? source_of(log, node, event) : NULL;
	struct text line = {0};

	if (source && within_rate(source, now_us) && within_size(log))
		add_line(&line, now_us, node, step, event, detail, evidence, source->not_reported);
	if (line.length && !line.failed) {
		put(log, source, line.bytes, line.length);
	} else if (log->fd >= 0) {
		log->lost++;
		if (source)
			source->not_reported++;
	}
	text_free(&line);
	json_decref(evidence);
}

uint64_t event_log_lost(const struct event_log *log)
{
	return log->lost;
}

void event_log_close(struct event_log *log)
{
	if (!log)
		return;
	event_log_flush(log);
	free(log->gathered);
	if (log->fd >= 0)
		close(log->fd);
	for (unsigned i = 0; i < log->chains; i++)
		while (log->chain[i]) {
			struct source *source = log->chain[i];

			log->chain[i] = source->next;
			free(source);
		}
	free(log->chain);
	free(log);
}
