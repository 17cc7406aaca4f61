/* The evidence that `phonelab test` keeps: a folder per scenario that has not passed. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <event2/buffer.h>

#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/web/internal.h"
#include "phonelab/web/under.h"

#define RUNS_MOST   500
#define RESULT_MOST (4u << 20)
#define FILE_MOST   (1ll << 30)

/* The files of a folder that the page serves. A sandbox is an origin of its own, in which no script runs. */
static const struct {
	const char *name, *type;
} files[] = {
    {"index.html", "text/html; charset=utf-8"},
    {"capture.pcapng", "application/octet-stream"},
    {"result.json", "application/json"},
    {"status.json", "application/json"},
    {"model.json", "application/json"},
    {"nodes.json", "application/json"},
    {"events.jsonl", "text/plain; charset=utf-8"},
};

#define EVIDENCE_CSP                                                                                         \
	"sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "           \
	"form-action 'none'; frame-ancestors 'self'"

/* --- the list --- */

static json_t *files_of(int folder, const char *run)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[160];
		off_t size = 0;
		int fd;

		snprintf(path, sizeof(path), "%s/%s", run, files[i].name);
		fd = web_under_file(folder, path, &size);
		if (fd < 0)
			continue;
		close(fd);
		json_array_append_new(
		    list, json_pack("{s:s,s:I}", "name", files[i].name, "size", (json_int_t)size));
	}
	return list;
}

/* The parts of result.json that the list shows; NULL: the folder has none, and is not evidence. */
static json_t *run_of(int folder, const char *run)
{
	static const char *const members[] = {"name",	"title", "file", "outcome",	"seconds",
					      "reason", "cause", "line", "expectations"};
	struct fail ignored = {0};
	char path[160], *text = NULL;
	json_t *result, *row;
	struct stat st;
	size_t length;
	int fd;

	snprintf(path, sizeof(path), "%s/result.json", run);
	fd = web_under_file(folder, path, NULL);
	if (fd < 0)
		return NULL;
	row = json_pack("{s:s,s:o}", "run", run, "files", files_of(folder, run));
	if (!fstat(fd, &st))
		json_object_set_new(row, "time", json_integer((json_int_t)st.st_mtime));
	result = file_read_fd(fd, path, RESULT_MOST, &text, &length, &ignored)
		     ? NULL
		     : json_loadb(text, length, 0, NULL);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		json_t *value = json_object_get(result, members[i]);

		if (value)
			json_object_set(row, members[i], value);
	}
	json_decref(result);
	free(text);
	close(fd);
	return row;
}

/* Runs in a process of its own: prints the runs of the folder, whose file system may be slow. */
static int print_runs(void *arg)
{
	json_t *runs = json_array(), *row, *object;
	int folder = web_under_folder(arg), count = 0;
	struct dirent **names = NULL;
	bool more = false;

	if (folder >= 0)
		count = scandirat(folder, ".", &names, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		more = more || json_array_size(runs) == RUNS_MOST;
		row = more || !web_is_name(names[i]->d_name) ? NULL : run_of(folder, names[i]->d_name);
		if (row)
			json_array_append_new(runs, row);
		free(names[i]);
	}
	free(names);
	object = json_pack("{s:o,s:o,s:b,s:b}", "folder", json_text_new(arg), "runs", runs, "more", more,
			   "missing", folder < 0);
	json_dumpf(object, stdout, JSON_COMPACT);
	json_decref(object);
	if (folder >= 0)
		close(folder);
	return 0;
}

void web_answer_runs(struct web_server *server, struct evhttp_request *request)
{
	web_run_work_for(server, request, print_runs, server->runs, 20);
}

/* --- a file --- */

static const char *type_of(const char *name)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (!strcmp(files[i].name, name))
			return files[i].type;
	return NULL;
}

static int open_evidence(const struct web_server *server, const char *run, const char *name, off_t *size)
{
	int folder = web_under_folder(server->runs), fd;
	char path[160];

	if (folder < 0)
		return folder;
	snprintf(path, sizeof(path), "%s/%s", run, name);
	fd = web_under_file(folder, path, size);
	close(folder);
	return fd;
}

/* The page stands in a sandboxed frame of the page of the lab; other files are saved. */
static void set_headers(struct evhttp_request *request, const char *run, const char *name, const char *type)
{
	struct evkeyvalq *out = evhttp_request_get_output_headers(request);
	char disposition[200];

	evhttp_remove_header(out, "Content-Security-Policy");
	evhttp_add_header(out, "Content-Security-Policy", EVIDENCE_CSP);
	evhttp_add_header(out, "Content-Type", type);
	if (!strcmp(name, "index.html")) {
		evhttp_remove_header(out, "X-Frame-Options");
		evhttp_add_header(out, "X-Frame-Options", "SAMEORIGIN");
		return;
	}
	snprintf(disposition, sizeof(disposition), "attachment; filename=\"%s-%s\"", run, name);
	evhttp_add_header(out, "Content-Disposition", disposition);
}

/* Send the file piece by piece (sendfile): a mapped file that another process truncates would end this one. Takes the descriptor. */
static bool add_file(struct evbuffer *out, int fd, off_t size)
{
	struct evbuffer_file_segment *segment =
	    evbuffer_file_segment_new(fd, 0, size, EVBUF_FS_CLOSE_ON_FREE | EVBUF_FS_DISABLE_MMAP);
	bool added;

	if (!segment) {
		close(fd);
		return false;
	}
	evbuffer_set_flags(out, EVBUFFER_FLAG_DRAINS_TO_FD);
	added = !evbuffer_add_file_segment(out, segment, 0, size);
	evbuffer_file_segment_free(segment);
	return added;
}

static void send_evidence(struct evhttp_request *request, const char *run, const char *name, int fd,
			  off_t size)
{
	struct evbuffer *out = evbuffer_new();

	if (size > FILE_MOST || !out || !size) {
		close(fd);
		web_reply_error(request, HTTP_SERVUNAVAIL, "the file is empty, or too large");
	} else if (!add_file(out, fd, size)) {
		web_reply_error(request, HTTP_SERVUNAVAIL, "out of memory");
	} else {
		set_headers(request, run, name, type_of(name));
		evhttp_send_reply(request, HTTP_OK, NULL, out);
	}
	if (out)
		evbuffer_free(out);
}

void web_answer_evidence(struct web_server *server, struct evhttp_request *request, const char *query)
{
	char run[64], name[40];
	off_t size = 0;
	int fd;

	web_parameter(query, "run", run, sizeof(run));
	web_parameter(query, "file", name, sizeof(name));
	if (!web_is_name(run) || !type_of(name)) {
		web_reply_error(request, 400, "expected ?run=FOLDER&file=NAME of a file of evidence");
		return;
	}
	fd = open_evidence(server, run, name, &size);
	if (fd >= 0)
		send_evidence(request, run, name, fd, size);
	else
		web_reply_error(request, HTTP_NOTFOUND, "there is no such file of evidence");
}
