/* Step 4: a DHCP client (RFC 2131) with an ARP probe before use (RFC 5227); later it renews the lease. */
#include "phone-sim/core/dhcp_client.h"

#include <stdio.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/cm.h"
#include "phone-sim/core/dhcp_report.h"
#include "phone-sim/core/discovery.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/servers.h"
#include "phone-sim/core/step_runner.h"
#include "phone-sim/core/timers.h"
#include "wire/arp.h"
#include "wire/ipv4.h"

#define SHOW_FAILED_AFTER 3 /* unanswered messages until the rung shows it; the client continues */
#define DEFEND_US	  UINT64_C(10000000) /* RFC 5227 DEFEND_INTERVAL */
#define ANNOUNCE_WAIT_US  UINT64_C(2000000)  /* RFC 5227 ANNOUNCE_WAIT, in every pace */

static void arm_retransmission(struct phone *phone)
{
	const struct phone_pace_table *pace = phone->pace;

	phone_timer_in(phone, TIMER_DHCP,
		       rng_backoff(&phone->rng, phone->dhcp.tries, pace->dhcp_base_us, pace->dhcp_ceiling_us,
				   pace->dhcp_jitter_us));
	phone->dhcp.tries++;
}

static void discover(struct phone *phone)
{
	struct dhcp_client *client = &phone->dhcp;

	dhcp_send(phone, DHCP_DISCOVER);
	phone_note(phone, "xid", "0x%08x", client->xid);
	phone_note(phone, "vlan", "%u", phone->discovery.vlan);
	phone_note(phone, "tries", "%u", client->tries + 1);
	phone_report(phone, "dhcp.discover", NULL, 0, "try %u, VLAN %u", client->tries + 1,
		     phone->discovery.vlan);
	arm_retransmission(phone);
}

/* SELECTING with a new transaction id. */
static void select_server(struct phone *phone)
{
	struct dhcp_client *client = &phone->dhcp;

	dhcp_remember(&client->earlier, client->xid, client->started_us);
	client->xid = (uint32_t)rng_next(&phone->rng);
	client->tries = 0;
	client->started_us = phone->now_us;
	client->other_offer = false;
	discover(phone);
}

static void request(struct phone *phone)
{
	struct dhcp_client *client = &phone->dhcp;

	client->tries = 0;
	client->requested_us = phone->now_us;
	phone_note(phone, "address", "%s", phone_ip_text(phone, client->offer.address));
	phone_note(phone, "server", "%s", phone_ip_text(phone, client->offer.server));
	dhcp_report_offer(phone);
	dhcp_send(phone, DHCP_REQUEST);
	arm_retransmission(phone);
}

static void decline(struct phone *phone)
{
	struct dhcp_client *client = &phone->dhcp;
	char mac[MAC_TEXT];

	mac_format(&client->rival, mac);
	client->duplicate = true;
	phone_message(phone, "Duplicate IP");
	phone_report(phone, "dhcp.decline", NULL, 0, "%s is in use by %s",
		     phone_ip_text(phone, client->offer.address), mac);
	dhcp_send(phone, DHCP_DECLINE);
	phone_timer_in(phone, TIMER_DHCP, phone->pace->decline_us);
}

static void begin_renewal(struct phone *phone)
{
	struct dhcp_client *client = &phone->dhcp;

	client->xid = (uint32_t)rng_next(&phone->rng);
	client->started_us = phone->now_us;
	phone_report(phone, "dhcp.renew", NULL, 0, "%s", phone_ip_text(phone, client->lease.address));
}

static void probe(struct phone *phone);

void dhcp_become(struct phone *phone, enum dhcp_state state, const char *cause)
{
	static const char *const names[] = {
	    [DHCP_STATE_IDLE] = "idle",
	    [DHCP_STATE_SELECTING] = "selecting",
	    [DHCP_STATE_REQUESTING] = "requesting",
	    [DHCP_STATE_PROBING] = "probing",
	    [DHCP_STATE_DECLINED] = "declined",
	    [DHCP_STATE_BOUND] = "bound",
	    [DHCP_STATE_RENEWING] = "renewing",
	    [DHCP_STATE_REBINDING] = "rebinding",
	};
	struct dhcp_client *client = &phone->dhcp;

	if (state != DHCP_STATE_IDLE || client->state != DHCP_STATE_IDLE)
		phone_trace_change(phone, PHONE_TRACE_DHCP, "", names[client->state], cause, names[state],
				   client->entered_us);
	client->state = state;
	client->entered_us = phone->now_us;
	switch (state) {
	case DHCP_STATE_IDLE:
		phone_timer_stop(phone, TIMER_DHCP);
		phone_timer_stop(phone, TIMER_LEASE);
		break;
	case DHCP_STATE_SELECTING: select_server(phone); break;
	case DHCP_STATE_REQUESTING: request(phone); break;
	case DHCP_STATE_PROBING:
		client->probes = 0;
		probe(phone);
		break;
	case DHCP_STATE_DECLINED: decline(phone); break;
	case DHCP_STATE_BOUND:
		dhcp_lease_begin(phone);
		dhcp_report_ack(phone);
		break;
	case DHCP_STATE_RENEWING: begin_renewal(phone); break;
	case DHCP_STATE_REBINDING:
		phone_report(phone, "dhcp.rebind", NULL, 0, "%s",
			     phone_ip_text(phone, client->lease.address));
		break;
	}
}

void dhcp_client_stop(struct phone *phone)
{
	struct dhcp_earlier earlier = phone->dhcp.earlier;

	dhcp_remember(&earlier, phone->dhcp.xid, phone->dhcp.started_us);
	dhcp_become(phone, DHCP_STATE_IDLE, "stop");
	if (phone->address_set)
		phone_put(phone, PHONE_DO_CLEAR_ADDRESS);
	phone->address_set = false;
	memset(&phone->dhcp, 0, sizeof(phone->dhcp));
	phone->dhcp.earlier = earlier;
	phone->fetch.servers = 0;
}

void dhcp_enter(struct phone *phone)
{
	bool duplicate = phone->dhcp.duplicate;

	cm_drop_all(phone, "address", true);
	dhcp_client_stop(phone);
	phone->dhcp.duplicate = duplicate;
	phone->healing = phone->files_read = false;
	dhcp_become(phone, DHCP_STATE_SELECTING, "start");
}

static void timed_out(struct phone *phone)
{
	struct dhcp_client *client = &phone->dhcp;
	bool selecting = client->state == DHCP_STATE_SELECTING;

	client->timed_out = true;
	phone_message(phone, "DHCP timeout");
	phone_message(phone, "Could not acquire an IP address from DHCP");
	dhcp_become(phone, DHCP_STATE_IDLE, "timeout");
	phone_step_failed(phone, "DHCP timeout: no answer to %u %s", client->tries,
			  selecting ? "DISCOVERs" : "REQUESTs");
}

static void repeat(struct phone *phone)
{
	struct dhcp_client *client = &phone->dhcp;
	bool selecting = client->state == DHCP_STATE_SELECTING;

	if (client->tries >= phone->pace->dhcp_tries) {
		timed_out(phone);
		return;
	}
	if (client->tries == SHOW_FAILED_AFTER)
		phone_rung_failed(phone, LADDER_DHCP, "no answer to %u %s in VLAN %u, still asking",
				  client->tries, selecting ? "DISCOVERs" : "REQUESTs", phone->discovery.vlan);
	if (selecting) {
		discover(phone);
		return;
	}
	dhcp_send(phone, DHCP_REQUEST);
	arm_retransmission(phone);
}

/* --- answers --- */

static void on_offer(struct phone *phone, const struct dhcp_message *message, const struct mac *source)
{
	struct dhcp_client *client = &phone->dhcp;
	const char *why = dhcp_read_lease(message, &client->offer);

	if (why) {
		dhcp_report_refused(phone, "OFFER", message->server, why);
		return;
	}
	client->server_mac = *source;
	dhcp_become(phone, DHCP_STATE_REQUESTING, "offer");
}

static void probe(struct phone *phone)
{
	struct dhcp_client *client = &phone->dhcp;

	if (client->probes < phone->pace->arp_probes) {
		client->probes++;
		client->probed_us = phone->now_us;
		dhcp_send_arp(phone, false);
		phone_timer_in(phone, TIMER_DHCP,
			       client->probes < phone->pace->arp_probes ? phone->pace->arp_probe_us
									: phone->pace->arp_wait_us);
		return;
	}
	/* No device answered the probes: the address is free. */
	client->lease = client->offer;
	client->duplicate = false;
	dhcp_put_address(phone);
	dhcp_send_arp(phone, true);
	dhcp_become(phone, DHCP_STATE_BOUND, "address free");
	if (!client->lease.gateway)
		phone_message(phone, "No default router");
	if (!client->lease.dns_count)
		phone_message(phone, "No DNS server IP");
	phone_cdp_send(phone, false); /* neighbours learn the address */
	servers_choose(phone);
}

static void on_ack(struct phone *phone, const struct dhcp_message *message, const struct mac *source)
{
	struct dhcp_client *client = &phone->dhcp;
	struct dhcp_lease lease;
	const char *why = dhcp_read_lease(message, &lease);
	bool renewing = client->state != DHCP_STATE_REQUESTING;

	if (why || !lease.lease_us) {
		dhcp_report_refused(phone, "ACK", message->server, why ? why : "no lease time");
		return;
	}
	if (lease.address != (renewing ? client->lease.address : client->offer.address))
		return;
	client->server_mac = *source;
	if (!renewing) {
		client->offer = lease;
		dhcp_become(phone, DHCP_STATE_PROBING, "ack");
		return;
	}
	client->lease = lease;
	dhcp_put_address(phone);
	dhcp_become(phone, DHCP_STATE_BOUND, "ack");
	servers_renewed(phone);
}

static void on_nak(struct phone *phone, const struct dhcp_message *message)
{
	struct dhcp_client *client = &phone->dhcp;
	const char *why = message->has & DHCP_HAS_MESSAGE ? message->message : "no reason given";

	phone_report(phone, "dhcp.nak",
		     &(const struct phone_evidence){"server", phone_ip_text(phone, message->server)}, 1, "%s",
		     why);
	if (client->state != DHCP_STATE_REQUESTING) {
		phone_message(phone, "IP address released");
		phone_fire(phone, STEP_ADDRESS_LOST);
		phone_rung_failed(phone, LADDER_DHCP, "the server refused to renew the lease (NAK: %s)", why);
		return;
	}
	dhcp_become(phone, DHCP_STATE_IDLE, "nak");
	phone_step_failed(phone, "the server refused the address (NAK: %s)", why);
}

/* Is the message an answer to this phone that can be read? A drop is reported. */
static bool read_answer(struct phone *phone, const uint8_t *bytes, size_t length,
			struct dhcp_message *message)
{
	struct dhcp_client *client = &phone->dhcp;
	struct wire_error error;

	if (dhcp_decode(bytes, length, message, &error)) {
		phone_report(phone, "dhcp.bad", NULL, 0, "message dropped: %s at offset %zu", error.what,
			     error.offset);
		return false;
	}
	if (message->operation != DHCP_BOOTREPLY || !mac_equal(&message->chaddr, &phone->config.mac) ||
	    dhcp_report_late(phone, message) || message->xid != client->xid)
		return false;
	if (message->server != client->odd_server) {
		client->odd = (struct wire_odd){0};
		client->odd_server = message->server;
	}
	phone_report_odd(phone, "dhcp.odd", &message->odd, &client->odd);
	/* RFC 2131 table 3: both are in every message of a server. */
	if (message->has & DHCP_HAS_TYPE && message->has & DHCP_HAS_SERVER)
		return true;
	phone_report(phone, "dhcp.bad", NULL, 0, "message dropped: no %s",
		     message->has & DHCP_HAS_TYPE ? "server identifier" : "message type");
	return false;
}

void dhcp_client_datagram(struct phone *phone, const struct mac *source, const uint8_t *bytes, size_t length)
{
	struct dhcp_client *client = &phone->dhcp;
	struct dhcp_message message;

	if (!read_answer(phone, bytes, length, &message) || client->state == DHCP_STATE_IDLE)
		return;
	if (client->state == DHCP_STATE_SELECTING) {
		if (message.type == DHCP_OFFER)
			on_offer(phone, &message, source);
		return;
	}
	dhcp_report_other(phone, &message);
	if (client->state != DHCP_STATE_REQUESTING && client->state != DHCP_STATE_RENEWING &&
	    client->state != DHCP_STATE_REBINDING)
		return;
	/* Another server's NAK does not concern this offer. */
	if (client->state == DHCP_STATE_REQUESTING && message.server != client->offer.server)
		return;
	if (message.type == DHCP_ACK)
		on_ack(phone, &message, source);
	else if (message.type == DHCP_NAK)
		on_nak(phone, &message);
}

/* --- conflicts --- */

static bool can_go_back(const struct phone *phone)
{
	return phone->state >= PHONE_STATE_CTL && phone->state <= PHONE_STATE_READY;
}

/* Another device has the address: decline it. If it is set, remove it; later steps go back to DHCP. */
static void duplicate(struct phone *phone, const struct mac *rival)
{
	struct dhcp_client *client = &phone->dhcp;
	const char *address = phone_ip_text(phone, client->offer.address);

	client->rival = *rival;
	dhcp_become(phone, DHCP_STATE_DECLINED, "conflict");
	if (can_go_back(phone)) {
		phone_fire(phone, STEP_ADDRESS_LOST);
	} else if (phone->address_set) {
		phone_put(phone, PHONE_DO_CLEAR_ADDRESS);
		phone->address_set = false;
		resolve_cancel(phone);
		phone_timer_stop(phone, TIMER_LEASE);
		phone_timer_stop(phone, TIMER_RETRY);
	}
	phone_rung_failed(phone, LADDER_DHCP, "Duplicate IP: another device has %s", address);
}

/* RFC 5227 2.4 (b): announce the address once; give it up at a second conflict within DEFEND_INTERVAL, unless
 * the phone is in a step that cannot go back to DHCP. */
static void defend(struct phone *phone, const struct arp_packet *packet)
{
	struct dhcp_client *client = &phone->dhcp;

	if (!client->defended || phone->now_us - client->defended_us > DEFEND_US || !can_go_back(phone)) {
		client->defended = true;
		client->defended_us = phone->now_us;
		dhcp_send_arp(phone, true);
		return;
	}
	client->offer = client->lease;
	client->rival = packet->sender_mac;
	dhcp_become(phone, DHCP_STATE_DECLINED, "conflict");
	phone_fire(phone, STEP_ADDRESS_LOST);
}

/* RFC 5227 2.1.1: an answer to a probe counts until ANNOUNCE_WAIT after the last probe. Pace fast uses the
 * address earlier, so the answer may arrive after that. */
static bool is_late_answer(const struct phone *phone)
{
	return phone->dhcp.state == DHCP_STATE_BOUND &&
	       phone->now_us - phone->dhcp.probed_us < ANNOUNCE_WAIT_US &&
	       (phone->state == PHONE_STATE_DHCP || can_go_back(phone));
}

void dhcp_client_arp(struct phone *phone, const uint8_t *payload, size_t length)
{
	struct dhcp_client *client = &phone->dhcp;
	struct arp_packet packet;

	if (arp_decode(payload, length, &packet, NULL) || mac_equal(&packet.sender_mac, &phone->config.mac))
		return;
	if (client->state == DHCP_STATE_PROBING) {
		if (arp_conflicts(&packet, &phone->config.mac, client->offer.address))
			duplicate(phone, &packet.sender_mac);
	} else if (phone->address_set && packet.sender_ip == client->lease.address) {
		if (is_late_answer(phone))
			duplicate(phone, &packet.sender_mac);
		else
			defend(phone, &packet);
	}
}

/* --- time --- */

void dhcp_client_timer(struct phone *phone)
{
	switch (phone->dhcp.state) {
	case DHCP_STATE_IDLE: break;
	case DHCP_STATE_SELECTING:
	case DHCP_STATE_REQUESTING: repeat(phone); break;
	case DHCP_STATE_PROBING: probe(phone); break;
	case DHCP_STATE_DECLINED: dhcp_become(phone, DHCP_STATE_SELECTING, "start"); break;
	case DHCP_STATE_BOUND:
	case DHCP_STATE_RENEWING:
	case DHCP_STATE_REBINDING: dhcp_keep_alive(phone); break;
	}
}
