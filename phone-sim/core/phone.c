#include "phone-sim/core/phone.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/cm.h"
#include "phone-sim/core/dhcp_client.h"
#include "phone-sim/core/discovery.h"
#include "phone-sim/core/failover.h"
#include "phone-sim/core/fetch.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/power.h"
#include "phone-sim/core/register.h"
#include "phone-sim/core/registrar.h"
#include "phone-sim/core/servers.h"
#include "phone-sim/core/sip_udp.h"
#include "phone-sim/core/step_runner.h"
#include "phone-sim/core/timers.h"
#include "phone-sim/core/trust.h"
#include "wire/cdp.h"
#include "wire/ether.h"
#include "wire/ipv4.h"

struct phone *phone_new(const struct phone_config *config)
{
	const struct phone_model *model = phone_model_find(config->model);
	struct phone *phone;

	if (!model)
		return NULL;
	phone = calloc(1, sizeof(*phone));
	if (!phone)
		return NULL;
	phone->xml = calloc(1, sizeof(*phone->xml));
	phone->capf_string = config->capf_string ? strdup(config->capf_string) : NULL;
	if (!phone->xml || (config->capf_string && !phone->capf_string)) {
		phone_free(phone);
		return NULL;
	}
	phone->config = *config;
	phone->config.capf_string = phone->capf_string;
	phone->config.pace = config->pace == PHONE_PACE_REAL ? PHONE_PACE_REAL : PHONE_PACE_FAST;
	if (phone->config.alternate_tftp_count > 2)
		phone->config.alternate_tftp_count = 2;
	phone->model = model;
	phone->config.model = model->name;
	phone->pace = phone_pace_table(config->pace);
	mac_format_device(&config->mac, phone->name);
	rng_seed(&phone->rng, config->seed, phone->name);
	phone->state = PHONE_STATE_POWER;
	phone->reg.active = phone->reg.coming_home = NOBODY;
	phone->reg.alarm = 25;
	phone->reg.last = "initialized";
	register_reset_clock(phone);
	phone->restart_cause = "Initialized";
	strcpy(phone->download_status, "None");
	ladder_reset(&phone->ladder);
	phone_timers_stop_all(phone);
	phone->timer_told = UINT64_MAX;
	return phone;
}

void phone_free(struct phone *phone)
{
	if (!phone)
		return;
	for (unsigned m = 0; m < PHONE_MEMBERS_MAX; m++) {
		free(phone->reg.member[m].rx);
		free(phone->reg.member[m].resend);
	}
	tvs_clear(phone); /* first: there is no list of actions for the end of its connection */
	trust_check_cancel(phone);
	trust_peer_clear(phone);
	trust_clear(phone);
	capf_clear(phone);
	own_clear(phone);
	stored_clear(phone);
	free(phone->capf_string);
	free(phone->xml);
	free(phone);
}

/* --- whose timer it is --- */

static void step_timer(struct phone *phone)
{
	const struct phone_step *step = phone_step_at(phone->state - 1);

	if (step && step->timer)
		step->timer(phone);
}

static void (*const timer_run[])(struct phone *phone) = {
    [TIMER_STEP] = step_timer,
    [TIMER_STEP_LIMIT] = phone_step_limit_timer,
    [TIMER_RETRY] = phone_step_retry_timer,
    [TIMER_CDP] = phone_cdp_timer,
    [TIMER_LLDP] = phone_lldp_send,
    [TIMER_DHCP] = dhcp_client_timer,
    [TIMER_LEASE] = dhcp_client_lease_timer,
    [TIMER_FETCH] = file_timer,
    [TIMER_RESOLVE] = resolve_timer,
    [TIMER_HEAL] = heal_timer,
    [TIMER_FALLBACK] = failover_timer,
    [TIMER_STOP] = farewell_timer,
    [TIMER_TVS] = tvs_timer,
    [TIMER_CAPF] = capf_timer,
    [TIMER_SNTP] = sntp_timer,
};

/* The four timers of each member, in the order of enum phone_timer. */
static void (*const member_timer_run[])(struct phone *phone, unsigned m) = {
    register_sip_timer,
    register_refresh_timer,
    cm_connect_timer,
    udp_resend_timer,
};

static void run_timer(struct phone *phone, unsigned timer)
{
	unsigned n = timer - TIMER_MEMBER_SIP;

	if (timer < TIMER_MEMBER_SIP)
		timer_run[timer](phone);
	else
		member_timer_run[n / PHONE_MEMBERS_MAX](phone, n % PHONE_MEMBERS_MAX);
}

/* --- frames: CDP and LLDP untagged, ARP and DHCP of the phone's own VLAN --- */

static bool own_vlan(const struct phone *phone, const struct ether_frame *frame)
{
	uint16_t vlan = frame->tags ? ether_tci_vid(frame->tag[0].tci) : 0;

	return frame->tags <= 1 && vlan == phone->discovery.vlan;
}

static void datagram_in(struct phone *phone, const uint8_t *bytes, size_t length)
{
	struct wire_error error;
	struct udp_frame udp;
	int err = udp_frame_decode(bytes, length, &udp, &error);

	if (err == -EBADMSG)
		phone_report(phone, "udp.bad", NULL, 0, "frame dropped: %s at offset %zu", error.what,
			     error.offset);
	if (err)
		return;
	if (udp.destination_port == DHCP_CLIENT_PORT && udp.source_port == DHCP_SERVER_PORT)
		dhcp_client_datagram(phone, &udp.source_mac, udp.payload.data, udp.payload.length);
}

static void frames_in(struct phone *phone, const uint8_t *bytes, size_t length)
{
	struct ether_frame frame;

	if (phone->state <= PHONE_STATE_BOOT || phone->state >= PHONE_STATE_STOPPED ||
	    ether_decode(bytes, length, &frame, NULL) || mac_equal(&frame.source, &phone->config.mac))
		return;
	if (mac_equal(&frame.destination, &ether_broadcast))
		phone->frames.broadcast_in++;
	else if (mac_is_group(&frame.destination))
		phone->frames.multicast_in++;
	if (cdp_is_frame(&frame)) {
		phone_cdp_frame(phone, frame.payload.data, frame.payload.length);
		return;
	}
	if (frame.kind != ETHER_II)
		return;
	if (frame.type == ETHER_LLDP) {
		phone_lldp_frame(phone, frame.payload.data, frame.payload.length);
		return;
	}
	if (!own_vlan(phone, &frame) ||
	    (!mac_is_group(&frame.destination) && !mac_equal(&frame.destination, &phone->config.mac)))
		return;
	if (frame.type == ETHER_ARP)
		dhcp_client_arp(phone, frame.payload.data, frame.payload.length);
	else if (frame.type == ETHER_IPV4)
		datagram_in(phone, bytes, length);
}

/* --- events --- */

static void control(struct phone *phone, enum phone_control what)
{
	if (what == PHONE_CONTROL_STOP) {
		phone_fire(phone, STEP_STOP);
		return;
	}
	if (what == PHONE_CONTROL_ERASE) {
		trust_erase(phone);
		stored_erase(phone);
	}
	phone->going_down = what;
	phone_fire(phone, what == PHONE_CONTROL_RESTART ? STEP_RESTART : STEP_RESET);
}

/* Of a connection or name of TVS, of CAPF, of NTP, or of a call manager; PHONE_PEER also of a fetch. */
static void connection_event(struct phone *phone, const struct phone_event *event)
{
	if (tvs_event(phone, event) || capf_event(phone, event) || sntp_event(phone, event))
		return;
	switch (event->kind) {
	case PHONE_RESOLVED:
		if (resolve_awaits(phone, event))
			resolve_event(phone, event);
		else
			cm_resolved(phone, event);
		break;
	case PHONE_CONNECTED: cm_connected(phone, event); break;
	case PHONE_RECEIVED: cm_received(phone, event); break;
	case PHONE_CLOSED: cm_closed(phone, event); break;
	case PHONE_PEER:
		if (!file_peer(phone, event))
			cm_peer(phone, event);
		break;
	case PHONE_POWER_GRANTED:
	case PHONE_POWER_DENIED:
	case PHONE_POWER_ADJUSTED:
	case PHONE_POWER_OFF:
	case PHONE_LINK_UP:
	case PHONE_LINK_DOWN:
	case PHONE_FRAME:
	case PHONE_TIMER:
	case PHONE_FLASH_LOADED:
	case PHONE_FETCHED:
	case PHONE_KEY_MADE:
	case PHONE_CONTROL: break;
	}
}

void phone_handle(struct phone *phone, uint64_t now_us, const struct phone_event *event,
		  struct phone_actions *out)
{
	phone_actions_begin(out);
	phone->out = out;
	if (now_us > phone->now_us)
		phone->now_us = now_us;
	switch (event->kind) {
	case PHONE_POWER_GRANTED:
	case PHONE_POWER_DENIED:
	case PHONE_POWER_ADJUSTED:
	case PHONE_POWER_OFF: power_event(phone, event); break;
	case PHONE_LINK_UP: voice_vlan_link(phone, true); break;
	case PHONE_LINK_DOWN: voice_vlan_link(phone, false); break;
	case PHONE_FRAME: frames_in(phone, event->frame.bytes, event->frame.length); break;
	case PHONE_TIMER:
		phone->timer_told = 0; /* the driver's timer is spent: tell it again */
		phone_timers_run(phone, run_timer);
		break;
	case PHONE_FLASH_LOADED: boot_flash_loaded(phone, event); break;
	case PHONE_FETCHED: file_event(phone, event); break;
	case PHONE_RESOLVED:
	case PHONE_CONNECTED:
	case PHONE_RECEIVED:
	case PHONE_CLOSED:
	case PHONE_PEER:
	case PHONE_KEY_MADE: connection_event(phone, event); break;
	case PHONE_CONTROL: control(phone, event->control); break;
	}
	phone_timers_tell(phone);
	phone->out = NULL;
}
