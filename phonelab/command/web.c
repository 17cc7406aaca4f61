/* `phonelab web`: the page of a lab. */
#include "phonelab/command/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "phonelab/client/client.h"
#include "phonelab/client/containers.h"
#include "phonelab/command/exercise_command.h"
#include "phonelab/exercise/class.h"
#include "phonelab/lab/self.h"
#include "phonelab/lab/spawn.h"
#include "phonelab/web/web.h"

/* Print the address of the page. */
static void print_url(const char *url)
{
	print_text("%s\n", url);
	fflush(stdout);
}

static int serve(const struct web_options *options, bool tunnel)
{
	struct web_server *server;
	struct fail fail = {0};

	if (web_server_open(&server, options, &fail))
		return exit_complain(EXIT_USAGE, "web: %s", fail.text);
	print_url(web_server_url(server));
	if (tunnel && web_server_tunnel(server, &fail)) {
		web_server_free(server);
		return exit_complain(EXIT_DEFECT, "web: %s", fail.text);
	}
	if (web_server_run(server))
		print_to(stderr, "phonelab: lab %s has ended\n", options->lab->name);
	web_server_free(server);
	return EXIT_AS_ASKED;
}

/* Serve the board of a class. with_lab: the user has asked for a lab too. */
static int serve_class(const struct web_options *options, bool with_lab)
{
	struct exercise_class *class;

	if (with_lab)
		return exit_complain(EXIT_USAGE, "web: found LAB and --class, expected one of the two");
	class = exercise_class_load(options->class);
	exercise_class_free(class);
	return class ? serve(options, false) : EXIT_USAGE;
}

/* Serve the page of a lab of containers on the host. */
static int forward(const struct web_options *options)
{
	struct web_forward *forward;
	struct fail fail = {0};

	if (web_forward_open(&forward, options, &fail))
		return exit_complain(EXIT_USAGE, "web: %s", fail.text);
	print_url(web_forward_url(forward));
	if (web_forward_run(forward))
		print_to(stderr, "phonelab: the server in the container of lab %s has ended\n",
			 options->lab->name);
	web_forward_free(forward);
	return EXIT_AS_ASKED;
}

int command_web(const struct command_line *line)
{
	struct web_options options = {.address = line->option[OPT_WEB_LISTEN].text,
				      .port = (uint16_t)line->option[OPT_WEB_PORT].number,
				      .public_address = line->option[OPT_WEB_PUBLIC].text,
				      .view = line->option[OPT_WEB_VIEW].given,
				      .class = line->option[OPT_WEB_CLASS].text,
				      .runs = line->option[OPT_WEB_RUNS].text};
	const char *name = line->words ? line->word[0] : line->lab;
	bool tunnel = line->option[OPT_WEB_TUNNEL].given;
	struct fail fail = {0};
	struct lab lab;
	int err;

	if (options.class)
		return serve_class(&options, line->words || tunnel);
	options.lab = &lab;
	err = client_find(name, &lab, &fail);
	if (!err)
		return serve(&options, tunnel);
	if (err == -ENOENT)
		err = containers_find(name, &lab);
	if (err == -EEXIST && fail.err == -ENOENT)
		return exit_complain(
		    EXIT_USAGE, "web: several labs of containers are running; choose one: phonelab web LAB");
	if (err)
		return exit_complain(EXIT_USAGE, "web: %s", fail.text);
	if (tunnel || options.public_address)
		return exit_complain(EXIT_USAGE,
				     "web: --tunnel and --public are for a server in a container of the lab");
	if (options.runs)
		return exit_complain(EXIT_USAGE,
				     "web: --runs is for native labs: the page of %s is served by one of its "
				     "containers, which "
				     "does not have this folder",
				     lab.name);
	return forward(&options);
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
