/* The problem report of a phone: made, kept for the web page, and uploaded. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <openssl/evp.h>

#include "base/file.h"
#include "cable/netns.h"
#include "phone-sim/driver/host_internal.h"
#include "phone-sim/driver/upload.h"
#include "wire/phonexml.h"

#define PROC_MAX (256 * 1024)

/* What the kernel shows of the phone's own namespace. */
static void read_network(struct text *text, int ns)
{
	int fds[NETNS_TABLES];
	struct fail fail = {0};

	if (netns_open_tables(ns, fds, &fail)) {
		text_add(text, "%s\n", fail.text);
		return;
	}
	for (int i = 0; i < NETNS_TABLES; i++) {
		struct fail why = {0};
		char path[64], *bytes = NULL;

		snprintf(path, sizeof(path), "/proc/thread-self/net/%s", netns_tables[i]);
		text_add(text, "== %s\n%s\n", path,
			 file_read_fd(fds[i], path, PROC_MAX, &bytes, NULL, &why) ? why.text : bytes);
		free(bytes);
		close(fds[i]);
	}
}

static void make(struct host *host, struct prt *prt, const char *description)
{
	struct web_source pages = {0};
	struct text network = {0};
	json_t *status = host_status(host);
	int ns = port_namespace(host->port);

	read_network(&network, ns);
	port_close_namespace(ns);
	host_web_source(host, &pages);
	const struct prt_source source = {.pages = &pages,
					  .status = status,
					  .description = description,
					  .network = network.bytes ? network.bytes : "",
					  .now = time(NULL)};
	prt_make(prt, &source);
	text_free(&network);
	json_decref(status);
}

static void report(struct host *host, const char *event, const char *detail)
{
	char line[300];

	snprintf(line, sizeof(line), "%s PRT-%s: %s", strcmp(event, "prt.failed") ? "NOT" : "ERR",
		 host->prt.name, detail);
	host_report_console(host, line);
	host_say(host, 0, event, detail, json_pack("{s:s}", "file", host->prt.name));
}

static void on_expected(void *arg, uint32_t address)
{
	struct host *host = arg;

	port_expect(host->port, address);
}

/* Any 200 is a success, as for the phones. */
static void on_uploaded(void *arg, int status, const char *detail)
{
	struct host *host = arg;

	host->upload = NULL;
	report(host, status == 200 ? "prt.uploaded" : "prt.failed", detail);
}

static int upload(struct host *host, const char *url, struct fail *fail)
{
	struct upload_order order = {.base = host->shared.base,
				     .url = url,
				     .dns_servers = host->dns_server,
				     .dns_count = host->dns_count,
				     .domain = host->domain,
				     .device = host->name,
				     .user = "", /* the configuration names no owner */
				     .file_name = host->prt.name,
				     .file = &host->prt.file,
				     .expect = on_expected,
				     .done = on_uploaded,
				     .arg = host};
	char serial[MAC_SERIAL];
	struct mac mac;
	int err;

	mac_parse_device(&mac, host->name);
	mac_serial(&mac, PHONE_SERIAL_SITE, serial);
	order.serial = serial;
	for (unsigned i = 0; i < host->dns_count; i++)
		port_expect(host->port, host->dns_server[i]);
	order.ns = port_namespace(host->port);
	err = upload_start(&host->upload, &order, fail);
	port_close_namespace(order.ns);
	return err;
}

void host_problem(struct host *host, const char *description)
{
	struct phone_view view;
	struct fail fail = {0};
	const char *url;

	upload_cancel(host->upload);
	host->upload = NULL;
	make(host, &host->prt, description);
	if (host->prt.file.failed) {
		text_free(&host->prt.file);
		report(host, "prt.failed", "out of memory");
		return;
	}
	report(host, "prt.created", description);
	phone_view(host->phone, &view);
	url = view.config ? view.config->problem_report_url : "";
	if (!*url)
		report(host, "prt.failed", "the configuration has no problemReportUploadURL");
	else if (upload(host, url, &fail))
		report(host, "prt.failed", fail.text);
}

/* {"file": NAME, "base64": TEXT}; NULL without memory. */
static json_t *prt_object(const struct prt *prt)
{
	char *base64 = prt->file.failed ? NULL : malloc(4 * (prt->file.length / 3 + 1) + 1);
	json_t *object = NULL;

	if (base64) {
		EVP_EncodeBlock((unsigned char *)base64, (const unsigned char *)prt->file.bytes,
				(int)prt->file.length);
		object = json_pack("{s:s,s:s}", "file", prt->name, "base64", base64);
	}
	free(base64);
	return object;
}

json_t *host_collect(struct host *host)
{
	struct web_source source = {0};
	struct prt prt = {0};
	bool access = host_web_source(host, &source);
	json_t *all;

	if (!source.view.powered)
		return json_object();
	make(host, &prt, "phonelab collect");
	all = json_pack("{s:o}", "prt", prt_object(&prt));
	if (access)
		json_object_set_new(all, "pages", web_pages(&source));
	text_free(&prt.file);
	return all;
}

void host_problem_by_hand(struct host *host)
{
	host_problem(host, "Report problem");
}

void host_prt_free(struct host *host)
{
	upload_cancel(host->upload);
	host->upload = NULL;
	text_free(&host->prt.file);
}
