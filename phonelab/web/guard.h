#ifndef PHONELAB_WEB_GUARD_H
#define PHONELAB_WEB_GUARD_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The checks that each request passes before anything is read or done. A page of another origin can
 * make a browser send requests to this server, also under a host name of its own that resolves to 127.0.0.1 (DNS rebinding).
 */

#define WEB_SECRET 33  /* 128 random bits as hexadecimal digits, and a NUL */
#define WEB_TARGET 600 /* octets of a request target */

struct web_guard {
	uint16_t port;	  /* 0: any, for a port that somebody else publishes */
	char address[16]; /* by which browsers reach the server: "127.0.0.1"; "0.0.0.0": any IPv4 address */
	char token[WEB_SECRET];	 /* the first segment of each path; "": not needed */
	char secret[WEB_SECRET]; /* the page sends it with requests that change the lab; "": nobody may */
	bool class;		 /* the paths are those of a class, not of a lab */
};

/* The meaning of a path. */
enum web_route {
	WEB_ROUTE_PAGE,
	WEB_ROUTE_FILE, /* a file of the page */
	WEB_ROUTE_EVENTS,
	WEB_ROUTE_CONFIGURATION,
	WEB_ROUTE_SHOW,
	WEB_ROUTE_WHY,
	WEB_ROUTE_PHONE, /* a command about one phone */
	WEB_ROUTE_EXERCISE,
	WEB_ROUTE_CSV,
	WEB_ROUTE_FOLLOW,
	WEB_ROUTE_LOCATION,
	WEB_ROUTE_PROGRAM, /* an action on a program of a server */
	WEB_ROUTE_CONFIGURE,
	WEB_ROUTE_FAULT,
	WEB_ROUTE_RUNS,
	WEB_ROUTE_EVIDENCE,
	WEB_ROUTE_SEQUENCE,
	WEB_ROUTE_FRAME,
	WEB_ROUTE_CAPTURE,
	WEB_ROUTE_PHONE_PAGE, /* for a sandboxed frame, whose requests have no origin: the key in the query replaces it */
};

/* A row of the table of paths. */
struct web_path {
	const char *path; /* behind the token: "/events" */
	enum web_route route;
	bool post;	      /* the method is POST; else GET */
	const char *argument; /* of the route: the type of a file, the name of a command */
};

/* A request, as far as the checks need it; NULL: there is no such header. */
struct web_request {
	bool post;
	const char *target; /* "/TOKEN/events?phone=..." */
	const char *host, *origin, *site /* Sec-Fetch-Site */, *secret /* X-Phonelab-Secret */;
};

/* The checks. Returns 200 with *path and *query (behind the "?", "" if there is none), or the HTTP status to reply: 400, 403,
 * 404, 405 or 421 (wrong Host). */
int web_guard_check(const struct web_guard *guard, const struct web_request *request,
		    const struct web_path **path, const char **query);

#endif
