#include "phonelab/lab/server_program.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/ipv4.h"
#include "cable/netns.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/user_command.h"

#define COMMAND_MS 2000 /* a `ready.command` */

/* --- the list --- */

static void add_user_program(struct server_programs *programs, const struct node *node)
{
	const struct topology_run *run = &node->owner->run;

	programs->items[programs->n++] = (struct server_program){
	    /* A router's name is that of its cable. */
	    .name = node->router ? arena_format(&programs->arena, "%s-run", node->name) : node->name,
	    .node = node->name,
	    .kind = node->kind,
	    .argv = user_command_arguments(&programs->arena, run->command.items, run->command.n),
	    .run = run,
	    .environment = user_command_variables(&programs->arena, node->name, node->plugs[0].address,
						  run->environment)};
}

int server_program_check(const struct server_program *program, struct fail *fail)
{
	struct stat st;

	if (!program->run || (!stat(program->run->directory, &st) && S_ISDIR(st.st_mode)))
		return 0;
	return fail_set(fail, -ENOENT, "%s: `run.directory`: found no folder %s", program->name,
			program->run->directory);
}

/* Make room for more programs: the list is zero behind its end. */
static int reserve(struct server_programs *programs, size_t more, struct fail *fail)
{
	struct server_program *items =
	    realloc(programs->items, (programs->n + more + 1) * sizeof(*programs->items));

	if (!items)
		return fail_set(fail, -ENOMEM, "out of memory");
	memset(&items[programs->n], 0, (more + 1) * sizeof(*items));
	programs->items = items;
	return 0;
}

int server_programs_add(struct server_programs *programs, const struct cucm_plan *plan, struct fail *fail)
{
	static const char *const kinds[] = {[CUCM_PROGRAM_DHCP] = "dhcp",
					    [CUCM_PROGRAM_TFTP] = "tftp",
					    [CUCM_PROGRAM_HTTP] = "http",
					    [CUCM_PROGRAM_KAMAILIO] = "call-manager",
					    [CUCM_PROGRAM_SERVICE] = "web-service",
					    [CUCM_PROGRAM_TVS] = "tvs",
					    [CUCM_PROGRAM_CAPF] = "capf"};
	struct cucm_command *commands = NULL;
	size_t count = 0;
	int err = cucm_command_lines(plan, &commands, &count, fail);

	if (err)
		return err;
	programs->commands[programs->clusters].items = commands;
	programs->commands[programs->clusters++].n = count;
	err = reserve(programs, count, fail);
	for (size_t i = 0; i < count && !err; i++)
		programs->items[programs->n++] = (struct server_program){.name = commands[i].name,
									 .node = commands[i].node,
									 .kind = kinds[commands[i].program],
									 .argv = commands[i].argv,
									 .command = &commands[i],
									 .plan = plan};
	return err;
}

int server_programs_read(struct server_programs *programs, const struct topology *topology,
			 const struct cucm_plan *plan, struct fail *fail)
{
	struct node *nodes = NULL;
	size_t count = 0;
	int err = server_programs_add(programs, plan, fail);

	if (!err)
		err = node_list(topology, &nodes, &count, fail);
	if (!err)
		err = reserve(programs, count, fail);
	for (size_t i = 0; i < count && !err; i++)
		if (nodes[i].owner->run.at)
			add_user_program(programs, &nodes[i]);
	free(nodes);
	return err;
}

void server_programs_free(struct server_programs *programs)
{
	for (size_t i = 0; i < programs->clusters; i++)
		cucm_commands_free(programs->commands[i].items, programs->commands[i].n);
	free(programs->items);
	arena_free(&programs->arena);
	*programs = (struct server_programs){0};
}

const struct server_program *server_programs_find(const struct server_programs *programs, const char *name)
{
	for (size_t i = 0; i < programs->n; i++)
		if (!strcmp(programs->items[i].name, name))
			return &programs->items[i];
	return NULL;
}

unsigned server_program_patience_s(const struct server_program *program)
{
	return program->run && program->run->ready.at ? (unsigned)program->run->ready.timeout : 30;
}

/* --- is a program of the user ready? --- */

struct check {
	const struct server_program *program;
	uint32_t address;
	int timeout_ms;
};

/* A connected TCP socket, or a negative errno. */
static int connect_to(uint32_t address, unsigned port, int timeout_ms)
{
	struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(address)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), err = 0;
	struct pollfd wait = {.fd = fd, .events = POLLOUT};
	socklen_t size = sizeof(err);

	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) && errno != EINPROGRESS)
		err = errno;
	else if (poll(&wait, 1, timeout_ms) != 1)
		err = ETIMEDOUT;
	else
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size);
	if (!err)
		return fd;
	close(fd);
	return -err;
}

static int check_http(const struct check *check, struct fail *fail)
{
	const struct topology_ready *ready = &check->program->run->ready;
	const char *text = ready->http;
	struct pollfd wait = {.events = POLLIN};
	char request[400], reply[64] = "";
	ssize_t n = -1;
	int length;

	wait.fd = connect_to(ready->http_address, ready->http_port, check->timeout_ms);
	if (wait.fd < 0)
		return fail_set(fail, -EAGAIN, "GET %s: %s", text, strerror(-wait.fd));
	length = snprintf(request, sizeof(request), "GET %.255s HTTP/1.0\r\nHost: ready\r\n\r\n",
			  ready->http_path);
	if (send(wait.fd, request, (size_t)length, MSG_NOSIGNAL) == length &&
	    poll(&wait, 1, check->timeout_ms) == 1)
		n = recv(wait.fd, reply, sizeof(reply) - 1, 0);
	close(wait.fd);
	if (n < 12 || strncmp(reply, "HTTP/1.", 7))
		return fail_set(fail, -EAGAIN, "GET %s is not answered", text);
	reply[strcspn(reply, "\r\n")] = 0;
	return reply[9] == '2' || reply[9] == '3'
		   ? 0
		   : fail_set(fail, -EAGAIN, "GET %s is answered with \"%s\"", text, reply);
}

static int check_in_namespace(void *arg, struct fail *fail)
{
	const struct check *check = arg;
	const struct topology_ready *ready = &check->program->run->ready;
	int fd;

	if (ready->udp != KEY_UNSET)
		return user_port_bound("udp", (unsigned)ready->udp)
			   ? 0
			   : fail_set(fail, -EAGAIN, "UDP port %d is not bound", (int)ready->udp);
	if (ready->http)
		return check_http(check, fail);
	if (!user_port_bound("tcp", (unsigned)ready->tcp))
		return fail_set(fail, -EAGAIN, "TCP port %d does not listen", (int)ready->tcp);
	/* Bound to one address only? Then a connection to another is refused; a phone uses the node's. */
	fd = connect_to(check->address, (unsigned)ready->tcp, check->timeout_ms);
	if (fd < 0) {
		char text[16];

		return fail_set(fail, -EAGAIN, "TCP port %d: %s: %s", (int)ready->tcp,
				ipv4_format(check->address, text), strerror(-fd));
	}
	close(fd);
	return 0;
}

static int user_ready(const struct check *check, int netns, struct fail *fail)
{
	const struct topology_run *run = check->program->run;
	struct arena arena = {0};
	struct user_command command = {.name = "its `ready.command`",
				       .directory = run->directory,
				       .environment = check->program->environment,
				       .netns = netns,
				       .timeout_ms = COMMAND_MS};
	int err;

	if (!run->ready.at)
		return 0;
	if (!run->ready.command.n)
		return netns_call(netns, check_in_namespace, (void *)check, fail);
	command.argv = user_command_arguments(&arena, run->ready.command.items, run->ready.command.n);
	err = user_command_run(&command, NULL, fail);
	arena_free(&arena);
	return err ? -EAGAIN : 0;
}

int server_program_ready(const struct server_program *program, uint32_t address, const char *directory,
			 int netns, int timeout_ms, struct fail *fail)
{
	const struct check check = {program, address, timeout_ms};

	if (program->command)
		return cucm_ready(program->plan, program->command, directory, netns, timeout_ms, fail);
	return user_ready(&check, netns, fail);
}
