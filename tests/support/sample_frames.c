#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/support/sample_frames.h"
#include "wire/arp.h"
#include "wire/cdp.h"
#include "wire/dhcp.h"
#include "wire/ipv4.h"
#include "wire/lldp.h"

#define PHONE_IP  0x0a6e0039 /* 10.110.0.57 */
#define SERVER_IP 0x0a6e0002 /* 10.110.0.2 */

static const struct mac phone_mac = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01}};
static const struct mac switch_mac = {{0x00, 0x11, 0x22, 0x00, 0x00, 0x01}};

static ssize_t cdp_phone(uint8_t *data, size_t size)
{
	struct cdp_message m = {
	    .has = CDP_HAS(CDP_DEVICE_ID) | CDP_HAS(CDP_ADDRESS) | CDP_HAS(CDP_PORT_ID) |
		   CDP_HAS(CDP_CAPABILITIES) | CDP_HAS(CDP_VERSION) | CDP_HAS(CDP_PLATFORM) |
		   CDP_HAS(CDP_DUPLEX) | CDP_HAS(CDP_VOIP_QUERY) | CDP_HAS(CDP_POWER_CONSUMPTION) |
		   CDP_HAS(CDP_POWER_REQUESTED),
	    .ttl = CDP_TTL,
	    .device_id = wire_slice_text("SEP001122AABB01"),
	    .port_id = wire_slice_text("Port 1"),
	    .capabilities = CDP_CAP_HOST | CDP_CAP_PHONE | CDP_CAP_TWO_PORT_MAC_RELAY,
	    .software_version = wire_slice_text("sip78xx.14-2-1-0001-125.loads"),
	    .platform = wire_slice_text("Cisco IP Phone 7841"),
	    .duplex = 1,
	    .voip_query = cdp_voip_query_value,
	    .power_consumption = 3600,
	    .power_requested = {.request_id = 0x1234, .count = 1, .level = {3600}},
	};

	assert_int_equal(cdp_add_ipv4(&m.addresses, PHONE_IP), 0);
	return cdp_frame(&m, &phone_mac, data, size);
}

static ssize_t cdp_switch(uint8_t *data, size_t size)
{
	struct cdp_message m = {
	    .has = CDP_HAS(CDP_DEVICE_ID) | CDP_HAS(CDP_PORT_ID) | CDP_HAS(CDP_CAPABILITIES) |
		   CDP_HAS(CDP_VTP_DOMAIN) | CDP_HAS(CDP_NATIVE_VLAN) | CDP_HAS(CDP_DUPLEX) |
		   CDP_HAS(CDP_VOIP_REPLY) | CDP_HAS(CDP_TRUST) | CDP_HAS(CDP_COS) |
		   CDP_HAS(CDP_MANAGEMENT_ADDRESS) | CDP_HAS(CDP_POWER_AVAILABLE),
	    .ttl = CDP_TTL,
	    .device_id = wire_slice_text("sw1"),
	    .port_id = wire_slice_text("GigabitEthernet1/0/1"),
	    .capabilities = CDP_CAP_SWITCH | CDP_CAP_IGMP,
	    .vtp_domain = wire_slice_text("lab"),
	    .native_vlan = 10,
	    .duplex = 1,
	    .voip_reply = {true, true, 1, 110},
	    .power_available = {.request_id = 0x1234,
				.management_id = 2,
				.count = 2,
				.level = {4000, CDP_POWER_NO_PREFERENCE}},
	};

	assert_int_equal(cdp_add_ipv4(&m.management_addresses, SERVER_IP), 0);
	return cdp_frame(&m, &switch_mac, data, size);
}

static ssize_t cdp_rest(uint8_t *data, size_t size)
{
	static const uint8_t gateway[] = {10, 110, 0, 2};
	const struct cdp_message m = {
	    .has = CDP_HAS(CDP_DEVICE_ID) | CDP_HAS(CDP_IP_PREFIX) | CDP_HAS(CDP_MTU) |
		   CDP_HAS(CDP_SYSTEM_NAME) | CDP_HAS(CDP_LOCATION) | CDP_HAS(CDP_SPARE_PAIR_POE),
	    .ttl = CDP_TTL,
	    .device_id = wire_slice_text("sw1"),
	    .ip_prefix = {gateway, sizeof(gateway)},
	    .mtu = 1500,
	    .system_name = wire_slice_text("sw1"),
	    .location = {(const uint8_t *)"\0hall", 5},
	    .spare_pair = 2,
	};

	return cdp_frame(&m, &switch_mac, data, size);
}

static ssize_t cdp_one_text(const char *text, uint8_t *data, size_t size)
{
	const struct cdp_message m = {
	    .has = CDP_HAS(CDP_DEVICE_ID), .ttl = CDP_TTL, .device_id = wire_slice_text(text)};

	return cdp_frame(&m, &switch_mac, data, size);
}

static ssize_t cdp_odd(uint8_t *data, size_t size)
{
	return cdp_one_text("SW1", data, size);
}

static ssize_t cdp_odd_high(uint8_t *data, size_t size)
{
	return cdp_one_text("SW\xe9", data, size);
}

static ssize_t lldp_of_phone(bool last, uint8_t *data, size_t size)
{
	uint8_t address[5];
	const struct lldp_message m = {
	    .has = LLDP_HAS_CHASSIS | LLDP_HAS_PORT | LLDP_HAS_TTL | LLDP_HAS_PORT_DESCRIPTION |
		   LLDP_HAS_SYSTEM_NAME | LLDP_HAS_CAPABILITIES | LLDP_HAS_MAC_PHY | LLDP_HAS_MED |
		   LLDP_HAS_POLICY | LLDP_HAS_MED_POWER | LLDP_HAS_HARDWARE | LLDP_HAS_FIRMWARE |
		   LLDP_HAS_SOFTWARE | LLDP_HAS_SERIAL | LLDP_HAS_MANUFACTURER | LLDP_HAS_MODEL |
		   LLDP_HAS_ASSET,
	    .chassis = lldp_ipv4_id(LLDP_CHASSIS_NETWORK, PHONE_IP, address),
	    .port = lldp_mac_id(LLDP_PORT_MAC, &phone_mac),
	    .ttl = 180,
	    .port_description = wire_slice_text("Port 1"),
	    .system_name = wire_slice_text("SEP001122AABB01"),
	    .capabilities = LLDP_CAP_BRIDGE | LLDP_CAP_TELEPHONE,
	    .enabled = LLDP_CAP_BRIDGE | LLDP_CAP_TELEPHONE,
	    .mac_phy = {3, 0x6c01, 30},
	    .med_capabilities = LLDP_MED_CAP_CAPABILITIES | LLDP_MED_CAP_POLICY | LLDP_MED_CAP_POWER_PD |
				LLDP_MED_CAP_INVENTORY,
	    .med_class = LLDP_MED_CLASS_3,
	    .policies = 1,
	    .policy = {{.application = LLDP_APP_VOICE, .unknown = true}},
	    .med_power = {1, 3, 0, 129},
	    .hardware = wire_slice_text("V03"),
	    .firmware = wire_slice_text("sip78xx.14-2-1-0001-125"),
	    .software = wire_slice_text("sw"),
	    .serial = wire_slice_text("FCH123"),
	    .manufacturer = wire_slice_text("Cisco Systems, Inc."),
	    .model = wire_slice_text("CP-7841"),
	    .asset = wire_slice_text("asset"),
	};

	return lldp_frame(&m, last, &phone_mac, data, size);
}

static ssize_t lldp_phone(uint8_t *data, size_t size)
{
	return lldp_of_phone(false, data, size);
}

static ssize_t lldp_last(uint8_t *data, size_t size)
{
	return lldp_of_phone(true, data, size);
}

static ssize_t lldp_switch(uint8_t *data, size_t size)
{
	static const uint8_t address[] = {10, 110, 0, 2};
	const struct lldp_message m = {
	    .has = LLDP_HAS_CHASSIS | LLDP_HAS_PORT | LLDP_HAS_TTL | LLDP_HAS_SYSTEM_DESCRIPTION |
		   LLDP_HAS_MANAGEMENT | LLDP_HAS_PORT_VLAN | LLDP_HAS_POWER | LLDP_HAS_MAX_FRAME |
		   LLDP_HAS_MED | LLDP_HAS_POLICY,
	    .chassis = lldp_mac_id(LLDP_CHASSIS_MAC, &switch_mac),
	    .port = {LLDP_PORT_INTERFACE_NAME, wire_slice_text("Gi1/0/1")},
	    .ttl = 120,
	    .system_description = wire_slice_text("switch software"),
	    .management = {.family = 1, .address = {address, 4}, .interface_subtype = 2, .interface = 7},
	    .port_vlan = 10,
	    .power = {.support = LLDP_POWER_PSE | LLDP_POWER_SUPPORTED | LLDP_POWER_ENABLED,
		      .pair = 1,
		      .class_code = 5,
		      .has_at = true,
		      .source = 1,
		      .priority = 3,
		      .requested = 129,
		      .allocated = 130},
	    .max_frame = 1522,
	    .med_capabilities = LLDP_MED_CAP_CAPABILITIES | LLDP_MED_CAP_POLICY,
	    .med_class = LLDP_MED_NETWORK,
	    .policies = 2,
	    .policy = {{LLDP_APP_VOICE, false, true, 110, 5, 46},
		       {LLDP_APP_VOICE_SIGNALLING, false, true, 110, 3, 24}},
	};

	return lldp_frame(&m, false, &switch_mac, data, size);
}

static ssize_t dhcp_frame(const struct dhcp_message *m, uint8_t *data, size_t size)
{
	const bool asks = m->operation == DHCP_BOOTREQUEST;
	uint8_t message[DHCP_MAX];
	ssize_t length = dhcp_encode(m, message, sizeof(message));
	struct udp_frame frame = {
	    .destination_mac = ether_broadcast,
	    .source_mac = asks ? phone_mac : switch_mac,
	    .tagged = true,
	    .tci = ether_tci(110, 5),
	    .tos = 0x60,
	    .source = asks ? 0 : SERVER_IP,
	    .destination = 0xffffffff,
	    .source_port = asks ? DHCP_CLIENT_PORT : DHCP_SERVER_PORT,
	    .destination_port = asks ? DHCP_SERVER_PORT : DHCP_CLIENT_PORT,
	    .payload = {message, (size_t)length},
	};

	assert_true(length > 0);
	return udp_frame_encode(&frame, data, size);
}

static ssize_t dhcp_asks(uint8_t *data, size_t size)
{
	const struct dhcp_message m = {
	    .operation = DHCP_BOOTREQUEST,
	    .xid = 0x12345678,
	    .seconds = 3,
	    .flags = DHCP_FLAG_BROADCAST,
	    .chaddr = phone_mac,
	    .has = DHCP_HAS_TYPE | DHCP_HAS_HOST_NAME | DHCP_HAS_ADDRESS | DHCP_HAS_PARAMETERS |
		   DHCP_HAS_MAX_SIZE | DHCP_HAS_VENDOR_CLASS | DHCP_HAS_CLIENT_ID,
	    .type = DHCP_DISCOVER,
	    .host_name = "SEP001122AABB01",
	    .address = PHONE_IP,
	    .parameters = {7, {1, 66, 6, 3, 15, 150, 35}},
	    .max_size = 1500,
	    .vendor_class = "Cisco Systems, Inc. IP Phone CP-7841",
	    .client_id = {7, {1, 0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01}},
	};

	return dhcp_frame(&m, data, size);
}

static ssize_t dhcp_acks(uint8_t *data, size_t size)
{
	const struct dhcp_message m = {
	    .operation = DHCP_BOOTREPLY,
	    .xid = 0x12345678,
	    .yiaddr = PHONE_IP,
	    .siaddr = SERVER_IP,
	    .chaddr = phone_mac,
	    .sname = "server",
	    .file = "boot",
	    .has = DHCP_HAS_TYPE | DHCP_HAS_MASK | DHCP_HAS_ROUTER | DHCP_HAS_DNS | DHCP_HAS_DOMAIN |
		   DHCP_HAS_LEASE | DHCP_HAS_SERVER | DHCP_HAS_T1 | DHCP_HAS_T2 | DHCP_HAS_TFTP_NAME |
		   DHCP_HAS_BOOT_FILE | DHCP_HAS_TFTP_ADDRESS | DHCP_HAS_ARP_TIMEOUT,
	    .type = DHCP_ACK,
	    .mask = 0xffffff00,
	    .routers = {.count = 1, .item = {0x0a6e0001}},
	    .dns = {.count = 2, .item = {SERVER_IP, 0x0a6e0003}},
	    .domain = "lab.example",
	    .lease = 3600,
	    .server = SERVER_IP,
	    .t1 = 1800,
	    .t2 = 3150,
	    .tftp_name = "cucm1",
	    .boot_file = "file",
	    .tftp_addresses = {.count = 2, .item = {0x0a140003, 0x0a140004}},
	    .arp_timeout = 60,
	};

	return dhcp_frame(&m, data, size);
}

static ssize_t dhcp_naks(uint8_t *data, size_t size)
{
	const struct dhcp_message m = {
	    .operation = DHCP_BOOTREPLY,
	    .xid = 0x12345678,
	    .chaddr = phone_mac,
	    .has = DHCP_HAS_TYPE | DHCP_HAS_SERVER | DHCP_HAS_MESSAGE,
	    .type = DHCP_NAK,
	    .server = SERVER_IP,
	    .message = "wrong network",
	};

	return dhcp_frame(&m, data, size);
}

static ssize_t arp_probes(uint8_t *data, size_t size)
{
	const struct arp_packet p = arp_probe(&phone_mac, PHONE_IP);
	const uint16_t tci = ether_tci(110, 0);

	return arp_frame(&p, &phone_mac, &tci, data, size);
}

static ssize_t arp_announces(uint8_t *data, size_t size)
{
	const struct arp_packet p = arp_announce(&phone_mac, PHONE_IP);

	return arp_frame(&p, &phone_mac, NULL, data, size);
}

static ssize_t arp_answers(uint8_t *data, size_t size)
{
	const struct arp_packet asked = arp_request(&switch_mac, SERVER_IP, PHONE_IP);
	const struct arp_packet p = arp_reply(&asked, &phone_mac);

	return arp_frame(&p, &phone_mac, NULL, data, size);
}

static ssize_t (*const writers[SAMPLE_FRAMES])(uint8_t *data, size_t size) = {
    [SAMPLE_CDP_PHONE] = cdp_phone,	   [SAMPLE_CDP_SWITCH] = cdp_switch,
    [SAMPLE_CDP_REST] = cdp_rest,	   [SAMPLE_CDP_ODD] = cdp_odd,
    [SAMPLE_CDP_ODD_HIGH] = cdp_odd_high,  [SAMPLE_LLDP_PHONE] = lldp_phone,
    [SAMPLE_LLDP_SWITCH] = lldp_switch,	   [SAMPLE_LLDP_LAST] = lldp_last,
    [SAMPLE_DHCP_ASKS] = dhcp_asks,	   [SAMPLE_DHCP_ACKS] = dhcp_acks,
    [SAMPLE_DHCP_NAKS] = dhcp_naks,	   [SAMPLE_ARP_PROBE] = arp_probes,
    [SAMPLE_ARP_ANNOUNCE] = arp_announces, [SAMPLE_ARP_ANSWER] = arp_answers,
};

ssize_t sample_frame_write(enum sample_frame frame, uint8_t *data, size_t size)
{
	ssize_t length = writers[frame](data, size);

	assert_true(length > 0);
	return length;
}
