/* The table of the keys of a scenario: parser, messages, JSON Schema and reference use it. */
#include "phonelab/fault/fault.h"
#include "phonelab/scenario/scenario.h"
#include "phonelab/topology/device.h"

#define AT(type, field) offsetof(struct type, field)

static const char *const states[] = {"pending", "active", "done", "skipped", "failed", NULL};
const char *const scenario_link_names[] = {"down", "up", NULL};
const char *const scenario_poe_names[] = {"off", "on", "denied", "faulty", NULL};
static const char *const steps[] = {"power",	"boot",	  "voice-vlan", "dhcp",	      "ctl",
				    "itl",	"config", "firmware",	"dial-rules", "cm-connect",
				    "register", "locale", "softkeys",	"ringtones",  NULL};

const char *const scenario_kind_names[] = {"step",  "message", "event", "registered", "port",
					   "power", "field",   "exec",	NULL};
const char *const scenario_mode_names[] = {"eventually", "always", "never", "in_order", NULL};
const char *const scenario_verb_names[] = {"add_fault", "clear_fault",	 "stop",    "kill",	 "pause",
					   "continue",	"start",	 "restart", "unplug",	 "plug",
					   "reset",	"restart_phone", "erase",   "configure", "set_device",
					   "cucm",	"move",		 "exec",    NULL};

#define OBSERVE(field) AT(scenario_observation, field)
static const struct key observation_keys[] = {
    KEY_ROW("phone", KEY_TEXT, 0, OBSERVE(phone), 1, 40,
	    "all, any, or one phone by device name, MAC or directory number. Default: all; in `never`: any."),
    KEY_ROW(
	"phones", KEY_TEXT, KEY_LIST | KEY_ONE, OBSERVE(phones), 1, 40,
	"Only these phones: a range of directory numbers such as 2001-2010, a phone, or a list of both; or "
	"all."),
    {"model", KEY_WORD, KEY_LIST | KEY_ONE, OBSERVE(models), 0, 0, NULL, topology_phone_model_names, NULL,
     "Only the phones of this model, or of these models."},
    KEY_ROW("except", KEY_TEXT, KEY_LIST | KEY_ONE, OBSERVE(except), 1, 40,
	    "Not these phones; written like `phones`."),
    {"step", KEY_CHOICE, 0, OBSERVE(step), 0, 0, NULL, steps, NULL,
     "A step of the ladder, with its `state` and `detail`."},
    {"state", KEY_CHOICE, 0, OBSERVE(state), 0, 0, "done", states, NULL, "State of the step."},
    KEY_ROW("message", KEY_TEXT, 0, OBSERVE(message), 1, 120,
	    "Text that a status message of the phone contains."),
    KEY_ROW("event", KEY_TEXT, 0, OBSERVE(event), 1, 60,
	    "Name of an event, such as dhcp.ack; a * at the end matches any ending. With `node`, `phone`, "
	    "`detail`."),
    KEY_ROW("detail", KEY_TEXT, 0, OBSERVE(detail), 1, 120,
	    "Text that the detail of the step or event contains."),
    KEY_ROW("node", KEY_NAME, 0, OBSERVE(node), 1, 32,
	    "With `event` and `exec`: the phone, server or switch."),
    KEY_ROW("registered", KEY_TEXT, 0, OBSERVE(registered), 1, 40,
	    "yes, no, or a call manager: the registration in the table of the call manager. claimed: by the "
	    "phone's own report, whatever the table contains."),
    KEY_ROW("port", KEY_PORT, 0, OBSERVE(port), 0, 0,
	    "A port of a switch: its `link`, `poe`, `vlan`, `voice_vlan`, `neighbor`."),
    {"link", KEY_CHOICE, 0, OBSERVE(link), 0, 0, NULL, scenario_link_names, NULL, "Link of the port."},
    {"poe", KEY_CHOICE, 0, OBSERVE(poe), 0, 0, NULL, scenario_poe_names, NULL,
     "Power over Ethernet at the port."},
    KEY_ROW("vlan", KEY_VLAN, 0, OBSERVE(vlan), 1, 4094, "Untagged VLAN of the port."),
    KEY_ROW("voice_vlan", KEY_VLAN, 0, OBSERVE(voice_vlan), -1, 4094, "Voice VLAN of the port."),
    KEY_ROW("neighbor", KEY_TEXT, 0, OBSERVE(neighbor), 1, 60,
	    "Text that the name of the CDP or LLDP neighbor contains."),
    KEY_ROW("power", KEY_NAME, 0, OBSERVE(power), 1, 32,
	    "A switch: the PoE power in use, with `used_at_least` and `used_at_most`."),
    KEY_ROW("used_at_least", KEY_WATTS, 0, OBSERVE(used_at_least), 0, 4000000,
	    "With `power`: the least power."),
    KEY_ROW("used_at_most", KEY_WATTS, 0, OBSERVE(used_at_most), 0, 4000000, "With `power`: the most power."),
    KEY_ROW("field", KEY_TEXT, 0, OBSERVE(field), 1, 40,
	    "A member of the phone in `phonelab status --json`, such as ipv4, tftp, active_load, "
	    "frames_not_sent."),
    KEY_ROW("equals", KEY_TEXT, 0, OBSERVE(equals), 0, 120,
	    "The value of the field; a list as `10.20.0.3, 10.20.0.4`."),
    KEY_ROW("at_least", KEY_INTEGER, 0, OBSERVE(at_least), 0, 1000000000,
	    "The least value of the field, or the least number of events or messages."),
    KEY_ROW("at_most", KEY_INTEGER, 0, OBSERVE(at_most), 0, 1000000000, "The greatest value or number."),
    KEY_ROW("exec", KEY_TEXT, 0, OBSERVE(exec), 1, 500,
	    "A shell command in `node`, with its `output` and `status`."),
    KEY_ROW("output", KEY_TEXT, 0, OBSERVE(output), 1, 200,
	    "Text that the output of the command contains (in its first 64 KiB)."),
    {"status", KEY_INTEGER, 0, OBSERVE(status), 0, 255, "0", NULL, NULL, "Exit status of the command."},
    {0},
};
static const struct shape observation_shape = {"observation", sizeof(struct scenario_observation),
					       observation_keys,
					       "A condition: exactly one of step, message, event, "
					       "registered, port, power, field, exec."};

static const struct key fault_keys[] = {
    KEY_ROW("id", KEY_TEXT, KEY_REQUIRED, AT(scenario_fault, id), 1, 200,
	    "An id of the catalogue (phonelab fault ls), or a file of faults, relative to the scenario's "
	    "folder."),
    KEY_ROW("phone", KEY_TEXT, 0, AT(scenario_fault, phone), 1, 40, "Apply it to one phone."),
    KEY_ROW("port", KEY_TEXT, 0, AT(scenario_fault, port), 1, 40,
	    "Apply it to one port, such as sw1:Gi1/0/1."),
    KEY_ROW("service", KEY_NAME, 0, AT(scenario_fault, service), 1, 32, "Apply it to one server."),
    {"flash", KEY_CHOICE, 0, AT(scenario_fault, flash), 0, 0, "kept", fault_flash_names, NULL,
     "erased: the phones lose their trust lists and stored configuration, and boot with the fault."},
    {"all", KEY_FLAG, 0, AT(scenario_fault, all), 0, 0, "false", NULL, NULL, "Apply it to every phone."},
    KEY_ROW("for", KEY_TIME, 0, AT(scenario_fault, lasts), 1000, 600000,
	    "Revert it after this time (whole seconds)."),
    {"count", KEY_INTEGER, 0, AT(scenario_fault, count), 0, 1000000, "0", NULL, NULL,
     "The number of frames that it affects; 0: all."},
    {0},
};
static const struct shape fault_shape = {"fault", sizeof(struct scenario_fault), fault_keys,
					 "A fault to apply."};

static const struct key configure_keys[] = {
    KEY_ROW("switch", KEY_NAME, 0, AT(scenario_configure, switch_name), 1, 32,
	    "The switch; optional if there is only one."),
    KEY_ROW("lines", KEY_TEXT, KEY_REQUIRED | KEY_LIST | KEY_ONE, AT(scenario_configure, lines), 1, 120,
	    "Configuration commands, as after `configure terminal`."),
    {0},
};
static const struct shape configure_shape = {"configure", sizeof(struct scenario_configure), configure_keys,
					     "Configuration of a switch."};

static const struct key device_keys[] = {
    KEY_ROW("phone", KEY_TEXT, KEY_REQUIRED, AT(scenario_device, phone), 1, 40, "The phone."),
    {"apply", KEY_FLAG, 0, AT(scenario_device, apply), 0, 0, "true", NULL, NULL,
     "The call manager notifies the phone, which restarts if its file has changed. false: the change waits "
     "for the "
     "next reset or restart."},
    TOPOLOGY_DEVICE_KEYS(AT(scenario_device, set)),
    {0},
};
static const struct shape device_shape = {"device", sizeof(struct scenario_device), device_keys,
					  "Settings of a device in the call manager, as phonelab device set "
					  "changes them. The call manager rewrites the "
					  "file and the rows of the device."};

static const char *const certificates[] = {"callmanager", "tvs", "capf", "itlrecovery", NULL};
static const char *const tftp[] = {"tftp", NULL}, *const ctl[] = {"ctl", NULL},
			 *const localkey[] = {"localkey", NULL};
static const struct key cucm_keys[] = {
    {"renew", KEY_WORD, 0, AT(scenario_cucm, renew), 0, 0, NULL, certificates, NULL,
     "Make this certificate again, with a new key. Its services use it after their restart."},
    KEY_ROW("node", KEY_NAME, 0, AT(scenario_cucm, node), 1, 32,
	    "With `renew: callmanager` and `renew: tvs`: of this call manager. Default: the publisher."),
    {"expired", KEY_FLAG, 0, AT(scenario_cucm, expired), 0, 0, NULL, NULL, NULL,
     "With `renew`: the validity of the certificate has ended a day ago."},
    {"restart", KEY_WORD, 0, AT(scenario_cucm, restart), 0, 0, NULL, tftp, NULL,
     "Sign the ITL and all files with the certificates as they are now, and restart the TFTP services."},
    {"update", KEY_WORD, 0, AT(scenario_cucm, update), 0, 0, NULL, ctl, NULL, "Write the CTL again."},
    {"mixed_mode", KEY_FLAG, 0, AT(scenario_cucm, mixed_mode), 0, 0, NULL, NULL, NULL,
     "Enter or leave mixed mode. Files and programs follow after their restart."},
    {"rollback", KEY_FLAG, 0, AT(scenario_cucm, rollback), 0, 0, NULL, NULL, NULL,
     "Set the parameter `Prepare Cluster for Rollback to pre 8.0`: after `restart: tftp` the ITL has no "
     "records of TVS and TFTP."},
    {"reset_itl", KEY_WORD, 0, AT(scenario_cucm, reset_itl), 0, 0, NULL, localkey, NULL,
     "In release 11.5: sign the ITL with ITLRecovery, until `restart: tftp`."},
    {"consolidate", KEY_FLAG, 0, AT(scenario_cucm, consolidate), 0, 0, NULL, NULL, NULL,
     "on: each cluster of the lab imports the certificates with which the others sign."},
    KEY_ROW("cluster", KEY_NAME, 0, AT(scenario_cucm, cluster), 1, 50,
	    "Not with `consolidate`: the cluster. Default: that of `cluster` in the topology."),
    {0},
};
static const struct shape cucm_shape = {
    "cucm", sizeof(struct scenario_cucm), cucm_keys,
    "Certificates and security mode of the cluster, as phonelab cucm changes them: exactly one of renew, "
    "restart, update, mixed_mode, rollback, reset_itl, consolidate."};

static const struct key move_keys[] = {
    KEY_ROW("phone", KEY_TEXT, KEY_REQUIRED, AT(scenario_move, phone), 1, 40, "The phone."),
    KEY_ROW("cluster", KEY_NAME, KEY_REQUIRED, AT(scenario_move, cluster), 1, 50,
	    "The cluster that it is to belong to."),
    {0},
};
static const struct shape move_shape = {"move", sizeof(struct scenario_move), move_keys,
					"A phone that moves to another cluster, as with phonelab move."};

static const struct key exec_keys[] = {
    KEY_ROW("node", KEY_NAME, KEY_REQUIRED, AT(scenario_exec, node), 1, 32, "A phone, server or switch."),
    KEY_ROW("command", KEY_TEXT, KEY_REQUIRED, AT(scenario_exec, command), 1, 2000,
	    "A shell command; $SCENARIO is the scenario's folder."),
    {"status", KEY_INTEGER, 0, AT(scenario_exec, status), 0, 255, "0", NULL, NULL,
     "The exit status that is expected."},
    {"background", KEY_FLAG, 0, AT(scenario_exec, background), 0, 0, "false", NULL, NULL,
     "Do not wait for the command; it runs until the lab stops."},
    {"timeout", KEY_TIME, 0, AT(scenario_exec, timeout), 100, 600000, "10s", NULL, NULL,
     "After this time the command is killed and has failed."},
    {0},
};
static const struct shape exec_shape = {"exec", sizeof(struct scenario_exec), exec_keys,
					"A command to run in a node."};

#define DO(field)	  AT(scenario_action, field)
#define SERVICE(key, doc) KEY_ROW(key, KEY_NAME, 0, DO(target), 1, 64, doc)
#define PHONE(key, doc)	  KEY_ROW(key, KEY_TEXT, 0, DO(target), 1, 40, doc)
static const struct key action_keys[] = {
    KEY_MAP("add_fault", 0, DO(add_fault), 0, 0, &fault_shape, "Apply a fault."),
    KEY_ROW("clear_fault", KEY_TEXT, 0, DO(target), 1, 200, "Revert a fault: its id, or all."),
    SERVICE("stop", "Stop the programs of a server, or one program (tftp-http, cucm-pub-tvs)."),
    SERVICE("kill", "Kill them with SIGKILL."),
    SERVICE("pause", "Suspend them with SIGSTOP: their sockets stay open, and they do not answer."),
    SERVICE("continue", "Continue them."),
    SERVICE("start", "Start them."),
    SERVICE("restart", "Stop them and start them again."),
    PHONE("unplug", "Unplug the cable of a phone, or of all."),
    PHONE("plug", "Plug it in again."),
    PHONE("reset", "Reset a phone, or all: it starts again at the boot loader."),
    PHONE("restart_phone", "Restart a phone, or all: it fetches its configuration again."),
    PHONE("erase",
	  "Erase the trust lists and the stored configuration of a phone, or of all; it starts again."),
    KEY_MAP("configure", 0, DO(configure), 0, 0, &configure_shape, "Configure a switch."),
    KEY_MAP("set_device", 0, DO(set_device), 0, 0, &device_shape, "Change a device in the call manager."),
    KEY_MAP("cucm", 0, DO(cucm), 0, 0, &cucm_shape,
	    "Renew certificates of the cluster, or change its security mode."),
    KEY_MAP("move", 0, DO(move), 0, 0, &move_shape,
	    "Move a phone to another cluster: its device and option 150. The phone is reset."),
    KEY_MAP("exec", 0, DO(exec), 0, 0, &exec_shape, "Run a command in a node."),
    {0},
};
static const struct shape action_shape = {"action", sizeof(struct scenario_action), action_keys,
					  "One action: exactly one key."};

static const struct key entry_keys[] = {
    KEY_ROW("at", KEY_TIME, 0, AT(scenario_entry, time), 0, 3600000,
	    "The time after power-on. Entries at the beginning with 0s run before power-on."),
    KEY_MAP("when", 0, AT(scenario_entry, when), 0, 0, &observation_shape,
	    "Wait for this condition, after the previous entry has run."),
    {"wait", KEY_TIME, 0, AT(scenario_entry, wait), 0, 3600000, "0s", NULL, NULL,
     "Additional delay after `at` or `when`, or after the previous entry."},
    KEY_ROW("name", KEY_NAME, 0, AT(scenario_entry, name), 1, 32,
	    "A name for `after` and `until` of expectations."),
    KEY_MAP("do", KEY_LIST | KEY_ONE, AT(scenario_entry, actions), 0, 32, &action_shape,
	    "The actions, in this order; if omitted, the entry only marks a moment."),
    {0},
};
static const struct shape entry_shape = {"entry", sizeof(struct scenario_entry), entry_keys,
					 "An entry of the timeline. Entries run one after another."};

#define EXPECT(field) AT(scenario_expectation, field)
static const struct key expectation_keys[] = {
    KEY_MAP("eventually", 0, EXPECT(observation), 0, 0, &observation_shape,
	    "The condition is true at some moment of the time `within`."),
    KEY_MAP("always", 0, EXPECT(observation), 0, 0, &observation_shape,
	    "The condition is true at each check."),
    KEY_MAP("never", 0, EXPECT(observation), 0, 0, &observation_shape, "The condition is never true."),
    KEY_MAP("in_order", KEY_LIST, EXPECT(in_order), 2, 64, &observation_shape,
	    "Each condition becomes true after the previous one (steps, messages, events; of one phone)."),
    {"within", KEY_TIME, 0, EXPECT(within), 1, 3600000, "10s", NULL, NULL,
     "The time limit of `eventually` and `in_order`."},
    KEY_ROW("after", KEY_NAME, 0, EXPECT(after), 1, 32,
	    "The entry of the timeline at which the expectation begins. Default: power-on."),
    KEY_ROW("until", KEY_NAME, 0, EXPECT(until), 1, 32,
	    "The entry at which `always` and `never` end. Default: the end of the scenario."),
    KEY_ROW("for", KEY_TIME, 0, EXPECT(lasts), 1, 3600000, "The duration of `always` and `never`."),
    {0},
};
static const struct shape expectation_shape = {"expectation", sizeof(struct scenario_expectation),
					       expectation_keys,
					       "Exactly one of eventually, always, never, in_order."};

static const struct key scenario_keys[] = {
    KEY_ROW("name", KEY_NAME, 0, AT(scenario, name), 1, 60,
	    "Name of the test. Default: the name of the file."),
    KEY_ROW("title", KEY_TEXT, 0, AT(scenario, title), 1, 160, "One line that describes the scenario."),
    KEY_ROW("topology", KEY_TEXT, KEY_REQUIRED, AT(scenario, topology_file), 1, 400,
	    "The file of the topology, relative to the scenario's folder."),
    KEY_ROW(
	"overrides", KEY_TREE, 0, AT(scenario, overrides), 0, 0,
	"Changes to the topology: maps are merged, lists of named items by name; other values are replaced."),
    KEY_ROW("phones", KEY_INTEGER, 0, AT(scenario, phones), 1, 4096,
	    "Scale the topology to this number of phones."),
    KEY_ROW("seed", KEY_INTEGER, 0, AT(scenario, seed), 0, INT64_MAX,
	    "The seed of all random choices. Default: the seed of the topology."),
    {"timeout", KEY_TIME, 0, AT(scenario, timeout), 1000, 3600000, "60s", NULL, NULL,
     "The longest time after power-on."},
    {"lasts", KEY_TIME, 0, AT(scenario, lasts), 0, 3600000, "0s", NULL, NULL,
     "The shortest time after power-on, for `always` and `never`."},
    KEY_MAP("timeline", KEY_LIST, AT(scenario, timeline), 0, 64, &entry_shape,
	    "The actions and their times."),
    KEY_MAP("expect", KEY_LIST | KEY_REQUIRED, AT(scenario, expect), 1, 64, &expectation_shape,
	    "The expectations."),
    {0},
};
const struct shape scenario_shape = {"scenario", sizeof(struct scenario), scenario_keys,
				     "A phonelab scenario: a topology, a timeline of actions, and "
				     "expectations."};
