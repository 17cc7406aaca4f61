/* The values of a configuration, against the lab as it is. */
#include "phonelab/why/content_internal.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/why/xml_flat.h"

#define MANAGERS    "device/devicePool/callManagerGroup/members/member"
#define LINES	    "device/sipProfile/sipLines/line"
#define OTHERS_MOST 2000 /* files of other phones that are compared */

struct values {
	struct content *of;
	struct content_file *file;
	json_t *flat;
};

static void put(const struct values *values, int step, const char *element, const char *found,
		const char *expected)
{
	unsigned line = xml_flat_line(values->flat, element);
	const char *name = strrchr(element, '/') ? strrchr(element, '/') + 1 : element;
	json_t *fact = content_put(values->of, values->file, "content.element", step, line,
				   "line %u of %s: %s is \"%s\", expected %s", line, values->file->name, name,
				   found, expected);

	fact_value(fact, "element", "%s", element);
	fact_value(fact, "found", "%s", found);
	fact_value(fact, "expected", "%s", expected);
}

static void put_missing(const struct values *values, int step, const char *element, const char *what)
{
	json_t *fact = content_put(values->of, values->file, "content.element_missing", step, 0,
				   "%s lacks %s: %s", values->file->name, element, what);

	fact_value(fact, "element", "%s", element);
	fact_value(fact, "expected", "%s", what);
}

static bool ends(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && !strcmp(text + n - m, end);
}

/* An element below one of several of a name: "LINES" and "/name" fit ".../line[2]/name". */
static bool fits(const char *element, const char *front, const char *end)
{
	size_t length = strlen(front);

	return !strncmp(element, front, length) && (element[length] == '/' || element[length] == '[') &&
	       ends(element, end) && strlen(element) >= length + strlen(end);
}

/* --- call managers --- */

/* By its address, its name, or its name with the domain. */
static const struct content_node *node_named(const struct content *of, const char *name)
{
	for (size_t i = 0; i < of->nodes; i++) {
		const struct content_node *node = &of->node[i];
		size_t length = strlen(node->name);

		if (!strcmp(node->address, name) ||
		    (!strncasecmp(node->name, name, length) && (!name[length] || name[length] == '.')))
			return node;
	}
	return NULL;
}

static void expected_nodes(const struct content *of, char text[300])
{
	size_t at = 0;

	snprintf(text, 300, "a call manager of the lab:");
	at = strlen(text);
	for (size_t i = 0; i < of->nodes && at < 250; i++)
		at += (size_t)snprintf(text + at, 300 - at, "%s %.40s (%.20s)", i ? "," : "",
				       of->node[i].address, of->node[i].name);
}

static void check_port(const struct values *values, const struct content_node *node, const char *element)
{
	char port[300], expected[120];
	const char *found;

	snprintf(port, sizeof(port), "%.*s/ports/sipPort", (int)(strrchr(element, '/') - element), element);
	found = xml_flat_value(values->flat, port);
	/* The phone uses 5060 in place of what is no port. */
	if (!node->port || !found[0] || found[strspn(found, "0123456789")] ||
	    strtoul(found, NULL, 10) == node->port)
		return;
	snprintf(expected, sizeof(expected), "%u, where %.40s listens", node->port, node->name);
	put(values, LADDER_CM_CONNECT, port, found, expected);
}

static void check_managers(const struct values *values)
{
	const char *element;
	char expected[300];
	json_t *value;

	if (!values->of->nodes)
		return;
	expected_nodes(values->of, expected);
	json_object_foreach (values->flat, element, value) {
		const char *found = xml_flat_value(values->flat, element);
		const struct content_node *node = node_named(values->of, found);

		if (!fits(element, MANAGERS, "/callManager/processNodeName"))
			continue;
		if (node)
			check_port(values, node, element);
		else
			put(values, LADDER_CM_CONNECT, element, found, expected);
	}
}

/* --- lines --- */

/* The number at that position in a database that has the lines of the phone, NULL: none has. */
static const char *number_at(const struct content *of, size_t position)
{
	for (size_t i = 0; i < of->nodes; i++) {
		const json_t *lines = json_object_get(of->node[i].rows, "line");

		if (json_array_size(lines) > position)
			return json_text(json_array_get(lines, position), "number");
	}
	return NULL;
}

static bool has_number(const struct content *of, const char *number)
{
	const json_t *line;
	size_t j;

	for (size_t i = 0; i < of->nodes; i++)
		json_array_foreach (json_object_get(of->node[i].rows, "line"), j, line)
			if (!strcmp(json_text(line, "number"), number))
				return true;
	return false;
}

/* "SEP001122AABB02" in another phone's file. */
static bool is_other_device(const struct content *of, const char *name)
{
	struct mac mac;

	return !mac_parse_device(&mac, name) && strcmp(name, of->it->name);
}

static void check_user(const struct values *values, const char *element, const char *found)
{
	struct content *of = values->of;
	const json_t *user;
	bool known = false, any = false;
	size_t j;

	for (size_t i = 0; i < of->nodes; i++)
		json_array_foreach (json_object_get(of->node[i].rows, "subscriber"), j, user) {
			any = true;
			known = known || !strcmp(json_text(user, "username"), found);
		}
	if (any && !known && of->nodes && of->node[0].digest)
		put(values, LADDER_REGISTER, element, found, "a user of the phone in the table subscriber");
}

/* Is the line at odds with itself: its display name is the number of the database, and its name is not? */
static bool is_odd(const struct values *values, const char *element, const char *number)
{
	char display[300];

	snprintf(display, sizeof(display), "%.*s/displayName", (int)(strrchr(element, '/') - element),
		 element);
	return strcmp(xml_flat_value(values->flat, display), xml_flat_value(values->flat, element)) ||
	       !strcmp(xml_flat_value(values->flat, display), number);
}

static void check_lines(const struct values *values)
{
	const char *element;
	json_t *value;
	size_t position = 0;

	json_object_foreach (values->flat, element, value) {
		const char *found = xml_flat_value(values->flat, element), *expected;
		char text[120];

		if (fits(element, LINES, "/name")) {
			expected = number_at(values->of, position++);
			if (!expected || has_number(values->of, found) || !is_odd(values, element, expected))
				continue;
			snprintf(text, sizeof(text), "%.80s, as in the table line", expected);
			put(values, LADDER_REGISTER, element, found, text);
		} else if (fits(element, LINES, "/proxy")) {
			if (*found && strcasecmp(found, "USECALLMANAGER"))
				put(values, LADDER_REGISTER, element, found, "USECALLMANAGER");
		} else if (fits(element, LINES, "/authName")) {
			check_user(values, element, found);
		}
	}
}

/* Has the file of this name the text? */
static bool has_text(const struct content *of, const char *name, const char *text)
{
	char path[CONTENT_PATH + 300], *bytes = NULL;
	struct fail ignored = {0};
	size_t length = 0;
	bool found;

	snprintf(path, sizeof(path), "%s%s", of->root, name);
	if (file_read(path, CONTENT_MOST, &bytes, &length, &ignored))
		return false;
	found = memmem(bytes, length, text, strlen(text)) != NULL;
	free(bytes);
	return found;
}

/* --- files that it names --- */

/* Does the configuration of another phone have this text? Its name goes to phone. */
static bool other_has(const struct values *values, const char *text, char phone[DEVICE_TEXT])
{
	DIR *folder = opendir(values->of->root);
	const struct dirent *entry;
	unsigned compared = 0;
	bool found = false;

	while (folder && !found && compared < OTHERS_MOST && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, "SEP", 3) || !ends(entry->d_name, ".cnf.xml") ||
		    !strcmp(entry->d_name, values->file->plain))
			continue;
		compared++;
		found = has_text(values->of, entry->d_name, text);
		snprintf(phone, DEVICE_TEXT, "%.15s", entry->d_name);
	}
	if (folder)
		closedir(folder);
	return found;
}

/* Names a file that is not there? SEPARATOR and END make the file's name of the value. If other phones have the same value,
 * it is the file that is wrong (content.missing). */
static void check_named(const struct values *values, int step, const char *element, const char *separator,
			const char *end)
{
	const char *found = xml_flat_value(values->flat, element);
	char name[220], expected[260], text[120], phone[DEVICE_TEXT];

	if (!*found || values->of->kept || values->of->foreign)
		return;
	snprintf(name, sizeof(name), "%.100s%s%.60s", found, separator, end);
	snprintf(text, sizeof(text), ">%.100s<", found);
	if (content_is_there(values->of, name) || other_has(values, text, phone))
		return;
	snprintf(expected, sizeof(expected), "a file that is there (%s is not)", name);
	put(values, step, element, found, expected);
}

static void check_load(const struct values *values)
{
	static const char element[] = "device/loadInformation";
	const char *load = xml_flat_value(values->flat, element);
	const struct phone_model *model = values->of->model;
	size_t length = model ? strlen(model->load_family) : 0;
	char expected[120];

	if (!*load || !model)
		return;
	if (strncmp(load, model->load_family, length) || load[length] != '.') {
		snprintf(expected, sizeof(expected), "a load of the family %s, for a %s", model->load_family,
			 model->name);
		put(values, LADDER_FIRMWARE, element, load, expected);
	} else if (strcmp(load, values->of->installed.active_load) &&
		   strcmp(load, values->of->installed.inactive_load)) {
		check_named(values, LADDER_FIRMWARE, element, "", ".loads");
	}
}

static void check_files(const struct values *values)
{
	const struct phone_model *model = values->of->model;
	const char *user = xml_flat_value(values->flat, "device/userLocale/name");
	const char *tones = xml_flat_value(values->flat, "device/networkLocaleInfo/name");
	const char *tones_at = *tones ? "device/networkLocaleInfo/name" : "device/networkLocale";

	check_named(values, LADDER_DIAL_RULES, "device/sipProfile/dialTemplate", "", "");
	check_named(values, LADDER_SOFTKEYS, "device/sipProfile/softKeyFile", "", "");
	if (model && strcmp(user, "English_United_States"))
		check_named(values, LADDER_LOCALE, "device/userLocale/name", "/", model->jar);
	if (model && strcmp(xml_flat_value(values->flat, tones_at), "United_States"))
		check_named(values, LADDER_LOCALE, tones_at, "/", model->tones);
	check_load(values);
}

/* --- of another phone --- */

static void put_other(const struct values *values, const char *element, const char *found, const char *phone)
{
	unsigned line = xml_flat_line(values->flat, element);
	json_t *fact = content_put(values->of, values->file, "content.of_another_phone", LADDER_CONFIG, line,
				   "line %u of %s: %s is \"%s\", that of %s", line, values->file->name,
				   element, found, phone);

	fact_value(fact, "element", "%s", element);
	fact_value(fact, "found", "%s", found);
	fact_value(fact, "phone", "%s", phone);
	values->of->of_another = true;
	fact_value(fact, "expected", "%s", values->of->it->name);
}

/* The stamp is made of the content: two phones do not have the same one. */
static void check_stamp(const struct values *values)
{
	static const char element[] = "device/versionStamp";
	const char *stamp = xml_flat_value(values->flat, element);
	char phone[DEVICE_TEXT];

	if (strlen(stamp) > 8 && other_has(values, stamp, phone))
		put_other(values, element, stamp, phone);
}

static void check_owner(const struct values *values)
{
	const char *element;
	json_t *value;

	json_object_foreach (values->flat, element, value) {
		const char *found = xml_flat_value(values->flat, element);

		if (fits(element, LINES, "/authName") && is_other_device(values->of, found)) {
			put_other(values, element, found, found);
			return;
		}
	}
	check_stamp(values);
}

/* --- elements without which the phone does not register --- */

static void check_there(const struct values *values)
{
	const char *element;
	json_t *value;
	bool line = false;

	json_object_foreach (values->flat, element, value)
		line = line || fits(element, LINES, "/name");
	if (!line)
		put_missing(values, LADDER_REGISTER, LINES "/name", "a line with a directory number");
	if (!strcasecmp(xml_flat_value(values->flat, "device/sipProfile/sipProxies/registerWithProxy"),
			"false"))
		put(values, LADDER_REGISTER, "device/sipProfile/sipProxies/registerWithProxy", "false",
		    "true");
}

void content_check_values(struct content *of, struct content_file *file)
{
	struct wire_slice text = content_payload(file);
	struct values values = {.of = of, .file = file};
	bool own = !strncmp(file->plain, of->it->name, strlen(of->it->name));

	values.flat = xml_flat((const char *)text.data, text.length);
	/* The short file in front of an encrypted one has no such values. */
	if (!values.flat || !strcasecmp(xml_flat_value(values.flat, "device/fullConfig"), "false")) {
		json_decref(values.flat);
		return;
	}
	check_managers(&values);
	if (own) {
		check_owner(&values);
		if (!of->of_another)
			check_lines(&values);
		check_files(&values);
		check_there(&values);
	}
	json_decref(values.flat);
}
