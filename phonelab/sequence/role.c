#include "phonelab/sequence/role.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HTTP 80

/* The role of who speaks a protocol with a phone. */
static const struct {
	const char *protocol;
	enum sequence_role role;
} protocols[] = {
    {"cdp", SEQUENCE_SWITCH},	    {"lldp", SEQUENCE_SWITCH}, {"dhcp", SEQUENCE_DHCP},
    {"dns", SEQUENCE_DNS},	    {"tftp", SEQUENCE_FILES},  {"http", SEQUENCE_FILES},
    {"sip", SEQUENCE_CALL_MANAGER},
};

/* The role of a server by its port, for frames without content: SYN, ACK, a datagram that is not read. */
static const struct {
	unsigned long port;
	enum sequence_role role;
} ports[] = {
    {6970, SEQUENCE_FILES},	   {6971, SEQUENCE_FILES},	  {6972, SEQUENCE_FILES},
    {69, SEQUENCE_FILES},	   {5060, SEQUENCE_CALL_MANAGER}, {5061, SEQUENCE_CALL_MANAGER},
    {2445, SEQUENCE_CALL_MANAGER}, {3804, SEQUENCE_CALL_MANAGER}, {53, SEQUENCE_DNS},
    {67, SEQUENCE_DHCP},
};

const char *sequence_role_name(enum sequence_role role)
{
	switch (role) {
	case SEQUENCE_PHONE: return "phone";
	case SEQUENCE_SWITCH: return "switch";
	case SEQUENCE_DHCP: return "dhcp";
	case SEQUENCE_DNS: return "dns";
	case SEQUENCE_FILES: return "files";
	case SEQUENCE_CALL_MANAGER: return "call-manager";
	case SEQUENCE_NETWORK: return "network";
	}
	return "";
}

static enum sequence_role role_by_port(const struct dissect *frame, bool from_phone)
{
	const char *text = dissect_value(frame, from_phone ? "destination_port" : "source_port");
	unsigned long port = text ? strtoul(text, NULL, 10) : 0;

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (ports[i].port == port)
			return ports[i].role;
	return SEQUENCE_NETWORK;
}

/* A request to the phone's own web page. */
static bool is_to_own_page(const struct dissect *frame, bool from_phone)
{
	const char *text = dissect_value(frame, from_phone ? "source_port" : "destination_port");

	return text && strtoul(text, NULL, 10) == HTTP;
}

static enum sequence_role role_of(const struct dissect *frame, bool from_phone)
{
	if (is_to_own_page(frame, from_phone))
		return SEQUENCE_NETWORK;
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (!strcmp(protocols[i].protocol, frame->protocol))
			return protocols[i].role;
	return role_by_port(frame, from_phone);
}

/* The field that has the address of the peer; NULL: the frame has none. */
static const char *address_of(const struct dissect *frame, bool from_phone)
{
	if (!strcmp(frame->protocol, "arp"))
		return dissect_value(frame, from_phone ? "target" : "sender");
	/* A relay agent forwards the messages of a server (RFC 2131 4.1): the server is named inside. */
	if (!strcmp(frame->protocol, "dhcp") && (from_phone || dissect_value(frame, "server_id")))
		return dissect_value(frame, "server_id");
	return dissect_value(frame, from_phone ? "destination" : "source");
}

static bool is_to_one(const char *address)
{
	unsigned long first = strtoul(address, NULL, 10);

	return first > 0 && first < 224;
}

void sequence_find_peer(const struct dissect *frame, bool from_phone, struct sequence_peer *peer)
{
	const char *address;

	peer->role = role_of(frame, from_phone);
	address = peer->role == SEQUENCE_SWITCH ? NULL : address_of(frame, from_phone);
	snprintf(peer->address, sizeof(peer->address), "%s", address && is_to_one(address) ? address : "");
}
