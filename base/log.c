#include "base/log.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/nearest.h"
#include "base/utf8.h"

static const char *const names[LOG_TOKENS + 1] = {
    [LOG_STEP] = "step",   [LOG_CDP] = "cdp",	      [LOG_LLDP] = "lldp",	 [LOG_DHCP] = "dhcp",
    [LOG_FETCH] = "fetch", [LOG_MEMBER] = "member",   [LOG_SIP] = "sip",	 [LOG_PORT] = "port",
    [LOG_PANEL] = "panel", [LOG_FORWARD] = "forward", [LOG_FAULT] = "fault",	 [LOG_NETLINK] = "netlink",
    [LOG_EVENT] = "event", [LOG_CONTROL] = "control", [LOG_PROCESS] = "process",
};

static unsigned enabled; /* a bit per token */

const char *log_token_name(enum log_token token)
{
	return names[token];
}

static int unknown_token(const char *word, struct fail *fail)
{
	const char *near = nearest_of(word, names);
	char all[200] = "";

	if (near)
		return fail_set(fail, -EINVAL, "unknown debug token \"%s\"; did you mean \"%s\"?", word,
				near);
	for (int i = 0; i < LOG_TOKENS; i++)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? ", " : "", names[i]);
	return fail_set(fail, -EINVAL, "unknown debug token \"%s\"; the tokens are all, %s", word, all);
}

int log_enable(const char *list, struct fail *fail)
{
	char words[256], *save = NULL;
	unsigned add = 0;

	if ((size_t)snprintf(words, sizeof(words), "%s", list) >= sizeof(words))
		return fail_set(fail, -EINVAL, "the list of debug tokens is longer than %zu characters",
				sizeof(words) - 1);
	for (char *word = strtok_r(words, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		int token = 0;

		while (token < LOG_TOKENS && strcmp(word, names[token]))
			token++;
		if (!strcmp(word, "all"))
			add = ~0u;
		else if (token == LOG_TOKENS)
			return unknown_token(word, fail);
		else
			add |= 1u << token;
	}
	enabled |= add;
	return 0;
}

bool log_enabled(enum log_token token)
{
	return enabled >> token & 1;
}

unsigned log_tokens(void)
{
	return enabled;
}

void log_debug(enum log_token token, const char *format, ...)
{
	char text[1024], clean[1200];
	uint64_t now;
	va_list args;

	if (!log_enabled(token))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	utf8_clean(text, clean, sizeof(clean));
	for (char *c = clean; *c; c++)
		if (*c == '\n') /* one message is one line, whatever a peer sent */
			*c = ' ';
	now = clock_now_us();
	fprintf(stderr, "%" PRIu64 ".%06" PRIu64 " %s: %s\n", now / 1000000, now % 1000000, names[token],
		clean);
}

static void from_libevent(int severity, const char *message)
{
	static const char *const severities[] = {"debug", "message", "warning"};

	if (severity == EVENT_LOG_ERR) /* libevent ends the program after this message */
		fprintf(stderr, "libevent: %s\n", message);
	else
		log_debug(LOG_EVENT, "%s: %s", severities[severity], message);
}

void log_begin(const char *program)
{
	const char *list = getenv("PHONELAB_DEBUG");
	struct fail fail = {0};

	event_set_log_callback(from_libevent);
	if (list && log_enable(list, &fail))
		fprintf(stderr, "%s: PHONELAB_DEBUG: %s\n", program, fail.text);
}
