#include "phonelab/web/guard.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>

#define HTML "text/html; charset=utf-8"
#define CSS  "text/css; charset=utf-8"
#define JS   "text/javascript; charset=utf-8"
#define SVG  "image/svg+xml"

static const struct web_path paths[] = {
    {"/", WEB_ROUTE_PAGE, false, HTML},
    {"/style.css", WEB_ROUTE_FILE, false, CSS},
    {"/icon.svg", WEB_ROUTE_FILE, false, SVG},
    {"/main.js", WEB_ROUTE_FILE, false, JS},
    {"/dom.js", WEB_ROUTE_FILE, false, JS},
    {"/model.js", WEB_ROUTE_FILE, false, JS},
    {"/lab.js", WEB_ROUTE_FILE, false, JS},
    {"/switch.js", WEB_ROUTE_FILE, false, JS},
    {"/phone.js", WEB_ROUTE_FILE, false, JS},
    {"/display.js", WEB_ROUTE_FILE, false, JS},
    {"/exercise.js", WEB_ROUTE_FILE, false, JS},
    {"/ticket.js", WEB_ROUTE_FILE, false, JS},
    {"/exercise", WEB_ROUTE_EXERCISE, false, "state"},
    {"/exercises", WEB_ROUTE_EXERCISE, false, "list"},
    {"/hint", WEB_ROUTE_EXERCISE, true, "hint"},
    {"/check", WEB_ROUTE_EXERCISE, true, "check"},
    {"/servers.js", WEB_ROUTE_FILE, false, JS},
    {"/tail.js", WEB_ROUTE_FILE, false, JS},
    {"/configure.js", WEB_ROUTE_FILE, false, JS},
    {"/faults.js", WEB_ROUTE_FILE, false, JS},
    {"/fault_form.js", WEB_ROUTE_FILE, false, JS},
    {"/runs.js", WEB_ROUTE_FILE, false, JS},
    {"/events", WEB_ROUTE_EVENTS, false, NULL},
    {"/configuration", WEB_ROUTE_CONFIGURATION, false, NULL},
    {"/show", WEB_ROUTE_SHOW, false, NULL},
    /* In an exercise `why` costs points. */
    {"/why", WEB_ROUTE_WHY, true, NULL},
    {"/plug", WEB_ROUTE_PHONE, true, "plug"},
    {"/unplug", WEB_ROUTE_PHONE, true, "unplug"},
    {"/reset", WEB_ROUTE_PHONE, true, "reset"},
    {"/restart", WEB_ROUTE_PHONE, true, "restart"},
    {"/follow", WEB_ROUTE_FOLLOW, false, NULL},
    {"/location", WEB_ROUTE_LOCATION, false, NULL},
    {"/program/start", WEB_ROUTE_PROGRAM, true, "run"},
    {"/program/stop", WEB_ROUTE_PROGRAM, true, "stop"},
    {"/program/restart", WEB_ROUTE_PROGRAM, true, "restart"},
    {"/configure", WEB_ROUTE_CONFIGURE, true, NULL},
    {"/fault/list", WEB_ROUTE_FAULT, false, NULL},
    {"/fault/active", WEB_ROUTE_FAULT, false, NULL},
    {"/fault/proof", WEB_ROUTE_FAULT, false, NULL},
    {"/fault/add", WEB_ROUTE_FAULT, true, NULL},
    {"/fault/boot", WEB_ROUTE_FAULT, true, NULL},
    {"/fault/clear", WEB_ROUTE_FAULT, true, NULL},
    {"/runs", WEB_ROUTE_RUNS, false, NULL},
    {"/evidence", WEB_ROUTE_EVIDENCE, false, NULL},
    {"/sequence.js", WEB_ROUTE_FILE, false, JS},
    {"/phone_frame.js", WEB_ROUTE_FILE, false, JS},
    {"/sequence", WEB_ROUTE_SEQUENCE, false, NULL},
    {"/frame", WEB_ROUTE_FRAME, false, NULL},
    {"/capture", WEB_ROUTE_CAPTURE, false, NULL},
    {"/phone-page", WEB_ROUTE_PHONE_PAGE, false, NULL},
};

/* The paths of a server for a class: it changes nothing. A lab has no class. */
static const struct web_path class_paths[] = {
    {"/", WEB_ROUTE_PAGE, false, HTML},		{"/style.css", WEB_ROUTE_FILE, false, CSS},
    {"/icon.svg", WEB_ROUTE_FILE, false, SVG},	{"/dom.js", WEB_ROUTE_FILE, false, JS},
    {"/model.js", WEB_ROUTE_FILE, false, JS},	{"/class.js", WEB_ROUTE_FILE, false, JS},
    {"/events", WEB_ROUTE_EVENTS, false, NULL}, {"/class.csv", WEB_ROUTE_CSV, false, NULL},
};

static bool is_own_port(const struct web_guard *guard, const char *port)
{
	size_t digits = strspn(port, "0123456789");
	char own[8];

	if (!guard->port)
		return digits && digits <= 5 && !port[digits];
	snprintf(own, sizeof(own), "%u", (unsigned)guard->port);
	return !strcmp(port, own);
}

/* Is this the address of the server? A host name that another site controls is none of these. */
static bool is_own_host(const struct web_guard *guard, const char *host)
{
	char name[64], *colon;
	struct in_addr any;

	if (!host || strlen(host) >= sizeof(name))
		return false;
	strcpy(name, host);
	colon = strrchr(name, ':');
	if (!is_own_port(guard, colon ? colon + 1 : "80"))
		return false;
	if (colon)
		*colon = 0;
	if (!strcmp(guard->address, "0.0.0.0"))
		return !strcmp(name, "localhost") || inet_pton(AF_INET, name, &any) == 1;
	return !strcmp(name, guard->address) ||
	       (!strcmp(guard->address, "127.0.0.1") && !strcmp(name, "localhost"));
}

/* Does a browser say that the request comes from a page of another origin? */
static bool is_foreign(const struct web_request *request)
{
	const char *origin = request->origin;

	if (origin && (strncmp(origin, "http://", 7) || strcmp(origin + 7, request->host)))
		return true;
	return request->site && strcmp(request->site, "same-origin") && strcmp(request->site, "none");
}

/* A link on another page may open the page itself, and nothing else. The links in the page of a phone come from a sandboxed frame;
 * they have a key. */
static bool may_be_foreign(const struct web_request *request, const struct web_path *path)
{
	if (path->route == WEB_ROUTE_PHONE_PAGE)
		return !request->origin || !strcmp(request->origin, "null");
	return path->route == WEB_ROUTE_PAGE && !request->origin;
}

static bool same_secret(const char *given, size_t length, const char *own)
{
	return length == WEB_SECRET - 1 && !CRYPTO_memcmp(given, own, length);
}

/* The path behind the token, up to length octets; NULL: the token is missing or wrong. */
static const char *after_token(const struct web_guard *guard, const char *target, size_t length)
{
	const size_t token = WEB_SECRET - 1;

	if (!*guard->token)
		return target;
	if (length < token + 2 || target[token + 1] != '/' || !same_secret(target + 1, token, guard->token))
		return NULL;
	return target + token + 1;
}

static const struct web_path *find_path(const struct web_guard *guard, const char *path, size_t length,
					bool post, bool *known)
{
	const struct web_path *table = guard->class ? class_paths : paths;
	size_t n =
	    guard->class ? sizeof(class_paths) / sizeof(class_paths[0]) : sizeof(paths) / sizeof(paths[0]);

	*known = false;
	for (size_t i = 0; i < n; i++)
		if (strlen(table[i].path) == length && !memcmp(table[i].path, path, length)) {
			*known = true;
			if (table[i].post == post)
				return &table[i];
		}
	return NULL;
}

int web_guard_check(const struct web_guard *guard, const struct web_request *request,
		    const struct web_path **path, const char **query)
{
	const char *target = request->target, *at;
	size_t length;
	bool known;

	if (!target || *target != '/' || strlen(target) >= WEB_TARGET)
		return 400;
	if (!is_own_host(guard, request->host))
		return 421;
	length = strcspn(target, "?");
	at = after_token(guard, target, length);
	if (!at)
		return 404;
	*path = find_path(guard, at, length - (size_t)(at - target), request->post, &known);
	if (!*path)
		return known ? 405 : 404;
	if (is_foreign(request) && !may_be_foreign(request, *path))
		return 403;
	if ((*path)->post && !(*guard->secret && request->secret &&
			       same_secret(request->secret, strlen(request->secret), guard->secret)))
		return 403;
	*query = target[length] ? target + length + 1 : "";
	return 200;
}
