/* The servers of the memory lab: DHCP, discovery on the bare wire, files, call managers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "tests/support/memory_lab.h"
#include "wire/arp.h"
#include "wire/cdp.h"
#include "wire/dhcp.h"
#include "wire/ipv4.h"
#include "wire/lldp.h"
#include "wire/sip_build.h"
#include "wire/sip_digest.h"

static const struct mac dhcp_mac = {{0x02, 0, 0, 0xbb, 0, 1}};
static const struct mac port_mac = {{0x02, 0, 0, 0xaa, 0, 1}};

static unsigned phone_of(const struct memory_lab *lab, const struct mac *mac)
{
	for (unsigned i = 0; i < lab->phones; i++)
		if (mac_equal(&lab->phone[i].mac, mac))
			return i;
	return lab->phones;
}

/* ---- DHCP */

static uint32_t lease_for(struct memory_lab *lab, unsigned i)
{
	if (!lab->phone[i].lease)
		lab->phone[i].lease = lab->dhcp.next++;
	return lab->phone[i].lease;
}

static void fill_answer(struct memory_lab *lab, const struct dhcp_message *asked, uint8_t type,
			uint32_t address, struct dhcp_message *answer)
{
	const struct lab_dhcp *dhcp = &lab->dhcp;

	memset(answer, 0, sizeof(*answer));
	answer->operation = DHCP_BOOTREPLY;
	answer->xid = asked->xid;
	answer->chaddr = asked->chaddr;
	answer->ciaddr = asked->ciaddr;
	answer->has = DHCP_HAS_TYPE | DHCP_HAS_SERVER;
	answer->type = type;
	answer->server = LAB_DHCP_ADDRESS;
	if (type == DHCP_NAK) {
		answer->has |= DHCP_HAS_MESSAGE;
		strcpy(answer->message, "wrong address");
		return;
	}
	answer->yiaddr = address;
	answer->siaddr = dhcp->siaddr;
	answer->has |= DHCP_HAS_MASK | DHCP_HAS_LEASE | DHCP_HAS_DOMAIN;
	answer->mask = 0xffff0000;
	answer->lease = dhcp->lease_s;
	strcpy(answer->domain, "lab");
	if (!dhcp->no_router) {
		answer->has |= DHCP_HAS_ROUTER;
		answer->routers.count = 1;
		answer->routers.item[0] = 0x0a6e0001;
	}
	if (!dhcp->no_dns) {
		answer->has |= DHCP_HAS_DNS;
		answer->dns.count = 1;
		answer->dns.item[0] = LAB_DHCP_ADDRESS;
	}
	if (dhcp->option150_count) {
		answer->has |= DHCP_HAS_TFTP_ADDRESS;
		answer->tftp_addresses.count = dhcp->option150_count;
		memcpy(answer->tftp_addresses.item, dhcp->option150, sizeof(dhcp->option150));
	}
	if (dhcp->option66[0]) {
		answer->has |= DHCP_HAS_TFTP_NAME;
		strcpy(answer->tftp_name, dhcp->option66);
	}
}

static void send_answer(struct memory_lab *lab, const struct udp_frame *asked,
			const struct dhcp_message *answer, unsigned from)
{
	uint8_t payload[DHCP_MAX], frame[DHCP_MAX + 64];
	unsigned i = phone_of(lab, &answer->chaddr);
	struct udp_frame udp = {
	    .destination_mac = answer->type == DHCP_NAK ? ether_broadcast : answer->chaddr,
	    .source_mac = dhcp_mac,
	    .tagged = !lab->sw && asked->tagged,
	    .tci = asked->tci,
	    .source = LAB_DHCP_ADDRESS,
	    .destination = answer->type == DHCP_NAK ? UINT32_MAX : answer->yiaddr,
	    .source_port = DHCP_SERVER_PORT,
	    .destination_port = DHCP_CLIENT_PORT,
	};
	ssize_t len = dhcp_encode(answer, payload, sizeof(payload));

	if (len <= 0)
		abort();
	udp.payload = (struct wire_slice){payload, (size_t)len};
	len = udp_frame_encode(&udp, frame, sizeof(frame));
	if (len <= 0)
		abort();
	if (lab->sw)
		lab_frame_to_port(lab, from, lab_latency(lab), frame, (size_t)len);
	else
		lab_frame_to_phone(lab, i, lab->wire.at_once ? 0 : lab_latency(lab), frame, (size_t)len);
}

static void count_discover(struct lab_dhcp *dhcp, const struct dhcp_message *message, uint64_t now_us)
{
	if (dhcp->discovers < 32)
		dhcp->discover_us[dhcp->discovers] = now_us;
	dhcp->discovers++;
	dhcp->discover_s = message->seconds;
	dhcp->parameter_count = message->parameters.length < 16 ? message->parameters.length : 16;
	memcpy(dhcp->parameters, message->parameters.data, dhcp->parameter_count);
	snprintf(dhcp->vendor_class, sizeof(dhcp->vendor_class), "%s", message->vendor_class);
	snprintf(dhcp->host_name, sizeof(dhcp->host_name), "%s", message->host_name);
}

void lab_dhcp_frame(struct memory_lab *lab, const uint8_t *bytes, size_t len, unsigned from)
{
	struct lab_dhcp *dhcp = &lab->dhcp;
	struct udp_frame udp;
	struct dhcp_message message, answer;
	unsigned i;

	if (udp_frame_decode(bytes, len, &udp, NULL) || udp.destination_port != DHCP_SERVER_PORT ||
	    dhcp_decode(udp.payload.data, udp.payload.length, &message, NULL))
		return;
	i = phone_of(lab, &message.chaddr);
	if (i == lab->phones)
		return;
	if (message.type == DHCP_DISCOVER)
		count_discover(dhcp, &message, lab->now_us);
	else if (message.type == DHCP_REQUEST && !message.ciaddr)
		dhcp->request_s = message.seconds;
	if (!dhcp->up || (dhcp->lose && dhcp->lose--))
		return;
	if (message.type == DHCP_DECLINE) {
		dhcp->declines++;
		lab->phone[i].lease = 0;
		return;
	}
	if (message.type == DHCP_DISCOVER) {
		fill_answer(lab, &message, DHCP_OFFER, lease_for(lab, i), &answer);
	} else if (message.type == DHCP_REQUEST && message.ciaddr) {
		*(udp.destination == UINT32_MAX ? &dhcp->rebinds : &dhcp->renewals) += 1;
		if (dhcp->no_renewal)
			return;
		fill_answer(lab, &message, dhcp->nak ? (dhcp->nak--, DHCP_NAK) : DHCP_ACK, message.ciaddr,
			    &answer);
	} else if (message.type == DHCP_REQUEST) {
		dhcp->requests++;
		fill_answer(lab, &message, dhcp->nak ? (dhcp->nak--, DHCP_NAK) : DHCP_ACK, lease_for(lab, i),
			    &answer);
	} else {
		return;
	}
	send_answer(lab, &udp, &answer, from);
}

/* ---- the bare wire */

void lab_wire_say_cdp(struct memory_lab *lab, unsigned i, bool names, uint16_t request_id)
{
	struct cdp_message message = {.version = 2, .ttl = CDP_TTL};
	uint8_t frame[CDP_FRAME_MAX];
	ssize_t len;

	message.has = CDP_HAS(CDP_DEVICE_ID) | CDP_HAS(CDP_PORT_ID) | CDP_HAS(CDP_CAPABILITIES) |
		      CDP_HAS(CDP_PLATFORM) | CDP_HAS(CDP_NATIVE_VLAN);
	message.device_id = wire_slice_text("wire");
	message.port_id = wire_slice_text("Gi1/0/1");
	message.platform = wire_slice_text("cisco C9200");
	message.capabilities = CDP_CAP_SWITCH;
	message.native_vlan = LAB_DATA_VLAN;
	if (names) {
		message.has |= CDP_HAS(CDP_VOIP_REPLY);
		message.voip_reply = (struct cdp_voip_reply){
		    .has_appliance = true, .has_vlan = true, .appliance = 1, .vlan = lab->wire.cdp_vlan};
	}
	message.has |= CDP_HAS(CDP_POWER_AVAILABLE);
	message.power_available.request_id =
	    lab->wire.cdp_power_id ? (uint16_t)(lab->wire.cdp_power_id - 1) : request_id;
	message.power_available.management_id = (uint16_t)(1 + lab->wire.cdp_frames);
	message.power_available.count = 2;
	message.power_available.level[0] = 4000;
	message.power_available.level[1] = CDP_POWER_NO_PREFERENCE;
	len = cdp_frame(&message, &port_mac, frame, sizeof(frame));
	if (len > 0)
		lab_frame_to_phone(lab, i, lab->wire.at_once ? 0 : lab_latency(lab), frame, (size_t)len);
}

void lab_wire_say_lldp(struct memory_lab *lab, unsigned i)
{
	struct lldp_message message = {0};
	uint8_t frame[LLDP_FRAME_MAX];
	ssize_t len;

	message.has = LLDP_HAS_CHASSIS | LLDP_HAS_PORT | LLDP_HAS_TTL | LLDP_HAS_SYSTEM_NAME;
	message.chassis = lldp_mac_id(LLDP_CHASSIS_MAC, &port_mac);
	message.port = (struct lldp_id){LLDP_PORT_INTERFACE_NAME, wire_slice_text("Gi1/0/1")};
	message.ttl = 120;
	message.system_name = wire_slice_text("wire");
	if (lab->wire.lldp_allocated) {
		message.has |= LLDP_HAS_POWER;
		message.power = (struct lldp_power){.support = LLDP_POWER_PSE | LLDP_POWER_SUPPORTED,
						    .pair = 1,
						    .class_code = 2,
						    .has_at = true,
						    .type = 2,
						    .source = 1,
						    .requested = lab->wire.lldp_requested,
						    .allocated = lab->wire.lldp_allocated};
	}
	if (!lab->wire.lldp_lacks_capabilities) {
		message.has |= LLDP_HAS_MED;
		message.med_capabilities = LLDP_MED_CAP_CAPABILITIES | LLDP_MED_CAP_POLICY;
		message.med_class = LLDP_MED_NETWORK;
	}
	if (!lab->wire.lldp_lacks_policy) {
		message.has |= LLDP_HAS_POLICY;
		message.policies = 1;
		message.policy[0].application = LLDP_APP_VOICE;
		message.policy[0].unknown = lab->wire.lldp_unknown;
		message.policy[0].tagged = lab->wire.lldp_tagged;
		message.policy[0].vlan = lab->wire.lldp_vlan;
		message.policy[0].priority = 5;
		message.policy[0].dscp = 46;
	}
	len = lldp_frame(&message, false, &port_mac, frame, sizeof(frame));
	if (len > 0)
		lab_frame_to_phone(lab, i, lab->wire.at_once ? 0 : lab_latency(lab), frame, (size_t)len);
}

static void on_cdp(struct memory_lab *lab, unsigned i, const struct ether_frame *frame)
{
	struct cdp_message message;

	if (cdp_decode(frame->payload.data, frame->payload.length, &message, NULL))
		abort();
	if (!lab->wire.lldp_frames)
		lab->wire.cdp_was_first = true;
	lab->wire.cdp_frames++;
	lab->wire.cdp_request_id = message.power_requested.request_id;
	lab->wire.cdp_management_id = message.power_requested.management_id;
	if (message.has & CDP_HAS(CDP_POWER_REQUESTED) && !message.power_requested.request_id)
		lab->wire.zero_request_ids++;
	if (message.has & CDP_HAS(CDP_VOIP_QUERY))
		lab->wire.cdp_queries++;
	if (lab->wire.cdp && message.has & CDP_HAS(CDP_VOIP_QUERY))
		lab_wire_say_cdp(lab, i, lab->wire.cdp_names, message.power_requested.request_id);
}

static void on_lldp(struct memory_lab *lab, const struct ether_frame *frame)
{
	struct lldp_message message;

	if (lldp_decode(frame->payload.data, frame->payload.length, &message, NULL))
		abort();
	lab->wire.lldp_frames++;
	if (!message.ttl) {
		lab->wire.lldp_shutdowns++;
		return;
	}
	lab->wire.lldp_pmd = message.mac_phy.pmd;
	lab->wire.lldp_confirmed = message.power.allocated;
	lab->wire.lldp_requested = message.power.requested;
}

static void on_arp(struct memory_lab *lab, unsigned i, const struct ether_frame *frame)
{
	static const struct mac other = {{0x02, 0, 0, 0xcc, 0, 1}};
	struct arp_packet packet, reply;
	uint16_t tci = frame->tags ? frame->tag[0].tci : 0;
	uint8_t bytes[ARP_FRAME];
	ssize_t len;

	if (arp_decode(frame->payload.data, frame->payload.length, &packet, NULL) || !arp_is_probe(&packet) ||
	    !lab->dhcp.conflicts)
		return;
	lab->dhcp.conflicts--;
	reply = arp_reply(&packet, &other);
	len = arp_frame(&reply, &other, frame->tags ? &tci : NULL, bytes, sizeof(bytes));
	if (len > 0)
		lab_frame_to_phone(lab, i, 200, bytes, (size_t)len);
}

void lab_wire_frame(struct memory_lab *lab, unsigned i, const uint8_t *bytes, size_t len)
{
	struct ether_frame frame;

	if (ether_decode(bytes, len, &frame, NULL))
		abort();
	if (cdp_is_frame(&frame)) {
		on_cdp(lab, i, &frame);
	} else if (frame.type == ETHER_LLDP) {
		on_lldp(lab, &frame);
		if (lab->wire.lldp)
			lab_wire_say_lldp(lab, i);
	} else if (frame.type == ETHER_ARP) {
		on_arp(lab, i, &frame);
	} else if (frame.type == ETHER_IPV4) {
		lab_dhcp_frame(lab, bytes, len, 0);
	}
}

/* ---- files */

void lab_fetch(struct memory_lab *lab, unsigned i, const struct phone_action *action)
{
	struct phone_event event = {.kind = PHONE_FETCHED};
	bool http = action->fetch.transport == PHONE_HTTP;
	enum lab_health health = LAB_SILENT;
	struct lab_file *file = memory_lab_file(lab, action->fetch.file);
	uint64_t delay_us = lab_latency(lab);
	size_t len = 0;

	for (unsigned s = 0; s < LAB_SERVERS; s++) {
		if (lab->server[s].address != action->fetch.server)
			continue;
		health = http ? lab->server[s].http : lab->server[s].tftp;
		*(http ? &lab->server[s].http_requests : &lab->server[s].tftp_requests) += 1;
	}
	event.fetched.id = action->fetch.id;
	event.fetched.detail = NULL;
	switch (health) {
	case LAB_UP:
		if (!file) {
			event.fetched.status = PHONE_FETCH_NOT_FOUND;
			event.fetched.http_status = http ? 404 : 0;
		} else if (file->len > action->fetch.limit) {
			event.fetched.status = PHONE_FETCH_TOO_LARGE;
		} else {
			event.fetched.status = PHONE_FETCH_OK;
			event.fetched.size = file->len;
			len = action->fetch.to_flash && file->len > 4096 ? 4096 : file->len;
		}
		break;
	case LAB_REFUSES: event.fetched.status = PHONE_FETCH_REFUSED; break;
	case LAB_SILENT:
		event.fetched.status = PHONE_FETCH_TIMEOUT;
		delay_us = action->fetch.timeout_us;
		break;
	case LAB_UNREACHABLE: event.fetched.status = PHONE_FETCH_UNREACHABLE; break;
	}
	lab_to_phone(lab, i, delay_us, &event, len ? file->bytes : (const uint8_t *)"", len);
}

/* ---- call managers */

static void to_phone(struct memory_lab *lab, unsigned i, unsigned conn, const void *bytes, size_t len)
{
	struct phone_event event = {.kind = PHONE_RECEIVED};
	/* TCP keeps no borders: now and then a message comes in two parts. */
	bool udp = lab->phone[i].conn[conn].udp;
	struct lab_cm *cm = &lab->cm[lab->phone[i].conn[conn].cm];
	size_t part =
	    len > 100 && !udp && rng_range(lab->rng, 0, 3) == 0 ? rng_range(lab->rng, 1, len - 1) : len;
	uint64_t delay_us = lab_latency(lab);

	event.received.id = lab->phone[i].conn[conn].id;
	if (udp && cm->lose_out) {
		cm->lose_out--;
		return;
	}
	lab_to_phone(lab, i, delay_us, &event, bytes, part);
	if (part < len)
		lab_to_phone(lab, i, delay_us, &event, (const uint8_t *)bytes + part, len - part);
}

static void reply(struct memory_lab *lab, unsigned i, unsigned conn, const struct sip_message *message,
		  unsigned status, const struct sip_header *header, unsigned headers)
{
	struct sip_response response = {
	    .status = status, .to_tag = "cm1", .header = header, .headers = headers};
	uint8_t bytes[8192];
	ssize_t len = sip_build_response(message, &response, bytes, sizeof(bytes));

	if (len <= 0)
		abort();
	to_phone(lab, i, conn, bytes, (size_t)len);
}

static bool authorized(const struct lab_cm *cm, const struct sip_message *message)
{
	const struct sip_credentials *given = &message->credentials;
	struct sip_digest digest = {.username = given->username,
				    .password = cm->password,
				    .method = "REGISTER",
				    .uri = given->uri,
				    .cnonce = given->cnonce,
				    .nc = 1};
	char expected[65];

	if (!(message->has & SIP_HAS_CREDENTIALS) || !given->username || !given->response || !given->uri)
		return false;
	if (given->nc)
		digest.nc = (uint32_t)strtoul(given->nc, NULL, 16);
	return !sip_digest_response(SIP_DIGEST_MD5, &digest, "ccmsipline", "abc123", given->qop, expected) &&
	       !strcmp(expected, given->response);
}

static void accept_register(struct memory_lab *lab, unsigned i, unsigned conn,
			    const struct sip_message *message)
{
	struct lab_phone *slot = &lab->phone[i];
	struct lab_cm *cm = &lab->cm[slot->conn[conn].cm];
	bool fresh = !slot->conn[conn].bound;
	char contact[1024], expires[16];
	struct sip_header headers[] = {
	    {"Contact", contact}, {"Expires", expires}, {"Date", "Sat, 21 Nov 2026 02:00:00 GMT"}};
	const char *text = sip_header_find(message, "Contact");

	snprintf(expires, sizeof(expires), "%u", cm->expires_s ? cm->expires_s : 120);
	snprintf(contact, sizeof(contact), "%s;expires=%s%s", text ? text : "", expires,
		 fresh ? ";x-cisco-newreg" : "");
	if (fresh) {
		slot->conn[conn].bound = true;
		cm->bindings++;
	}
	snprintf(slot->conn[conn].call_id, sizeof(slot->conn[conn].call_id), "%s", message->call_id);
	reply(lab, i, conn, message, 200, headers, 3);
}

/* Where there is a password, without it nothing is bound and nothing unbound. */
static bool challenged(struct memory_lab *lab, unsigned i, unsigned conn, const struct sip_message *message)
{
	static const struct sip_header challenge = {
	    "WWW-Authenticate", "Digest realm=\"ccmsipline\", nonce=\"abc123\", algorithm=MD5, qop=\"auth\""};
	const struct lab_cm *cm = &lab->cm[lab->phone[i].conn[conn].cm];

	if (!cm->password || authorized(cm, message))
		return false;
	reply(lab, i, conn, message, 401, &challenge, 1);
	return true;
}

static void on_register(struct memory_lab *lab, unsigned i, unsigned conn, const struct sip_message *message)
{
	struct lab_phone *slot = &lab->phone[i];
	struct lab_cm *cm = &lab->cm[slot->conn[conn].cm];
	char text[2][16];
	struct sip_header headers[2];
	unsigned count = 0;

	if (message->contacts && message->contact[0].keep_alive) {
		cm->keepalives++;
		reply(lab, i, conn, message, 200, NULL, 0);
		return;
	}
	if (message->has & SIP_HAS_EXPIRES && !message->expires_s) {
		if (challenged(lab, i, conn, message))
			return;
		cm->removes++;
		if (slot->conn[conn].bound)
			cm->bindings--;
		slot->conn[conn].bound = false;
		reply(lab, i, conn, message, 200, NULL, 0);
		return;
	}
	cm->asked_s[cm->registers++ % 16] = message->expires_s;
	if (message->to.uri.user && !strncmp(message->to.uri.user, "SEP", 3)) {
		reply(lab, i, conn, message, 403, NULL, 0); /* no line: nobody has added this device */
		return;
	}
	if (cm->status && (!cm->status_for || cm->answers < cm->status_for)) {
		cm->answers++;
		if (cm->retry_after_s) {
			snprintf(text[0], sizeof(text[0]), "%u", cm->retry_after_s);
			headers[count++] = (struct sip_header){"Retry-After", text[0]};
		}
		if (cm->min_expires_s) {
			snprintf(text[1], sizeof(text[1]), "%u", cm->min_expires_s);
			headers[count++] = (struct sip_header){"Min-Expires", text[1]};
		}
		reply(lab, i, conn, message, cm->status, headers, count);
		return;
	}
	if (challenged(lab, i, conn, message))
		return;
	accept_register(lab, i, conn, message);
}

void lab_cm_bytes(struct memory_lab *lab, unsigned i, unsigned conn, const uint8_t *bytes, size_t len)
{
	struct lab_cm *cm = &lab->cm[lab->phone[i].conn[conn].cm];
	struct sip_message *message;
	struct sip_frame frame;
	struct wire_error error;

	while (len) {
		if (sip_frame(bytes, len, &frame, &error))
			return;
		if (sip_decode(bytes + frame.skip, frame.header + frame.body, &message, &error)) {
			fprintf(stderr, "the phone sent: %s at %zu\n%.*s\n", error.what, error.offset,
				(int)len, (const char *)bytes);
			abort();
		}
		if (!cm->swallows && message->method) {
			if (!strcmp(message->method, "REGISTER")) {
				on_register(lab, i, conn, message);
			} else if (!strcmp(message->method, "REFER")) {
				bool token =
				    message->refer_to && strstr(message->refer_to, "token-registration");

				cm->refers++;
				reply(lab, i, conn, message,
				      token && cm->token_status ? cm->token_status : 202, NULL, 0);
			}
		}
		sip_free(message);
		bytes += frame.skip + frame.header + frame.body;
		len -= frame.skip + frame.header + frame.body;
	}
}

void memory_lab_cm_say(struct memory_lab *lab, unsigned i, unsigned cm, const void *bytes, size_t len)
{
	struct lab_phone *slot = &lab->phone[i];

	for (unsigned n = 16; n--;)
		if (slot->conn[n].open && slot->conn[n].cm == cm) {
			to_phone(lab, i, n, bytes, len);
			return;
		}
	abort();
}

void memory_lab_notify(struct memory_lab *lab, unsigned i, unsigned cm, const char *action,
		       const char *version, const char *call_id)
{
	struct lab_phone *slot = &lab->phone[i];
	char body[512], message[2048];
	const char *of = call_id;

	for (unsigned n = 0; !of && n < 16; n++)
		if (slot->conn[n].open && slot->conn[n].bound && slot->conn[n].cm == cm)
			of = slot->conn[n].call_id;
	snprintf(body, sizeof(body), "action=%s\r\nRegisterCallId={%s}\r\nConfigVersionStamp={%s}\r\n",
		 action, of ? of : "", version ? version : "");
	snprintf(message, sizeof(message),
		 "NOTIFY sip:%s@10.110.1.50 SIP/2.0\r\n"
		 "Via: SIP/2.0/TCP 10.20.0.11:5060;branch=z9hG4bKnotify%llu\r\n"
		 "From: <sip:cm@10.20.0.11>;tag=n1\r\nTo: <sip:%s@10.110.1.50>\r\n"
		 "Call-ID: notify-%llu@10.20.0.11\r\nCSeq: 101 NOTIFY\r\nMax-Forwards: 70\r\n"
		 "Event: service-control\r\nSubscription-State: active\r\nContent-Type: text/plain\r\n"
		 "Content-Length: %zu\r\n\r\n%s",
		 slot->dn, (unsigned long long)lab->now_us, slot->dn, (unsigned long long)lab->now_us,
		 strlen(body), body);
	memory_lab_cm_say(lab, i, cm, message, strlen(message));
}
