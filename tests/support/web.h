#ifndef TESTS_SUPPORT_WEB_H
#define TESTS_SUPPORT_WEB_H

#include "tests/support/lab.h"

/* The page of a lab, asked by raw requests and by a browser. A failed check fails the test (cmocka). */

extern char web_url[120]; /* "http://127.0.0.1:PORT/" */

/* Start a lab with its page, with further options of `up`. */
void web_up(struct lab *lab, const char *topology, const char *options);

/* Take the address from a line that a command has printed. */
void web_read_url(const char *output);

/* A new connection to the page. */
int web_connect(void);

/* Read until the server closes the connection; the reply (free it), "" if there is none. */
char *web_read_reply(int fd);

/* Send a request as it is written here; the reply (free it). */
char *web_ask(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* GET of a target with further header lines ("" or each with its CRLF); the reply (free it). */
char *web_get(const char *target, const char *more);

/* The HTTP status of a reply, 0: it has none. */
int web_status_of(const char *reply);

/* The reply (freed here) has this status; it is an error, or none. */
void web_must_be(int status, char *reply, const char *what);
void web_must_be_refused(char *reply, const char *what);

/* Run a script of tests/support/browser on the page; skip() if the browser is not installed. */
void web_browse(const struct lab *lab, const char *script);

#endif
