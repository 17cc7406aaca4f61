#include "base/json_config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mac.h"
#include "base/nearest.h"

#define FILE_MAX (64 << 20)

/* Where we are: "sw1.json" and "ports[3].access_vlan". */
struct place {
	const char *where;
	char path[256];
};

static int read_object(const json_t *object, struct place *place, const struct config_key *keys, char *out,
		       struct fail *fail);

static const char *colon(const struct place *place)
{
	return place->path[0] ? ": " : "";
}

static int expected(const struct place *place, const json_t *found, struct fail *fail, const char *what)
{
	char *text = json_dumps(found, JSON_ENCODE_ANY | JSON_COMPACT);
	int err = fail_set(fail, -EINVAL, "%s%s%s: found %.60s%s, expected %s", place->where, colon(place),
			   place->path, text ? text : "an unreadable value",
			   text && strlen(text) > 60 ? "..." : "", what);

	free(text);
	return err;
}

static bool in_range(const struct config_key *key, int64_t value)
{
	return (!key->min && !key->max) || (value >= key->min && value <= key->max);
}

/* Expected: "a list", or "a list of 1 to 3 entries" if the key has limits. */
static int out_of_range(const json_t *value, const struct place *place, const struct config_key *key,
			struct fail *fail, const char *kind, const char *joint, const char *unit)
{
	char what[96];

	snprintf(what, sizeof(what), "%s", kind);
	if (key->min || key->max)
		snprintf(what, sizeof(what), "%s %s %lld to %lld%s", kind, joint, (long long)key->min,
			 (long long)key->max, unit);
	return expected(place, value, fail, what);
}

static int read_string(const json_t *value, const struct place *place, const struct config_key *key,
		       char **out, struct fail *fail)
{
	const char *text = json_string_value(value);
	char *copy;

	if (!text || strlen(text) != json_string_length(value) || !in_range(key, (int64_t)strlen(text)))
		return out_of_range(value, place, key, fail, "a string", "of", " bytes");
	copy = strdup(text);
	if (!copy)
		return fail_set(fail, -ENOMEM, "%s: no memory", place->where);
	free(*out);
	*out = copy;
	return 0;
}

static int read_integer(const json_t *value, const struct place *place, const struct config_key *key,
			int64_t *out, struct fail *fail)
{
	if (!json_is_integer(value) || !in_range(key, json_integer_value(value)))
		return out_of_range(value, place, key, fail, "an integer", "from", "");
	*out = json_integer_value(value);
	return 0;
}

static int read_choice(const json_t *value, const struct place *place, const struct config_key *key, int *out,
		       struct fail *fail)
{
	const char *text = json_string_value(value);
	char what[256] = "one of";

	for (int i = 0; key->choices[i]; i++) {
		size_t used = strlen(what);

		if (text && !strcmp(text, key->choices[i])) {
			*out = i;
			return 0;
		}
		snprintf(what + used, sizeof(what) - used, "%s \"%s\"", i ? "," : "", key->choices[i]);
	}
	return expected(place, value, fail, what);
}

static void free_value(const struct config_key *key, char *out)
{
	struct config_list *list = (struct config_list *)out;

	switch (key->type) {
	case CONFIG_STRING:
		free(*(char **)out);
		*(char **)out = NULL;
		break;
	case CONFIG_OBJECT: json_config_free(key->keys, out); break;
	case CONFIG_LIST:
		for (size_t i = 0; i < list->count; i++)
			free_value(key->element, (char *)list->items + i * key->element_size);
		free(list->items);
		*list = (struct config_list){0};
		break;
	case CONFIG_ANY:
		json_decref(*(json_t **)out);
		*(json_t **)out = NULL;
		break;
	case CONFIG_INTEGER:
	case CONFIG_BOOL:
	case CONFIG_MAC:
	case CONFIG_IPV4:
	case CONFIG_CHOICE: break;
	}
}

static int read_value(const json_t *value, struct place *place, const struct config_key *key, char *out,
		      struct fail *fail);

static int read_list(const json_t *value, struct place *place, const struct config_key *key,
		     struct config_list *out, struct fail *fail)
{
	size_t count = json_array_size(value), used = strlen(place->path), done;
	struct config_list fresh;
	char *items;
	int err = 0;

	if (!json_is_array(value) || !in_range(key, (int64_t)count))
		return out_of_range(value, place, key, fail, "a list", "of", " entries");
	items = calloc(count ? count : 1, key->element_size);
	if (!items)
		return fail_set(fail, -ENOMEM, "%s: no memory", place->where);
	for (done = 0; done < count; done++) {
		snprintf(place->path + used, sizeof(place->path) - used, "[%zu]", done);
		err = read_value(json_array_get(value, done), place, key->element,
				 items + done * key->element_size, fail);
		if (err)
			break;
	}
	place->path[used] = 0;
	fresh = (struct config_list){items, done};
	/* What failed freed itself: free what came before it, or else the list that this one replaces. */
	free_value(key, (char *)(err ? &fresh : out));
	if (!err)
		*out = fresh;
	return err;
}

static int read_value(const json_t *value, struct place *place, const struct config_key *key, char *out,
		      struct fail *fail)
{
	const char *text = json_string_value(value);

	switch (key->type) {
	case CONFIG_STRING: return read_string(value, place, key, (char **)out, fail);
	case CONFIG_INTEGER: return read_integer(value, place, key, (int64_t *)out, fail);
	case CONFIG_BOOL:
		if (!json_is_boolean(value))
			return expected(place, value, fail, "true or false");
		*(bool *)out = json_is_true(value);
		return 0;
	case CONFIG_MAC:
		if (text && !mac_parse((struct mac *)out, text))
			return 0;
		return expected(place, value, fail, "a MAC address such as \"00:11:22:aa:bb:01\"");
	case CONFIG_IPV4:
		if (text && inet_pton(AF_INET, text, out) == 1)
			return 0;
		return expected(place, value, fail, "an IPv4 address such as \"10.20.0.3\"");
	case CONFIG_CHOICE: return read_choice(value, place, key, (int *)out, fail);
	case CONFIG_OBJECT: return read_object(value, place, key->keys, out, fail);
	case CONFIG_LIST: return read_list(value, place, key, (struct config_list *)out, fail);
	case CONFIG_ANY:
		json_decref(*(json_t **)out);
		*(json_t **)out = json_incref((json_t *)value);
		return 0;
	}
	return fail_set(fail, -EINVAL, "%s: %s: the table of keys is wrong", place->where, key->name);
}

static void enter(struct place *place, size_t used, const char *name)
{
	snprintf(place->path + used, sizeof(place->path) - used, "%s%s", used ? "." : "", name);
}

static int check_unknown(const json_t *object, struct place *place, const struct config_key *keys,
			 struct fail *fail)
{
	const char *name;
	size_t used = strlen(place->path);
	json_t *value;

	json_object_foreach ((json_t *)object, name, value) {
		struct nearest nearest = nearest_to(name);
		int i = 0;

		for (; keys[i].name && strcmp(keys[i].name, name); i++)
			nearest_offer(&nearest, keys[i].name);
		if (keys[i].name)
			continue;
		enter(place, used, name);
		if (nearest.best)
			return fail_set(fail, -EINVAL, "%s: %s: unknown key; did you mean \"%s\"?",
					place->where, place->path, nearest.best);
		return fail_set(fail, -EINVAL, "%s: %s: unknown key", place->where, place->path);
	}
	return 0;
}

static int read_key(const json_t *object, struct place *place, const struct config_key *key, char *out,
		    struct fail *fail)
{
	const json_t *value = json_object_get(object, key->name);
	size_t used = strlen(place->path);
	int err;

	if (!value || (key->nullable && json_is_null(value))) {
		if (!key->required || value)
			return 0;
		return fail_set(fail, -EINVAL, "%s%s%s: the key \"%s\" is missing", place->where,
				colon(place), place->path, key->name);
	}
	enter(place, used, key->name);
	err = read_value(value, place, key, out + key->offset, fail);
	if (err)
		return err;
	place->path[used] = 0;
	if (key->present)
		*(bool *)(out + key->present) = true;
	return 0;
}

static int read_object(const json_t *object, struct place *place, const struct config_key *keys, char *out,
		       struct fail *fail)
{
	int err;

	if (!json_is_object(object))
		return expected(place, object, fail, "an object");
	err = check_unknown(object, place, keys, fail);
	for (int i = 0; !err && keys[i].name; i++)
		err = read_key(object, place, &keys[i], out, fail);
	if (err)
		json_config_free(keys, out);
	return err;
}

int json_config_object(const json_t *object, const char *where, const struct config_key *keys, void *out,
		       struct fail *fail)
{
	struct place place = {.where = where};

	return read_object(object, &place, keys, out, fail);
}

/* json_loadfd reads octet by octet, with a system call for each. */
static size_t read_some(void *buffer, size_t size, void *fd)
{
	ssize_t n;

	do
		n = read(*(int *)fd, buffer, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? (size_t)-1 : (size_t)n;
}

static int load_file(const char *path, json_t **json, struct fail *fail)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	json_error_t error;
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		int err = -errno;

		if (fd >= 0)
			close(fd);
		return fail_set(fail, err, "%s: cannot read the configuration: %s", path, strerror(-err));
	}
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		close(fd);
		return fail_set(fail, -EINVAL, "%s: expected a regular file of at most %d MiB", path,
				FILE_MAX >> 20);
	}
	*json = json_load_callback(read_some, &fd, JSON_REJECT_DUPLICATES, &error);
	close(fd);
	if (!*json)
		return fail_set(fail, -EINVAL, "%s:%d:%d: not JSON: %s", path, error.line, error.column,
				error.text);
	return 0;
}

int json_config_read(const char *path, const struct config_key *keys, void *out, struct fail *fail)
{
	json_t *json;
	int err = load_file(path, &json, fail);

	if (err) {
		json_config_free(keys, out);
		return err;
	}
	err = json_config_object(json, path, keys, out, fail);
	json_decref(json);
	return err;
}

void json_config_free(const struct config_key *keys, void *out)
{
	if (!out)
		return;
	for (int i = 0; keys[i].name; i++)
		free_value(&keys[i], (char *)out + keys[i].offset);
}
