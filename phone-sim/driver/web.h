#ifndef PHONE_SIM_DRIVER_WEB_H
#define PHONE_SIM_DRIVER_WEB_H

#include <stdbool.h>

#include "base/fail.h"
#include "phone-sim/driver/web_cgi.h"
#include "phone-sim/driver/web_login.h"
#include "phone-sim/driver/web_page.h"

/* The web page of a phone: HTTP on port 80 of its namespace. */
struct web;
struct event_base;

#define WEB_PORT 80

/* Fill in what the phone is now. false: vendorConfig/webAccess is off. */
typedef bool web_ask_fn(void *arg, struct web_source *source);

/* A person asks for a problem report on the page. */
typedef void web_report_fn(void *arg);

struct web_calls {
	web_ask_fn *ask; /* called per request */
	web_executed_fn *executed;
	web_report_fn *report;
	web_get_fn *get; /* for the authenticationURL */
	void *arg;
};

/* Listen inside the namespace ns (-1: the calling one). calls is copied. 0 or -errno. */
int web_open(struct web **web, struct event_base *base, int ns, const struct web_calls *calls,
	     struct fail *fail);

/* Close it and every connection; NULL is legal. */
void web_close(struct web *web);

#endif
