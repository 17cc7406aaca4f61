/* The keys of a file of faults. Each row: key, type, flags, field, least, greatest, default, choices, shape,
 * doc. */
#include "phonelab/fault/fault.h"

#define AT(type, field)			   offsetof(struct type, field)
#define TEXT(key, flags, type, field, doc) KEY_ROW(key, KEY_TEXT, flags, AT(type, field), 1, 4000, doc)

const char *const fault_scope_names[] = {"phone", "port", "service", "all", NULL};
const char *const fault_boot_names[] = {"none", "reset", "power", NULL};
const char *const fault_do_names[] = {"configure", "wire",    "stop",	  "kill",     "pause",	"restart",
				      "edit",	   "remove",  "truncate", "corrupt",  "write",	"copy",
				      "sign",	   "chmod",   "certify",  "estrange", "refuse", "forget",
				      "sql",	   "setting", "plug",	  "unplug",   NULL};
const char *const fault_flash_names[] = {"kept", "erased", NULL};
const char *const fault_needs_names[] = {"router", "auto-registration", "mixed", "tls", "mic", "lsc", NULL};
const char *const fault_validity_names[] = {"valid", "expired", "future", NULL};
static const char *const answers[] = {"no", "yes", NULL};
const char *const fault_look_names[] = {"file", "show",	   "process",	  "event",  "order",	 "database",
					"rule", "size",	   "listing",	  "damage", "signature", "binding",
					"mode", "setting", "certificate", NULL};
static const char *const layers[] = {"power", "flash", "link", "network", "dhcp", "files", "sip", NULL};

static KEY_SHAPE(
    action_shape, "action", fault_action, "One action of a fault.",
    {"do", KEY_CHOICE, KEY_REQUIRED, AT(fault_action, what), 0, 0, NULL, fault_do_names, NULL, "The action."},
    TEXT("service", 0, fault_action, service, "A server's program: dhcp, tftp, tftp-http, cucm-pub."),
    TEXT("file", 0, fault_action, file, "A file below the run directory; a pattern matches several files."),
    TEXT("match", 0, fault_action, match, "An extended regular expression, applied per line."),
    KEY_ROW("with", KEY_TEXT, 0, AT(fault_action, with), 0, 4000, "The text that replaces a match."),
    KEY_ROW("text", KEY_TEXT, 0, AT(fault_action, text), 0, 16000,
	    "The content, an SQL statement, or the value of a setting."),
    TEXT("from", 0, fault_action, from,
	 "The file that is copied, or the key that signs a certificate (default: that beside it)."),
    {"validity", KEY_CHOICE, 0, AT(fault_action, validity), 0, 0, NULL, fault_validity_names, NULL,
     "The validity of a certificate that is issued again."},
    TEXT("mode", 0, fault_action, mode, "Permissions in octal."),
    TEXT("rule", 0, fault_action, rule, "A rule of the switch's data plane, as JSON."),
    TEXT("name", 0, fault_action, name, "A setting of the call managers: auto_registration."),
    TEXT("node", 0, fault_action, node, "The name of a device that is plugged in."),
    TEXT("address", 0, fault_action, address, "The device's address with its prefix length."),
    TEXT("phrase", 0, fault_action, phrase, "The reason phrase of the SIP status."),
    KEY_ROW("bytes", KEY_INTEGER, 0, AT(fault_action, bytes), 0, 1000000, "The number of octets."),
    KEY_ROW("code", KEY_INTEGER, 0, AT(fault_action, code), 0, 699,
	    "The SIP status; 0: no answer; 1: the connection is closed."),
    KEY_ROW("retry_after", KEY_INTEGER, 0, AT(fault_action, retry_after), 0, 86400,
	    "The Retry-After of the answer, in seconds."),
    TEXT("lines", KEY_LIST | KEY_ONE, fault_action, lines, "Configuration commands of the switch."),
    TEXT("undo", KEY_LIST | KEY_ONE, fault_action, undo, "The commands that revert the lines."),
    TEXT("run", KEY_LIST, fault_action, run, "A program and its arguments."));

static KEY_SHAPE(check_shape, "check", fault_check, "One check from the outside.",
		 {"look", KEY_CHOICE, KEY_REQUIRED, AT(fault_check, look), 0, 0, NULL, fault_look_names, NULL,
		  "The kind of check."},
		 TEXT("at", KEY_REQUIRED, fault_check, what,
		      "What is checked: a file, a show command, a program."),
		 TEXT("has", 0, fault_check, has, "A regular expression that must match."),
		 TEXT("lacks", 0, fault_check, lacks, "A regular expression that must not match."));

static KEY_SHAPE(
    symptom_shape, "symptom", fault_symptom, "What a person sees.",
    KEY_ROW("step", KEY_INTEGER, KEY_REQUIRED, AT(fault_symptom, step), 1, 14,
	    "The step that shows the symptom."),
    TEXT("state", KEY_REQUIRED, fault_symptom, state, "A regular expression: the state of the step."),
    TEXT("detail", 0, fault_symptom, detail, "A regular expression in the detail of the step."),
    TEXT("message", 0, fault_symptom, message, "A regular expression in a status message of the phone."),
    TEXT("why", KEY_REQUIRED, fault_symptom, why, "Part of the cause that phonelab why reports."),
    {"registered", KEY_CHOICE, 0, AT(fault_symptom, registered), 0, 0, NULL, answers, NULL,
     "Is the phone registered while it shows the symptom? A fault of the catalogue says so from step 5 on."},
    {"registered_if_erased", KEY_CHOICE, 0, AT(fault_symptom, registered_if_erased), 0, 0, NULL, answers,
     NULL, "The same for a phone whose flash was erased, if the answer is another one."},
    KEY_ROW("also_failed", KEY_INTEGER, 0, AT(fault_symptom, also_failed), 1, 14,
	    "A later step that has failed too."));

static KEY_SHAPE(
    fault_shape, "fault", fault, "A fault.",
    KEY_ROW("id", KEY_NAME, KEY_REQUIRED, AT(fault, id), 1, 60, "The id of the fault."),
    TEXT("title", KEY_REQUIRED, fault, title, "The title, one line."),
    {"layer", KEY_CHOICE, KEY_REQUIRED, AT(fault, layer), 0, 0, NULL, layers, NULL,
     "The layer of the fault."},
    KEY_ROW("step", KEY_INTEGER, KEY_REQUIRED, AT(fault, step), 1, 14, "The step that the fault breaks."),
    {"scope", KEY_CHOICE, KEY_REQUIRED, AT(fault, scope), 0, 0, NULL, fault_scope_names, NULL,
     "What the fault affects."},
    {"boot", KEY_CHOICE, 0, AT(fault, boot), 0, 0, "reset", fault_boot_names, NULL,
     "What the phone must do before the symptom is visible."},
    {"flash", KEY_CHOICE, 0, AT(fault, flash), 0, 0, "kept", fault_flash_names, NULL,
     "The flash of the phone when it boots: kept (trust lists, configuration of the last boot) or erased."},
    {"needs", KEY_CHOICE, 0, AT(fault, needs), 0, 0, NULL, fault_needs_names, NULL,
     "router: the fault has no symptom where every server is in the VLAN of the phones. auto-registration: "
     "it has one "
     "only at phones that the topology does not provision, in a lab with cluster.auto_registration. mixed: "
     "only in "
     "a cluster in mixed mode; tls: there, at phones with a security mode; mic, lsc: at those of them "
     "without and with "
     "`lsc: installed`."},
    TEXT("model", 0, fault, model, "A regular expression of the phone models that can have the fault."),
    KEY_MAP("inject", KEY_LIST | KEY_REQUIRED, AT(fault, inject), 1, 16, &action_shape,
	    "The actions that apply the fault, in order."),
    KEY_MAP("proof", KEY_LIST | KEY_REQUIRED, AT(fault, proof), 1, 8, &check_shape,
	    "The checks that prove that the fault is active."),
    KEY_MAP("healed", KEY_LIST, AT(fault, healed), 0, 8, &check_shape,
	    "Checks after clearing, in addition to the absence of the proof."),
    KEY_MAP("symptom", KEY_REQUIRED, AT(fault, symptom), 0, 0, &symptom_shape, "What a person sees."),
    TEXT("cause", KEY_REQUIRED, fault, cause, "The cause in one sentence."),
    TEXT("find", KEY_REQUIRED, fault, find, "How a person finds the fault."),
    TEXT("repair", KEY_REQUIRED, fault, repair, "How a person repairs the fault."));

KEY_SHAPE(fault_file_shape, "faults", fault_file, "A file of faults.",
	  KEY_MAP("faults", KEY_LIST | KEY_REQUIRED, AT(fault_file, faults), 1, 500, &fault_shape,
		  "The faults."));

/* By enum fault_layer. */
const char *fault_layer_name(const struct fault *fault)
{
	return layers[fault->layer];
}
