#ifndef PHONE_SIM_DRIVER_WEB_H
#define PHONE_SIM_DRIVER_WEB_H

#include <stdbool.h>

#include "base/fail.h"
#include "phone-sim/driver/web_page.h"

/* The web page of a phone: HTTP on port 80 of its namespace, for GET and HEAD. */
struct web;
struct event_base;

#define WEB_PORT 80

/* Fill in what the phone is now. false: vendorConfig/webAccess is off. */
typedef bool web_ask_fn(void *arg, struct web_source *source);

/* Listen inside the namespace ns (-1: the calling one); ask is called per request. 0 or -errno. */
int web_open(struct web **web, struct event_base *base, int ns, web_ask_fn *ask, void *arg,
	     struct fail *fail);

/* Close it and every connection; NULL is legal. */
void web_close(struct web *web);

#endif
