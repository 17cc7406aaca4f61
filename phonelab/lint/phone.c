/* One phone: boot it, and make findings of what it reports. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "phonelab/lint/lint.h"
#include "phonelab/lint/model.h"
#include "phonelab/lint/place.h"
#include "phonelab/lint/world.h"
#include "wire/ipv4.h"

#define LOAD_IN_FLASH "the load in flash"

/* The boot of one phone, as it is observed. */
struct watch {
	const struct lint_order *order;
	struct lint_phone *phone;
	struct lint_loads *loads;
	struct place place; /* the files of the present step */
	int err;
};

static const char *evidence(const struct phone_evidence *list, unsigned count, const char *key)
{
	for (unsigned i = 0; i < count; i++)
		if (!strcmp(list[i].key, key))
			return list[i].value;
	return "";
}

static enum lint_rule rule_of_step(int step)
{
	switch (step) {
	case LADDER_CTL:
	case LADDER_ITL: return LINT_TRUST_LIST;
	case LADDER_FIRMWARE: return LINT_FIRMWARE;
	case LADDER_DIAL_RULES: return LINT_DIAL_RULES;
	case LADDER_CM_CONNECT: return LINT_CALL_MANAGER;
	case LADDER_REGISTER: return LINT_REGISTER;
	case LADDER_LOCALE: return LINT_LOCALE;
	case LADDER_SOFTKEYS: return LINT_SOFT_KEYS;
	case LADDER_RINGTONES: return LINT_RINGTONES;
	default: return LINT_CONFIGURATION;
	}
}

#define ADD(watch, rule, step, file, line, ...)                                                              \
	do {                                                                                                 \
		if (lint_add(&(watch)->phone->findings, rule, step, file, line, __VA_ARGS__))                \
			(watch)->err = -ENOMEM;                                                              \
	} while (0)

/* Remove " from ADDRESS by HTTP": the address is not one of the user's. */
static void without_server(const struct lint_source *source, const char *detail, char *text, size_t size)
{
	char address[IPV4_TEXT], http[64], tftp[64];
	const char *const parts[] = {http, tftp};
	char *found;

	ipv4_format(source->address, address);
	snprintf(http, sizeof(http), " from %s by HTTP", address);
	snprintf(tftp, sizeof(tftp), " from %s by TFTP", address);
	snprintf(text, size, "%s", detail);
	for (size_t i = 0; i < 2; i++)
		while ((found = strstr(text, parts[i])))
			memmove(found, found + strlen(parts[i]), strlen(found + strlen(parts[i])) + 1);
}

/* --- what the phone reports --- */

/* A file that is not there may be there under another name. */
static void look_beside(struct watch *watch, int step, const char *file)
{
	struct lint_source *source = watch->order->source;
	const char *entry = source->entry ? source->entry(source, file) : NULL;
	size_t length = strlen(file);
	char plain[PHONE_NAME_MAX];

	if (entry && strcmp(entry, file))
		ADD(watch, LINT_NAME_CASE, step, entry, 0, "phones request %s: letter case counts", file);
	if (length < 4 || length >= sizeof(plain) || strcmp(file + length - 4, ".sgn"))
		return;
	snprintf(plain, sizeof(plain), "%.*s", (int)length - 4, file);
	entry = source->entry ? source->entry(source, plain) : NULL;
	if (entry && !strcmp(entry, plain))
		ADD(watch, LINT_UNSIGNED, step, entry, 0,
		    "the phone requests %s only: its trust list names a signer of files", file);
}

/* A value that the phone does not use, or how many more there are. */
static void on_odd(struct watch *watch, const struct phone_action *action, const char *file, unsigned line)
{
	const struct phone_evidence *list = action->event.evidence;
	unsigned count = action->event.evidence_count;
	const char *element = evidence(list, count, "element");
	const char *more = strstr(action->event.detail, ": ");

	if (element[0])
		ADD(watch, LINT_VALUE_IGNORED, action->event.step, file, line, "%s: found %s, using %s",
		    element, evidence(list, count, "found"), evidence(list, count, "used"));
	else if (more)
		ADD(watch, LINT_VALUE_IGNORED, action->event.step, file, 0, "%s", more + 2);
}

static void on_event(struct watch *watch, const struct phone_action *action)
{
	const struct phone_evidence *list = action->event.evidence;
	unsigned count = action->event.evidence_count;
	const char *name = action->event.name, *file = evidence(list, count, "file");
	unsigned line = (unsigned)strtoul(evidence(list, count, "line"), NULL, 10);

	if (!strcmp(name, "file.ok")) {
		place_got(&watch->place, file);
	} else if (!strcmp(name, "file.missing")) {
		place_missing(&watch->place, file);
		look_beside(watch, action->event.step, file);
	} else if (!strcmp(name, "file.failed")) {
		place_failed(&watch->place, file);
	} else if (!strcmp(name, "file.bad")) {
		place_bad(&watch->place, file, line);
	} else if (!strcmp(name, "file.odd")) {
		on_odd(watch, action, place_real_name(&watch->place, file), line);
	}
}

/* Remove "FILE: " and "line N: ", which the finding has as its position. */
static const char *without_place(const char *text, const char *file, unsigned line, char *buffer, size_t size)
{
	char line_text[24];
	size_t length = strlen(file);

	if (length > 4 && !strcmp(file + length - 4, ".sgn") && strncmp(text, file, length))
		length -= 4;
	if (!strncmp(text, file, length) && !strncmp(text + length, ": ", 2))
		text += length + 2;
	snprintf(line_text, sizeof(line_text), "line %u: ", line);
	if (line && !strncmp(text, line_text, strlen(line_text)))
		text += strlen(line_text);
	snprintf(buffer, size, "%s", text);
	return buffer;
}

static void step_failed(struct watch *watch, int step, const char *detail)
{
	struct lint_phone *phone = watch->phone;
	char text[sizeof(phone->ladder.rung[0].detail)], shorter[sizeof(text)];
	struct place_found found;

	without_server(watch->order->source, detail, text, sizeof(text));
	found = place_of(&watch->place, watch->order->source, phone->file, text);
	ADD(watch, rule_of_step(step), step, found.file, found.line, "%s",
	    without_place(text, found.file, found.line, shorter, sizeof(shorter)));
}

static void on_step(struct watch *watch, const struct phone_action *action)
{
	struct lint_phone *phone = watch->phone;

	switch (action->step.state) {
	case LADDER_ACTIVE: place_begin(&watch->place); break;
	case LADDER_FAILED:
		if (action->step.n < LADDER_CM_CONNECT || action->step.n > LADDER_REGISTER)
			step_failed(watch, action->step.n, action->step.detail);
		break;
	case LADDER_DONE:
		if (action->step.n == LADDER_CONFIG)
			snprintf(phone->file, sizeof(phone->file), "%s", place_last(&watch->place));
		break;
	case LADDER_PENDING:
	case LADDER_SKIPPED: break;
	}
}

static void observe(void *arg, const struct phone_action *action)
{
	if (action->kind == PHONE_DO_EVENT)
		on_event(arg, action);
	else if (action->kind == PHONE_DO_STEP)
		on_step(arg, action);
}

/* --- the end --- */

static void describe(struct lint_phone *phone, int step, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void describe(struct lint_phone *phone, int step, const char *format, ...)
{
	char *detail = phone->ladder.rung[step - 1].detail;
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof(phone->ladder.rung[0].detail), format, args);
	va_end(args);
}

/* Can the phone find this call manager? */
static bool can_find(const char *name)
{
	uint32_t address;

	return !ipv4_parse(&address, name) || lint_is_host_name(name);
}

/* Where and as what the phone would register, in place of what it reports of the call managers in memory. */
static void describe_registration(struct lint_phone *phone)
{
	char list[160] = "";
	size_t at = 0;

	for (unsigned m = 0; m < phone->managers && at < sizeof(list); m++)
		if (can_find(phone->manager[m].name))
			at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s:%u", at ? ", then " : "",
					       phone->manager[m].name, phone->manager[m].port);
	if (phone->ladder.rung[LADDER_CM_CONNECT - 1].state == LADDER_DONE)
		describe(phone, LADDER_CM_CONNECT, "%s by %s", list, phone->udp ? "UDP" : "TCP");
	if (!phone->registers)
		return;
	at = 0;
	for (unsigned i = 0; i < phone->numbers && at < sizeof(list); i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", i ? ", " : "", phone->number[i]);
	describe(phone, LADDER_REGISTER, "REGISTER of %s", list);
}

static void check_names(struct watch *watch)
{
	struct lint_phone *phone = watch->phone;

	for (unsigned m = 0; m < phone->managers && phone->stopped != LADDER_CM_CONNECT; m++)
		if (!can_find(phone->manager[m].name))
			ADD(watch, LINT_CALL_MANAGER_NAME, LADDER_CM_CONNECT, phone->file,
			    place_line(watch->order->source, phone->file, phone->manager[m].name),
			    "\"%s\" is neither an IPv4 address nor the name of a host",
			    phone->manager[m].name);
}

/* Step 10 or 11 has failed. */
static void not_registered(struct watch *watch, const struct phonexml_config *xml)
{
	struct lint_phone *phone = watch->phone;
	int step = phone->stopped;
	char *detail = phone->ladder.rung[step - 1].detail, text[sizeof(phone->ladder.rung[0].detail)];
	bool own = phone->configuration == PHONE_CONFIGURATION_FETCHED;
	enum lint_rule rule = rule_of_step(step);
	const char *at = "<processNodeName";

	snprintf(text, sizeof(text), "%s", detail);
	if (step == LADDER_REGISTER && !strncmp(detail, "Registration Rejected", 21)) {
		at = own ? "<sipLines" : "";
		rule = own ? LINT_REGISTER : LINT_NOT_PROVISIONED;
		snprintf(text, sizeof(text),
			 "%s: the phone asks to be registered as %s, which only a call manager with "
			 "auto-registration accepts",
			 own ? "no line with a name" : "no file of its own", phone->name);
		describe(phone, step, "%s", text);
	} else if (step == LADDER_REGISTER) {
		at = "<proxy";
	} else if (xml->members) {
		at = xml->member[0].node;
		snprintf(text, sizeof(text), "\"%s\" is neither an IPv4 address nor the name of a host", at);
		describe(phone, step, "%s", text);
	}
	ADD(watch, rule, step, phone->file, place_line(watch->order->source, phone->file, at), "%s", text);
}

static void check_tls(struct watch *watch, const struct phonexml_config *xml)
{
	struct lint_phone *phone = watch->phone;

	if (xml->transport == PHONEXML_TLS && xml->members)
		ADD(watch, LINT_TLS, LADDER_CM_CONNECT, phone->file,
		    place_line(watch->order->source, phone->file, "<transportLayerProtocol"),
		    "transportLayerProtocol 3 is TLS: a phone of Cisco connects to %s:%u by TLS; phonelab's "
		    "phones use TCP and sipPort",
		    xml->member[0].node, xml->member[0].secure_sip_port);
}

static void fill(struct watch *watch, const struct phone *core, const struct phone_view *view)
{
	struct lint_phone *phone = watch->phone;
	char text[sizeof(phone->ladder.rung[0].detail)];
	const char *number;

	phone->ladder = view->ladder;
	for (int n = LADDER_CTL; n <= LADDER_STEPS; n++) {
		struct ladder_rung *rung = &phone->ladder.rung[n - 1];

		without_server(watch->order->source, rung->detail, text, sizeof(text));
		memcpy(rung->detail, text, sizeof(text));
		if (rung->state == LADDER_FAILED &&
		    (n == LADDER_CONFIG || n == LADDER_CM_CONNECT || n == LADDER_REGISTER))
			phone->stopped = n;
	}
	phone->configuration = view->configuration;
	phone->registers = view->directory_number[0] != '\0';
	while (phone->numbers < PHONEXML_LINES_MAX && (number = phone_bound_number(core, phone->numbers)))
		snprintf(phone->number[phone->numbers++], sizeof(phone->number[0]), "%s", number);
	if (view->configuration == PHONE_CONFIGURATION_NONE || !view->config || !phone->file[0])
		return;
	snprintf(phone->version_stamp, sizeof(phone->version_stamp), "%s", view->config->version_stamp);
	snprintf(phone->load, sizeof(phone->load), "%s", view->config->load);
	phone->udp = view->config->transport == PHONEXML_UDP;
	for (; phone->managers < view->config->members; phone->managers++) {
		const struct phonexml_member *member = &view->config->member[phone->managers];

		snprintf(phone->manager[phone->managers].name, sizeof(phone->manager[0].name), "%s",
			 member->node);
		phone->manager[phone->managers].port = member->sip_port;
	}
	check_tls(watch, view->config);
	check_names(watch);
	if (phone->stopped >= LADDER_CM_CONNECT)
		not_registered(watch, view->config);
	describe_registration(phone);
}

/* --- booting --- */

static void note_unknown_model(struct watch *watch, const char *load)
{
	struct lint_phone *phone = watch->phone;

	ADD(watch, LINT_UNKNOWN_MODEL, 0, phone->file,
	    place_line(watch->order->source, phone->file, "<loadInformation"),
	    "%s is a load of no model that phonelab knows: the phone is checked as a %s, its firmware is not "
	    "checked; name a model with --model",
	    load, phone->model->name);
}

/* Boot with this load in the active bank. *proven: no other boot is necessary to judge the load. */
static int boot(struct watch *watch, const struct mac *mac, const char *active, bool *proven)
{
	const struct phone_config config = {.mac = *mac, .model = watch->phone->model->name, .seed = 1};
	const struct lint_world world = {.source = watch->order->source,
					 .load = active,
					 .installed = watch->order->installed,
					 .observe = observe,
					 .arg = watch};
	struct phone *core = phone_new(&config);
	struct phone_view view;
	int err;

	if (!core)
		return -ENOMEM;
	err = lint_world_boot(&world, core, watch->order->actions);
	phone_view(core, &view);
	if (!*proven && !strcmp(active, LOAD_IN_FLASH) && strcmp(view.active_load, LOAD_IN_FLASH))
		lint_loads_add(watch->loads, &view);
	*proven = *proven || !strcmp(active, LOAD_IN_FLASH) || lint_loads_proven(watch->loads, &view);
	if (*proven)
		fill(watch, core, &view);
	phone_free(core);
	return err ? err : watch->err;
}

int lint_phone_run(struct lint_order *order, const struct mac *mac, struct lint_phone *phone)
{
	struct watch watch = {.order = order, .phone = phone, .loads = &order->loads};
	const char *active = LOAD_IN_FLASH;
	char load[96];
	bool known, proven;
	int err;

	memset(phone, 0, sizeof(*phone));
	mac_format_device(mac, phone->name);
	known = lint_choose_model(order, phone, load);
	proven = load[0] && (order->no_firmware || !known);
	if (proven || lint_loads_has(&order->loads, load, phone->model->load_family))
		active = load;
	if (order->installed) {
		active = order->installed->active_load;
		proven = true;
	}
	err = boot(&watch, mac, active, &proven);
	if (!err && !proven) {
		lint_phone_free(phone);
		phone->file[0] = '\0';
		err = boot(&watch, mac, LOAD_IN_FLASH, &proven);
	}
	if (!err && !known && phone->file[0])
		note_unknown_model(&watch, load);
	lint_source_forget(order->source, phone->name);
	return err ? err : watch.err;
}

void lint_phone_free(struct lint_phone *phone)
{
	free(phone->findings.item);
	phone->findings = (struct lint_findings){0};
}
