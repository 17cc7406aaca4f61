/*
 * A stranger reads what the lower codecs write: frames of every kind go into a pcap, and tshark must find in
 * each field what was meant, every checksum right, and nothing malformed or worth a warning.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <pcap/pcap.h>

#include "tests/support/command.h"
#include "tests/support/wire_check.h"
#include "wire/arp.h"
#include "wire/cdp.h"
#include "wire/dhcp.h"
#include "wire/ipv4.h"
#include "wire/lldp.h"

#define TIMEOUT_S 60
#define PHONE_IP  0x0a6e0039 /* 10.110.0.57 */
#define SERVER_IP 0x0a6e0002 /* 10.110.0.2 */
#define TEXT_CELL 512
#define WARNING	  0x600000 /* PI_WARN of tshark */

static const struct mac phone_mac = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01}};
static const struct mac switch_mac = {{0x00, 0x11, 0x22, 0x00, 0x00, 0x01}};

enum frame {
	CDP_PHONE,
	CDP_SWITCH,
	CDP_REST,
	CDP_ODD,
	CDP_ODD_HIGH,
	LLDP_PHONE,
	LLDP_SWITCH,
	LLDP_LAST,
	DHCP_ASKS,
	DHCP_ACKS,
	DHCP_NAKS,
	ARP_PROBE,
	ARP_ANNOUNCE,
	ARP_ANSWER,
	FRAMES,
};

struct expectation {
	enum frame frame;
	const char *field, *value; /* several occurrences are joined by | */
};

static const struct expectation expectations[] = {
    {CDP_PHONE, "eth.dst", "01:00:0c:cc:cc:cc"},
    {CDP_PHONE, "eth.len", "153"},
    {CDP_PHONE, "cdp.version", "2"},
    {CDP_PHONE, "cdp.ttl", "180"},
    {CDP_PHONE, "cdp.checksum.status", "1"},
    {CDP_PHONE, "cdp.deviceid", "SEP001122AABB01"},
    {CDP_PHONE, "cdp.number_of_addresses", "1"},
    {CDP_PHONE, "cdp.portid", "Port 1"},
    {CDP_PHONE, "cdp.capabilities", "0x00000490"},
    {CDP_PHONE, "cdp.software_version", "sip78xx.14-2-1-0001-125.loads"},
    {CDP_PHONE, "cdp.platform", "Cisco IP Phone 7841"},
    {CDP_PHONE, "cdp.duplex", "1"},
    {CDP_PHONE, "cdp.power_consumption", "3600"},
    {CDP_PHONE, "cdp.request_id", "4660"},
    {CDP_PHONE, "cdp.management_id", "0"},
    {CDP_PHONE, "cdp.power_requested", "3600"},
    {CDP_PHONE, "cdp.tlv.type", "0x0001|0x0002|0x0003|0x0004|0x0005|0x0006|0x000b|0x000f|0x0010|0x0019"},
    {CDP_SWITCH, "cdp.checksum.status", "1"},
    {CDP_SWITCH, "cdp.portid", "GigabitEthernet1/0/1"},
    {CDP_SWITCH, "cdp.capabilities", "0x00000028"},
    {CDP_SWITCH, "cdp.vtp_management_domain", "lab"},
    {CDP_SWITCH, "cdp.native_vlan", "10"},
    {CDP_SWITCH, "cdp.voice_vlan", "110"},
    {CDP_SWITCH, "cdp.trust_bitmap", "0x00"},
    {CDP_SWITCH, "cdp.untrusted_port_cos", "0x00"},
    {CDP_SWITCH, "cdp.power_available", "4000|4294967295"},
    {CDP_SWITCH, "cdp.request_id", "4660"},
    {CDP_SWITCH, "cdp.management_id", "2"},
    {CDP_REST, "cdp.checksum.status", "1"},
    {CDP_REST, "cdp.mtu", "1500"},
    {CDP_REST, "cdp.system_name", "sw1"},
    {CDP_REST, "cdp.location", "hall"},
    {CDP_REST, "cdp.odr_default_gateway", "10.110.0.2"},
    {CDP_REST, "cdp.spare_poe_tlv.spare_pair_arch", "1"},
    {CDP_ODD, "cdp.checksum.status", "1"},
    {CDP_ODD, "cdp.deviceid", "SW1"},
    {CDP_ODD_HIGH, "cdp.checksum.status", "1"},

    {LLDP_PHONE, "eth.dst", "01:80:c2:00:00:0e"},
    {LLDP_PHONE, "eth.type", "0x88cc"},
    {LLDP_PHONE, "lldp.chassis.subtype", "5"},
    {LLDP_PHONE, "lldp.chassis.id.ip4", "10.110.0.57"},
    {LLDP_PHONE, "lldp.port.subtype", "3"},
    {LLDP_PHONE, "lldp.port.id.mac", "00:11:22:aa:bb:01"},
    {LLDP_PHONE, "lldp.time_to_live", "180"},
    {LLDP_PHONE, "lldp.port.desc", "Port 1"},
    {LLDP_PHONE, "lldp.tlv.system.name", "SEP001122AABB01"},
    {LLDP_PHONE, "lldp.tlv.system_cap", "0x0024"},
    {LLDP_PHONE, "lldp.tlv.enable_system_cap", "0x0024"},
    {LLDP_PHONE, "lldp.ieee.802_3.pmd_mau_type", "0x001e"},
    {LLDP_PHONE, "lldp.media.subtype.caps", "0x0033"},
    {LLDP_PHONE, "lldp.media.subtype.class", "3"},
    {LLDP_PHONE, "lldp.media.app_type", "1"},
    {LLDP_PHONE, "lldp.media.policy_flag", "1"},
    {LLDP_PHONE, "lldp.media.power.type", "1"},
    {LLDP_PHONE, "lldp.media.power.source", "3"},
    {LLDP_PHONE, "lldp.media.power.prio", "0"},
    {LLDP_PHONE, "lldp.media.power.value", "129"},
    {LLDP_PHONE, "lldp.media.hardware", "V03"},
    {LLDP_PHONE, "lldp.media.firmware", "sip78xx.14-2-1-0001-125"},
    {LLDP_PHONE, "lldp.media.software", "sw"},
    {LLDP_PHONE, "lldp.media.sn", "FCH123"},
    {LLDP_PHONE, "lldp.media.manufacturer", "Cisco Systems, Inc."},
    {LLDP_PHONE, "lldp.media.model", "CP-7841"},
    {LLDP_PHONE, "lldp.media.asset", "asset"},
    {LLDP_SWITCH, "lldp.chassis.subtype", "4"},
    {LLDP_SWITCH, "lldp.chassis.id.mac", "00:11:22:00:00:01"},
    {LLDP_SWITCH, "lldp.port.id", "Gi1/0/1"},
    {LLDP_SWITCH, "lldp.tlv.system.desc", "switch software"},
    {LLDP_SWITCH, "lldp.mgn.addr.ip4", "10.110.0.2"},
    {LLDP_SWITCH, "lldp.mgn.interface.number", "7"},
    {LLDP_SWITCH, "lldp.ieee.802_1.port_vlan.id", "10"},
    {LLDP_SWITCH, "lldp.ieee.802_3.mdi_power_support", "0x07"},
    {LLDP_SWITCH, "lldp.ieee.802_3.mdi_power_class", "5"},
    {LLDP_SWITCH, "lldp.ieee.802_3.mdi_power_type", "0"},
    {LLDP_SWITCH, "lldp.ieee.802_3.mdi_power_source", "1"},
    {LLDP_SWITCH, "lldp.ieee.802_3.mdi_power_priority", "3"},
    {LLDP_SWITCH, "lldp.ieee.802_3.mdi_pde_requested", "129"},
    {LLDP_SWITCH, "lldp.ieee.802_3.mdi_pse_allocated", "130"},
    {LLDP_SWITCH, "lldp.ieee.802_3.max_frame_size", "1522"},
    {LLDP_SWITCH, "lldp.media.app_type", "1|2"},
    {LLDP_SWITCH, "lldp.media.policy_flag", "0|0"},
    {LLDP_SWITCH, "lldp.media.tag_flag", "1|1"},
    {LLDP_SWITCH, "lldp.media.vlan_id", "110|110"},
    {LLDP_SWITCH, "lldp.media.l2_prio", "5|3"},
    {LLDP_SWITCH, "lldp.media.dscp", "46|24"},
    {LLDP_LAST, "lldp.time_to_live", "0"},

    {DHCP_ASKS, "vlan.id", "110"},
    {DHCP_ASKS, "vlan.priority", "5"},
    {DHCP_ASKS, "ip.checksum.status", "1"},
    {DHCP_ASKS, "udp.checksum.status", "1"},
    {DHCP_ASKS, "ip.src", "0.0.0.0"},
    {DHCP_ASKS, "udp.dstport", "67"},
    {DHCP_ASKS, "dhcp.type", "1"},
    {DHCP_ASKS, "dhcp.id", "0x12345678"},
    {DHCP_ASKS, "dhcp.secs", "3"},
    {DHCP_ASKS, "dhcp.flags.bc", "1"},
    {DHCP_ASKS, "dhcp.option.dhcp", "1"},
    {DHCP_ASKS, "dhcp.option.hostname", "SEP001122AABB01"},
    {DHCP_ASKS, "dhcp.option.vendor_class_id", "Cisco Systems, Inc. IP Phone CP-7841"},
    {DHCP_ASKS, "dhcp.option.request_list_item", "1|66|6|3|15|150|35"},
    {DHCP_ASKS, "dhcp.option.requested_ip_address", "10.110.0.57"},
    {DHCP_ASKS, "dhcp.option.dhcp_max_message_size", "1500"},
    {DHCP_ASKS, "dhcp.option.type", "53|12|50|55|57|60|61|0"},
    {DHCP_ACKS, "ip.checksum.status", "1"},
    {DHCP_ACKS, "udp.checksum.status", "1"},
    {DHCP_ACKS, "dhcp.type", "2"},
    {DHCP_ACKS, "dhcp.ip.your", "10.110.0.57"},
    {DHCP_ACKS, "dhcp.ip.server", "10.110.0.2"},
    {DHCP_ACKS, "dhcp.server", "server"},
    {DHCP_ACKS, "dhcp.file", "boot"},
    {DHCP_ACKS, "dhcp.option.dhcp", "5"},
    {DHCP_ACKS, "dhcp.option.subnet_mask", "255.255.255.0"},
    {DHCP_ACKS, "dhcp.option.router", "10.110.0.1"},
    {DHCP_ACKS, "dhcp.option.domain_name_server", "10.110.0.2|10.110.0.3"},
    {DHCP_ACKS, "dhcp.option.domain_name", "lab.example"},
    {DHCP_ACKS, "dhcp.option.ip_address_lease_time", "3600"},
    {DHCP_ACKS, "dhcp.option.dhcp_server_id", "10.110.0.2"},
    {DHCP_ACKS, "dhcp.option.renewal_time_value", "1800"},
    {DHCP_ACKS, "dhcp.option.rebinding_time_value", "3150"},
    {DHCP_ACKS, "dhcp.option.tftp_server_name", "cucm1"},
    {DHCP_ACKS, "dhcp.option.bootfile_name", "file"},
    {DHCP_ACKS, "dhcp.option.tftp_server_address", "10.20.0.3|10.20.0.4"},
    {DHCP_ACKS, "dhcp.option.arp_cache_timeout", "60"},
    {DHCP_NAKS, "dhcp.option.dhcp", "6"},
    {DHCP_NAKS, "dhcp.option.message", "wrong network"},

    {ARP_PROBE, "eth.dst", "ff:ff:ff:ff:ff:ff"},
    {ARP_PROBE, "vlan.id", "110"},
    {ARP_PROBE, "arp.isprobe", "1"},
    {ARP_PROBE, "arp.src.proto_ipv4", "0.0.0.0"},
    {ARP_PROBE, "arp.dst.proto_ipv4", "10.110.0.57"},
    {ARP_ANNOUNCE, "arp.isannouncement", "1"},
    {ARP_ANNOUNCE, "arp.src.proto_ipv4", "10.110.0.57"},
    {ARP_ANSWER, "eth.dst", "00:11:22:00:00:01"},
    {ARP_ANSWER, "arp.opcode", "2"},
    {ARP_ANSWER, "arp.src.hw_mac", "00:11:22:aa:bb:01"},
    {ARP_ANSWER, "arp.src.proto_ipv4", "10.110.0.57"},
    {ARP_ANSWER, "arp.dst.hw_mac", "00:11:22:00:00:01"},
    {ARP_ANSWER, "arp.dst.proto_ipv4", "10.110.0.2"},
};
#define EXPECTATIONS (sizeof expectations / sizeof *expectations)

/* What tshark found: the severities and messages of each frame's expert items, and a column for each field,
 * in the order in which the fields first come among the expectations (tshark fills one column of a field
 * only). */
static struct {
	bool ran;
	unsigned frames;
	unsigned columns;
	const char *field[EXPECTATIONS];
	char cell[FRAMES][EXPECTATIONS][TEXT_CELL];
	char severity[FRAMES][TEXT_CELL];
	char message[FRAMES][TEXT_CELL];
} found;

/* The column of a field; found.columns when it has none yet. */
static unsigned column_of(const char *field)
{
	unsigned column = 0;

	while (column < found.columns && strcmp(found.field[column], field) != 0)
		column++;
	return column;
}

/* ---- the frames ---- */

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
	    .ip_prefix = {gateway, sizeof gateway},
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
	ssize_t length = dhcp_encode(m, message, sizeof message);
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

static ssize_t (*const writers[FRAMES])(uint8_t *data, size_t size) = {
    [CDP_PHONE] = cdp_phone,	    [CDP_SWITCH] = cdp_switch,
    [CDP_REST] = cdp_rest,	    [CDP_ODD] = cdp_odd,
    [CDP_ODD_HIGH] = cdp_odd_high,  [LLDP_PHONE] = lldp_phone,
    [LLDP_SWITCH] = lldp_switch,    [LLDP_LAST] = lldp_last,
    [DHCP_ASKS] = dhcp_asks,	    [DHCP_ACKS] = dhcp_acks,
    [DHCP_NAKS] = dhcp_naks,	    [ARP_PROBE] = arp_probes,
    [ARP_ANNOUNCE] = arp_announces, [ARP_ANSWER] = arp_answers,
};

static void write_capture(const char *path)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 65535);
	pcap_dumper_t *dumper;
	uint8_t data[ETHER_FRAME_MAX];

	assert_non_null(pcap);
	dumper = pcap_dump_open(pcap, path);
	assert_non_null(dumper);
	for (int i = 0; i < FRAMES; i++) {
		ssize_t length = writers[i](data, sizeof data);
		struct pcap_pkthdr header = {.ts = {.tv_sec = i}};

		assert_true(length > 0);
		length = ether_pad(data, (size_t)length, sizeof data);
		header.caplen = header.len = (bpf_u_int32)length;
		pcap_dump((u_char *)dumper, &header, data);
	}
	pcap_dump_close(dumper);
	pcap_close(pcap);
}

/* ---- what tshark makes of them ---- */

static void take_cell(char *to, const char *from, size_t length)
{
	assert_true(length < TEXT_CELL);
	memcpy(to, from, length);
	to[length] = '\0';
}

/* A line a frame, cells divided by tabs: the severities, the messages, then the columns. */
static void take_output(const char *out)
{
	for (; *out; found.frames++) {
		const char *end = out + strcspn(out, "\n");

		assert_true(found.frames < FRAMES);
		for (size_t i = 0; i < found.columns + 2; i++) {
			size_t length = strcspn(out, "\t\n");

			take_cell(i == 0   ? found.severity[found.frames]
				  : i == 1 ? found.message[found.frames]
					   : found.cell[found.frames][i - 2],
				  out, length);
			out += length + (out[length] == '\t');
		}
		assert_ptr_equal(out, end);
		out += *out == '\n';
	}
}

static void run_tshark(const char *path)
{
	static const char *const fixed[] = {
	    "tshark", "-n",
	    "-r",     NULL,
	    "-o",     "ip.check_checksum:TRUE",
	    "-o",     "udp.check_checksum:TRUE",
	    "-T",     "fields",
	    "-E",     "separator=/t",
	    "-E",     "occurrence=a",
	    "-E",     "aggregator=|",
	    "-e",     "_ws.expert.severity",
	    "-e",     "_ws.expert.message",
	};
	const size_t n = sizeof fixed / sizeof *fixed;
	const char *argv[sizeof fixed / sizeof *fixed + 2 * EXPECTATIONS + 1];
	struct command_result result;

	memcpy(argv, fixed, sizeof fixed);
	argv[3] = path;
	for (size_t i = 0; i < EXPECTATIONS; i++) {
		if (column_of(expectations[i].field) < found.columns)
			continue;
		argv[n + 2 * found.columns] = "-e";
		argv[n + 2 * found.columns + 1] = expectations[i].field;
		found.field[found.columns++] = expectations[i].field;
	}
	argv[n + 2 * found.columns] = NULL;
	result = command_run(TIMEOUT_S, argv);
	if (result.status != 0)
		fail_msg("tshark: status %d: %s", result.status, result.err);
	take_output(result.out);
	command_free(&result);
}

static int setup(void **state)
{
	char directory[] = "/tmp/tshark-lower-XXXXXX", path[64];
	struct command_result version = command_sh(TIMEOUT_S, "tshark --version");

	(void)state;
	if (version.status == 0) {
		assert_non_null(mkdtemp(directory));
		snprintf(path, sizeof path, "%s/frames.pcap", directory);
		write_capture(path);
		run_tshark(path);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(rmdir(directory), 0);
		found.ran = true;
	}
	command_free(&version);
	return 0;
}

static void need_tshark(void)
{
	if (found.ran)
		return;
	print_message("no tshark on this machine\n");
	skip();
}

static void nothing_is_malformed_or_worth_a_warning(void **state)
{
	(void)state;
	need_tshark();
	assert_int_equal(found.frames, FRAMES);
	for (int i = 0; i < FRAMES; i++) {
		char *at = found.severity[i];

		while (*at) {
			if (strtol(at, &at, 10) >= WARNING)
				fail_msg("frame %d: %s", i + 1, found.message[i]);
			at += *at == '|';
		}
	}
}

static void check_frames(enum frame first, enum frame last)
{
	unsigned wrong = 0, checked = 0;

	need_tshark();
	for (size_t i = 0; i < EXPECTATIONS; i++) {
		const struct expectation *e = &expectations[i];
		const char *value;

		if (e->frame < first || e->frame > last)
			continue;
		value = found.cell[e->frame][column_of(e->field)];
		checked++;
		if (strcmp(value, e->value) == 0)
			continue;
		print_error("frame %d, %s: tshark found \"%s\", meant was \"%s\"\n", e->frame + 1, e->field,
			    value, e->value);
		wrong++;
	}
	assert_true(checked > 0);
	assert_int_equal(wrong, 0);
}

static void cdp_is_read_as_meant(void **state)
{
	(void)state;
	check_frames(CDP_PHONE, CDP_ODD_HIGH);
}

static void lldp_is_read_as_meant(void **state)
{
	(void)state;
	check_frames(LLDP_PHONE, LLDP_LAST);
}

static void dhcp_is_read_as_meant(void **state)
{
	(void)state;
	check_frames(DHCP_ASKS, DHCP_NAKS);
}

static void arp_is_read_as_meant(void **state)
{
	(void)state;
	check_frames(ARP_PROBE, ARP_ANSWER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_malformed_or_worth_a_warning),
	    cmocka_unit_test(cdp_is_read_as_meant),
	    cmocka_unit_test(lldp_is_read_as_meant),
	    cmocka_unit_test(dhcp_is_read_as_meant),
	    cmocka_unit_test(arp_is_read_as_meant),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
