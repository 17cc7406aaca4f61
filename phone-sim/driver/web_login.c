#include "phone-sim/driver/web_login.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <event2/http.h>
#include <openssl/evp.h>

#include "base/ipv4.h"

#define ANSWER_MAX 4096
#define TIMEOUT_US UINT64_C(5000000)

struct web_login {
	struct download *download;
	web_login_fn *done;
	void *arg;
};

static void on_answer(void *arg, struct download *download, const struct phone_event *event)
{
	struct web_login *login = arg;
	bool allowed = event->fetched.status == PHONE_FETCH_OK && event->fetched.length >= 10 &&
		       !memcmp(event->fetched.bytes, "AUTHORIZED", 10);

	(void)download; /* freed by its owner after this call */
	login->done(login->arg, allowed);
	free(login);
}

/* "Basic dXNlcjpwYXNz" to "UserID=user&Password=pass"; false if it is something else. */
static bool read_credentials(const char *authorization, char *form, size_t size)
{
	unsigned char text[260];
	char *password, *user, *value;
	int length;

	if (strncasecmp(authorization, "Basic ", 6) || strlen(authorization + 6) > 340)
		return false;
	length =
	    EVP_DecodeBlock(text, (const unsigned char *)authorization + 6, (int)strlen(authorization + 6));
	if (length < 0)
		return false;
	text[length] = '\0';
	password = strchr((char *)text, ':');
	if (!password)
		return false;
	*password++ = '\0';
	user = evhttp_uriencode((char *)text, -1, 0);
	value = evhttp_uriencode(password, -1, 0);
	snprintf(form, size, "UserID=%s&Password=%s", user ? user : "", value ? value : "");
	free(user);
	free(value);
	return true;
}

int web_login_start(struct web_login **out, const char *authorization, const char *url, const char *device,
		    web_get_fn *get, void *get_arg, web_login_fn *done, void *arg)
{
	struct evhttp_uri *uri = evhttp_uri_parse(url);
	const char *host = uri ? evhttp_uri_get_host(uri) : NULL,
		   *path = uri ? evhttp_uri_get_path(uri) : NULL;
	struct download_order order = {.transport = PHONE_HTTP,
				       .port = 80,
				       .limit = ANSWER_MAX,
				       .timeout_us = TIMEOUT_US,
				       .done = on_answer};
	struct web_login *login = calloc(1, sizeof(*login));
	char form[640], query[700];
	int err = login ? -EINVAL : -ENOMEM;

	if (login && host && path && *path == '/' && !strncasecmp(url, "http://", 7) &&
	    !ipv4_parse(&order.server, host) && read_credentials(authorization, form, sizeof(form))) {
		snprintf(query, sizeof(query), "%s&devicename=%s", form, device);
		if (evhttp_uri_get_port(uri) > 0)
			order.port = (uint16_t)evhttp_uri_get_port(uri);
		*login = (struct web_login){.done = done, .arg = arg};
		order.file = path + 1;
		order.query = query;
		order.arg = login;
		err = get(get_arg, &login->download, &order);
	}
	if (uri)
		evhttp_uri_free(uri);
	if (err)
		free(login);
	else
		*out = login;
	return err;
}

void web_login_cancel(struct web_login *login)
{
	if (!login)
		return;
	download_cancel(login->download);
	free(login);
}
