#include "tests/support/switch_test.h"

/* Four access ports and an uplink: a phone that speaks both protocols, one that is silent, a port that is
 * shut, and a core switch; five seconds after power-on. */
static int setup(void **state)
{
	struct cdp_message phone = bench_phone_cdp(), core = bench_phone_cdp();
	struct lldp_message lldp = bench_phone_lldp();

	(void)state;
	bench_init(&bench);
	bench.config.access = 4;
	bench.config.uplinks = 1;
	bench.ports[4] = bench.ports[BENCH_UPLINK];
	bench.ports[3].shutdown = true;
	strcpy(bench.ports[1].description, "reception desk");
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 1);
	bench_plug(&bench, 1, SWITCH_POWER_PD, 2);
	bench_plug(&bench, 4, SWITCH_POWER_NONE, 0);
	phone.has |= CDP_HAS(CDP_ADDRESS) | CDP_HAS(CDP_SECOND_PORT_STATUS) | CDP_HAS(CDP_MANAGEMENT_ADDRESS);
	cdp_add_ipv4(&phone.addresses, 0x0a6e0039);
	cdp_add_ipv4(&phone.management_addresses, 0x0a6e0039);
	phone.second_port.port = 2;
	bench_cdp(&bench, 0, &phone, 1);
	bench_lldp(&bench, 0, &lldp, 1);
	bench_advance(&bench, 5 * BENCH_SECOND);
	core.has = CDP_HAS(CDP_DEVICE_ID) | CDP_HAS(CDP_PORT_ID) | CDP_HAS(CDP_CAPABILITIES) |
		   CDP_HAS(CDP_PLATFORM) | CDP_HAS(CDP_VERSION) | CDP_HAS(CDP_NATIVE_VLAN) |
		   CDP_HAS(CDP_VTP_DOMAIN) | CDP_HAS(CDP_DUPLEX);
	core.device_id = wire_slice_text("core-of-the-building.example");
	core.port_id = wire_slice_text("TenGigabitEthernet1/1/1");
	core.capabilities = CDP_CAP_ROUTER | CDP_CAP_SWITCH | CDP_CAP_IGMP;
	core.platform = wire_slice_text("cisco C9500-24Y4C");
	core.software_version = wire_slice_text("IOS");
	core.native_vlan = 1;
	bench_cdp(&bench, 4, &core, 9);
	bench_frame(&bench, 0, 255, 1, 110);
	bench_frame(&bench, 4, 255, 9, 10);
	return 0;
}

static const struct {
	const char *command, *text;
} golden[] = {
    {"cdp neighbors", "Capability Codes: R - Router, T - Trans Bridge, B - Source Route Bridge\n"
		      "                  S - Switch, H - Host, I - IGMP, r - Repeater, P - Phone, \n"
		      "                  D - Remote, C - CVTA, M - Two-port Mac Relay \n"
		      "\n"
		      "Device ID        Local Intrfce     Holdtme    Capability  Platform  Port ID\n"
		      "SEP001122AABB01  Gig 1/0/1         175              H P M  IP Phone  Port 1\n"
		      "core-of-the-building.example\n"
		      "                 Ten 1/1/1         180              R S I  C9500-24Y Ten 1/1/1\n"
		      "\n"
		      "Total cdp entries displayed : 2\n"},
    {"cdp neighbors detail",
     "-------------------------\n"
     "Device ID: SEP001122AABB01\n"
     "Entry address(es): \n"
     "  IP address: 10.110.0.57\n"
     "Platform: Cisco IP Phone 7841,  Capabilities: Host Phone Two-port Mac Relay \n"
     "Interface: GigabitEthernet1/0/1,  Port ID (outgoing port): Port 1\n"
     "Holdtime : 175 sec\n"
     "Second Port Status: Down\n"
     "\n"
     "Version :\n"
     "sip78xx.14-2-1-0001-125\n"
     "\n"
     "advertisement version: 2\n"
     "Duplex: full\n"
     "Power drawn: 3.600 Watts\n"
     "Power request id: 4660, Power management id: 0\n"
     "Power request levels are:3600 0 0 0 0 \n"
     "Management address(es): \n"
     "  IP address: 10.110.0.57\n"
     "\n"
     "-------------------------\n"
     "Device ID: core-of-the-building.example\n"
     "Entry address(es): \n"
     "Platform: cisco C9500-24Y4C,  Capabilities: Router Switch IGMP \n"
     "Interface: TenGigabitEthernet1/1/1,  Port ID (outgoing port): TenGigabitEthernet1/1/1\n"
     "Holdtime : 180 sec\n"
     "\n"
     "Version :\n"
     "IOS\n"
     "\n"
     "advertisement version: 2\n"
     "VTP Management Domain: ''\n"
     "Native VLAN: 1\n"
     "Duplex: full\n"
     "\n"
     "\n"
     "Total cdp entries displayed : 2\n"},
    {"lldp neighbors", "Capability codes:\n"
		       "    (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device\n"
		       "    (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other\n"
		       "\n"
		       "Device ID           Local Intf     Hold-time  Capability      Port ID\n"
		       "SEP001122AABB01     Gi1/0/1        175        B,T             0011.22aa.bb01\n"
		       "\n"
		       "Total entries displayed: 1\n"},
    {"lldp neighbors detail",
     "------------------------------------------------\n"
     "Local Intf: Gi1/0/1\n"
     "Chassis id: 0.0.0.0\n"
     "Port id: 0011.22aa.bb01\n"
     "Port Description: SW PORT\n"
     "System Name: SEP001122AABB01\n"
     "\n"
     "System Description: \n"
     "Cisco IP Phone 7841, sip78xx.14-2-1-0001-125\n"
     "\n"
     "Time remaining: 175 seconds\n"
     "System Capabilities: B,T\n"
     "Enabled Capabilities: B,T\n"
     "Management Addresses - not advertised\n"
     "Auto Negotiation - supported, enabled\n"
     "Physical media capabilities:\n"
     "    1000baseT(FD)\n"
     "    100base-TX(FD)\n"
     "    100base-TX(HD)\n"
     "    10base-T(FD)\n"
     "    10base-T(HD)\n"
     "Media Attachment Unit type: 30\n"
     "Vlan ID: - not advertised\n"
     "\n"
     "MED Information:\n"
     "\n"
     "    MED Codes:\n"
     "          (NP) Network Policy, (LI) Location Identification\n"
     "          (PS) Power Source Entity, (PD) Power Device\n"
     "          (IN) Inventory\n"
     "\n"
     "    H/W revision - not advertised\n"
     "    F/W revision: sip78xx.14-2-1-0001-125\n"
     "    S/W revision - not advertised\n"
     "    Serial number - not advertised\n"
     "    Manufacturer - not advertised\n"
     "    Model: CP-7841\n"
     "    Capabilities: NP, PD, IN\n"
     "    Device type: Endpoint Class III\n"
     "    Network Policy(Voice): unknown\n"
     "    PD device, Power source: PSE & Local, Power Priority: Unknown, Wattage: 3.6\n"
     "    Location - not advertised\n"
     "\n"
     "\n"
     "Total entries displayed: 1\n"},
    {"power inline", "Module      Available       Used   Remaining\n"
		     "              (Watts)    (Watts)     (Watts)\n"
		     "------     ---------- ---------- -----------\n"
		     "1               370.0       10.6       359.4\n"
		     "Interface Admin  Oper       Power   Device              Class Max\n"
		     "                            (Watts)\n"
		     "--------- ------ ---------- ------- ------------------- ----- ----\n"
		     "Gi1/0/1   auto   on         3.6     IP Phone 7841       1     30.0\n"
		     "Gi1/0/2   auto   on         7.0     Ieee PD             2     30.0\n"
		     "Gi1/0/3   auto   off        0.0     n/a                 n/a   30.0\n"
		     "Gi1/0/4   auto   off        0.0     n/a                 n/a   30.0\n"},
    {"power inline gi1/0/2", "Interface Admin  Oper       Power   Device              Class Max\n"
			     "                            (Watts)\n"
			     "--------- ------ ---------- ------- ------------------- ----- ----\n"
			     "Gi1/0/2   auto   on         7.0     Ieee PD             2     30.0\n"},
    {"vlan brief", "\n"
		   "VLAN Name                             Status    Ports\n"
		   "---- -------------------------------- --------- -------------------------------\n"
		   "1    default                          active    \n"
		   "10   DATA                             active    Gi1/0/1, Gi1/0/2, Gi1/0/3\n"
		   "                                                Gi1/0/4\n"
		   "20   SERVERS                          active    \n"
		   "110  VOICE                            active    Gi1/0/1, Gi1/0/2, Gi1/0/3\n"
		   "                                                Gi1/0/4\n"},
    {"mac address-table", "          Mac Address Table\n"
			  "-------------------------------------------\n"
			  "\n"
			  "Vlan    Mac Address       Type        Ports\n"
			  "----    -----------       --------    -----\n"
			  " All    0100.0ccc.cccc    STATIC      CPU\n"
			  " All    0180.c200.000e    STATIC      CPU\n"
			  "  10    0200.0000.0009    DYNAMIC     Te1/1/1\n"
			  " 110    0200.0000.0001    DYNAMIC     Gi1/0/1\n"
			  "Total Mac Addresses for this criterion: 4\n"},
    {"mac add vlan 10", "          Mac Address Table\n"
			"-------------------------------------------\n"
			"\n"
			"Vlan    Mac Address       Type        Ports\n"
			"----    -----------       --------    -----\n"
			"  10    0200.0000.0009    DYNAMIC     Te1/1/1\n"
			"Total Mac Addresses for this criterion: 1\n"},
    {"interfaces status",
     "\n"
     "Port         Name               Status       Vlan       Duplex  Speed Type\n"
     "Gi1/0/1                         connected    10         a-full a-1000 10/100/1000BaseTX\n"
     "Gi1/0/2      reception desk     connected    10         a-full a-1000 10/100/1000BaseTX\n"
     "Gi1/0/3                         notconnect   10           auto   auto 10/100/1000BaseTX\n"
     "Gi1/0/4                         disabled     10           auto   auto 10/100/1000BaseTX\n"
     "Te1/1/1                         connected    trunk      a-full  a-10G 10GBase-SR\n"},
    {"interfaces counters", "\n"
			    "Port            InOctets    InUcastPkts    InMcastPkts    InBcastPkts\n"
			    "Gi1/0/1              445              0              2              1\n"
			    "Gi1/0/2                0              0              0              0\n"
			    "Gi1/0/3                0              0              0              0\n"
			    "Gi1/0/4                0              0              0              0\n"
			    "Te1/1/1              200              0              1              1\n"
			    "\n"
			    "Port           OutOctets   OutUcastPkts   OutMcastPkts   OutBcastPkts\n"
			    "Gi1/0/1             1514              0              8              1\n"
			    "Gi1/0/2             1296              0              7              2\n"
			    "Gi1/0/3                0              0              0              0\n"
			    "Gi1/0/4                0              0              0              0\n"
			    "Te1/1/1             1360              0              8              1\n"
			    "\n"
			    "Port           VlanDrops      BadFrames       Reserved      DhcpDrops\n"
			    "Gi1/0/1                0              0              0              0\n"
			    "Gi1/0/2                0              0              0              0\n"
			    "Gi1/0/3                0              0              0              0\n"
			    "Gi1/0/4                0              0              0              0\n"
			    "Te1/1/1                0              0              0              0\n"},
    {"interfaces gi1/0/1", "GigabitEthernet1/0/1 is up, line protocol is up (connected)\n"
			   "  Hardware is Gigabit Ethernet, address is 001b.5400.0001 (bia 001b.5400.0001)\n"
			   "  MTU 1500 bytes\n"
			   "  0 link flaps\n"
			   "     3 packets input, 445 bytes\n"
			   "     9 packets output, 1514 bytes\n"
			   "     CDP 1 in, 3 out, 0 bad; LLDP 1 in, 5 out, 0 bad; 0 neighbors dropped\n"},
    {"logging", "Syslog logging: enabled (0 messages dropped)\n"
		"\n"
		"    Buffer logging:  level debugging, 10 messages logged\n"
		"\n"
		"Log Buffer (256 lines):\n"
		"\n"
		"00:00:00.000: %ILPOWER-7-DETECT: Interface Gi1/0/1: Power Device detected: IEEE PD\n"
		"00:00:00.000: %ILPOWER-5-POWER_GRANTED: Interface Gi1/0/1: Power granted\n"
		"00:00:00.000: %LINK-3-UPDOWN: Interface GigabitEthernet1/0/1, changed state to up\n"
		"00:00:00.000: %LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet1/0/1, changed "
		"state to up\n"
		"00:00:00.000: %ILPOWER-7-DETECT: Interface Gi1/0/2: Power Device detected: IEEE PD\n"
		"00:00:00.000: %ILPOWER-5-POWER_GRANTED: Interface Gi1/0/2: Power granted\n"
		"00:00:00.000: %LINK-3-UPDOWN: Interface GigabitEthernet1/0/2, changed state to up\n"
		"00:00:00.000: %LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet1/0/2, changed "
		"state to up\n"
		"00:00:00.000: %LINK-3-UPDOWN: Interface TenGigabitEthernet1/1/1, changed state to up\n"
		"00:00:00.000: %LINEPROTO-5-UPDOWN: Line protocol on Interface TenGigabitEthernet1/1/1, "
		"changed state to up\n"},
    {"running-config", "Building configuration...\n"
		       "\n"
		       "Current configuration:\n"
		       "!\n"
		       "hostname sw1\n"
		       "!\n"
		       "ip dhcp snooping\n"
		       "power inline budget 370000\n"
		       "!\n"
		       "vlan 10\n"
		       " name DATA\n"
		       "!\n"
		       "vlan 20\n"
		       " name SERVERS\n"
		       "!\n"
		       "vlan 110\n"
		       " name VOICE\n"
		       "!\n"
		       "interface GigabitEthernet1/0/1\n"
		       " switchport access vlan 10\n"
		       " switchport mode access\n"
		       " switchport voice vlan 110\n"
		       "!\n"
		       "interface GigabitEthernet1/0/2\n"
		       " description reception desk\n"
		       " switchport access vlan 10\n"
		       " switchport mode access\n"
		       " switchport voice vlan 110\n"
		       "!\n"
		       "interface GigabitEthernet1/0/3\n"
		       " switchport access vlan 10\n"
		       " switchport mode access\n"
		       " switchport voice vlan 110\n"
		       "!\n"
		       "interface GigabitEthernet1/0/4\n"
		       " switchport access vlan 10\n"
		       " switchport mode access\n"
		       " switchport voice vlan 110\n"
		       " shutdown\n"
		       "!\n"
		       "interface TenGigabitEthernet1/1/1\n"
		       " switchport mode trunk\n"
		       " ip dhcp snooping trust\n"
		       "!\n"
		       "end\n"},
    {"ip dhcp snooping", "Switch DHCP snooping is enabled\n"
			 "\n"
			 "Interface                  Trusted\n"
			 "-----------------------    -------\n"
			 "TenGigabitEthernet1/1/1    yes\n"},
};

static void test_golden(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		char *text = bench_show(&bench, golden[i].command);

		assert_string_equal(text, golden[i].text);
		free(text);
	}
}

static void expect(const char *command, const char *expected)
{
	char *text = bench_show(&bench, command);

	assert_string_equal(text, expected);
	free(text);
}

/* Every way to say the same. */
static void test_abbreviations(void **state)
{
	static const char *const same[][2] = {
	    {"cdp neighbors detail", "cd nei det"},
	    {"cdp neighbors", "CDP NEIGHBORS"},
	    {"lldp neighbors", "ll n"},
	    {"power inline", "pow inl"},
	    {"vlan brief", "vl b"},
	    {"vlan brief", "vlan"},
	    {"mac address-table", "mac addr"},
	    {"mac address-table", "mac address-table dynamic"},
	    {"interfaces status", "int st"},
	    {"interfaces Gi1/0/1", "int gi 1/0/1"},
	    {"interfaces Gi1/0/1", "int GigabitEthernet 1/0/1"},
	    {"interfaces Te1/1/1", "int te1/1/1"},
	    {"running-config", "run"},
	    {"ip dhcp snooping binding", "ip dhcp sn b"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		char *one = bench_show(&bench, same[i][0]), *other = bench_show(&bench, same[i][1]);

		assert_string_equal(one, other);
		assert_null(strstr(one, "% "));
		free(one);
		free(other);
	}
}

static void test_words_may_come_apart_or_together(void **state)
{
	static const char *const apart[] = {"cdp", "neighbors", "detail"};
	char *one = switch_core_show(bench.core, bench.now_us, apart, 3), *other;

	(void)state;
	other = bench_show(&bench, "  cdp   neighbors detail ");
	assert_string_equal(one, other);
	free(one);
	free(other);
}

static void test_bad_commands(void **state)
{
	(void)state;
	expect("cdp neighbours", "sw1#show cdp neighbours\n"
				 "             ^\n"
				 "% Invalid input detected at '^' marker.\n\n");
	expect("foo", "sw1#show foo\n"
		      "         ^\n"
		      "% Invalid input detected at '^' marker.\n\n");
	expect("vlan brief now", "sw1#show vlan brief now\n"
				 "                    ^\n"
				 "% Invalid input detected at '^' marker.\n\n");
	expect("interfaces gi9/0/1 status", "sw1#show interfaces gi9/0/1 status\n"
					    "                    ^\n"
					    "% Invalid input detected at '^' marker.\n\n");
	expect("", "% Incomplete command.\n\n");
	expect("cdp", "% Incomplete command.\n\n");
	expect("ip dhcp", "% Incomplete command.\n\n");
	expect("v", "% Ambiguous command:  \"v\"\n");
	expect("cdp nei \x01", "% Line too long, or not text\n");
}

static void test_long_line(void **state)
{
	char line[3000];

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = 0;
	expect(line, "% Line too long, or not text\n");
	for (unsigned i = 1; i < sizeof(line) - 1; i += 2)
		line[i] = ' ';
	expect(line, "% Line too long, or not text\n");
}

static void test_status(void **state)
{
	json_t *status = switch_core_status(bench.core, bench.now_us),
	       *ports = json_object_get(status, "ports");
	char *text = json_dumps(json_array_get(ports, 0), JSON_COMPACT);

	(void)state;
	assert_string_equal(
	    text, "{\"name\":\"Gi1/0/"
		  "1\",\"link\":\"up\",\"admin\":\"up\",\"err_disabled\":null,\"mode\":\"access\","
		  "\"vlan\":10,\"voice_vlan\":110,\"device\":\"node0\","
		  "\"neighbor\":\"SEP001122AABB01\",\"nic\":null,\"poe_state\":\"on\",\"poe_class\":1,"
		  "\"poe_mw\":3600}");
	free(text);
	text = json_dumps(json_array_get(ports, 4), JSON_COMPACT);
	assert_string_equal(
	    text,
	    "{\"name\":\"Te1/1/1\",\"link\":\"up\",\"admin\":\"up\",\"err_disabled\":null,\"mode\":\"trunk\","
	    "\"vlan\":1,\"voice_vlan\":null,\"device\":\"node4\","
	    "\"neighbor\":\"core-of-the-building.example\",\"nic\":null,\"poe_state\":null,"
	    "\"poe_class\":null,\"poe_mw\":0}");
	free(text);
	text = json_dumps(json_object_get(status, "poe"), JSON_COMPACT);
	assert_string_equal(text, "{\"budget_mw\":370000,\"used_mw\":10600}");
	free(text);
	json_decref(status);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_golden),	     TEST(test_abbreviations), TEST(test_words_may_come_apart_or_together),
	    TEST(test_bad_commands), TEST(test_long_line),     TEST(test_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
