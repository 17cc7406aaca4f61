/* `phonelab attach`: plug in what the topology calls external. */
#include "phonelab/command/command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json_text.h"
#include "cable/link.h"
#include "phonelab/client/client.h"
#include "phonelab/client/containers.h"
#include "phonelab/client/foreign.h"
#include "phonelab/client/inside.h"
#include "phonelab/lab/spawn.h"

#define CALL_MS	      10000
#define ENDED_MS      5000
#define PANEL_MS      10000 /* until the patch panel of a switch answers */
#define PANEL_LOOK_MS 10

struct attachment {
	const struct command_line *line;
	struct lab lab;
	json_t *reply; /* of the verb `attach` */
	int netns;     /* in which the cable is plugged in; -1 of a switch: a new one */
	int until;     /* readable at the end of the container; -1: no container */
	const char *argv[COMMAND_WORDS];
	char here[PATH_MAX];
};

/* Runs in the namespaces of the lab, and in the network namespace of the node. */
static int run_here(const struct attachment *it, void *argv)
{
	/* The mount namespace of the lab has the same folders, except /run. */
	if (chdir(it->here))
		exit_complain(0, "attach: the command runs in /, because %s is not in the lab", it->here);
	return inside_exec_alone(argv);
}

static int run_inside(void *arg)
{
	struct attachment *it = arg;

	return run_here(it, it->argv);
}

static int plug_in_node(struct attachment *it)
{
	const json_t *word, *list = json_object_get(it->reply, "argv");
	size_t i, n = 0;

	json_array_foreach (list, i, word)
		if (n < COMMAND_WORDS - 2)
			it->argv[n++] = json_string_value(word);
	if (it->line->rest && it->line->rest[0])
		it->argv[n++] = "--";
	for (char **rest = it->line->rest; rest && *rest && n < COMMAND_WORDS - 1; rest++)
		it->argv[n++] = *rest;
	setenv("PHONELAB_ADDRESS", json_text(it->reply, "address"), 1);
	return inside_run_until(&it->lab, it->netns, run_inside, it, it->until);
}

/* --- a switch --- */

static int panel_inside(void *arg)
{
	return inside_exec(((struct attachment *)arg)->argv);
}

/* The patch panel, in a new namespace or that of the container; it ends with this process. */
static int run_panel(void *arg)
{
	struct attachment *it = arg;
	const json_t *word, *list = json_object_get(it->reply, "argv");
	char path[64];
	size_t i;
	int lab;

	json_array_foreach (list, i, word)
		if (i < COMMAND_WORDS - 2)
			it->argv[i] = json_string_value(word);
	if (it->netns >= 0)
		return inside_run_until(&it->lab, it->netns, panel_inside, it, it->until);
	it->argv[json_array_size(list)] = "--new-netns";
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)it->lab.pid);
	lab = open(path, O_RDONLY | O_CLOEXEC);
	if (lab < 0)
		return exit_complain(EXIT_DEFECT, "attach: %s: %s", path, strerror(errno));
	return inside_run_until(&it->lab, lab, panel_inside, it, it->until);
}

static int command_inside(void *arg)
{
	struct attachment *it = arg;

	return run_here(it, it->line->rest);
}

/* The namespace of the panel, once it answers; -1 if it has ended before. */
static int wait_for_panel(const struct attachment *it, pid_t panel)
{
	for (int i = 0; i < PANEL_MS / PANEL_LOOK_MS; i++) {
		struct fail ignored = {0};
		int netns = client_netns(&it->lab, it->line->word[0], NULL, &ignored);
		siginfo_t info = {0};

		if (netns >= 0)
			return netns;
		if (!waitid(P_PID, (id_t)panel, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid == panel)
			return -1;
		poll(NULL, 0, PANEL_LOOK_MS);
	}
	return -1;
}

/* The panel in one process, the command in another; the end of one ends the other. */
static int plug_in_switch(struct attachment *it)
{
	static const struct spawn_options in_terminal = {
	    .name = "attach", .foreground = true, .output = STDOUT_FILENO, .error = STDERR_FILENO};
	struct fail fail = {0};
	int netns, status, ended;
	pid_t panel;

	if (!it->line->rest || !it->line->rest[0])
		return run_panel(it);
	panel = spawn_function(&in_terminal, run_panel, it, &fail);
	if (panel < 0)
		return exit_complain(EXIT_DEFECT, "attach: %s", fail.text);
	netns = wait_for_panel(it, panel);
	if (netns < 0)
		return spawn_exit_status(spawn_end(panel, false, SIGTERM, 1000)) ?: EXIT_ASSERTION;
	ended = (int)syscall(SYS_pidfd_open, panel, 0);
	status = inside_run_until(&it->lab, netns, command_inside, it, ended);
	close(netns);
	close(ended);
	spawn_end(panel, false, SIGTERM, 5000);
	return status;
}

static int plug_in(struct attachment *it)
{
	struct pollfd lab = {.fd = (int)syscall(SYS_pidfd_open, it->lab.pid, 0), .events = POLLIN};
	int status;

	if (!getcwd(it->here, sizeof(it->here)))
		snprintf(it->here, sizeof(it->here), "/");
	inside_set_path();
	setenv("PHONELAB_NODE", it->line->word[0], 1);
	status = json_is_true(json_object_get(it->reply, "switch")) ? plug_in_switch(it) : plug_in_node(it);
	/* The kernel kills what runs inside before the end of the lab's first process can be seen. */
	if (status == 128 + SIGKILL && poll(&lab, 1, ENDED_MS) == 1)
		status = exit_complain(EXIT_ASSERTION, "attach: lab %s has ended", it->lab.name);
	close(lab.fd);
	return status;
}

/* Ask the lab for the cable of the node. request: further members, or NULL. 0, or an exit status. */
static int ask_lab(struct attachment *it, json_t *request)
{
	struct fail fail = {0};
	int netns = -1;

	json_object_update_missing(request,
				   json_pack("{s:s,s:s}", "do", "attach", "node", it->line->word[0]));
	it->reply = client_call(&it->lab, "lab.sock", request, CALL_MS, &netns, &fail);
	if (!it->reply)
		return exit_complain(EXIT_USAGE, "attach: %s", fail.text);
	if (it->netns < 0)
		it->netns = netns;
	else if (netns >= 0)
		close(netns);
	return 0;
}

/* --- a container --- */

/* Is this process in the user namespace of the lab? */
static bool shares_users(const struct lab *lab)
{
	struct stat there, own;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)lab->pid);
	return !stat(path, &there) && !stat("/proc/self/ns/user", &own) && there.st_ino == own.st_ino;
}

static int needs_root(const struct attachment *it, const char *container)
{
	const char *interface = it->line->option[OPT_ATTACH_INTERFACE].text;

	return exit_complain(
	    EXIT_UNFIT,
	    "attach: lab %s runs without root, and only root may enter the network namespace of "
	    "a container. As root:\n"
	    "  phonelab down %s\n"
	    "  sudo phonelab up -d --name %s %s\n"
	    "  sudo phonelab --lab %s attach %s --container %s%s%s",
	    it->lab.name, it->lab.name, it->lab.name, it->lab.topology, it->lab.name, it->line->word[0],
	    container, interface ? " --interface " : "", interface ? interface : "");
}

static int attach_container(struct attachment *it, const char *container)
{
	const char *wanted = it->line->option[OPT_ATTACH_INTERFACE].text;
	struct foreign foreign;
	struct fail fail = {0};
	bool has_default = false;
	char interface[16] = "";
	int status;

	if (!shares_users(&it->lab))
		return needs_root(it, container);
	if (wanted && !link_name_valid(wanted))
		return exit_complain(
		    EXIT_USAGE, "attach: --interface: found \"%s\", expected a name of 1 to 15 characters",
		    wanted);
	snprintf(interface, sizeof(interface), "%s", wanted ? wanted : "");
	status = foreign_find(container, &foreign, &fail);
	if (status)
		return exit_complain(status == -ENOEXEC || status == -EPERM ? EXIT_UNFIT : EXIT_USAGE,
				     "attach: %s", fail.text);
	if (foreign_interface(&foreign, interface, &has_default, &fail)) {
		status = exit_complain(EXIT_USAGE, "attach: %s", fail.text);
	} else {
		it->netns = dup(foreign.netns);
		status =
		    ask_lab(it, json_pack("{s:s,s:b}", "interface", interface, "has_default", has_default));
	}
	if (!status) {
		struct pollfd ended = {.fd = foreign.pidfd, .events = POLLIN};

		it->until = foreign.pidfd;
		status = plug_in(it);
		if (poll(&ended, 1, 0) == 1)
			print_to(stderr, "the container %s has ended\n", container);
	}
	foreign_close(&foreign);
	return status;
}

int command_attach(const struct command_line *line)
{
	const char *container = line->option[OPT_ATTACH_CONTAINER].text;
	struct attachment it = {.line = line, .netns = -1, .until = -1};
	struct fail fail = {0};
	int status;

	if (client_find(line->lab, &it.lab, &fail) == -ENOENT && !containers_find(line->lab, &it.lab))
		return exit_complain(
		    EXIT_USAGE,
		    "attach: lab %s runs in containers; join your container to it in a file of "
		    "yours, with network_mode (docs/compose.md)",
		    it.lab.name);
	status = client_choose(line->lab, &it.lab);
	if (status)
		return status;
	status = command_needs_machine(line, &it.lab);
	if (status)
		return status;
	if (!it.lab.pid)
		return exit_complain(EXIT_USAGE, "attach: expected a native lab; this is one of containers");
	if (container && line->rest)
		return exit_complain(EXIT_USAGE,
				     "attach: found a command beside --container, expected one of them");
	if (line->option[OPT_ATTACH_INTERFACE].given && !container)
		return exit_complain(EXIT_USAGE,
				     "attach: --interface needs --container; a command always has eth0");
	if (container) {
		status = attach_container(&it, container);
	} else {
		status = ask_lab(&it, json_object());
		if (!status)
			status = plug_in(&it);
	}
	json_decref(it.reply);
	if (it.netns >= 0)
		close(it.netns);
	return status;
}
