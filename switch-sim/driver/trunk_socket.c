#include "switch-sim/driver/trunk_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BUFFERS (4 << 20) /* of the socket, in octets */

socklen_t trunk_socket_address(int family, const struct trunk_address *address,
			       struct sockaddr_storage *storage)
{
	struct sockaddr_in *in = (struct sockaddr_in *)storage;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)storage;

	if (family == AF_INET) {
		*in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(address->port)};
		memcpy(&in->sin_addr, address->ip + 12, 4);
		return sizeof(*in);
	}
	*in6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(address->port)};
	memcpy(&in6->sin6_addr, address->ip, 16);
	return sizeof(*in6);
}

struct trunk_address trunk_socket_origin(const struct sockaddr_storage *storage)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)storage;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)storage;
	struct trunk_address address = {.ip = {[10] = 0xff, [11] = 0xff}};

	if (storage->ss_family == AF_INET) {
		memcpy(address.ip + 12, &in->sin_addr, 4);
		address.port = ntohs(in->sin_port);
	} else {
		memcpy(address.ip, &in6->sin6_addr, 16);
		address.port = ntohs(in6->sin6_port);
	}
	return address;
}

/* Large buffers hold a burst; without the right to exceed the limit, as large as the limit permits. */
static void set_buffers(int fd)
{
	const int size = BUFFERS;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

/* Routers may fragment (no DF), as with the kernel's vxlan device: a phone sees Ethernet, which knows no "packet too big". */
static int set_options(int fd, int family, struct fail *fail)
{
	const int off = 0, dont4 = IP_PMTUDISC_DONT, dont6 = IPV6_PMTUDISC_DONT;

	if ((family == AF_INET6 &&
	     (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) ||
	      setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &dont6, sizeof(dont6)))) ||
	    setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &dont4, sizeof(dont4)))
		return fail_set(fail, -errno, "options of the socket of the trunks: %s", strerror(errno));
	set_buffers(fd);
	return 0;
}

int trunk_socket_open(uint16_t port, int *family, struct fail *fail)
{
	struct trunk_address any = {.port = port};
	struct sockaddr_storage address;
	socklen_t size;
	int fd, err;

	*family = AF_INET6;
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		*family = AF_INET;
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	}
	if (fd < 0)
		return fail_set(fail, -errno, "socket of the trunks: %s", strerror(errno));
	size = trunk_socket_address(*family, &any, &address);
	err = set_options(fd, *family, fail);
	if (!err && bind(fd, (struct sockaddr *)&address, size))
		err =
		    fail_set(fail, -errno, "UDP port %u of the trunks: %s; choose another port with udp_port",
			     port, strerror(errno));
	if (!err)
		return fd;
	close(fd);
	return err;
}

int trunk_socket_mtu(int family, const struct trunk_address *address)
{
	bool ipv4 = trunk_address_is_ipv4(address);
	struct sockaddr_storage to;
	socklen_t size = trunk_socket_address(family, address, &to), length = sizeof(int);
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0), mtu = 0;

	if (fd < 0)
		return 0;
	if (connect(fd, (struct sockaddr *)&to, size) ||
	    getsockopt(fd, ipv4 ? IPPROTO_IP : IPPROTO_IPV6, ipv4 ? IP_MTU : IPV6_MTU, &mtu, &length))
		mtu = 0;
	close(fd);
	return mtu;
}

/* --- beside the socket --- */

static void answer_resolve(int family, unsigned trunk, const char *host, char answer[TRUNK_QUESTION])
{
	const struct addrinfo hints = {.ai_family = family == AF_INET6 ? AF_UNSPEC : AF_INET,
				       .ai_socktype = SOCK_DGRAM};
	struct addrinfo *list = NULL;
	char text[NI_MAXHOST];
	int err = getaddrinfo(host, NULL, &hints, &list);

	if (!err)
		err =
		    getnameinfo(list->ai_addr, list->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST);
	if (err)
		snprintf(answer, TRUNK_QUESTION, "resolve %u ! %s", trunk, gai_strerror(err));
	else
		snprintf(answer, TRUNK_QUESTION, "resolve %u %.300s", trunk, text);
	if (list)
		freeaddrinfo(list);
}

static void answer_mtu(int family, unsigned trunk, const char *text, char answer[TRUNK_QUESTION])
{
	struct trunk_address address = {.ip = {[10] = 0xff, [11] = 0xff}, .port = 9};
	bool good =
	    inet_pton(AF_INET, text, address.ip + 12) == 1 || inet_pton(AF_INET6, text, address.ip) == 1;

	snprintf(answer, TRUNK_QUESTION, "mtu %u %d", trunk, good ? trunk_socket_mtu(family, &address) : 0);
}

void trunk_socket_serve(int fd, int family)
{
	char question[TRUNK_QUESTION], answer[TRUNK_QUESTION], verb[16], word[300];
	unsigned trunk;
	ssize_t n;

	while ((n = recv(fd, question, sizeof(question) - 1, 0)) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		question[n] = 0;
		if (sscanf(question, "%15s %u %299s", verb, &trunk, word) != 3)
			continue;
		if (!strcmp(verb, "resolve"))
			answer_resolve(family, trunk, word, answer);
		else
			answer_mtu(family, trunk, word, answer);
		send(fd, answer, strlen(answer), MSG_NOSIGNAL);
	}
}
