/* `phonelab web`: the page of a lab. */
#include "phonelab/command/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "phonelab/client/client.h"
#include "phonelab/lab/self.h"
#include "phonelab/lab/spawn.h"
#include "phonelab/web/web.h"

int command_web(const struct command_line *line)
{
	struct web_options options = {.address = line->option[OPT_WEB_LISTEN].text,
				      .port = (uint16_t)line->option[OPT_WEB_PORT].number,
				      .view = line->option[OPT_WEB_VIEW].given};
	struct web_server *server;
	struct fail fail = {0};
	struct lab lab;
	int status = client_choose(line->words ? line->word[0] : line->lab, &lab);

	if (status)
		return status;
	if (!lab.pid)
		return exit_complain(
		    EXIT_USAGE, "web: lab %s consists of containers; the page is for native labs", lab.name);
	options.lab = &lab;
	if (web_server_open(&server, &options, &fail))
		return exit_complain(EXIT_USAGE, "web: %s", fail.text);
	print_text("%s\n", web_server_url(server));
	fflush(stdout);
	if (web_server_run(server))
		print_to(stderr, "phonelab: lab %s has ended\n", lab.name);
	web_server_free(server);
	return EXIT_AS_ASKED;
}

/* The first line that arrives, without its end. "": none. */
static void read_line(int fd, char *text, size_t size)
{
	size_t used = 0;

	while (used < size - 1 && read(fd, text + used, 1) == 1 && text[used] != '\n')
		used++;
	text[used] = 0;
}

int command_web_start(const char *lab, bool outlive, char url[COMMAND_URL])
{
	struct spawn_options options = {.name = "phonelab web", .session = outlive, .outlive = outlive};
	char program[600];
	const char *const argv[] = {program, "--lab", lab, "web", NULL};
	struct fail fail = {0};
	int pipes[2];

	*url = 0;
	self_folder(program, sizeof(program) - 10);
	strcat(program, "/phonelab");
	if (pipe2(pipes, O_CLOEXEC))
		return exit_complain(EXIT_DEFECT, "web: %s", strerror(errno));
	options.output = pipes[1];
	options.error = outlive ? 0 : STDERR_FILENO; /* who started it waits for the end of that */
	if (spawn_program(&options, (char *const *)argv, &fail) < 0)
		exit_complain(EXIT_DEFECT, "web: %s", fail.text);
	close(pipes[1]);
	read_line(pipes[0], url, COMMAND_URL);
	close(pipes[0]);
	return *url ? EXIT_AS_ASKED : EXIT_DEFECT;
}
