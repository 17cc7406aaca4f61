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

#include "phonelab/client/containers.h"
#include "phonelab/client/relay.h"
#include "phonelab/collect/collect.h"
#include "phonelab/lab/spawn.h"

/* Where the archive goes. */
struct output {
	char file[300];
	bool standard; /* standard output */
	bool created;  /* there was no such file before */
};

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

/* The native lab, the lab that is mounted here, or a lab of containers seen from the host. 0, or an exit status. */
static int choose(const struct command_line *line, struct lab *lab)
{
	struct fail fail = {0};
	json_t *greeting;
	int err = client_find(line->lab, lab, &fail);

	if (err == -ENOENT && !containers_find(line->lab, lab)) {
		err = relay_open(lab, &greeting, &fail);
		if (!err)
			json_decref(greeting);
	}
	return err ? exit_complain(EXIT_USAGE, "%s", fail.text) : 0;
}

/* Name the archive, and create it before the work begins. */
static int open_output(const struct command_line *line, const char *base, struct output *output)
{
	int fd;

	snprintf(output->file, sizeof(output->file), "%s.tar.gz", base);
	if (line->option[OPT_COLLECT_OUT].given)
		snprintf(output->file, sizeof(output->file), "%s", line->option[OPT_COLLECT_OUT].text);
	output->standard = !strcmp(output->file, "-");
	if (output->standard && isatty(STDOUT_FILENO))
		return exit_complain(EXIT_USAGE,
				     "collect: standard output is a terminal; write to a file with -o FILE");
	if (output->standard)
		return 0;
	fd = open(output->file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	output->created = fd >= 0;
	if (fd < 0 && errno == EEXIST)
		fd = open(output->file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return exit_complain(EXIT_USAGE, "collect: %s: %s", output->file, strerror(errno));
	close(fd);
	return 0;
}

/* "--force-local": a name such as lab:1.tar.gz is a file, not a host. */
static int pack(const char *parent, const char *base, const struct output *output)
{
	static const struct spawn_options options = {
	    .foreground = true, .output = STDOUT_FILENO, .error = STDERR_FILENO};
	struct fail fail = {0};
	int status = 0;
	pid_t pid =
	    spawn_program(&options,
			  (char *[]){(char *)"tar", (char *)"--force-local", (char *)"-czf",
				     (char *)output->file, (char *)"-C", (char *)parent, (char *)base, NULL},
			  &fail);

	if (pid > 0)
		spawn_wait(pid, -1, &status);
	if (pid < 0 || spawn_exit_status(status))
		return exit_complain(EXIT_USAGE, "collect: %s cannot be written", output->file);
	return 0;
}

static int read_order(const struct command_line *line, struct collect_order *order)
{
	struct fail fail = {0};

	*order = (struct collect_order){.phone = line->option[OPT_COLLECT_PHONE].text,
					.capture_s = (unsigned)line->option[OPT_COLLECT_CAPTURE].number};
	if (line->option[OPT_COLLECT_SINCE].given &&
	    collect_since(line->option[OPT_COLLECT_SINCE].text, time(NULL), &order->since, &fail))
		return exit_complain(EXIT_USAGE, "collect: %s", fail.text);
	return 0;
}

static int collect(const struct command_line *line, const struct collect_order *order, const struct lab *lab,
		   struct output *output)
{
	char parent[] = "/tmp/phonelab-collect-XXXXXX", folder[200], stamp[32] = "", *base;
	time_t now = time(NULL);
	struct tm tm;
	int status;

	if (localtime_r(&now, &tm))
		strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
	if (!mkdtemp(parent))
		return exit_complain(EXIT_DEFECT, "collect: %s: %s", parent, strerror(errno));
	snprintf(folder, sizeof(folder), "%s/%s-%s", parent, lab->name, stamp);
	base = folder + strlen(parent) + 1;
	status = open_output(line, base, output);
	if (!status && mkdir(folder, 0755))
		status = exit_complain(EXIT_DEFECT, "collect: %s: %s", folder, strerror(errno));
	if (!status)
		status = collect_bundle(lab, order, folder);
	if (!status)
		status = pack(parent, base, output);
	nftw(parent, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	if (status && output->created)
		unlink(output->file);
	return status;
}

int command_collect(const struct command_line *line)
{
	struct collect_order order;
	struct output output = {0};
	struct lab lab = {0};
	int status = read_order(line, &order);

	if (!status)
		status = choose(line, &lab);
	if (!status)
		status = collect(line, &order, &lab, &output);
	relay_close(lab.relay);
	if (status || output.standard)
		return status;
	if (command_wants_json(line))
		return command_print(json_pack("{s:s,s:s}", "lab", lab.name, "file", output.file));
	print_text("%s\n", output.file);
	return 0;
}
