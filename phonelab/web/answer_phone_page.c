/* The web page that a phone serves, for a sandboxed frame in ours. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <event2/http.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/web/internal.h"

#define PAGE_S	  10
#define PATH_MOST 200

static void set_header(struct evhttp_request *request, const char *name, const char *value)
{
	struct evkeyvalq *out = evhttp_request_get_output_headers(request);

	evhttp_remove_header(out, name);
	evhttp_add_header(out, name, value);
}

/* The frame has an opaque origin (sandbox): no script runs, no form is sent, and no request from it passes the guard, except to
 * this path, and to the page itself, which cannot be framed. For the browser, its images come from another origin, which 'self' does not match. The guard has checked Host. */
static void relax_headers(struct evhttp_request *request)
{
	const char *host = evhttp_find_header(evhttp_request_get_input_headers(request), "Host");
	char policy[320];

	snprintf(
	    policy, sizeof(policy),
	    "sandbox; default-src 'none'; img-src http://%.80s; style-src 'unsafe-inline'; base-uri 'none'; "
	    "form-action 'none'; frame-ancestors 'self'",
	    host);
	set_header(request, "Content-Security-Policy", policy);
	set_header(request, "X-Frame-Options", "SAMEORIGIN");
	set_header(request, "Cross-Origin-Resource-Policy", "cross-origin");
}

/* Add a link of the phone's page as one of ours. at: behind the quote that opens it. Returns what follows the link. */
static const char *add_link(struct text *out, const char *at, const char *phone, const char *key)
{
	size_t length = strcspn(at, "\"<>");
	char *path = strndup(at, length), *encoded = path ? evhttp_uriencode(path, -1, false) : NULL;

	if (encoded)
		text_add(out, "phone-page?key=%s&amp;phone=%s&amp;path=%s", key, phone, encoded);
	free(encoded);
	free(path);
	return at + length;
}

/* The page with its links, href="/..." and src="/...", through this server. */
static void add_page(struct text *out, const char *html, const char *phone, const char *key)
{
	static const char *const names[] = {"href=\"/", "src=\"/"};

	while (*html) {
		size_t length = strcspn(html, "hHsS"), i;

		text_add_bytes(out, html, length);
		html += length;
		for (i = 0; i < 2 && strncasecmp(html, names[i], strlen(names[i])); i++)
			;
		if (i < 2) {
			size_t name = strlen(names[i]) - 1;

			text_add_bytes(out, html, name);
			html = add_link(out, html + name, phone, key);
		} else if (*html) {
			text_add_bytes(out, html++, 1);
		}
	}
}

/* Reply with what the phone has sent: the page, or a file. */
static void send_page(const struct web_server *server, struct evhttp_request *request, const json_t *reply,
		      const char *phone)
{
	const char *type = json_text(reply, "type"), *body = json_text(reply, "body");
	size_t length = strlen(body);
	char *bytes = malloc(length / 4 * 3 + 4);
	int size = bytes ? EVP_DecodeBlock((uint8_t *)bytes, (const uint8_t *)body, (int)length) : -1;
	struct text page = {0};

	if (size >= 0 && length >= 2)
		size -= (body[length - 1] == '=') + (body[length - 2] == '=');
	if (size >= 0 && !strcmp(type, "text/html")) {
		bytes[size] = 0;
		add_page(&page, bytes, phone, server->frame_key);
	} else if (size >= 0) {
		text_add_bytes(&page, bytes, (size_t)size);
	}
	if (size < 0 || page.failed)
		web_reply_error(request, HTTP_SERVUNAVAIL, "the reply of the phone is not readable");
	else
		web_reply(request, (int)json_int(reply, "status"), type, page.bytes, page.length);
	text_free(&page);
	free(bytes);
}

static void on_page(void *arg, const json_t *reply, const struct fail *fail)
{
	const struct web_server *server = ((struct web_pending *)arg)->server;
	struct evhttp_request *request = web_take_request(arg);
	char phone[20];

	if (!reply)
		web_reply(request, HTTP_NOTFOUND, "text/plain; charset=utf-8", fail->text,
			  strlen(fail->text));
	else
		send_page(server, request, reply,
			  web_parameter(web_query_of(request), "phone", phone, sizeof(phone)));
}

void web_answer_phone_page(struct web_server *server, struct evhttp_request *request, const char *query,
			   const char *phone)
{
	char key[WEB_SECRET + 1], path[PATH_MOST];

	web_parameter(query, "key", key, sizeof(key));
	web_parameter(query, "path", path, sizeof(path));
	if (strlen(key) != WEB_SECRET - 1 || CRYPTO_memcmp(key, server->frame_key, WEB_SECRET - 1) != 0) {
		web_reply_error(request, 403, "the request comes from another page");
		return;
	}
	relax_headers(request);
	web_ask_lab(server, request, "phones/rack.sock",
		    json_pack("{s:s,s:s,s:s}", "do", "page", "node", phone, "target", *path ? path : "/"),
		    PAGE_S, on_page);
}
