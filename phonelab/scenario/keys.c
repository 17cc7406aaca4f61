/* The one table of the keys of a scenario: parser, messages, JSON Schema and reference follow it. */
#include "phonelab/scenario/keys.h"

#include "base/ladder.h"
#include "phonelab/scenario/scenario.h"

#define AT(type, field) offsetof(struct type, field)

static const char *const states[] = {"pending", "active", "done", "skipped", "failed", NULL};
static const char *const links[] = {"down", "up", NULL};
static const char *const poes[] = {"off", "on", "denied", "faulty", NULL};
static const char *const steps[] = {"power",	"boot",	  "voice-vlan", "dhcp",	      "ctl",
				    "itl",	"config", "firmware",	"dial-rules", "cm-connect",
				    "register", "locale", "softkeys",	"ringtones",  NULL};

#define LOOK(field) AT(scenario_observation, field)
static const struct key observation_keys[] = {
    {"phone", KEY_TEXT, 0, LOOK(phone), 1, 40, NULL, NULL, NULL,
     "all, any, or one phone by device name, MAC or directory number. All when not said; in `never` any."},
    {"step", KEY_CHOICE, 0, LOOK(step), 0, 0, NULL, steps, NULL,
     "A rung of the ladder: its `state` (done when not said) and `detail`."},
    {"state", KEY_CHOICE, 0, LOOK(state), 0, 0, "done", states, NULL, "State of the step."},
    {"message", KEY_TEXT, 0, LOOK(message), 1, 120, NULL, NULL, NULL,
     "Text within a status message that the phone shows."},
    {"event", KEY_TEXT, 0, LOOK(event), 1, 60, NULL, NULL, NULL,
     "Name of an event (dhcp.ack); a * at its end stands for any rest. With `node`, `phone`, `detail`."},
    {"detail", KEY_TEXT, 0, LOOK(detail), 1, 120, NULL, NULL, NULL,
     "Text within the detail of step or event."},
    {"node", KEY_NAME, 0, LOOK(node), 1, 32, NULL, NULL, NULL,
     "Of `event` and `exec`: the phone, server or switch that it is about."},
    {"registered", KEY_TEXT, 0, LOOK(registered), 1, 40, NULL, NULL, NULL,
     "yes, no, or the call manager that it is registered with, by the call manager's own table."},
    {"port", KEY_PORT, 0, LOOK(port), 0, 0, NULL, NULL, NULL,
     "A port of a switch: its `link`, `poe`, `vlan`, `voice_vlan`, `neighbor`."},
    {"link", KEY_CHOICE, 0, LOOK(link), 0, 0, NULL, links, NULL, "Link of the port."},
    {"poe", KEY_CHOICE, 0, LOOK(poe), 0, 0, NULL, poes, NULL, "Power over Ethernet at the port."},
    {"vlan", KEY_VLAN, 0, LOOK(vlan), 1, 4094, NULL, NULL, NULL, "Untagged VLAN of the port."},
    {"voice_vlan", KEY_VLAN, 0, LOOK(voice_vlan), -1, 4094, NULL, NULL, NULL, "Voice VLAN of the port."},
    {"neighbor", KEY_TEXT, 0, LOOK(neighbor), 1, 60, NULL, NULL, NULL, "What CDP or LLDP calls it."},
    {"power", KEY_NAME, 0, LOOK(power), 1, 32, NULL, NULL, NULL,
     "A switch: the power that it gives, `used_at_least` and `used_at_most`."},
    {"used_at_least", KEY_WATTS, 0, LOOK(used_at_least), 0, 4000000, NULL, NULL, NULL, "Of `power`."},
    {"used_at_most", KEY_WATTS, 0, LOOK(used_at_most), 0, 4000000, NULL, NULL, NULL, "Of `power`."},
    {"field", KEY_TEXT, 0, LOOK(field), 1, 40, NULL, NULL, NULL,
     "A member of the phone in `phonelab status --json`, such as ipv4, tftp, active_load, frames_not_sent."},
    {"equals", KEY_TEXT, 0, LOOK(equals), 0, 120, NULL, NULL, NULL, "The field is this."},
    {"at_least", KEY_INTEGER, 0, LOOK(at_least), 0, 1000000000, NULL, NULL, NULL,
     "The field, or how often event or message was seen: at least."},
    {"at_most", KEY_INTEGER, 0, LOOK(at_most), 0, 1000000000, NULL, NULL, NULL, "Likewise: at most."},
    {"exec", KEY_TEXT, 0, LOOK(exec), 1, 500, NULL, NULL, NULL,
     "A shell command in `node`: its `output` and `status`."},
    {"output", KEY_TEXT, 0, LOOK(output), 1, 200, NULL, NULL, NULL, "Text within the command's output."},
    {"status", KEY_INTEGER, 0, LOOK(status), 0, 255, "0", NULL, NULL, "Exit status of the command."},
    {0},
};
static const struct shape observation_shape = {"observation", sizeof(struct scenario_observation),
					       observation_keys,
					       "What is looked for: exactly one of step, message, event, "
					       "registered, port, power, field, exec."};

static const struct key fault_keys[] = {
    {"id", KEY_TEXT, KEY_REQUIRED, AT(scenario_fault, id), 1, 200, NULL, NULL, NULL,
     "Id of the catalogue (phonelab fault ls), or a file of faults, seen from the scenario's folder."},
    {"phone", KEY_TEXT, 0, AT(scenario_fault, phone), 1, 40, NULL, NULL, NULL, "For one phone."},
    {"port", KEY_TEXT, 0, AT(scenario_fault, port), 1, 40, NULL, NULL, NULL, "At one port: sw1:Gi1/0/1."},
    {"service", KEY_NAME, 0, AT(scenario_fault, service), 1, 32, NULL, NULL, NULL, "At one server."},
    {"all", KEY_FLAG, 0, AT(scenario_fault, all), 0, 0, "false", NULL, NULL, "For everybody."},
    {"for", KEY_TIME, 0, AT(scenario_fault, lasts), 1000, 600000, NULL, NULL, NULL,
     "Cleared by itself after that time (whole seconds)."},
    {"count", KEY_INTEGER, 0, AT(scenario_fault, count), 0, 1000000, "0", NULL, NULL,
     "So many frames only; 0: all."},
    {0},
};
static const struct shape fault_shape = {"fault", sizeof(struct scenario_fault), fault_keys,
					 "A fault that is put in place."};

static const struct key configure_keys[] = {
    {"switch", KEY_NAME, 0, AT(scenario_configure, switch_name), 1, 32, NULL, NULL, NULL,
     "The switch; the only one when not said."},
    {"lines", KEY_TEXT, KEY_REQUIRED | KEY_LIST | KEY_ONE, AT(scenario_configure, lines), 1, 120, NULL, NULL,
     NULL, "Configuration commands, as one types them after `configure terminal`."},
    {0},
};
static const struct shape configure_shape = {"configure", sizeof(struct scenario_configure), configure_keys,
					     "A switch is configured."};

static const struct key device_keys[] = {
    {"phone", KEY_TEXT, KEY_REQUIRED, AT(scenario_device, phone), 1, 40, NULL, NULL, NULL, "The phone."},
    {"provisioned", KEY_FLAG, 0, AT(scenario_device, provisioned), 0, 0, NULL, NULL, NULL,
     "false: the device is taken out of the call manager."},
    {"load", KEY_LOAD, 0, AT(scenario_device, load), 1, 63, NULL, NULL, NULL, "The load that it should run."},
    {"label", KEY_TEXT, 0, AT(scenario_device, label), 1, 30, NULL, NULL, NULL, "Text beside the line."},
    {"auth_password", KEY_TEXT, 0, AT(scenario_device, auth_password), 1, 64, NULL, NULL, NULL,
     "Digest password of its lines, in configuration and database."},
    {0},
};
static const struct shape device_shape = {"device", sizeof(struct scenario_device), device_keys,
					  "A device's settings are changed in the call manager: its file is "
					  "rewritten; reset the phone to have it fetched."};

static const struct key exec_keys[] = {
    {"node", KEY_NAME, KEY_REQUIRED, AT(scenario_exec, node), 1, 32, NULL, NULL, NULL,
     "A phone, server or switch."},
    {"command", KEY_TEXT, KEY_REQUIRED, AT(scenario_exec, command), 1, 2000, NULL, NULL, NULL,
     "A shell command; $SCENARIO is the scenario's folder."},
    {"status", KEY_INTEGER, 0, AT(scenario_exec, status), 0, 255, "0", NULL, NULL,
     "The status that it must end with."},
    {"background", KEY_FLAG, 0, AT(scenario_exec, background), 0, 0, "false", NULL, NULL,
     "It runs on until the lab ends."},
    {"timeout", KEY_TIME, 0, AT(scenario_exec, timeout), 100, 600000, "10s", NULL, NULL,
     "After that it is ended, and has failed."},
    {0},
};
static const struct shape exec_shape = {"exec", sizeof(struct scenario_exec), exec_keys,
					"A command runs in a node."};

#define DO(field) AT(scenario_action, field)
#define SERVICE(key, field, doc)                                                                             \
	{                                                                                                    \
		key, KEY_NAME, 0, DO(field), 1, 64, NULL, NULL, NULL, doc                                    \
	}
#define PHONE(key, field, doc)                                                                               \
	{                                                                                                    \
		key, KEY_TEXT, 0, DO(field), 1, 40, NULL, NULL, NULL, doc                                    \
	}
static const struct key action_keys[] = {
    {"add_fault", KEY_OBJECT, 0, DO(add_fault), 0, 0, NULL, NULL, &fault_shape, "Put a fault in place."},
    {"clear_fault", KEY_TEXT, 0, DO(clear_fault), 1, 200, NULL, NULL, NULL, "Its id, or all."},
    SERVICE("stop", stop, "End a server's programs, or one program (tftp-http), in order."),
    SERVICE("kill", kill, "End them by SIGKILL."),
    SERVICE("pause", pause, "Stop them by SIGSTOP: they keep their sockets and answer nothing."),
    SERVICE("continue", resume, "Let them go on."),
    SERVICE("start", start, "Start them."),
    SERVICE("restart", restart, "End them in order and start them again."),
    PHONE("unplug", unplug, "Pull the cable of a phone, or of all."),
    PHONE("plug", plug, "Put it in again."),
    PHONE("reset", reset, "The phone goes back to the boot loader."),
    PHONE("restart_phone", restart_phone, "The phone fetches its configuration anew."),
    {"configure", KEY_OBJECT, 0, DO(configure), 0, 0, NULL, NULL, &configure_shape, "Configure a switch."},
    {"set_device", KEY_OBJECT, 0, DO(set_device), 0, 0, NULL, NULL, &device_shape,
     "Change a device in the call manager."},
    {"exec", KEY_OBJECT, 0, DO(exec), 0, 0, NULL, NULL, &exec_shape, "Run a command in a node."},
    {0},
};
static const struct shape action_shape = {"action", sizeof(struct scenario_action), action_keys,
					  "One thing that is done: exactly one key."};

static const struct key entry_keys[] = {
    {"at", KEY_TIME, 0, AT(scenario_entry, time), 0, 3600000, NULL, NULL, NULL,
     "When: so long after the phones get power. What comes first with 0s is done before they do."},
    {"when", KEY_OBJECT, 0, AT(scenario_entry, when), 0, 0, NULL, NULL, &observation_shape,
     "When: once this is seen, after the entry before was done."},
    {"wait", KEY_TIME, 0, AT(scenario_entry, wait), 0, 3600000, "0s", NULL, NULL,
     "And so long after that, or after the entry before."},
    {"name", KEY_NAME, 0, AT(scenario_entry, name), 1, 32, NULL, NULL, NULL,
     "For `after` and `until` of expectations."},
    {"do", KEY_OBJECT, KEY_LIST | KEY_ONE, AT(scenario_entry, actions), 0, 32, NULL, NULL, &action_shape,
     "What is done, in this order; nothing: only a mark."},
    {0},
};
static const struct shape entry_shape = {"entry", sizeof(struct scenario_entry), entry_keys,
					 "An entry of the timeline. One is done after the other."};

#define EXPECT(field) AT(scenario_expectation, field)
static const struct key expectation_keys[] = {
    {"eventually", KEY_OBJECT, 0, EXPECT(eventually), 0, 0, NULL, NULL, &observation_shape,
     "It holds at some time, `within` the time given."},
    {"always", KEY_OBJECT, 0, EXPECT(always), 0, 0, NULL, NULL, &observation_shape,
     "It holds at every look, for all of the time."},
    {"never", KEY_OBJECT, 0, EXPECT(never), 0, 0, NULL, NULL, &observation_shape, "It is not seen."},
    {"in_order", KEY_OBJECT, KEY_LIST, EXPECT(in_order), 2, 64, NULL, NULL, &observation_shape,
     "Each is seen to happen after the one before (steps, messages, events; of one phone)."},
    {"within", KEY_TIME, 0, EXPECT(within), 1, 3600000, "10s", NULL, NULL, "Of `eventually` and `in_order`."},
    {"after", KEY_NAME, 0, EXPECT(after), 1, 32, NULL, NULL, NULL,
     "Its time begins when this entry of the timeline is done; at power-on when not said."},
    {"until", KEY_NAME, 0, EXPECT(until), 1, 32, NULL, NULL, NULL,
     "Of `always` and `never`: up to that entry; up to the end when not said."},
    {"for", KEY_TIME, 0, EXPECT(lasts), 1, 3600000, NULL, NULL, NULL,
     "Of `always` and `never`: for so long."},
    {0},
};
static const struct shape expectation_shape = {"expectation", sizeof(struct scenario_expectation),
					       expectation_keys,
					       "Exactly one of eventually, always, never, in_order."};

static const struct key scenario_keys[] = {
    {"name", KEY_NAME, 0, AT(scenario, name), 1, 60, NULL, NULL, NULL,
     "Name of the test; the file's name when not said."},
    {"title", KEY_TEXT, 0, AT(scenario, title), 1, 160, NULL, NULL, NULL, "One line for people."},
    {"topology", KEY_TEXT, KEY_REQUIRED, AT(scenario, topology_file), 1, 400, NULL, NULL, NULL,
     "The topology's file, seen from the scenario's folder."},
    {"overrides", KEY_TREE, 0, AT(scenario, overrides), 0, 0, NULL, NULL, NULL,
     "Keys of the topology that are changed: maps are merged, lists of named things by name, the rest is "
     "replaced."},
    {"phones", KEY_INTEGER, 0, AT(scenario, phones), 1, 4096, NULL, NULL, NULL,
     "Scale the topology to so many phones."},
    {"seed", KEY_INTEGER, 0, AT(scenario, seed), 0, INT64_MAX, NULL, NULL, NULL,
     "Of everything random; the topology's when not said."},
    {"timeout", KEY_TIME, 0, AT(scenario, timeout), 1000, 3600000, "60s", NULL, NULL,
     "The most that it may take after power-on."},
    {"lasts", KEY_TIME, 0, AT(scenario, lasts), 0, 3600000, "0s", NULL, NULL,
     "It goes on for at least so long, for `always` and `never`."},
    {"timeline", KEY_OBJECT, KEY_LIST, AT(scenario, timeline), 0, 64, NULL, NULL, &entry_shape,
     "What is done, and when."},
    {"expect", KEY_OBJECT, KEY_LIST | KEY_REQUIRED, AT(scenario, expect), 1, 64, NULL, NULL,
     &expectation_shape, "What has to be seen."},
    {0},
};
const struct shape scenario_shape = {"scenario", sizeof(struct scenario), scenario_keys,
				     "A phonelab scenario: a topology, what is done to it, and what is "
				     "expected."};
