/*
 * A whole phone. The first byte chooses how far it has booted, and whether it is one of a secure cluster: a phone that got correct
 * answers up to that state is kept for each and copied. The rest decides whether each answer is correct, mutated, invented or missing, and when
 * power, link and people interfere. The phone must not crash, must have a timer while it has something to do, must not
 * loop without a pause, and must not lose actions.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/phone.h"
#include "phone-sim/core/steps.h"
#include "phone-sim/memory/answers.h"
#include "tests/fuzz/support/kept.h"
#include "tests/fuzz/support/secure_answers.h"
#include "wire/capf.h"
#include "wire/cdp.h"
#include "wire/dhcp.h"
#include "wire/ipv4.h"
#include "wire/lldp.h"
#include "wire/sip.h"
#include "wire/tvs.h"

#define PENDING	      16
#define BYTES	      8192
#define EVENTS	      8	 /* of an input: more of them reach little that a later state does not */
#define SECURE_EVENTS 24 /* a session with CAPF is within one state */
#define LINKS	      8	 /* TLS connections that are remembered */

struct pending {
	struct phone_event event;
	uint8_t *bytes; /* of exactly that length, so that a step beyond it is seen */
	size_t length;
};

struct world {
	const uint8_t *data;
	size_t size;
	struct phone *phone;
	uint64_t now_us, deadline_us;
	struct pending pending[PENDING]; /* a ring of answers to come */
	unsigned first, count;
	uint32_t connection, fetch, address;
	bool secure; /* lists and a MIC are in flash, and the configuration wants TLS and CAPF */
	bool erased; /* the lists are no longer */
	bool lsc;    /* is in flash */
	struct {
		uint32_t id;
		uint16_t port;
	} link[LINKS]; /* a ring */
	unsigned links;
	uint32_t https; /* the fetch that waits for PHONE_DO_TRUST */
	uint64_t same_time;
	unsigned events;
	uint8_t *stored; /* the configuration in flash; NULL: none */
	size_t stored_length;
};

static struct phone_actions *out;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static const char config_xml[] =
    "<device><deviceProtocol>SIP</deviceProtocol><devicePool><callManagerGroup><members>"
    "<member "
    "priority=\"0\"><callManager><ports><sipPort>5060</sipPort></ports><processNodeName>10.0.0.9</"
    "processNodeName>"
    "</callManager></member><member priority=\"1\"><callManager><ports><sipPort>5060</sipPort></ports>"
    "<processNodeName>cm2</processNodeName></callManager></member></members></callManagerGroup></devicePool>"
    "<sipProfile><sipLines><line button=\"1\"><featureID>9</featureID><name>2001</name><authName>a</authName>"
    "<authPassword>b</authPassword></line></sipLines><dialTemplate>d.xml</dialTemplate>"
    "<softKeyFile>s.xml</softKeyFile></sipProfile><loadInformation>sip78xx.1-1-1</loadInformation></device>";

static const char secure_xml[] =
    "<device><deviceProtocol>SIP</deviceProtocol><devicePool><callManagerGroup><members>"
    "<member priority=\"0\"><callManager><ports><sipPort>5060</sipPort><securedSipPort>5061</securedSipPort>"
    "</ports><processNodeName>10.0.0.9</processNodeName></callManager></member></members></callManagerGroup>"
    "</devicePool><TVS><members><member priority=\"0\"><port>2445</port><address>10.0.0.9</address></member>"
    "<member priority=\"1\"><port>2445</port><address>cm2</address></member></members></TVS>"
    "<sipProfile><sipLines><line button=\"1\"><featureID>9</featureID><name>2001</name></line></sipLines>"
    "</sipProfile><loadInformation>sip78xx.1-1-1</loadInformation><deviceSecurityMode>3</deviceSecurityMode>"
    "<transportLayerProtocol>3</transportLayerProtocol><capfAuthMode>2</capfAuthMode><capfList><capf>"
    "<phonePort>3804</phonePort><processNodeName>10.0.0.9</processNodeName></capf><capf>"
    "<phonePort>3804</phonePort><processNodeName>cm2</processNodeName></capf></capfList></device>";

static const char short_xml[] = "<device><fullConfig>false</fullConfig><encrConfig>true</encrConfig>"
				"<capfAuthMode>0</capfAuthMode></device>";

static uint8_t next(struct world *world)
{
	if (!world->size)
		return 0;
	world->size--;
	return *world->data++;
}

/* Spoil bytes as the input says: mostly not at all. */
static size_t spoil(struct world *world, uint8_t *bytes, size_t length)
{
	uint8_t how = next(world);
	size_t take;

	if (how < 0xd0 || !length)
		return length;
	if (how < 0xe8) {
		bytes[(size_t)(next(world) << 8 | next(world)) % length] ^= (uint8_t)(1 + next(world));
		return length;
	}
	if (how < 0xf4)
		return (size_t)(next(world) << 8 | next(world)) % (length + 1);
	take = (size_t)(next(world) << 4);
	take = take < world->size ? take : world->size;
	take = take < BYTES ? take : BYTES;
	memcpy(bytes, world->data, take);
	world->data += take;
	world->size -= take;
	return take;
}

static struct pending take_first(struct world *world)
{
	struct pending pending = world->pending[world->first];

	world->first = (world->first + 1) % PENDING;
	world->count--;
	return pending;
}

static struct pending *later(struct world *world, enum phone_event_kind kind)
{
	struct pending *pending;

	if (world->count == PENDING)
		free(take_first(world).bytes);
	pending = &world->pending[(world->first + world->count++) % PENDING];
	memset(pending, 0, sizeof(*pending));
	pending->event.kind = kind;
	return pending;
}

static void put(struct world *world, struct pending *pending, const void *bytes, size_t length)
{
	static uint8_t room[BYTES];

	length = length < BYTES ? length : BYTES;
	memcpy(room, bytes, length);
	pending->length = spoil(world, room, length);
	pending->bytes = malloc(pending->length ? pending->length : 1);
	assert(pending->bytes);
	memcpy(pending->bytes, room, pending->length);
}

static void answer_cdp(struct world *world)
{
	static const struct mac port = {{2, 0, 0, 0, 0, 1}};
	struct cdp_message message = {.version = 2, .ttl = 180};
	uint8_t frame[CDP_FRAME_MAX];
	ssize_t length;

	message.has = CDP_HAS(CDP_DEVICE_ID) | CDP_HAS(CDP_VOIP_REPLY);
	message.device_id = wire_slice_text("sw");
	message.voip_reply = (struct cdp_voip_reply){true, true, 1, (uint16_t)(100 + next(world) % 3)};
	length = cdp_frame(&message, &port, frame, sizeof(frame));
	put(world, later(world, PHONE_FRAME), frame, (size_t)length);
}

static void answer_lldp(struct world *world)
{
	static const struct mac port = {{2, 0, 0, 0, 0, 1}};
	struct lldp_message message = {.ttl = 120};
	uint8_t frame[LLDP_FRAME_MAX];
	ssize_t length;

	message.has = LLDP_HAS_CHASSIS | LLDP_HAS_PORT | LLDP_HAS_TTL | LLDP_HAS_MED | LLDP_HAS_POLICY;
	message.chassis = lldp_mac_id(LLDP_CHASSIS_MAC, &port);
	message.port = lldp_mac_id(LLDP_PORT_MAC, &port);
	message.med_capabilities = 3;
	message.med_class = 4;
	message.policies = 1;
	message.policy[0].application = LLDP_APP_VOICE;
	message.policy[0].tagged = true;
	message.policy[0].vlan = 100;
	length = lldp_frame(&message, false, &port, frame, sizeof(frame));
	put(world, later(world, PHONE_FRAME), frame, (size_t)length);
}

static void on_dhcp(struct world *world, const uint8_t *bytes, size_t size)
{
	struct answer_lease lease = {.server = 0x0a000002,
				     .address = 0x0a000032,
				     .mask = 0xffffff00,
				     .tftp = {0x0a000003, 0x0a000004},
				     .tftp_count = 2};
	uint8_t frame[DHCP_MAX + 64];
	ssize_t length;

	lease.refuse = next(world) == 0xff;
	lease.seconds = next(world) == 0xff ? next(world) : 3600;
	length = answer_dhcp(bytes, size, &lease, frame, sizeof(frame));
	if (length > 0)
		put(world, later(world, PHONE_FRAME), frame, (size_t)length);
}

static void on_frame(struct world *world, const struct phone_action *action)
{
	struct ether_frame frame;

	assert(!ether_decode(action->frame.bytes, action->frame.length, &frame,
			     NULL)); /* ours are always well formed */
	if (next(world) == 0xff)
		return;
	if (cdp_is_frame(&frame))
		answer_cdp(world);
	else if (frame.type == ETHER_LLDP)
		answer_lldp(world);
	else if (frame.type == ETHER_IPV4)
		on_dhcp(world, action->frame.bytes, action->frame.length);
}

/* The server of a connection or fetch by TLS shows its certificate: mostly the one that the lists have. */
static void show_certificate(struct world *world, uint32_t id, uint8_t how)
{
	struct wire_slice certificate = secure_certificate(how < 0x90);
	struct pending *pending = later(world, PHONE_PEER);

	pending->event.peer.id = id;
	put(world, pending, certificate.data, certificate.length);
}

/* A file whose signature does not verify: a list, the configuration, or a short one. */
static void put_signed(struct world *world, struct pending *pending, const char *file, uint8_t how)
{
	uint8_t bytes[BYTES];

	if (strstr(file, ".tlv"))
		put(world, pending, bytes, secure_list(how & 1, bytes, sizeof(bytes)));
	else
		put(world, pending, bytes,
		    secure_signed(how & 1, secure_xml, sizeof(secure_xml) - 1, bytes, sizeof(bytes)));
}

static void secure_fetch(struct world *world, const struct phone_action *action, uint8_t how)
{
	struct pending *pending;

	if (action->fetch.transport == PHONE_HTTPS) {
		world->https = action->fetch.id;
		show_certificate(world, action->fetch.id, how);
		return;
	}
	pending = later(world, PHONE_FETCHED);
	pending->event.fetched.id = action->fetch.id;
	if (how >= 0x40)
		put_signed(world, pending, action->fetch.file, how);
	else
		pending->event.fetched.status = PHONE_FETCH_NOT_FOUND;
	pending->event.fetched.size = pending->length;
}

static void on_fetch(struct world *world, const struct phone_action *action)
{
	uint8_t how = next(world);
	struct pending *pending;

	world->fetch = action->fetch.id;
	if (how == 0xff)
		return; /* never answered */
	if (world->secure && how < 0xc0) {
		secure_fetch(world, action, how);
		return;
	}
	pending = later(world, PHONE_FETCHED);
	pending->event.fetched.id = action->fetch.id;
	if (how >= 0xc0) {
		pending->event.fetched.status = (enum phone_fetch_status)(how % 8);
		put(world, pending, config_xml, sizeof(config_xml) - 1);
	} else if (strstr(action->fetch.file, ".cnf.xml") && !strstr(action->fetch.file, ".sgn")) {
		put(world, pending, config_xml, sizeof(config_xml) - 1);
	} else {
		pending->event.fetched.status = PHONE_FETCH_NOT_FOUND;
	}
	pending->event.fetched.size = pending->length;
}

/* The port of a connection by TLS; 0: another one. */
static uint16_t port_of(const struct world *world, uint32_t id)
{
	for (unsigned i = 0; i < LINKS; i++)
		if (world->link[i].id == id)
			return world->link[i].port;
	return 0;
}

/* Bytes of TVS or CAPF; bytes NULL: CAPF speaks first. */
static void service_speaks(struct world *world, uint32_t id, const uint8_t *bytes, size_t length)
{
	uint8_t out_bytes[BYTES], how = next(world);
	struct pending *pending;
	size_t answer;

	if (how == 0xff)
		return;
	answer = port_of(world, id) == TVS_PORT
		     ? secure_tvs(bytes, length, how, out_bytes, sizeof(out_bytes))
		     : secure_capf(bytes, length, how, out_bytes, sizeof(out_bytes));
	if (!answer)
		return;
	pending = later(world, PHONE_RECEIVED);
	pending->event.received.id = id;
	put(world, pending, out_bytes, answer);
}

static void on_trust(struct world *world, const struct phone_action *action)
{
	uint8_t how = next(world);
	struct pending *pending;

	if (!action->trust.trusted || how == 0xff)
		return;
	if (action->trust.id == world->https) {
		pending = later(world, PHONE_FETCHED);
		pending->event.fetched.id = action->trust.id;
		if (how >= 0xe0)
			pending->event.fetched.status = PHONE_FETCH_REFUSED;
		else if (how >= 0xc0)
			put(world, pending, short_xml, sizeof(short_xml) - 1);
		else
			put(world, pending, secure_xml, sizeof(secure_xml) - 1);
		pending->event.fetched.size = pending->length;
		return;
	}
	pending = later(world, how >= 0xc0 ? PHONE_CLOSED : PHONE_CONNECTED);
	if (how >= 0xc0) {
		pending->event.closed.id = action->trust.id;
		pending->event.closed.error = how & 1 ? EPROTO : how & 2 ? ECONNRESET : 0;
		pending->event.closed.detail = how & 1 ? "alert handshake failure" : NULL;
		return;
	}
	pending->event.connected.id = action->trust.id;
	pending->event.connected.local_address = world->address;
	pending->event.connected.local_port = 40001;
	if (port_of(world, action->trust.id) == CAPF_PORT)
		service_speaks(world, action->trust.id, NULL, 0);
}

static void on_make_key(struct world *world, const struct phone_action *action)
{
	uint8_t how = next(world);
	struct pending *pending;

	if (how == 0xff)
		return;
	pending = later(world, PHONE_KEY_MADE);
	pending->event.key.id = action->make_key.id;
	if (how >= 0xc0)
		return;
	pending->event.key.key = secure_private_key().data;
	pending->event.key.length = secure_private_key().length;
	pending->event.key.public_key = secure_public_key().data;
	pending->event.key.public_length = secure_public_key().length;
}

static void sip_answer(struct world *world, const struct phone_action *action)
{
	static const unsigned codes[] = {100, 180, 202, 301, 401, 403, 407, 423, 480, 486, 500, 503, 603};
	struct sip_message *message;
	struct pending *pending;
	uint8_t bytes[BYTES], how = next(world);
	unsigned status;
	ssize_t length;

	if (how == 0xff || action->send.length < 16)
		return;
	if (sip_decode(action->send.bytes, action->send.length, &message, NULL))
		return;
	if (message->method) {
		status = how >= 0xc0 ? codes[how % 13] : !strcmp(message->method, "REFER") ? 202 : 200;
		length = answer_sip(message, status, bytes, sizeof(bytes));
		if (length > 0) {
			pending = later(world, PHONE_RECEIVED);
			pending->event.received.id = action->send.id;
			put(world, pending, bytes, (size_t)length);
		}
	}
	sip_free(message);
}

static void on_send(struct world *world, const struct phone_action *action)
{
	uint16_t port = port_of(world, action->send.id);

	if (port == TVS_PORT || port == CAPF_PORT)
		service_speaks(world, action->send.id, action->send.bytes, action->send.length);
	else
		sip_answer(world, action);
}

static void on_connect(struct world *world, const struct phone_action *action)
{
	uint8_t how = next(world);
	struct pending *pending;

	world->connection = action->connect.id;
	if (how == 0xff)
		return;
	if (action->connect.tls && how < 0xc0) {
		world->link[world->links % LINKS].id = action->connect.id;
		world->link[world->links++ % LINKS].port = action->connect.port;
		show_certificate(world, action->connect.id, how);
		return;
	}
	pending = later(world, how >= 0xc0 ? PHONE_CLOSED : PHONE_CONNECTED);
	if (how >= 0xc0) {
		pending->event.closed.id = action->connect.id;
		pending->event.closed.error = how & 1 ? ECONNREFUSED : ETIMEDOUT;
		return;
	}
	pending->event.connected.id = action->connect.id;
	pending->event.connected.local_address = world->address;
	pending->event.connected.local_port = 40000;
}

static void on_flash(struct world *world)
{
	uint8_t how = next(world);
	struct pending *pending;

	if (how == 0xff)
		return;
	pending = later(world, PHONE_FLASH_LOADED);
	strcpy(pending->event.flash.active.load, "sip78xx.1-1-1");
	strcpy(pending->event.flash.inactive.load, "sip78xx.1-0-0");
	pending->event.flash.active.intact = how < 0xc0;
	pending->event.flash.inactive.intact = how < 0xe0;
	if (how >= 0xf0)
		put(world, pending, config_xml, sizeof(config_xml));
}

static void on_store(struct world *world, const struct phone_action *action)
{
	if (!strcmp(action->store.name, "lsc"))
		world->lsc = action->store.length > 0;
	else if (!strcmp(action->store.name, "itl"))
		world->erased = action->store.length == 0;
	if (strcmp(action->store.name, "config"))
		return;
	free(world->stored);
	world->stored = action->store.length ? malloc(action->store.length) : NULL;
	world->stored_length = action->store.length;
	if (world->stored)
		memcpy(world->stored, action->store.bytes, action->store.length);
}

static void on_resolve(struct world *world, const struct phone_action *action)
{
	uint8_t how = next(world);
	struct pending *pending;

	if (how == 0xff)
		return;
	pending = later(world, PHONE_RESOLVED);
	pending->event.resolved.id = action->resolve.id;
	pending->event.resolved.count = how >= 0xc0 ? how % 5 : 1;
	for (unsigned i = 0; i < 4; i++)
		pending->event.resolved.address[i] = 0x0a00000a + i;
}

static void check(struct world *world)
{
	enum phone_state state = phone_state_now(world->phone);

	assert(out->count <= PHONE_ACTIONS_MAX && out->lost == 0);
	assert(state >= PHONE_STATE_POWER && state <= PHONE_STATE_STOPPED);
	/* Something will happen by itself, unless the phone is dark, ended, or waits for a cable. */
	if (world->deadline_us == UINT64_MAX && state != PHONE_STATE_POWER && state != PHONE_STATE_STOPPED) {
		struct phone_view view;

		phone_view(world->phone, &view);
		assert(state == PHONE_STATE_VOICE_VLAN && !view.link);
	}
}

static void note(const struct world *world, const struct phone_action *action)
{
	kept_note(&world->now_us, sizeof(world->now_us));
	kept_note(&action->kind, sizeof(action->kind));
	switch (action->kind) {
	case PHONE_DO_SEND_FRAME: kept_note(action->frame.bytes, action->frame.length); break;
	case PHONE_DO_SEND:
		if (port_of(world, action->send.id) != CAPF_PORT ||
		    !secure_is_random(action->send.bytes, action->send.length))
			kept_note(action->send.bytes, action->send.length);
		break;
	case PHONE_DO_EVENT: kept_note_text(action->event.detail); break;
	case PHONE_DO_STEP: kept_note_text(action->step.detail); break;
	case PHONE_DO_MESSAGE:
	case PHONE_DO_CONSOLE: kept_note_text(action->text); break;
	default: break;
	}
}

static void handle(struct world *world, const struct phone_event *event)
{
	world->events++;
	phone_handle(world->phone, world->now_us, event, out);
	for (size_t i = 0; i < out->count; i++) {
		const struct phone_action *action = &out->list[i];

		note(world, action);
		switch (action->kind) {
		case PHONE_DO_SEND_FRAME: on_frame(world, action); break;
		case PHONE_DO_FETCH: on_fetch(world, action); break;
		case PHONE_DO_SEND: on_send(world, action); break;
		case PHONE_DO_CONNECT: on_connect(world, action); break;
		case PHONE_DO_TRUST: on_trust(world, action); break;
		case PHONE_DO_MAKE_KEY: on_make_key(world, action); break;
		case PHONE_DO_LOAD_FLASH: on_flash(world); break;
		case PHONE_DO_STORE: on_store(world, action); break;
		case PHONE_DO_RESOLVE: on_resolve(world, action); break;
		case PHONE_DO_TIMER: world->deadline_us = action->timer_us; break;
		case PHONE_DO_SET_ADDRESS: world->address = action->address.ip; break;
		default: break;
		}
	}
	check(world);
}

/* What flash holds of a secure phone. */
static void add_secrets(const struct world *world, struct phone_event *event)
{
	static uint8_t itl[BYTES], ctl[BYTES];

	if (!world->erased) {
		event->flash.itl = itl;
		event->flash.itl_length = secure_list(true, itl, sizeof(itl));
		event->flash.ctl = ctl;
		event->flash.ctl_length = secure_list(false, ctl, sizeof(ctl));
	}
	event->flash.mic = secure_certificate(true).data;
	event->flash.mic_length = secure_certificate(true).length;
	event->flash.mic_key = secure_private_key().data;
	event->flash.mic_key_length = secure_private_key().length;
	if (!world->lsc)
		return;
	event->flash.lsc = event->flash.mic;
	event->flash.lsc_length = event->flash.mic_length;
	event->flash.lsc_key = event->flash.mic_key;
	event->flash.lsc_key_length = event->flash.mic_key_length;
}

/* The oldest answer that is due. */
static void deliver(struct world *world)
{
	struct pending pending = take_first(world);
	struct phone_event *event = &pending.event;

	switch (event->kind) {
	case PHONE_FRAME:
		event->frame.bytes = pending.bytes;
		event->frame.length = pending.length;
		break;
	case PHONE_FETCHED:
		event->fetched.bytes = pending.bytes;
		event->fetched.length = pending.length;
		break;
	case PHONE_RECEIVED:
		event->received.bytes = pending.bytes;
		event->received.length = pending.length;
		break;
	case PHONE_FLASH_LOADED:
		event->flash.itl = pending.length ? pending.bytes : NULL;
		event->flash.itl_length = pending.length;
		event->flash.config = pending.length ? pending.bytes : world->stored;
		event->flash.config_length = pending.length ? pending.length : world->stored_length;
		if (world->secure && !pending.length)
			add_secrets(world, event);
		break;
	case PHONE_PEER:
		event->peer.certificate = pending.bytes;
		event->peer.length = pending.length;
		break;
	default: break;
	}
	world->now_us += 50;
	handle(world, event);
	free(pending.bytes);
}

static void timer(struct world *world)
{
	struct phone_event event = {.kind = PHONE_TIMER};

	if (world->deadline_us == UINT64_MAX)
		return;
	if (world->deadline_us > world->now_us) {
		world->now_us = world->deadline_us;
		world->same_time = 0;
	} else {
		assert(++world->same_time < 200); /* timers that are always due already: running hot */
	}
	world->deadline_us = UINT64_MAX;
	handle(world, &event);
}

static void interfere(struct world *world)
{
	struct phone_event event = {.kind = PHONE_CONTROL};
	uint8_t what = next(world) % 12;
	static uint8_t bytes[BYTES];
	size_t length;

	switch (what) {
	case 0: event.kind = PHONE_POWER_OFF; break;
	case 1:
		event.kind = PHONE_POWER_GRANTED;
		event.power.mw = 4000;
		break;
	case 2: event.kind = PHONE_LINK_DOWN; break;
	case 3: event.kind = PHONE_LINK_UP; break;
	case 4: event.control = PHONE_CONTROL_RESET; break;
	case 5: event.control = PHONE_CONTROL_RESTART; break;
	case 6: event.control = PHONE_CONTROL_ERASE; break;
	case 7: event.control = next(world) == 0xff ? PHONE_CONTROL_STOP : PHONE_CONTROL_RESTART; break;
	case 8:
		event.kind = PHONE_CLOSED;
		event.closed.id = world->connection;
		break;
	case 9:
		event.kind = PHONE_POWER_DENIED;
		event.power.reason = "no";
		break;
	default:
		event.kind = what == 10 ? PHONE_FRAME : PHONE_RECEIVED;
		length = next(world);
		length = length < world->size ? length : world->size;
		memcpy(bytes, world->data, length);
		world->data += length;
		world->size -= length;
		if (what == 10) {
			event.frame.bytes = bytes;
			event.frame.length = length;
		} else {
			event.received.id = world->connection;
			event.received.bytes = bytes;
			event.received.length = length;
		}
	}
	handle(world, &event);
}

static void step(struct world *world)
{
	uint8_t what = next(world);

	if (what >= 0xf8)
		interfere(world);
	else if (world->count && what < 0xf0)
		deliver(world);
	else
		timer(world);
}

static void end(struct world *world)
{
	while (world->count)
		free(take_first(world).bytes);
	phone_free(world->phone);
	free(world->stored);
	free(world);
}

/* --- kept phones --- */

enum variant {
	WITHOUT_CDP,
	WITH_CDP,
	SECURE,
	VARIANTS,
};

static struct kept *kept[VARIANTS][PHONE_STATE_READY + 1]; /* by state; [0]: without power */

static struct world *boot(enum variant variant)
{
	struct phone_config config = {.mac = {{2, 0x11, 0x22, 0xaa, 0xbb, 1}},
				      .model = "7841",
				      .seed = 1,
				      .cdp = variant != WITHOUT_CDP,
				      .lldp = true};
	struct phone_event event = {.kind = PHONE_POWER_GRANTED};
	struct world *world;

	kept_begin();
	world = calloc(1, sizeof(*world));
	assert(world);
	world->secure = variant == SECURE;
	world->now_us = 1000;
	world->deadline_us = UINT64_MAX;
	world->phone = phone_new(&config);
	kept[variant][0] = kept_take(world);
	event.power.mw = 4000;
	handle(world, &event);
	event.kind = PHONE_LINK_UP;
	handle(world, &event);
	return world;
}

/* With correct answers a phone registers; each state on its way is kept. */
static void keep(enum variant variant)
{
	struct world *world = boot(variant);
	unsigned steps = 0;

	while (!kept[variant][PHONE_STATE_READY]) {
		struct kept **place = &kept[variant][phone_state_now(world->phone)];

		assert(++steps < 10000);
		world->events = 0;
		if (!*place)
			*place = kept_take(world);
		step(world);
	}
	assert(world->lsc == world->secure); /* CAPF has issued it */
	kept_end();
	end(world);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	kept_options(argc, argv);
	out = phone_actions_new();
	assert(out);
	for (unsigned variant = 0; variant < VARIANTS; variant++)
		keep((enum variant)variant);
	return 0;
}

static void run(const uint8_t *data, size_t size)
{
	unsigned which = size ? data[0] : 0, state = which / 2 % (PHONE_STATE_READY + 1);
	enum variant variant = which & 0x80 ? SECURE : which & 1 ? WITH_CDP : WITHOUT_CDP;
	struct kept *chosen = kept[variant][state];
	struct world *world = kept_copy(chosen ? chosen : kept[variant][0]);

	out->lost = 0;
	if (size) {
		world->data = data + 1;
		world->size = size - 1;
	}
	while (world->size && world->events < (variant == SECURE ? SECURE_EVENTS : EVENTS))
		step(world);
	end(world);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kept_run(run, data, size);
	return 0;
}
