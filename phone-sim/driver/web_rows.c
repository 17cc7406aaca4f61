#include "phone-sim/driver/web_rows.h"

#include "wire/phonexml.h"

#define VIEW(label, element, kind, member)                                                                   \
	{                                                                                                    \
		label, element, kind, offsetof(struct phone_view, member), NULL, 0, NULL                     \
	}
#define CONFIG(label, element, kind, member)                                                                 \
	{                                                                                                    \
		label, element, kind, offsetof(struct phonexml_config, member), NULL, 0, NULL                \
	}
#define FIXED(label, element, value)                                                                         \
	{                                                                                                    \
		label, element, WEB_CONSTANT, 0, value, 0, NULL                                              \
	}
#define WORDS(label, element, value)                                                                         \
	{                                                                                                    \
		label, element, WEB_WORDS, 0, value, 0, NULL                                                 \
	}
/* Both families write the names of counters in the same way. */
#define COUNTER(label, element)                                                                              \
	{                                                                                                    \
		label, element, WEB_ZERO, 0, NULL, 0, label                                                  \
	}
#define COUNT(label, element, member)                                                                        \
	{                                                                                                    \
		label, element, WEB_COUNT, offsetof(struct web_counters, member), NULL, 0, label             \
	}
#define COUNT_NOTHING(label, element, member) COUNTER(label, element)

/* clang-format off */
const struct web_row web_device[] = {
    {"Service mode", "serviceMode", WEB_CONSTANT, 0, "On-premise", WEB_88, NULL},
    {"Service name", "serviceName", WEB_CONSTANT, 0, NULL, WEB_88, NULL},
    {"Service state", "serviceState", WEB_CONSTANT, 0, NULL, WEB_88, NULL},
    VIEW("MAC address", "MACAddress", WEB_MAC, name),
    VIEW("Host name", "HostName", WEB_TEXT, name),
    VIEW("Phone DN", "phoneDN", WEB_TEXT, directory_number),
    {"App load ID", "appLoadID", WEB_IMAGE, 0, "rootfs", 0, NULL},
    {"Boot load ID", "bootLoadID", WEB_IMAGE, 0, "sboot", 0, NULL},
    VIEW("Version", "versionID", WEB_TEXT, active_load),
    {"Key expansion module 1", "addonModule1", WEB_CONSTANT, 0, NULL, WEB_MODULES, NULL},
    {"Key expansion module 2", "addonModule2", WEB_CONSTANT, 0, NULL, WEB_MODULES, NULL},
    {"Key expansion module 3", "addonModule3", WEB_CONSTANT, 0, NULL, WEB_MODULES, NULL},
    FIXED("Hardware revision", "hardwareRevision", PHONE_HARDWARE),
    VIEW("Serial number", "serialNumber", WEB_SERIAL, name),
    VIEW("Model number", "modelNumber", WEB_MODEL, model),
    FIXED("Message waiting", "MessageWaiting", "No"),
    VIEW("UDI", "udi", WEB_UDI, model),
    {"Time", "time", WEB_TIME, 0, NULL, 0, NULL},
    {"Time zone", "timezone", WEB_CONFIG, offsetof(struct phonexml_config, time_zone), "UTC", 0, NULL},
    {"Date", "date", WEB_DATE, 0, NULL, 0, NULL},
    FIXED("System free memory", "systemFreeMemory", "0"),
    FIXED("Java heap free memory", "javaHeapFreeMemory", "0"),
    FIXED("Java pool free memory", "javaPoolFreeMemory", "0"),
    FIXED("FIPS mode enabled", "fipsModeEnabled", "No"),
    {0},
};

const struct web_row web_network[] = {
    VIEW("MAC address", "MACAddress", WEB_MAC, name),
    VIEW("Host name", "HostName", WEB_TEXT, name),
    VIEW("Domain name", "DomainName", WEB_TEXT, domain),
    VIEW("DHCP server", "DHCPServer", WEB_ADDRESS, dhcp_server),
    FIXED("BOOTP server", "BOOTPServer", "No"),
    FIXED("DHCP", "DHCPEnabled", "Yes"),
    VIEW("IP address", "IPAddress", WEB_ADDRESS, ipv4),
    VIEW("Subnet mask", "SubNetMask", WEB_MASK, prefix),
    {"Default router", "DefaultRouter1", WEB_ADDRESS, offsetof(struct phone_view, gateway), NULL, 0, "Default Router 1"},
    VIEW("DNS server 1", "DNSServer1", WEB_ADDRESS, dns[0]),
    VIEW("DNS server 2", "DNSServer2", WEB_ADDRESS, dns[1]),
    VIEW("DNS server 3", "DNSServer3", WEB_ADDRESS, dns[2]),
    VIEW("Alternate TFTP", "AltTFTP", WEB_YES, alternate_tftp),
    VIEW("TFTP server 1", "TFTPServer1", WEB_ADDRESS, tftp[0]),
    VIEW("TFTP server 2", "TFTPServer2", WEB_ADDRESS, tftp[1]),
    FIXED("DHCP address released", "DHCPAddressReleased", "No"),
    VIEW("Operational VLAN ID", "VLANId", WEB_VLAN, voice_vlan),
    FIXED("Admin VLAN ID", "AdminVLANId", NULL),
    {"CUCM server1", "CallManager1", WEB_MEMBER, offsetof(struct phone_view, members[0]), NULL, 0, "Unified CM1"},
    {"CUCM server2", "CallManager2", WEB_MEMBER, offsetof(struct phone_view, members[1]), NULL, 0, "Unified CM2"},
    {"CUCM server3", "CallManager3", WEB_MEMBER, offsetof(struct phone_view, members[2]), NULL, 0, "Unified CM3"},
    {"CUCM server4", "CallManager4", WEB_MEMBER, offsetof(struct phone_view, members[3]), NULL, 0, "Unified CM4"},
    {"CUCM server5", "CallManager5", WEB_MEMBER, offsetof(struct phone_view, members[4]), NULL, 0, "Unified CM5"},
    CONFIG("Information URL", "InformationURL", WEB_CONFIG, information_url),
    CONFIG("Directories URL", "DirectoriesURL", WEB_CONFIG, directory_url),
    CONFIG("Messages URL", "MessagesURL", WEB_CONFIG, messages_url),
    CONFIG("Services URL", "ServicesURL", WEB_CONFIG, services_url),
    CONFIG("Idle URL", "IdleURL", WEB_CONFIG, idle_url),
    FIXED("Idle URL time", "IdleURLTime", "0"),
    FIXED("Proxy server URL", "ProxyServerURL", NULL),
    CONFIG("Authentication URL", "AuthenticationURL", WEB_CONFIG, authentication_url),
    WORDS("SW port setup", "SWPortCfg", "Auto negotiate"),
    {"PC port setup", "PCPortCfg", WEB_WORDS, 0, "Auto negotiate", WEB_PC, NULL},
    {"PC port disabled", "PCPortDisable", WEB_CONFIG_NO, offsetof(struct phonexml_config, pc_port), NULL, WEB_PC, NULL},
    {"User locale", "UserLocale", WEB_CONFIG, offsetof(struct phonexml_config, user_locale), "English_United_States", 0, NULL},
    {"Network locale", "NetworkLocale", WEB_CONFIG, offsetof(struct phonexml_config, network_locale), "United_States", 0, NULL},
    VIEW("User locale version", "UserLocaleVersion", WEB_TEXT, user_locale_version),
    VIEW("Network locale version", "NetworkLocaleVersion", WEB_TEXT, network_locale_version),
    FIXED("Speaker enabled", "SpeakerEnable", "Yes"),
    {"Group listen", "GroupListen", WEB_CONSTANT, 0, "No", WEB_78, NULL},
    FIXED("GARP enabled", "GARP", "No"),
    {"Span to PC port", "SpanPcPort", WEB_CONFIG_YES, offsetof(struct phonexml_config, span_to_pc_port), NULL, WEB_PC, NULL},
    {"Video capability enabled", "VideoCapability", WEB_CAMERA, 0, NULL, WEB_PC, NULL},
    {"Voice VLAN enabled", "VoiceVlanAccess", WEB_CONFIG_YES, offsetof(struct phonexml_config, voice_vlan_access), NULL, WEB_PC, NULL},
    {"PC VLAN", "PCVLAN", WEB_CONSTANT, 0, NULL, WEB_PC, NULL},
    FIXED("Auto line select enabled", "AutoSelectLine", "No"),
    FIXED("DSCP for call control", "DscpForCallControl", "CS3"),
    FIXED("DSCP for configuration", "DscpForConfiguration", "CS3"),
    FIXED("DSCP for services", "DscpForServices", "Default"),
    CONFIG("Security mode", "SecurityMode", WEB_SECURITY, security_mode),
    CONFIG("Web access enabled", "WebAccess", WEB_ACCESS, web_access),
    CONFIG("SSH access enabled", "SSHAccess", WEB_CONFIG_YES, ssh_access),
    {"CDP: SW Port", "CDPSWPort", WEB_CONFIG_YES, offsetof(struct phonexml_config, cdp_sw_port), NULL, 0, NULL},
    {"CDP: PC Port", "CDPPCPort", WEB_CONFIG_YES, offsetof(struct phonexml_config, cdp_pc_port), NULL, WEB_PC, NULL},
    {"LLDP-MED: SW Port", "LLDPSWPort", WEB_CONFIG_YES, offsetof(struct phonexml_config, lldp_sw_port), NULL, 0, NULL},
    {"LLDP: PC Port", "LLDPPCPort", WEB_CONFIG_YES, offsetof(struct phonexml_config, lldp_pc_port), NULL, WEB_PC, NULL},
    FIXED("LLDP power priority", "lldpPowerPriority", "Unknown"),
    FIXED("LLDP asset ID", "lldpAssetId", NULL),
    VIEW("CTL file", "CTLFile", WEB_CTL, ctl),
    VIEW("ITL file", "ITLFile", WEB_ITL, itl),
    FIXED("Automatic port synchronization", "AutomaticPortSynchronization", "No"),
    FIXED("Switch port remote configuration", "SwitchPortRemoteConfiguration", "Disabled"),
    FIXED("PC port remote configuration", "PCPortRemoteConfiguration", "Disabled"),
    WORDS("IP addressing mode", "IPAddressingMode", "IPv4 only"),
    FIXED("IP preference mode control", "IPPreferenceModeControl", "V4"),
    FIXED("IP preference mode for media", "IPPreferenceModeForMedia", "V4"),
    FIXED("IPv6 auto configuration", "IPv6AutoConfiguration", "Yes"),
    {"IPv6 duplicate address detection", "IPv6DAD", WEB_CONSTANT, 0, "Yes", 0, "IPv6 DAD"},
    FIXED("IPv6 accept redirect message", "IPv6AcceptRedirectMessage", "No"),
    FIXED("IPv6 reply multicast echo request", "IPv6ReplyMulticastEchoRequest", "No"),
    FIXED("IPv6 load server", "IPv6LoadServer", NULL),
    FIXED("IPv6 log server", "IPv6LogServer", NULL),
    FIXED("IPv6 CAPF server", "IPv6CAPFServer", NULL),
    FIXED("DHCPv6", "DHCPv6Enabled", "Yes"),
    FIXED("IPv6 address", "IPv6Address", "::"),
    FIXED("IPv6 prefix length", "IPv6PrefixLength", "0"),
    {"IPv6 default router", "IPv6DefaultRouter1", WEB_CONSTANT, 0, "::", 0, "IPv6 Default Router 1"},
    FIXED("IPv6 DNS server 1", "IPv6DNSServer1", "::"),
    FIXED("IPv6 DNS server 2", "IPv6DNSServer2", "::"),
    FIXED("IPv6 alternate TFTP", "IPv6AltTFTP", "No"),
    FIXED("IPv6 TFTP server 1", "IPv6TFTPServer1", "::"),
    FIXED("IPv6 TFTP server 2", "IPv6TFTPServer2", "::"),
    FIXED("IPv6 address released", "IPv6AddressReleased", "No"),
    {"EnergyWise power level", "EnergyWisePowerLevel", WEB_CONSTANT, 0, "Full", WEB_NOT_7811, "Energywise Power Level"},
    {"EnergyWise domain", "EnergyWiseDomain", WEB_CONSTANT, 0, NULL, WEB_NOT_7811, "Energywise Domain"},
    {"DF_BIT", "DFBit", WEB_CONSTANT, 0, "No", WEB_88, NULL},
    {"Service Mode", "serviceMode", WEB_CONSTANT, 0, "On-premise", WEB_88, NULL},
    {0},
};

const struct web_row web_ethernet[] = {
    COUNT("Tx Frames", "TxFrames", tx_frames),
    COUNT("Tx broadcast", "TxBroadcasts", tx_broadcast),
    COUNT("Tx multicast", "TxMulticasts", tx_multicast),
    COUNT("Tx unicast", "TxUnicasts", tx_unicast),
    COUNT("Rx Frames", "RxFrames", rx_frames),
    COUNT("Rx broadcast", "RxBroadcasts", rx_broadcast),
    COUNT("Rx multicast", "RxMulticasts", rx_multicast),
    COUNT("Rx unicast", "RxUnicasts", rx_unicast),
    COUNTER("Rx PacketNoDes", "RxPacketNoDes"),
    {0},
};

/* ROW is COUNT, or COUNT_NOTHING of a port without a cable. The kernel has no counters of sizes. */
#define PORT_COUNTERS(ROW)                                                                                   \
    ROW("Rx totalPkt", "RxtotalPkt", rx_frames), ROW("Rx crcErr", "RxcrcErr", rx_crc), \
    ROW("Rx alignErr", "RxalignErr", rx_align), ROW("Rx multicast", "Rxmulticast", rx_multicast), \
    ROW("Rx broadcast", "Rxbroadcast", rx_broadcast), ROW("Rx unicast", "Rxunicast", rx_unicast), \
    COUNTER("Rx shortErr", "RxshortErr"), COUNTER("Rx shortGood", "RxshortGood"), COUNTER("Rx longGood", "RxlongGood"), \
    ROW("Rx longErr", "RxlongErr", rx_length), COUNTER("Rx size64", "Rxsize64"), COUNTER("Rx size65to127", "Rxsize65to127"), \
    COUNTER("Rx size128to255", "Rxsize128to255"), COUNTER("Rx size256to511", "Rxsize256to511"), \
    COUNTER("Rx size512to1023", "Rxsize512to1023"), COUNTER("Rx size1024to1518", "Rxsize1024to1518"), \
    ROW("Rx tokenDrop", "RxtokenDrop", rx_dropped), COUNTER("Tx excessDefer", "TxexcessDefer"), \
    COUNTER("Tx lateCollision", "TxlateCollision"), ROW("Tx totalGoodPkt", "TxtotalGoodPkt", tx_frames), \
    ROW("Tx Collisions", "Txcollisions", collisions), COUNTER("Tx excessLength", "TxexcessLength"), \
    ROW("Tx broadcast", "Txbroadcast", tx_broadcast), ROW("Tx multicast", "Txmulticast", tx_multicast), \
    ROW("LLDP FramesOutTotal", "lldpFramesOutTotal", phone.lldp_out), COUNTER("LLDP AgeoutsTotal", "lldpAgeoutsTotal"), \
    ROW("LLDP FramesDiscardedTotal", "lldpFramesDiscardedTotal", phone.lldp_discarded), \
    ROW("LLDP FramesInErrorsTotal", "lldpFramesInErrorsTotal", phone.lldp_in_errors), \
    ROW("LLDP FramesInTotal", "lldpFramesInTotal", phone.lldp_in), \
    ROW("LLDP TLVDiscardedTotal", "lldpTLVDiscardedTotal", phone.lldp_tlvs_discarded), \
    ROW("LLDP TLVUnrecognizedTotal", "lldpTLVUnrecognizedTotal", phone.lldp_tlvs_unrecognized)

/* The PC port: nothing is plugged in. */
const struct web_row web_access[] = {
    PORT_COUNTERS(COUNT_NOTHING),
    FIXED("CDP Neighbor device ID", "CDPNeighborDeviceId", NULL),
    FIXED("CDP Neighbor IP address", "CDPNeighborIP", NULL),
    FIXED("CDP Neighbor IPv6 address", "CDPNeighborIPv6", NULL),
    FIXED("CDP Neighbor port", "CDPNeighborPort", NULL),
    FIXED("LLDP Neighbor device ID", "LLDPNeighborDeviceId", NULL),
    FIXED("LLDP Neighbor IP address", "LLDPNeighborIP", NULL),
    FIXED("LLDP Neighbor IPv6 address", "LLDPNeighborIPv6", NULL),
    FIXED("LLDP Neighbor port", "LLDPNeighborPort", NULL),
    FIXED("Port information", "PortSpeed", "Link Down"),
    {0},
};

const struct web_row web_port[] = {
    PORT_COUNTERS(COUNT),
    VIEW("CDP Neighbor device ID", "CDPNeighborDeviceId", WEB_TEXT, cdp.device),
    VIEW("CDP Neighbor IP address", "CDPNeighborIP", WEB_ADDRESS, cdp.address),
    FIXED("CDP Neighbor IPv6 address", "CDPNeighborIPv6", NULL),
    VIEW("CDP Neighbor port", "CDPNeighborPort", WEB_TEXT, cdp.port),
    VIEW("LLDP Neighbor device ID", "LLDPNeighborDeviceId", WEB_TEXT, lldp.device),
    VIEW("LLDP Neighbor IP address", "LLDPNeighborIP", WEB_ADDRESS, lldp.address),
    FIXED("LLDP Neighbor IPv6 address", "LLDPNeighborIPv6", NULL),
    VIEW("LLDP Neighbor port", "LLDPNeighborPort", WEB_TEXT, lldp.port),
    VIEW("Port information", "PortSpeed", WEB_SPEED, link),
    {0},
};

const struct web_row web_stream[] = {
    FIXED("Remote address", "RemoteAddr", "0.0.0.0/0"),
    FIXED("Local address", "LocalAddr", "0.0.0.0/0"),
    FIXED("Start time", "StartTime", "00:00:00"),
    FIXED("Stream status", "StreamStatus", "Not Ready"),
    VIEW("Host name", "Name", WEB_TEXT, name),
    FIXED("Sender packets", "SenderPackets", "0"),
    FIXED("Sender octets", "SenderOctets", "0"),
    FIXED("Sender codec", "SenderCodec", "None"),
    FIXED("Sender reports sent", "SenderReportsSent", "0"),
    FIXED("Sender report time sent", "SenderReportTimeSent", "00:00:00"),
    FIXED("Rcvr lost packets", "RcvrLostPackets", "0"),
    FIXED("Avg jitter", "AvgJitter", "0"),
    FIXED("Receiver codec", "RcvrCodec", "None"),
    FIXED("Receiver reports sent", "RcvrReportsSent", "0"),
    FIXED("Receiver report time sent", "RcvrReportTimeSent", "00:00:00"),
    FIXED("Rcvr packets", "RcvrPackets", "0"),
    FIXED("Rcvr octets", "RcvrOctets", "0"),
    FIXED("MOS LQK", "MOSLQK", "0.0000"),
    FIXED("Avg MOS LQK", "AvgMOSLQK", "0.0000"),
    FIXED("Min MOS LQK", "MinMOSLQK", "0.0000"),
    FIXED("Max MOS LQK", "MaxMOSLQK", "0.0000"),
    FIXED("MOS LQK version", "MOSLQKVersion", "0.9500"),
    FIXED("Cumulative conceal ratio", "CmltveConcealRatio", "0.0000"),
    FIXED("Interval conceal ratio", "IntervalConcealRatio", "0.0000"),
    FIXED("Max conceal ratio", "MaxConcealRatio", "0.0000"),
    FIXED("Conceal secs", "ConcealSecs", "0"),
    FIXED("Severely conceal secs", "SeverelyConcealSecs", "0"),
    FIXED("Latency", "Latency", "0"),
    FIXED("Max jitter", "MaxJitter", "0"),
    FIXED("Sender size", "SenderSize", "0 ms"),
    FIXED("Sender reports received", "SenderReportsReceived", "0"),
    FIXED("Sender report time received", "SenderReportTimeReceived", "00:00:00"),
    FIXED("Receiver size", "RcvrSize", "0 ms"),
    FIXED("Receiver discarded", "RcvrDiscarded", "0"),
    FIXED("Receiver reports received", "RcvrReportsReceived", "0"),
    FIXED("Receiver report time received", "RcvrReportTimeReceived", "00:00:00"),
    FIXED("Rcvr encrypted", "RcvrEncrypted", "0"),
    FIXED("Sender encrypted", "SenderEncrypted", "0"),
    FIXED("Sender frames", "SenderFrames", "0"),
    FIXED("Sender partial frames", "SenderPartialFrames", "0"),
    FIXED("Sender i frames", "SenderIFrames", "0"),
    FIXED("Sender IDR frames", "SenderIDRFrames", "0"),
    FIXED("Sender frame rate", "SenderFrameRate", "0"),
    FIXED("Sender bandwidth", "SenderBandwidth", "0"),
    FIXED("Sender resolution", "SenderResolution", "0 X 0"),
    FIXED("Rcvr frames", "RcvrFrames", "0"),
    FIXED("Rcvr partial frames", "RcvrPartialFrames", "0"),
    FIXED("Rcvr i frames", "RcvrIFrames", "0"),
    FIXED("Rcvr IDR frames", "RcvrIDRFrames", "0"),
    FIXED("Rcvr i frames req", "RcvrIFramesReq", "0"),
    FIXED("Rcvr frame rate", "RcvrFrameRate", "0"),
    FIXED("Rcvr frames lost", "RcvrFramesLost", "0"),
    FIXED("Rcvr frame errors", "RcvrFrameErrors", "0"),
    FIXED("Rcvr bandwidth", "RcvrBandwidth", "0"),
    FIXED("Rcvr resolution", "RcvrResolution", "0 X 0"),
    FIXED("Domain", "Domain", "snmpUDPDomain"),
    FIXED("Sender joins", "SenderJoins", "0"),
    FIXED("Rcvr joins", "ReceiverJoins", "0"),
    FIXED("Byes", "Byes", "0"),
    FIXED("Sender start time", "SenderStartTime", "00:00:00"),
    FIXED("Rcvr start time", "RcvrStartTime", "00:00:00"),
    FIXED("Row status", "RowStatus", "Not Ready"),
    FIXED("Sender tool", "SenderTool", NULL),
    FIXED("Sender reports", "SenderReports", "0"),
    FIXED("Sender report time", "SenderReportTime", "00:00:00"),
    FIXED("Rcvr jitter", "RcvrJitter", "0"),
    FIXED("Receiver tool", "ReceiverTool", NULL),
    FIXED("Rcvr reports", "RcvrReports", "0"),
    FIXED("Rcvr report time", "RcvrReportTime", "00:00:00"),
    FIXED("Is video", "IsVideo", "False"),
    FIXED("Call ID", "CallID", "0"),
    FIXED("Group ID", "GroupID", "0"),
    {0},
};
/* clang-format on */
