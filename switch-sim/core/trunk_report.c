#include "switch-sim/core/trunk_report.h"

void trunk_report_show(struct text *text, const struct trunk_status *status)
{
	const struct trunk_counters *c = &status->counters;
	char peer[TRUNK_ADDRESS_TEXT];

	text_add(text, "     Trunk over UDP, VNI %u, peer %s, state %s, keepalives %s\n", status->vni,
		 status->known ? trunk_address_format(&status->peer, peer) : "unknown",
		 trunk_state_name(status->state), status->keepalive ? "on" : "off");
	text_add(
	    text,
	    "     trunk frames %llu in, %llu out, %llu too big, %llu from an unknown peer, %llu not sent\n",
	    (unsigned long long)c->in_frames, (unsigned long long)c->out_frames,
	    (unsigned long long)c->too_big, (unsigned long long)c->unknown_peer,
	    (unsigned long long)c->unsent);
	text_add(
	    text,
	    "     keepalives %llu in, %llu out, %llu forged, %llu replayed; at the socket %llu with a wrong "
	    "VNI, %llu malformed\n",
	    (unsigned long long)c->keepalives_in, (unsigned long long)c->keepalives_out,
	    (unsigned long long)c->forged, (unsigned long long)c->replayed,
	    (unsigned long long)status->socket->wrong_vni, (unsigned long long)status->socket->malformed);
}

json_t *trunk_report_json(const struct trunk_status *status)
{
	const struct trunk_counters *c = &status->counters;
	char peer[TRUNK_ADDRESS_TEXT];
	const struct {
		const char *name;
		uint64_t value;
	} counters[] = {
	    {"in_frames", c->in_frames},
	    {"in_octets", c->in_octets},
	    {"out_frames", c->out_frames},
	    {"out_octets", c->out_octets},
	    {"too_big", c->too_big},
	    {"unknown_peer", c->unknown_peer},
	    {"unsent", c->unsent},
	    {"keepalives_in", c->keepalives_in},
	    {"keepalives_out", c->keepalives_out},
	    {"forged", c->forged},
	    {"replayed", c->replayed},
	    {"wrong_vni", status->socket->wrong_vni},
	    {"malformed", status->socket->malformed},
	};
	json_t *object = json_object();

	json_object_set_new(object, "vni", json_integer(status->vni));
	json_object_set_new(object, "peer",
			    status->known ? json_string(trunk_address_format(&status->peer, peer))
					  : json_null());
	json_object_set_new(object, "state", json_string(trunk_state_name(status->state)));
	json_object_set_new(object, "keepalive", json_boolean(status->keepalive));
	for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++)
		json_object_set_new(object, counters[i].name, json_integer((json_int_t)counters[i].value));
	return object;
}
