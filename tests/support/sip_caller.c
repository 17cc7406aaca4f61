#include "tests/support/sip_caller.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/support/command.h"

#define OUR_ADDRESS "10.20.0.99"

void sip_caller_open(struct sip_caller *caller, const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(5060)};
	struct sockaddr_in from = {.sin_family = AF_INET};
	struct timeval limit = {.tv_sec = 5};
	socklen_t length = sizeof(from);

	caller->have = 0;
	caller->buffer[0] = '\0';
	caller->cseq = 100;
	inet_pton(AF_INET, address, &to.sin_addr);
	inet_pton(AF_INET, OUR_ADDRESS, &from.sin_addr);
	caller->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(caller->fd >= 0);
	setsockopt(caller->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	assert_int_equal(bind(caller->fd, (struct sockaddr *)&from, sizeof(from)), 0);
	assert_int_equal(connect(caller->fd, (struct sockaddr *)&to, sizeof(to)), 0);
	getsockname(caller->fd, (struct sockaddr *)&from, &length);
	caller->port = ntohs(from.sin_port);
}

void sip_caller_close(struct sip_caller *caller)
{
	if (caller->fd >= 0)
		close(caller->fd);
	caller->fd = -1;
}

void sip_caller_send(struct sip_caller *caller, const char *text)
{
	assert_int_equal(send(caller->fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

void sip_caller_register(struct sip_caller *caller, const struct sip_register *what)
{
	const char *device = what->device ? what->device : "nobody", *body = what->body ? what->body : "";
	char call_id[64], identity[256] = "", mac[13] = "", message[8192];

	for (size_t i = 0; what->device && i < 12 && what->device[3 + i]; i++)
		mac[i] =
		    what->device[3 + i] >= 'A' ? (char)(what->device[3 + i] | 0x20) : what->device[3 + i];
	snprintf(call_id, sizeof(call_id), "call-%s", device);
	if (what->device)
		snprintf(identity, sizeof(identity),
			 ";+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-%s>\""
			 ";+u.sip!devicename.ccm.cisco.com=\"%s\";+u.sip!model.ccm.cisco.com=\"622\"",
			 mac, device);
	caller->cseq++;
	snprintf(message, sizeof(message),
		 "REGISTER sip:10.20.0.11 SIP/2.0\r\n"
		 "Via: SIP/2.0/TCP " OUR_ADDRESS ":%u;branch=z9hG4bK%u.%u\r\n"
		 "From: <sip:%s@10.20.0.11>;tag=%s%u\r\nTo: <sip:%s@10.20.0.11>\r\n"
		 "Call-ID: %s\r\nCSeq: %u REGISTER\r\nMax-Forwards: 70\r\nUser-Agent: Cisco-CP7841/14.2.1\r\n"
		 "Contact: <sip:guid-%s@" OUR_ADDRESS ":%u;transport=tcp>%s%s\r\n"
		 "Supported: replaces,X-cisco-srtp-fallback,X-cisco-sis-7.0.0\r\n"
		 "Expires: %d\r\n%s%sContent-Length: %zu\r\n\r\n%s",
		 caller->port, caller->port, caller->cseq, what->number, device, caller->cseq, what->number,
		 what->call_id ? what->call_id : call_id, caller->cseq, device, caller->port, identity,
		 what->contact_extra ? what->contact_extra : "", what->expires,
		 what->headers ? what->headers : "",
		 what->body ? "Content-Type: multipart/mixed; boundary=uniqueBoundary\r\n" : "", strlen(body),
		 body);
	sip_caller_send(caller, message);
}

/* The size of the message at the beginning of the buffer, 0 while it is not whole. */
static size_t caller_whole(const struct sip_caller *caller)
{
	const char *end = strstr(caller->buffer, "\r\n\r\n"), *length;
	size_t size;

	if (!end)
		return 0;
	length = strcasestr(caller->buffer, "\r\nContent-Length:");
	size = (size_t)(end - caller->buffer) + 4;
	if (length && length < end)
		size += strtoul(length + 17, NULL, 10);
	return size <= caller->have ? size : 0;
}

bool sip_caller_receive(struct sip_caller *caller, char *text, size_t size, int milliseconds)
{
	uint64_t end = clock_now_us() + (uint64_t)milliseconds * 1000 * PATIENCE;
	size_t whole;

	while (!(whole = caller_whole(caller))) {
		struct pollfd wait = {.fd = caller->fd, .events = POLLIN};
		uint64_t now = clock_now_us();
		ssize_t more;

		if (now >= end || poll(&wait, 1, (int)((end - now + 999) / 1000)) != 1)
			return false;
		more = recv(caller->fd, caller->buffer + caller->have,
			    sizeof(caller->buffer) - 1 - caller->have, 0);
		if (more <= 0)
			return false;
		caller->have += (size_t)more;
		caller->buffer[caller->have] = '\0';
	}
	snprintf(text, size, "%.*s", (int)whole, caller->buffer);
	memmove(caller->buffer, caller->buffer + whole, caller->have - whole + 1);
	caller->have -= whole;
	return true;
}

int sip_caller_status(struct sip_caller *caller, const struct sip_register *what, char *text, size_t size)
{
	sip_caller_register(caller, what);
	do {
		if (!sip_caller_receive(caller, text, size, 5000))
			return 0;
	} while (!strncmp(text, "SIP/2.0 1", 9));
	return strncmp(text, "SIP/2.0 ", 8) ? 0 : atoi(text + 8);
}
