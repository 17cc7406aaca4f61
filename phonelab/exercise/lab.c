#include "phonelab/exercise/lab.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/lab/complain.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/self.h"
#include "phonelab/lab/spawn.h"
#include "phonelab/lab/status_read.h"

#define TOPOLOGY_MOST (256 * 1024)

/* --- a native lab --- */

/* The built-in topology as a file for `phonelab up`, which inherits the descriptor. The file has no name, so that
 * no file is left if a process is killed. */
static int topology_file(const char *text, char path[64], int *fd)
{
	int err;

	*fd = memfd_create("topology.yaml", 0);
	if (*fd < 0)
		return -errno;
	snprintf(path, 64, "/proc/self/fd/%d", *fd);
	err = file_write_all(*fd, text, strlen(text));
	if (err)
		close(*fd);
	return err;
}

/* Run this program with arguments and without its output. Its exit status. */
static int run_self(const char *const *arguments)
{
	static const struct spawn_options options = {.foreground = true, .error = STDERR_FILENO};
	struct fail fail = {0};
	char path[600];
	const char *argv[16] = {path};
	int status;
	pid_t pid;

	self_folder(path, sizeof(path) - 10);
	strcat(path, "/phonelab");
	for (size_t i = 0; arguments[i] && i < 14; i++)
		argv[i + 1] = arguments[i];
	pid = spawn_program(&options, (char *const *)argv, &fail);
	if (pid < 0)
		return EXIT_UNFIT;
	spawn_wait(pid, -1, &status);
	return spawn_exit_status(status);
}

int exercise_lab_up(const struct exercise *exercise, const char *name)
{
	const char *built_in = exercise_topology(exercise);
	char path[64];
	int fd = -1, status;

	if (built_in && topology_file(built_in, path, &fd))
		return exit_complain(EXIT_UNFIT, "exercise: no memory for the topology");
	status = run_self(
	    (const char *[]){"up", "-d", "--name", name, built_in ? path : exercise->topology, NULL});
	if (built_in)
		close(fd);
	return status;
}

void exercise_lab_down(const char *name)
{
	run_self((const char *[]){"down", name, NULL});
}

/* --- the running lab of containers --- */

bool exercise_lab_here(void)
{
	char name[40];

	return lab_file_here(name);
}

/* Was the lab rendered from the topology of the exercise? */
static bool topology_fits(const struct lab *lab, const struct exercise *exercise)
{
	const char *built_in = exercise_topology(exercise);
	bool fits;
	char *rendered = NULL, *own = NULL;
	struct fail ignored = {0};
	char path[256];

	client_path(lab, "topology.yaml", path, sizeof(path));
	fits = (built_in || !file_read(exercise->topology, TOPOLOGY_MOST, &own, NULL, &ignored)) &&
	       !file_read(path, TOPOLOGY_MOST, &rendered, NULL, &ignored) &&
	       !strcmp(rendered, built_in ? built_in : own);
	free(own);
	free(rendered);
	return fits;
}

/* Every phone is registered, no step has failed or is open, and no fault is active. */
static int healthy(const struct lab *lab, struct fail *fail)
{
	json_t *faults =
	    client_call(lab, "lab.sock", json_pack("{s:s}", "do", "fault-ls"), 20000, NULL, fail);
	json_t *status = faults ? client_status(lab, fail) : NULL;
	const char *sick = NULL;
	json_t *phone;
	size_t i;
	int err = status ? 0 : -EIO;

	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		if (!status_read_registered(phone) || status_read_open_step(phone))
			sick = json_text(phone, "name");
	}
	if (!err &&
	    (json_array_size(json_object_get(faults, "faults")) || json_object_get(faults, "unclean")))
		err = fail_set(fail, -EBUSY,
			       "the lab has active faults; list them with: phonelab fault ls --active");
	else if (!err && sick)
		err = fail_set(fail, -EAGAIN,
			       "%s is not registered, or a step has failed; wait until the lab is healthy",
			       sick);
	json_decref(status);
	json_decref(faults);
	return err;
}

bool exercise_lab_is_console(const char *name)
{
	struct fail ignored = {0};
	struct lab lab;

	return name && !client_find(name, &lab, &ignored) && client_is_console(&lab);
}

int exercise_lab_fits(const struct exercise *exercise, const char *name, struct lab *lab)
{
	const char *topology = exercise->topology ? exercise->topology : "office";
	struct fail fail = {0};
	bool fits;

	if (client_find(name, lab, &fail))
		return exit_complain(EXIT_USAGE, "exercise: %s", fail.text);
	fits = topology_fits(lab, exercise);
	if (!fits && client_is_console(lab))
		return exit_complain(
		    EXIT_USAGE,
		    "exercise: this lab of closets does not have the topology %s; write an "
		    "exercise whose `topology` is the file of the console (docs/exercises.md)",
		    topology);
	if (!fits)
		return exit_complain(
		    EXIT_USAGE,
		    "exercise: this lab does not have the topology %s; replace it with: " CLIENT_COMPOSE
		    " down -v; TOPOLOGY=%s " CLIENT_COMPOSE " up -d",
		    topology, topology);
	if (healthy(lab, &fail))
		return exit_complain(EXIT_USAGE, "exercise: %s", fail.text);
	return 0;
}
