#include "cucm/cucm.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "cable/netns.h"
#include "cucm/rpc.h"
#include "wire/capf.h"
#include "wire/tvs.h"

#define PORT_DNS  53
#define PORT_DHCP 67
#define PORT_TFTP 69

/* One check of a program: see cucm_ready in cucm.h. */
struct ready_check {
	const struct cucm_plan *plan;
	const struct cucm_command *command;
	const char *directory;
	uint64_t deadline;
};

static int ready_check_left(const struct ready_check *check)
{
	uint64_t now = clock_now_us();

	return now >= check->deadline ? 0 : (int)((check->deadline - now + 999) / 1000);
}

static int ready_check_fail(const struct ready_check *check, struct fail *fail, const char *what)
{
	return fail_set(fail, -EAGAIN, "%s is not ready: %s", check->command->name, what);
}

/* A socket of this kind for a destination; a TCP socket is connected. A descriptor or a negative errno. */
static int ready_check_socket(const struct ready_check *check, int type, const struct sockaddr_in *to)
{
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct pollfd wait = {.fd = fd, .events = POLLOUT};

	if (fd < 0)
		return -errno;
	if (type == SOCK_DGRAM || !connect(fd, (const struct sockaddr *)to, sizeof(*to)) ||
	    (errno == EINPROGRESS && poll(&wait, 1, ready_check_left(check)) == 1))
		return fd;
	close(fd);
	return -ETIMEDOUT;
}

/* Wait for an answer and read its beginning; from receives its source. Returns its size or a negative errno. */
static ssize_t ready_check_answer(const struct ready_check *check, int fd, void *answer, size_t room,
				  struct sockaddr_in *from)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	socklen_t length = sizeof(*from);
	ssize_t size;

	if (poll(&wait, 1, ready_check_left(check)) != 1)
		return -ETIMEDOUT;
	size = recvfrom(fd, answer, room, 0, (struct sockaddr *)from, &length);
	return size < 0 ? -errno : size;
}

/* The address of this TFTP server and its port, which must be bound. 0 or a negative errno with the reason. */
static int ready_check_server(const struct ready_check *check, const char *kind, uint16_t port,
			      const char *unbound, struct sockaddr_in *to, struct fail *fail)
{
	*to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
	for (size_t i = 0; i < check->plan->tftp_server_count; i++) {
		const struct cucm_tftp_server *server = &check->plan->tftp_servers[i];

		if (strcmp(server->name, check->command->node))
			continue;
		to->sin_addr.s_addr = htonl(server->address);
		return netns_port_bound(kind, port) ? 0 : ready_check_fail(check, fail, unbound);
	}
	return fail_set(fail, -EINVAL, "%s is not in the plan", check->command->node);
}

/* Fetch the whole default file as a phone does (RFC 1350): an aborted transfer would look like a fault in the log. An
 * error reply is an answer too, because the tree may lack the file. */
static bool tftp_answers(const struct ready_check *check, int fd, const struct sockaddr_in *server)
{
	static const char request[] = "\0\1XMLDefault.cnf.xml\0octet";
	uint8_t answer[600] = {0};
	struct sockaddr_in from;
	ssize_t size =
	    sendto(fd, request, sizeof(request), 0, (const struct sockaddr *)server, sizeof(*server));

	if (size < 0)
		return false;
	do {
		size = ready_check_answer(check, fd, answer, sizeof(answer), &from);
		if (size < 4 || (answer[1] != 3 && answer[1] != 5))
			return false;
		if (answer[1] == 5)
			return true;
		answer[1] = 4; /* ACK of the same block */
		if (sendto(fd, answer, 4, 0, (struct sockaddr *)&from, sizeof(from)) != 4)
			return false;
	} while (size == 4 + 512);
	return true;
}

static int ready_tftp(const struct ready_check *check, struct fail *fail)
{
	struct sockaddr_in to;
	bool answers;
	int fd, err = ready_check_server(check, "udp", PORT_TFTP, "no socket on UDP port 69", &to, fail);

	if (err)
		return err;
	fd = ready_check_socket(check, SOCK_DGRAM, &to);
	if (fd < 0)
		return fail_set(fail, fd, "a socket for TFTP: %s", strerror(-fd));
	answers = tftp_answers(check, fd, &to);
	close(fd);
	return answers ? 0 : ready_check_fail(check, fail, "a read request is not answered");
}

static int ready_http(const struct ready_check *check, struct fail *fail)
{
	static const char request[] =
	    "HEAD /XMLDefault.cnf.xml HTTP/1.1\r\nHost: ready\r\nConnection: close\r\n\r\n";
	struct sockaddr_in to, from;
	char answer[600] = "";
	ssize_t size = -1;
	int fd, err = ready_check_server(check, "tcp", CUCM_HTTP_PORT, "TCP port 6970 does not listen", &to,
					 fail);

	if (err)
		return err;
	fd = ready_check_socket(check, SOCK_STREAM, &to);
	if (fd >= 0) {
		if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) == (ssize_t)sizeof(request) - 1)
			size = ready_check_answer(check, fd, answer, sizeof(answer) - 1, &from);
		close(fd);
	}
	if (size < 12 || strncmp(answer, "HTTP/1.", 7))
		return ready_check_fail(check, fail, "a request is not answered");
	return !strncmp(answer + 8, " 200", 4) || !strncmp(answer + 8, " 404", 4)
		   ? 0
		   : ready_check_fail(check, fail, "the default file is not served");
}

static int ready_dhcp(const struct ready_check *check, struct fail *fail)
{
	for (size_t i = 0; i < check->plan->dhcp_server_count; i++) {
		const struct cucm_dhcp_server *server = &check->plan->dhcp_servers[i];
		bool serves = false;

		if (strcmp(server->name, check->command->node))
			continue;
		for (size_t j = 0; j < server->pool_count; j++)
			serves |= server->pools[j].first <= server->pools[j].last;
		if (serves && !netns_port_bound("udp", PORT_DHCP))
			return ready_check_fail(check, fail, "no socket on UDP port 67");
		if (!server->no_dns && !netns_port_bound("udp", PORT_DNS))
			return ready_check_fail(check, fail, "no socket on UDP port 53");
		return 0;
	}
	return fail_set(fail, -EINVAL, "%s is not in the plan", check->command->node);
}

static int ready_kamailio(const struct ready_check *check, struct fail *fail)
{
	unsigned port = 0;
	char path[4096];
	int err;

	for (size_t i = 0; i < check->plan->node_count; i++)
		if (!strcmp(check->plan->nodes[i].name, check->command->node))
			port = check->plan->nodes[i].sip_port ? check->plan->nodes[i].sip_port : 5060;
	if (!port)
		return fail_set(fail, -EINVAL, "%s is not in the plan", check->command->node);
	snprintf(path, sizeof(path), "%s/cucm/%s/rpc", check->directory, check->command->node);
	/* The cheap check first: to list TCP sockets, the kernel walks through the sockets of all namespaces. */
	if (access(path, F_OK))
		return ready_check_fail(check, fail, "its RPC socket does not exist yet");
	if (!netns_port_bound("tcp", port))
		return ready_check_fail(check, fail, "the SIP port does not listen on TCP");
	err = cucm_rpc_call(path, "core.version", NULL, ready_check_left(check), NULL, fail);
	return err == -ENOENT || err == -ETIMEDOUT
		   ? fail_prefix(fail, -EAGAIN, "%s is not ready", check->command->name)
		   : err;
}

static int ready_ask(void *arg, struct fail *fail)
{
	const struct ready_check *check = arg;

	switch (check->command->program) {
	case CUCM_PROGRAM_DHCP: return ready_dhcp(check, fail);
	case CUCM_PROGRAM_TFTP: return ready_tftp(check, fail);
	case CUCM_PROGRAM_HTTP: return ready_http(check, fail);
	case CUCM_PROGRAM_KAMAILIO: return ready_kamailio(check, fail);
	case CUCM_PROGRAM_SERVICE:
		return netns_port_bound("tcp", CUCM_SERVICE_PORT)
			   ? 0
			   : ready_check_fail(check, fail, "the HTTPS port does not listen");
	case CUCM_PROGRAM_TVS:
		return netns_port_bound("tcp", TVS_PORT)
			   ? 0
			   : ready_check_fail(check, fail, "TCP port 2445 does not listen");
	case CUCM_PROGRAM_CAPF:
		return netns_port_bound("tcp", CAPF_PORT)
			   ? 0
			   : ready_check_fail(check, fail, "TCP port 3804 does not listen");
	}
	return fail_set(fail, -EINVAL, "unknown program");
}

int cucm_ready(const struct cucm_plan *plan, const struct cucm_command *command, const char *directory,
	       int netns, int timeout_ms, struct fail *fail)
{
	struct ready_check check = {.plan = plan,
				    .command = command,
				    .directory = directory,
				    .deadline = clock_now_us() + (uint64_t)timeout_ms * 1000};

	return netns_call(netns, ready_ask, &check, fail);
}
