#include "cucm/config.h"
#include "base/ipv4.h"

#define HTTP_PORT 6970 /* of CUCM's TFTP service */

void config_http(const struct cucm_plan *plan, const struct cucm_tftp_server *server, struct text *text)
{
	char address[IPV4_TEXT];
	size_t connections = cucm_plan_phones(plan) * 2 + 64;

	text_add(text, "# HTTP of the TFTP service: written by phonelab for the server %s.\n", server->name);
	text_add(text, "server.modules = (\"mod_setenv\", \"mod_accesslog\")\n");
	text_add(text, "server.bind = \"%s\"\nserver.port = %d\n", ipv4_format(server->address, address),
		 HTTP_PORT);
	if (server->root)
		text_add(text, "server.document-root = \"%s\"\n", server->root);
	else
		text_add(text, "server.document-root = \"%s/tftp/root\"\n", cucm_plan_prefix(plan));
	text_add(text, "server.max-connections = %zu\nserver.max-fds = %zu\n", connections,
		 connections * 2 + 64);
	text_add(text, "server.event-handler = \"linux-sysepoll\"\n");
	/* CUCM sends neither a Server header nor a media type. */
	text_add(text, "server.tag = \"\"\nmimetype.assign = (\"\" => \"*/*\")\n");
	text_add(text, "setenv.add-response-header = (\"Cache-Control\" => \"no-store\")\n");
	text_add(text, "static-file.etags = \"disable\"\n");
	/* A device's file can be rewritten at any time, so lighttpd must not cache its attributes. */
	text_add(text, "server.stat-cache-engine = \"disable\"\n");
	text_add(text, "server.follow-symlink = \"disable\"\n");
	/* lighttpd writes each line to a pipe at once, but writes to a log file only every few seconds. */
	text_add(text, "accesslog.filename = \"|exec cat >>%s/log/%s-http.access\"\n", cucm_plan_prefix(plan),
		 server->name);
	text_add(text, "accesslog.format = \"%%h %%v %%t \\\"%%r\\\" %%>s %%B %%D us\"\n");
}
