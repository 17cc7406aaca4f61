/* The requests to the TFTP service as the trace of Cisco TFTP, from the logs of lighttpd (HTTP) and dnsmasq (TFTP). Wording that
 * is not public is phonelab's. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "phonelab/collect/sdl.h"

struct request {
	long long t;
	size_t order;
	bool http, wanted;
	int status; /* of HTTP; TFTP: 200 or 404 as HTTP has it, 0 for another end */
	char client[48], file[200], method[12], detail[200];
};

struct requests {
	const struct bundle *bundle;
	struct request *item;
	size_t n, room;
};

static void add(struct requests *list, const struct request *request)
{
	struct request *more;

	if (list->n == list->room) {
		list->room = list->room ? 2 * list->room : 512;
		more = realloc(list->item, list->room * sizeof(*more));
		if (!more) {
			list->room = list->n;
			return;
		}
		list->item = more;
	}
	list->item[list->n] = *request;
	list->item[list->n].order = list->n;
	list->n++;
}

/* CLIENT HOST [30/Nov/2026:13:34:46 +0000] "GET /FILE HTTP/1.1" STATUS BYTES MICROSECONDS us */
static void take_access(void *arg, const struct why_log_entry *entry)
{
	struct requests *list = arg;
	struct request request = {.http = true};
	char line[1024], when[40];
	long long bytes, took;
	struct tm tm = {0};

	snprintf(line, sizeof(line), "%.*s", (int)(entry->length < 1023 ? entry->length : 1023), entry->text);
	if (sscanf(line, "%47s %*s [%39[^]]] \"%11s /%199[^ \"] %*[^\"]\" %d %lld %lld us", request.client,
		   when, request.method, request.file, &request.status, &bytes, &took) != 7 ||
	    !strptime(when, "%d/%b/%Y:%H:%M:%S %z", &tm))
		return;
	/* The time of the line is that of the request, in seconds; log.times is more exact. */
	request.t = entry->t != LLONG_MAX ? entry->t
					  : (timegm(&tm) - tm.tm_gmtoff) * 1000000ll - list->bundle->wall_us;
	snprintf(request.detail, sizeof(request.detail), "%lld bytes, %lld us", bytes, took);
	/* The lab asks for a file to see whether the server is ready. */
	if (strcmp(request.method, "HEAD") && bundle_wants_line(list->bundle, line))
		add(list, &request);
}

/* Copy the file's name below the folder that is served, and the address at the end: "PATH to ADDRESS". */
static bool read_path(const char *text, const char *separator, struct request *request)
{
	static const char root[] = "/tftp/root/";
	const char *at = strstr(text, separator), *name = strstr(text, root);

	if (!at)
		return false;
	name = name && name < at ? name + sizeof(root) - 1 : text;
	snprintf(request->file, sizeof(request->file), "%.*s", (int)(at - name), name);
	snprintf(request->client, sizeof(request->client), "%s", at + strlen(separator));
	return true;
}

static void take_dnsmasq(void *arg, const struct why_log_entry *entry)
{
	static const char mark[] = "dnsmasq-tftp[";
	struct requests *list = arg;
	struct request request = {.t = entry->t == LLONG_MAX ? (long long)clock_now_us() : entry->t};
	char line[1024];
	const char *text;

	snprintf(line, sizeof(line), "%.*s", (int)(entry->length < 1023 ? entry->length : 1023), entry->text);
	text = strstr(line, mark) ? strstr(line, "]: ") : NULL;
	if (!text || !bundle_wants_line(list->bundle, line))
		return;
	text += 3;
	if (!strncmp(text, "sent ", 5) && read_path(text + 5, " to ", &request))
		request.status = 200;
	else if (!strncmp(text, "file ", 5) && read_path(text + 5, " not found for ", &request))
		request.status = 404;
	else if (strncmp(text, "failed sending ", 15) || !read_path(text + 15, " to ", &request))
		return;
	snprintf(request.detail, sizeof(request.detail), "%.199s", text);
	add(list, &request);
}

static void put_http(struct sdl *sdl, const struct request *request, unsigned long id)
{
	sdl_line(sdl, request->t,
		 "HTTPConnection::wait_SdlDataInd Printing the HTTPRequest --: %s /%s from %s",
		 request->method, request->file, request->client);
	sdl_line(sdl, request->t, "HTTPConnection::wait_SdlDataInd Decode successful - Filename is : %s",
		 request->file);
	sdl_line(sdl, request->t,
		 "ServeFile::wait_FileRequest Received File request for %s with Request ID %lu",
		 request->file, id);
	if (request->status == 404)
		sdl_line(sdl, request->t, "ServeDynamicFile::FindAndServe File Not Found - 404 - Failure");
	sdl_line(sdl, request->t, "HTTPConnection::phonelab Request ID %lu: status %d, %s", id,
		 request->status, request->detail);
}

static void put_tftp(struct sdl *sdl, const struct request *request)
{
	sdl_line(sdl, request->t, "TFTPEngine::isReadRequest[%s], [%s] opcode(1)", request->client,
		 request->file);
	if (request->status == 404)
		sdl_line(sdl, request->t, "INFO: TFTPEngine::sendNAK[%s], File[%s], Error(1)",
			 request->client, request->file);
	sdl_line(sdl, request->t, "TFTPEngine::phonelab %s", request->detail);
}

static int by_time(const void *a, const void *b)
{
	const struct request *one = a, *other = b;

	if (one->t != other->t)
		return one->t < other->t ? -1 : 1;
	return one->order < other->order ? -1 : one->order > other->order;
}

static void save(const struct bundle *bundle, const char *node, unsigned id)
{
	struct requests list = {.bundle = bundle};
	struct sdl sdl = {
	    .bundle = bundle, .node = node, .folder = "cm/trace/tftp", .id = id, .application = SDL_TFTP};
	const json_t *one;
	char log[100];
	size_t i;

	json_array_foreach (json_object_get(bundle->status, "services"), i, one) {
		bool http = !strcmp(json_text(one, "kind"), "http");

		if (strcmp(json_text(one, "node"), node) || (!http && strcmp(json_text(one, "kind"), "tftp")))
			continue;
		snprintf(log, sizeof(log), "%.80s%s", json_text(one, "name"), http ? ".access" : ".log");
		why_logs_read_all(bundle->logs, log, bundle->since, http ? take_access : take_dnsmasq, &list);
	}
	if (list.n)
		qsort(list.item, list.n, sizeof(*list.item), by_time);
	for (i = 0; i < list.n; i++)
		if (list.item[i].http)
			put_http(&sdl, &list.item[i], i + 1);
		else
			put_tftp(&sdl, &list.item[i]);
	sdl_close(&sdl);
	free(list.item);
}

void bundle_tftp_traces(const struct bundle *bundle)
{
	/* Behind the numbers of the call managers. */
	unsigned id = (unsigned)json_array_size(json_object_get(bundle->status, "cluster"));
	const json_t *one;
	size_t i;

	json_array_foreach (json_object_get(bundle->status, "services"), i, one)
		if (!strcmp(json_text(one, "kind"), "tftp"))
			save(bundle, json_text(one, "node"), ++id);
}
