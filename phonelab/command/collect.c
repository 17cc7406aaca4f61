#include "phonelab/command/command.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/json_text.h"
#include "phonelab/client/client.h"
#include "phonelab/lab/run_copy.h"
#include "phonelab/lab/status_read.h"
#include "phonelab/lab/spawn.h"
#include "phonelab/why/model.h"

#define SWITCHES 64 /* the most switches whose ports are captured */

/* Write the console log or the messages of a phone to FOLDER/phones/NAME.WHAT. */
static void save_lines(const struct lab *lab, const char *folder, const char *name, const char *what)
{
	struct fail fail = {0};
	char path[600];
	json_t *reply, *line;
	size_t i;
	FILE *out;

	reply = client_call(lab, "phones/rack.sock", json_pack("{s:s,s:s}", "do", what, "node", name), 10000,
			    NULL, &fail);
	snprintf(path, sizeof(path), "%s/phones/%s.%s", folder, name, what);
	out = reply ? fopen(path, "we") : NULL;
	if (out) {
		json_array_foreach (json_object_get(reply, "lines"), i, line)
			if (json_is_string(line))
				fprintf(out, "%s\n", json_string_value(line));
		fclose(out);
	}
	json_decref(reply);
}

static void save_shows(const struct lab *lab, const char *folder, const char *sw)
{
	static const char *const shows[][3] = {
	    {"cdp", "neighbors", "detail"}, {"lldp", "neighbors", "detail"}, {"power", "inline", NULL},
	    {"vlan", "brief", NULL},	    {"mac", "address-table", NULL},  {"interfaces", "status", NULL}};
	char path[600], socket[100];
	FILE *out;

	snprintf(path, sizeof(path), "%s/switches/%s.show", folder, sw);
	snprintf(socket, sizeof(socket), "switches/%s.sock", sw);
	out = fopen(path, "we");
	for (size_t i = 0; out && i < sizeof(shows) / sizeof(shows[0]); i++) {
		json_t *args = json_array(), *reply;
		struct fail fail = {0};
		const char *text;

		for (size_t j = 0; j < 3 && shows[i][j]; j++)
			json_array_append_new(args, json_string(shows[i][j]));
		reply = client_call(lab, socket, json_pack("{s:s,s:o}", "do", "show", "args", args), 10000,
				    NULL, &fail);
		text = reply ? json_text_or(reply, "text", "% the reply has no text") : fail.text;
		fprintf(out, "%s#show %s %s%s%s\n%s\n", sw, shows[i][0], shows[i][1], shows[i][2] ? " " : "",
			shows[i][2] ? shows[i][2] : "", text);
		json_decref(reply);
	}
	if (out)
		fclose(out);
}

/* The model of the lab, with which `why` reads the folder later. */
static void save_model(const struct lab *lab, const char *folder, const json_t *status)
{
	json_t *phones = json_array(), *object, *model;
	char path[600];
	size_t i;

	json_array_foreach (json_object_get(status, "phones"), i, object)
		if (status_read_open_step(object) || !status_read_registered(object))
			json_array_append_new(phones, json_string(json_text(object, "name")));
	model = model_of_lab(lab, status, phones);
	json_decref(phones);
	snprintf(path, sizeof(path), "%s/model.json", folder);
	json_dump_file(model, path, JSON_INDENT(1));
	json_decref(model);
}

static int save_answers(const struct lab *lab, const char *folder)
{
	json_t *status, *object;
	struct fail fail = {0};
	char path[600];
	size_t i;

	status = client_status(lab, &fail);
	if (!status)
		return exit_complain(EXIT_DEFECT, "collect: %s", fail.text);
	snprintf(path, sizeof(path), "%s/status.json", folder);
	json_dump_file(status, path, JSON_INDENT(2));
	/* The trainee of an exercise finds the fault with the tools of the ticket. */
	client_path(lab, "lab.sock", path, sizeof(path));
	if (!client_has_exercise(path))
		save_model(lab, folder, status);
	json_array_foreach (json_object_get(status, "phones"), i, object) {
		save_lines(lab, folder, json_text(object, "name"), "console");
		save_lines(lab, folder, json_text(object, "name"), "messages");
	}
	json_array_foreach (json_object_get(status, "switches"), i, object)
		save_shows(lab, folder, json_text(object, "name"));
	json_decref(status);
	return EXIT_AS_ASKED;
}

static pid_t start_program(char *const *argv)
{
	static const struct spawn_options options = {
	    .foreground = true, .output = STDOUT_FILENO, .error = STDERR_FILENO};
	struct fail fail = {0};

	return spawn_program(&options, argv, &fail);
}

static int end_program(pid_t pid)
{
	int status;

	if (pid < 0)
		return -1;
	spawn_wait(pid, -1, &status);
	return spawn_exit_status(status);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

/* Capture at the ports of all switches at the same time, to FOLDER/captures: an interface per port, and so per phone,
 * server and call manager. */
static int save_captures(const struct lab *lab, const char *folder, const char *seconds)
{
	json_t *nodes, *node;
	pid_t started[SWITCHES];
	struct fail fail = {0};
	char path[600], name[80];
	size_t i, n = 0;
	int failed = 0;

	nodes = client_call(lab, "lab.sock", json_pack("{s:s}", "do", "nodes"), 10000, NULL, &fail);
	if (!nodes)
		return exit_complain(EXIT_DEFECT, "collect: %s", fail.text);
	snprintf(path, sizeof(path), "%s/captures", folder);
	if (mkdir(path, 0755))
		failed = exit_complain(EXIT_DEFECT, "collect: %s: %s", path, strerror(errno));
	json_array_foreach (json_object_get(nodes, "nodes"), i, node) {
		if (failed || n == SWITCHES || strcmp(json_text(node, "kind"), "switch"))
			continue;
		snprintf(name, sizeof(name), "%s", json_text(node, "name"));
		snprintf(path, sizeof(path), "%s/captures/%s.pcapng", folder, name);
		started[n++] = start_program((char *[]){
		    (char *)"/proc/self/exe", (char *)"--lab", (char *)lab->name, (char *)"capture", name,
		    (char *)"-w", path, (char *)"--duration", (char *)seconds, NULL});
	}
	json_decref(nodes);
	for (i = 0; i < n; i++)
		if (end_program(started[i]))
			failed = exit_complain(EXIT_DEFECT, "collect: a capture failed");
	return failed;
}

int command_collect(const struct command_line *line)
{
	char parent[] = "/tmp/phonelab-collect-XXXXXX", folder[200], file[300], stamp[32] = "", *base;
	struct lab lab;
	time_t now = time(NULL);
	struct tm tm;
	int fd, status = client_choose(line->lab, &lab);

	if (status)
		return status;
	if (localtime_r(&now, &tm))
		strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
	if (!mkdtemp(parent))
		return exit_complain(EXIT_DEFECT, "collect: %s: %s", parent, strerror(errno));
	snprintf(folder, sizeof(folder), "%s/%s-%s", parent, lab.name, stamp);
	base = folder + strlen(parent) + 1;
	snprintf(file, sizeof(file), "%s.tar.gz", base);
	if (line->option[OPT_COLLECT_OUT].given)
		snprintf(file, sizeof(file), "%s", line->option[OPT_COLLECT_OUT].text);
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		status = exit_complain(EXIT_USAGE, "collect: %s: %s", file, strerror(errno));
	else
		close(fd);
	if (!status && line->option[OPT_COLLECT_CAPTURE].given && mkdir(folder, 0755))
		status = exit_complain(EXIT_DEFECT, "collect: %s: %s", folder, strerror(errno));
	if (!status && line->option[OPT_COLLECT_CAPTURE].given)
		status = save_captures(&lab, folder, line->option[OPT_COLLECT_CAPTURE].text);
	if (!status && run_copy(lab.pid, folder))
		status = EXIT_DEFECT;
	if (!status)
		status = save_answers(&lab, folder);
	if (!status && end_program(start_program((char *[]){(char *)"tar", (char *)"-czf", file, (char *)"-C",
							    parent, base, NULL})))
		status = exit_complain(EXIT_USAGE, "collect: %s cannot be written", file);
	nftw(parent, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	if (!status && command_wants_json(line))
		return command_print(json_pack("{s:s,s:s}", "lab", lab.name, "file", file));
	if (!status)
		print_text("%s\n", file);
	return status;
}
