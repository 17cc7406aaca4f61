#include "cucm/config.h"

#include "base/ipv4.h"

/* HTTPS with the EC certificate of the file server, for the configuration files only: a phone asks for NAME.sgn there and
 * gets the file without a signature, because it has authenticated the server. */
static void https(const struct cucm_plan *plan, const struct cucm_tftp_server *server, struct text *text)
{
	const char *prefix = cucm_plan_prefix(plan);
	char address[IPV4_TEXT];

	text_add(text, "server.modules += (\"mod_openssl\", \"mod_rewrite\")\n");
	text_add(text, "$SERVER[\"socket\"] == \"%s:%d\" {\n", ipv4_format(server->address, address),
		 CUCM_HTTPS_PORT);
	text_add(text, "  ssl.engine = \"enable\"\n");
	text_add(text, "  ssl.pemfile = \"%s/keys/%s/tftp-ec.crt\"\n", prefix, server->name);
	text_add(text, "  ssl.privkey = \"%s/keys/%s/tftp-ec.key\"\n", prefix, server->name);
	text_add(text, "  ssl.openssl.ssl-conf-cmd = (\"MinProtocol\" => \"TLSv1.2\")\n");
	text_add(text, "  url.rewrite-once = (\"^/(SEP[0-9A-F]+\\.cnf\\.xml)\\.sgn$\" => \"/$1\")\n}\n");
}

void config_http(const struct cucm_plan *plan, const struct cucm_tftp_server *server, struct text *text)
{
	char address[IPV4_TEXT];
	size_t connections = cucm_plan_phones(plan) * 2 + 64;

	text_add(text, "# HTTP of the TFTP service: written by phonelab for the server %s.\n", server->name);
	text_add(text, "server.modules = (\"mod_setenv\", \"mod_accesslog\")\n");
	text_add(text, "server.bind = \"%s\"\nserver.port = %d\n", ipv4_format(server->address, address),
		 CUCM_HTTP_PORT);
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
	if (cucm_plan_certificates(plan))
		https(plan, server, text);
	text_add(text, "accesslog.format = \"%%h %%v %%t \\\"%%r\\\" %%>s %%B %%D us\"\n");
}
