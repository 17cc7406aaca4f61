/* Listening TCP sockets and bound UDP sockets, from /proc/net. inspect_processes names their programs. */
#include "phonelab/lab/inspect.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/ipv4.h"

#define LISTEN 0x0a

/* The address as /proc/net writes it: words of 32 bits in the order of the machine. False: IPv6 of its own. */
static bool address_of(const char *hex, char text[IPV4_TEXT])
{
	uint32_t words[4] = {0};
	size_t count = strlen(hex) / 8;

	for (size_t i = 0; i < count && i < 4; i++)
		if (sscanf(hex + 8 * i, "%8x", &words[i]) != 1)
			return false;
	if (count == 1) {
		ipv4_format(ntohl(words[0]), text);
		return true;
	}
	if (words[0] || words[1] || (words[2] && words[2] != htonl(0xffff)))
		return false;
	if (!words[2] && words[3])
		return false;
	/* "::" also receives IPv4. */
	ipv4_format(ntohl(words[3]), text);
	return true;
}

static void read_table(json_t *object, const char *table, const char *protocol)
{
	char path[64], line[512], address[33], text[IPV4_TEXT];
	unsigned port, far_port, state, sent, queue;
	unsigned long long inode;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/thread-self/net/%s", table);
	in = fopen(path, "re");
	while (in && fgets(line, sizeof(line), in)) {
		if (sscanf(line,
			   " %*u: %32[0-9A-F]:%4x %*32[0-9A-F]:%4x %2x %8x:%8x %*x:%*x %*x %*u %*u %llu",
			   address, &port, &far_port, &state, &sent, &queue, &inode) != 7)
			continue;
		if ((*protocol == 't' ? state != LISTEN : far_port != 0) || !address_of(address, text))
			continue;
		inspect_append(object, "listeners", INSPECT_MOST,
			       json_pack("{s:s,s:s,s:i,s:I,s:I}", "protocol", protocol, "address", text,
					 "port", (int)port, "queue", (json_int_t)queue, "inode",
					 (json_int_t)inode));
	}
	if (in)
		fclose(in);
	else if (!strchr(table, '6'))
		inspect_error(object, "%s cannot be read", path);
}

void inspect_sockets(json_t *object)
{
	json_object_set_new(object, "listeners", json_array());
	read_table(object, "tcp", "tcp");
	read_table(object, "tcp6", "tcp");
	read_table(object, "udp", "udp");
	read_table(object, "udp6", "udp");
}
