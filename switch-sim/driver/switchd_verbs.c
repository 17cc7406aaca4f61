#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/confine.h"
#include "cable/netns.h"
#include "switch-sim/driver/switchd.h"

/* The verbs of the control socket (docs/formats.md). */

#define WORDS_MAX 4096

/* The list of strings under key; the caller's to free(). NULL with fail filled. */
static const char **get_strings(const json_t *request, const char *key, unsigned *count, struct fail *fail)
{
	const json_t *list = json_object_get(request, key);
	size_t size = json_array_size(list);
	const char **strings;

	if (!json_is_array(list) || size > WORDS_MAX) {
		fail_set(fail, -EINVAL, "%s: expected a list of at most %d strings", key, WORDS_MAX);
		return NULL;
	}
	strings = calloc(size ? size : 1, sizeof(*strings));
	if (!strings) {
		fail_set(fail, -ENOMEM, "no memory");
		return NULL;
	}
	for (size_t i = 0; i < size; i++) {
		strings[i] = json_string_value(json_array_get(list, i));
		if (strings[i])
			continue;
		fail_set(fail, -EINVAL, "%s[%zu]: expected a string", key, i);
		free(strings);
		return NULL;
	}
	*count = (unsigned)size;
	return strings;
}

static json_t *text_reply(char *text, struct fail *fail)
{
	json_t *reply = text ? json_pack("{s:s}", "text", text) : NULL;

	if (!reply)
		fail_set(fail, -ENOMEM, "no memory for the text");
	free(text);
	return reply;
}

static json_t *verb_status(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct switchd *d = arg;
	json_t *status, *reply;

	(void)request, (void)fd;
	switchd_enter(d);
	status = switch_core_status(d->core, d->now_us);
	if (status && d->helper && netns_helper_lost(d->helper))
		json_object_set_new(status, "degraded", json_string(SWITCHD_HELPER_LOST));
	reply = json_pack("{s:o,s:I}", "switch", status, "events_lost", (json_int_t)event_log_lost(d->log));
	if (!reply)
		fail_set(fail, -ENOMEM, "no memory for the status");
	return reply;
}

static json_t *verb_show(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct switchd *d = arg;
	unsigned count;
	const char **words = get_strings(request, "args", &count, fail);
	json_t *reply;

	(void)fd;
	if (!words)
		return NULL;
	switchd_enter(d);
	reply = text_reply(switch_core_show(d->core, d->now_us, words, count), fail);
	free(words);
	return reply;
}

/* The output of the switch for each line. */
static json_t *replies_of(const char *text, const size_t *ends, unsigned count)
{
	json_t *replies = json_array();

	for (unsigned i = 0; i < count; i++) {
		size_t begin = i ? ends[i - 1] : 0;

		json_array_append_new(replies, json_stringn(text + begin, ends[i] - begin));
	}
	return replies;
}

static json_t *verb_configure(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct switchd *d = arg;
	unsigned count, errors = 0;
	const char **lines = get_strings(request, "lines", &count, fail);
	size_t *ends = lines ? calloc(count + 1, sizeof(*ends)) : NULL;
	json_t *reply, *replies;
	char *text;

	(void)fd;
	if (!ends) {
		if (lines)
			fail_set(fail, -ENOMEM, "out of memory");
		free(lines);
		return NULL;
	}
	switchd_enter(d);
	text = switch_core_configure_lines(d->core, d->now_us, lines, count, &errors, ends);
	switchd_leave(d);
	replies = replies_of(text ? text : "", ends, text ? count : 0);
	reply = text_reply(text, fail);
	if (reply) {
		json_object_set_new(reply, "errors", json_integer(errors));
		json_object_set(reply, "replies", replies);
	}
	json_decref(replies);
	free(ends);
	free(lines);
	return reply;
}

json_t *switchd_netns(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct switchd *d = arg;
	json_t *interfaces;

	(void)request;
	if (netns_self(fd, fail))
		return NULL;
	interfaces = json_object();
	for (unsigned i = 0; i < switch_core_ports(d->core); i++)
		json_object_set_new(interfaces, switch_core_port_name(d->core, i),
				    json_string(switch_core_interface(d->core, i)));
	return json_pack("{s:o}", "interfaces", interfaces);
}

/* The namespace of what is plugged into a port, and the name of the cable there. */
json_t *switchd_far_end(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const char *name = json_string_value(json_object_get(request, "port"));
	struct switchd *d = arg;
	int port = name ? switch_config_find_port(&d->file->config, name, fail)
			: fail_set(fail, -EINVAL, "port: expected the name of a port");
	struct panel_peer *peer = port >= 0 ? d->ports[port].peer : NULL;

	if (peer)
		*fd = fcntl(panel_peer_netns(peer), F_DUPFD_CLOEXEC, 3);
	else if (port >= 0)
		fail_set(fail, -ENOENT, "nothing is plugged into %s of %s", name, d->file->config.name);
	return peer ? json_pack("{s:s}", "interface", panel_peer_interface(peer)) : NULL;
}

static json_t *verb_impair_add(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const json_t *rule = json_object_get(request, "rule");
	struct switchd *d = arg;
	unsigned id;
	int err;

	(void)fd;
	if (!rule) {
		fail_set(fail, -EINVAL, "rule: expected an object (docs/formats.md, impairment rules)");
		return NULL;
	}
	switchd_enter(d);
	err = switch_core_impair_add(d->core, d->now_us, rule, &id, fail);
	switchd_leave(d);
	return err ? NULL : json_pack("{s:i}", "id", (int)id);
}

static json_t *verb_impair_ls(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct switchd *d = arg;
	json_t *reply;

	(void)request, (void)fd;
	switchd_enter(d);
	reply = json_pack("{s:o}", "rules", switch_core_impair_list(d->core, d->now_us));
	if (!reply)
		fail_set(fail, -ENOMEM, "no memory for the rules");
	return reply;
}

/* One by its id; all if the id is omitted or "all". */
static json_t *verb_impair_clear(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const json_t *id = json_object_get(request, "id");
	const char *word = json_string_value(id);
	struct switchd *d = arg;
	json_int_t number = 0;
	int cleared;

	(void)fd;
	if (json_is_integer(id))
		number = json_integer_value(id);
	if (id && (word ? strcmp(word, "all") != 0 : number < 1 || number > INT32_MAX)) {
		fail_set(fail, -EINVAL, "id: expected the number of a rule, or \"all\"");
		return NULL;
	}
	switchd_enter(d);
	cleared = switch_core_impair_clear(d->core, d->now_us, (unsigned)number, fail);
	switchd_leave(d);
	return cleared < 0 ? NULL : json_pack("{s:i}", "cleared", cleared);
}

const struct control_verb switchd_verbs[] = {
    {"status", verb_status},
    {"confinement", confine_verb},
    {"show", verb_show},
    {"configure", verb_configure},
    {"netns", switchd_netns},
    {"far-end", switchd_far_end},
    {"frames", switchd_verb_frames},
    {"impair add", verb_impair_add},
    {"impair ls", verb_impair_ls},
    {"impair clear", verb_impair_clear},
    {"nic attach", switchd_verb_nic_attach},
    {"nic detach", switchd_verb_nic_detach},
    {0},
};
