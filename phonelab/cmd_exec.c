#include "phonelab/command.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "phonelab/client.h"
#include "phonelab/self.h"

/* The programs of the lab are at hand inside, and those of the administrator. */
static void set_path(void)
{
	const char *old = getenv("PATH");
	char folder[512], path[4096];

	self_folder(folder, sizeof(folder));
	snprintf(path, sizeof(path), "%s:%s:/usr/sbin:/sbin", folder, old && *old ? old : "/usr/bin:/bin");
	setenv("PATH", path, 1);
}

static int wait_for(pid_t pid)
{
	int status;

	/* The terminal sends its signals to both of us; the command decides. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_DEFECT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void __attribute__((noreturn)) be_command(char **argv, const char *node, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* In another PID namespace the parent is not visible: 0 while it lives. */
	if (getppid() != 0 && getppid() != parent)
		_exit(EXIT_DEFECT);
	signal(SIGPIPE, SIG_DFL);
	setenv("PHONELAB_NODE", node, 1);
	execvp(argv[0], argv);
	fprintf(stderr, "phonelab: exec: %s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static int run(const struct command_line *line)
{
	struct lab lab;
	struct fail fail;
	int status = client_choose(line->lab, &lab), netns;
	pid_t parent = getpid(), pid;
	char *node;

	if (status)
		return status;
	if (!line->rest || !line->rest[0])
		return command_complain(EXIT_USAGE,
					"exec: found no command, expected: phonelab exec %s -- COMMAND...",
					line->word[0]);
	set_path();
	node = strdup(line->word[0]);
	netns = node ? client_netns(&lab, node, NULL, &fail) : -ENOMEM;
	if (netns < 0) {
		free(node);
		return command_complain(EXIT_USAGE, "exec: %s", fail.text);
	}
	if (client_enter(&lab, netns, &fail)) {
		free(node);
		close(netns);
		return command_complain(EXIT_DEFECT, "exec: %s", fail.text);
	}
	close(netns);
	fflush(NULL);
	pid = fork();
	if (!pid)
		be_command(line->rest, node, parent);
	free(node);
	if (pid < 0)
		return command_complain(EXIT_DEFECT, "exec: cannot fork: %s", strerror(errno));
	return wait_for(pid);
}

const struct command command_exec = {
    .name = "exec",
    .synopsis = "NODE -- CMD...",
    .title = "run a command in a node's namespaces: a phone, a server or a switch by its name",
    .help = "The exit status is that of the command. The run directory is /run/phonelab there.\n",
    .least = 1,
    .most = 1,
    .run = run,
};
