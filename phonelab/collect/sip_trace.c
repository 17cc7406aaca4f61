/* The SIP messages at the call managers as SDL traces, from the files that Kamailio's module sipdump writes. */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/collect/sdl.h"

#define FILE_MOST  (256u << 20)
#define PEERS_MOST 8192
#define HEADER	   "====================\n"
#define BODY	   "~~~~~~~~~~~~~~~~~~~~\n"
#define END	   "||||||||||||||||||||\n"

/* A message of sipdump; texts are borrowed from the file. */
struct message {
	bool received, udp;
	long long t; /* since the epoch, microseconds */
	char address[48];
	unsigned port; /* of the phone */
	const char *bytes;
	size_t length;
};

/* A connection is known by the address and port of its phone; its number is the index of the trace. */
struct trace {
	struct sdl sdl;
	unsigned long messages;
	char (*peer)[60];
	unsigned peers;
};

/* The value of "NAME: " in the header of a message; "" if it is not there. */
static void member(const char *header, size_t length, const char *name, char *value, size_t size)
{
	char begin[24];
	const char *at;

	snprintf(begin, sizeof(begin), "\n%s: ", name);
	at = memmem(header, length, begin, strlen(begin));
	value[0] = 0;
	if (at)
		snprintf(value, size, "%.*s", (int)strcspn(at + strlen(begin), "\n"), at + strlen(begin));
}

/* Where the message ends: its mark stands behind its last octet, and in front of the next message or at the end of the file. */
static const char *end_of(const char *body, const char *end)
{
	const char *at = body;

	while ((at = memmem(at, (size_t)(end - at), END, sizeof(END) - 1))) {
		const char *next = at + sizeof(END) - 1;

		if (next == end || !strncmp(next, HEADER, sizeof(HEADER) - 1))
			return at;
		at = next;
	}
	return NULL;
}

/* Read the message at *at and move *at behind it. False at the end. */
static bool next(const char **at, const char *end, struct message *message)
{
	const char *header = memmem(*at, (size_t)(end - *at), HEADER, sizeof(HEADER) - 1);
	const char *body = header ? memmem(header, (size_t)(end - header), BODY, sizeof(BODY) - 1) : NULL;
	const char *last = body ? end_of(body, end) : NULL;
	char value[48];
	size_t length;
	bool received;

	/* The last message may be incomplete: Kamailio still writes. */
	if (!last)
		return false;
	length = (size_t)(body - header);
	member(header, length, "tag", value, sizeof(value));
	received = !strcmp(value, "rcv");
	*message = (struct message){.received = received, .bytes = body + sizeof(BODY) - 1};
	message->length = (size_t)(last - message->bytes);
	member(header, length, "proto", value, sizeof(value));
	message->udp = !strncmp(value, "udp", 3);
	member(header, length, "time", value, sizeof(value));
	message->t = strtoll(value, NULL, 10) * 1000000;
	message->t += strchr(value, '.') ? strtoll(strchr(value, '.') + 1, NULL, 10) : 0;
	member(header, length, received ? "srcip" : "dstip", message->address, sizeof(message->address));
	member(header, length, received ? "srcport" : "dstport", value, sizeof(value));
	message->port = (unsigned)strtoul(value, NULL, 10);
	*at = last + sizeof(END) - 1;
	return true;
}

static unsigned index_of(struct trace *trace, const struct message *message)
{
	char name[60];

	snprintf(name, sizeof(name), "%s:%u", message->address, message->port);
	for (unsigned i = trace->peers; i > 0; i--)
		if (!strcmp(trace->peer[i - 1], name))
			return i;
	if (trace->peers == PEERS_MOST)
		return 0;
	memcpy(trace->peer[trace->peers], name, sizeof(name));
	return ++trace->peers;
}

static bool is_wanted(const struct bundle *bundle, const struct message *message)
{
	char *text;
	bool wanted;

	if (message->t - bundle->wall_us < bundle->since)
		return false;
	if (!bundle->phone || !strcmp(message->address, json_text(bundle->subject, "ipv4")))
		return true;
	text = strndup(message->bytes, message->length);
	wanted = text && strstr(text, bundle->phone);
	free(text);
	return wanted;
}

static void put(struct trace *trace, const struct message *message)
{
	struct sdl *sdl = &trace->sdl;
	long long t = message->t - sdl->bundle->wall_us;

	if (message->udp && message->received)
		sdl_line(sdl, t, "SIPUdp - wait_UdpDataInd: Incoming SIP UDP message size %zu from %s:[%u]:",
			 message->length, message->address, message->port);
	else if (message->udp)
		sdl_line(sdl, t,
			 "SIPUdp - wait_SdlSPISignal: Outgoing SIP UDP message to %s:[%u]:", message->address,
			 message->port);
	else if (message->received)
		sdl_line(sdl, t,
			 "SIPTcp - wait_SdlReadRsp: Incoming SIP TCP message from %s on port %u index %u "
			 "with %zu bytes:",
			 message->address, message->port, index_of(trace, message), message->length);
	else
		sdl_line(sdl, t,
			 "SIPTcp - wait_SdlSPISignal: Outgoing SIP TCP message to %s on port %u index %u",
			 message->address, message->port, index_of(trace, message));
	if (!sdl->out)
		return;
	fprintf(sdl->out, "[%lu,NET]\n", ++trace->messages);
	sdl_bytes(sdl, message->bytes, message->length);
	sdl_bytes(sdl, "\n\n", 2);
}

static void convert(struct trace *trace, const char *path)
{
	struct fail fail = {0};
	struct message message;
	size_t length = 0;
	char *bytes = NULL;
	const char *at;

	if (file_read(path, FILE_MOST, &bytes, &length, &fail))
		return;
	at = bytes;
	while (next(&at, bytes + length, &message))
		if (is_wanted(trace->sdl.bundle, &message))
			put(trace, &message);
	free(bytes);
}

void bundle_sip_traces(const struct bundle *bundle)
{
	const json_t *node;
	size_t i;

	json_array_foreach (json_object_get(bundle->status, "cluster"), i, node) {
		struct trace trace = {.sdl = {.bundle = bundle,
					      .node = json_text(node, "name"),
					      .folder = "cm/trace/ccm/sdl",
					      .id = (unsigned)i + 1,
					      .application = SDL_CALLMANAGER}};
		char pattern[BUNDLE_PATH];
		glob_t found;

		trace.peer = calloc(PEERS_MOST, sizeof(*trace.peer));
		snprintf(pattern, sizeof(pattern), "%strace/%.60s/*.data", bundle->run, trace.sdl.node);
		if (trace.peer && !glob(pattern, 0, NULL, &found)) {
			for (size_t f = 0; f < found.gl_pathc; f++)
				convert(&trace, found.gl_pathv[f]);
			globfree(&found);
		}
		sdl_close(&trace.sdl);
		free(trace.peer);
	}
}
