/* The devices that a request to RISPort70 selects, as its reply. */
#include "cucm-service/core/ris_hits.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/markup.h"

static void put_number(struct text *text, const char *name, unsigned long value)
{
	markup_add(text, "<%s>%lu</%s>", name, value, name);
}

static void put_or_nil(struct text *text, const char *name, const char *value)
{
	soap_put(text, name, value && *value ? value : NULL);
}

static void put_lines(struct text *text, const struct hit *hit, bool numbers)
{
	for (size_t i = 0; i < hit->device->line_count; i++) {
		const char *number = hit->device->lines[i].number;
		const char *status = ris_line_registered(hit, number)	       ? "Registered"
				     : !hit->registered && hit->lost->rejected ? "Rejected"
									       : "UnRegistered";

		if (numbers)
			markup_add(text, "%s%s-%s", i ? "," : "", number, status);
		else
			markup_add(text,
				   "<item><DirectoryNumber>%s</DirectoryNumber><Status>%s</Status></item>",
				   number, status);
	}
}

static void put_trunk(struct text *text)
{
	static const char *const names[] = {
	    "ConfigName",      "TechPrefix", "Zone",	 "RemoteCmServer1", "RemoteCmServer2",
	    "RemoteCmServer3", "AltGkList",  "ActiveGk", "CallSignalAddr",  "RasAddr"};

	text_add(text, "<H323Trunk>");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		soap_put(text, names[i], NULL);
	text_add(text, "</H323Trunk>");
}

static void put_loads(struct text *text, const struct hit *hit)
{
	const struct cucm_registration *page = ris_page(hit);

	put_or_nil(text, "ActiveLoadID", page->active_load);
	put_or_nil(text, "InactiveLoadID", page->inactive_load);
	soap_put(text, "DownloadStatus", ris_download(hit));
	put_or_nil(text, "DownloadFailureReason",
		   strcmp(ris_download(hit), "Failed") ? NULL : page->download_status);
	soap_put(text, "DownloadServer", NULL);
	markup_add(text,
		   "<IPAddress><item><IP>%s</IP><IPAddrType>ipv4</IPAddrType>"
		   "<Attribute>AdministrativeAndSignaling</Attribute></item></IPAddress>",
		   page->address);
}

static void put_device(struct text *text, const struct hit *hit)
{
	const struct table_device *device = hit->device;

	text_add(text, "<item>");
	soap_put(text, "Name", device->name);
	text_add(text, "<DirNumber>");
	put_lines(text, hit, true);
	text_add(text, "</DirNumber><DeviceClass>Phone</DeviceClass>");
	put_number(text, "Model", device->model);
	soap_put(text, "Product", NULL);
	put_number(text, "BoxProduct", 0);
	text_add(text, "<Httpd>Yes</Httpd>");
	put_number(text, "RegistrationAttempts", 0);
	text_add(text, "<IsCtiControllable>true</IsCtiControllable>");
	soap_put(text, "LoginUserId", NULL);
	soap_put(text, "Status", ris_status(hit));
	put_number(text, "StatusReason", hit->registered ? 0 : hit->lost->cause);
	put_number(text, "PerfMonObject", 2);
	put_number(text, "DChannel", 0);
	put_or_nil(text, "Description", device->description);
	put_trunk(text);
	put_number(text, "TimeStamp",
		   (unsigned long)(hit->registered ? hit->registered->registered_at : hit->lost->at));
	text_add(text, "<Protocol>SIP</Protocol>");
	put_number(text, "NumOfLines", device->line_count);
	text_add(text, "<LinesStatus>");
	put_lines(text, hit, false);
	text_add(text, "</LinesStatus>");
	put_loads(text, hit);
	text_add(text, "</item>");
}

static bool node_wanted(const struct ris_criteria *criteria, const struct cucm_node_state *node)
{
	return !*criteria->node || !strcasecmp(criteria->node, "Any") ||
	       !strcasecmp(criteria->node, node->name);
}

/* The devices of a node from place `from` of the hits up to `to`. */
static void put_node(struct text *text, const struct cucm_node_state *node, const struct hits *hits, size_t n,
		     size_t from, size_t to)
{
	bool any = false;

	for (size_t i = from; i < to && !any; i++)
		any = hits->list[i].node == n;
	markup_add(text, "<item><ReturnCode>%s</ReturnCode><Name>%s</Name><NoChange>%s</NoChange>",
		   node->err ? "NodeNotResponding"
		   : any     ? "Ok"
			     : "NotFound",
		   node->name, any ? "false" : "true");
	if (any) {
		text_add(text, "<CmDevices>");
		for (size_t i = from; i < to; i++)
			if (hits->list[i].node == n)
				put_device(text, &hits->list[i]);
		text_add(text, "</CmDevices></item>");
	} else {
		text_add(text, "<CmDevices xsi:nil=\"true\"/></item>");
	}
}

/* Where the next request goes on: how many devices of each node have been returned. Empty: that was all. */
static void put_state(struct text *text, const struct cucm_states *states, const struct hits *hits, size_t to)
{
	struct text inner = {0};

	if (to >= hits->count) {
		text_add(text, "<StateInfo/>");
		return;
	}
	markup_add(&inner, "<StateInfo ClusterWide=\"1\">");
	for (size_t n = 0; n < states->count; n++) {
		size_t found = 0, returned = 0;

		for (size_t i = 0; i < hits->count; i++)
			if (hits->list[i].node == n) {
				found++;
				returned += i < to;
			}
		markup_add(
		    &inner,
		    "<Node Name=\"%s\" SubsystemStartTime=\"0\" StateId=\"%zu\" TotalItemsFound=\"%zu\" "
		    "TotalItemsReturned=\"%zu\"/>",
		    states->node[n].name, hits->count, found, returned);
	}
	text_add(&inner, "</StateInfo>");
	if (inner.failed)
		text->failed = true;
	else
		soap_put(text, "StateInfo", inner.bytes);
	text_free(&inner);
}

void ris_reply(const struct ris_criteria *criteria, const struct table *table,
	       const struct cucm_states *states, struct text *text)
{
	struct hits hits = {0};
	size_t from, to;
	bool node_found = !*criteria->node || !strcasecmp(criteria->node, "Any");

	for (size_t n = 0; n < states->count; n++)
		if (node_wanted(criteria, &states->node[n])) {
			node_found = true;
			ris_select(criteria, table, states, n, &hits);
		}
	from = criteria->skip < hits.count ? criteria->skip : hits.count;
	to = hits.count - from < criteria->most ? hits.count : from + criteria->most;
	soap_begin(text);
	text_add(text, "<selectCmDeviceResponse xmlns=\"" RIS_SPACE "\"><selectCmDeviceReturn>"
		       "<SelectCmDeviceResult>");
	put_number(text, "TotalDevicesFound", hits.count);
	text_add(text, "<CmNodes>");
	for (size_t n = 0; n < states->count; n++)
		if (node_wanted(criteria, &states->node[n]))
			put_node(text, &states->node[n], &hits, n, from, to);
	if (!node_found)
		markup_add(text,
			   "<item><ReturnCode>InvalidNodeName</ReturnCode><Name>%s</Name>"
			   "<NoChange>true</NoChange><CmDevices xsi:nil=\"true\"/></item>",
			   criteria->node);
	text_add(text, "</CmNodes></SelectCmDeviceResult>");
	put_state(text, states, &hits, to);
	text_add(text, "</selectCmDeviceReturn></selectCmDeviceResponse>");
	soap_end(text);
	text->failed |= hits.failed;
	free(hits.list);
}
