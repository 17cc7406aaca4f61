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
    {"/events", WEB_ROUTE_EVENTS, false, NULL},
    {"/configuration", WEB_ROUTE_CONFIGURATION, false, NULL},
    {"/show", WEB_ROUTE_SHOW, false, NULL},
    /* In an exercise `why` costs points. */
    {"/why", WEB_ROUTE_WHY, true, NULL},
    {"/plug", WEB_ROUTE_PHONE, true, "plug"},
    {"/unplug", WEB_ROUTE_PHONE, true, "unplug"},
    {"/reset", WEB_ROUTE_PHONE, true, "reset"},
    {"/restart", WEB_ROUTE_PHONE, true, "restart"},
};

/* Is this the address of the server? A host name that another site controls is none of these. */
static bool is_own_host(const struct web_guard *guard, const char *host)
{
	char name[64], own[64], *colon;
	struct in_addr any;

	if (!host || strlen(host) >= sizeof(name))
		return false;
	strcpy(name, host);
	colon = strrchr(name, ':');
	snprintf(own, sizeof(own), ":%u", (unsigned)guard->port);
	if (colon ? strcmp(colon, own) != 0 : guard->port != 80)
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

static const struct web_path *find_path(const char *path, size_t length, bool post, bool *known)
{
	*known = false;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (strlen(paths[i].path) == length && !memcmp(paths[i].path, path, length)) {
			*known = true;
			if (paths[i].post == post)
				return &paths[i];
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
	*path = find_path(at, length - (size_t)(at - target), request->post, &known);
	if (!*path)
		return known ? 405 : 404;
	/* A link on another page may open the page itself, and nothing else. */
	if (is_foreign(request) && ((*path)->route != WEB_ROUTE_PAGE || request->origin))
		return 403;
	if ((*path)->post && !(*guard->secret && request->secret &&
			       same_secret(request->secret, strlen(request->secret), guard->secret)))
		return 403;
	*query = target[length] ? target + length + 1 : "";
	return 200;
}
