#include "phone-sim/memory/answers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "wire/dhcp.h"
#include "wire/ipv4.h"
#include "wire/sip.h"
#include "wire/sip_build.h"

static const struct mac server_mac = {{2, 0, 0, 0, 0, 2}};

static void fill(struct dhcp_message *message, const struct answer_lease *lease)
{
	bool discover = message->type == DHCP_DISCOVER;

	message->operation = DHCP_BOOTREPLY;
	message->has =
	    DHCP_HAS_TYPE | DHCP_HAS_SERVER | DHCP_HAS_MASK | DHCP_HAS_LEASE | DHCP_HAS_TFTP_ADDRESS;
	message->type = discover ? DHCP_OFFER : lease->refuse ? DHCP_NAK : DHCP_ACK;
	message->server = lease->server;
	message->yiaddr = lease->address;
	message->mask = lease->mask;
	message->lease = lease->seconds;
	message->tftp_addresses.count = lease->tftp_count;
	memcpy(message->tftp_addresses.item, lease->tftp, sizeof(lease->tftp));
}

ssize_t answer_dhcp(const void *frame, size_t size, const struct answer_lease *lease, void *out, size_t room)
{
	struct udp_frame udp;
	struct dhcp_message message;
	uint8_t payload[DHCP_MAX];
	ssize_t length;

	if (udp_frame_decode(frame, size, &udp, NULL) ||
	    dhcp_decode(udp.payload.data, udp.payload.length, &message, NULL))
		return 0;
	fill(&message, lease);
	length = dhcp_encode(&message, payload, sizeof(payload));
	if (length < 0)
		return length;
	udp.destination_mac = udp.source_mac;
	udp.source_mac = server_mac;
	udp.source = lease->server;
	udp.destination = lease->address;
	udp.source_port = DHCP_SERVER_PORT;
	udp.destination_port = DHCP_CLIENT_PORT;
	udp.payload = (struct wire_slice){payload, (size_t)length};
	return udp_frame_encode(&udp, out, room);
}

ssize_t answer_sip(const struct sip_message *request, unsigned status, void *out, size_t room)
{
	static const char all_lines[] = "<x-cisco-remotecc-response><response><code>200</code></response>"
					"</x-cisco-remotecc-response>";
	const char *text = sip_header_find(request, "Contact");
	char contact[2048];
	struct sip_header header[] = {{"Contact", contact},
				      {"Expires", "120"},
				      {"Content-Type", "application/x-cisco-remotecc-response+xml"}};
	struct sip_response response = {.status = status, .to_tag = "t"};

	snprintf(contact, sizeof(contact), "%s;expires=120", text ? text : "<sip:a@b>");
	response.header = header;
	response.headers = status == 200 ? 2 : 0;
	if (status == 200 && request->parts) {
		response.headers = 3;
		response.body = (struct wire_slice){(const uint8_t *)all_lines, sizeof(all_lines) - 1};
	}
	return sip_build_response(request, &response, out, room);
}
