#ifndef PHONE_SIM_DRIVER_WEB_LOGIN_H
#define PHONE_SIM_DRIVER_WEB_LOGIN_H

#include <stdbool.h>

#include "phone-sim/driver/download.h"

/* The login of a request to /CGI: the phone asks the authenticationURL of its configuration, by HTTP GET with UserID,
 * Password and devicename. The user may do it if the answer begins with AUTHORIZED. */
struct web_login;

/* Start a download; fills in base and ns of the order. */
typedef int web_get_fn(void *arg, struct download **download, struct download_order *order);

/* allowed: what the server answered. Called once, from the event loop; the login is freed after it returns. */
typedef void web_login_fn(void *arg, bool allowed);

/* authorization: the header of that name, "Basic ..." (RFC 7617). url: "http://ADDRESS[:PORT]/PATH"; the phone does not
 * resolve names here. Both are used during the call only. 0, -EINVAL: one of them is not of that form; or another
 * negative errno. */
int web_login_start(struct web_login **login, const char *authorization, const char *url, const char *device,
		    web_get_fn *get, void *get_arg, web_login_fn *done, void *arg);

/* done is not called. NULL is legal. */
void web_login_cancel(struct web_login *login);

#endif
