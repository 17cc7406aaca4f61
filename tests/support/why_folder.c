#include "tests/support/why_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cucm/cucm.h"
#include "cucm/sign.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/render.h"
#include "tests/support/lint_case.h"

#define KEPT 8

static char folder[64];
static struct cucm_keys *keys[2]; /* of the cluster, of another one */
static struct kept {
	char name[200], *bytes;
	size_t length;
	mode_t mode;
} kept[KEPT];
static size_t kept_count;

static void must(int err, const struct fail *fail)
{
	if (err)
		fail_msg("%s", fail->text);
}

const char *why_folder_path(const char *name)
{
	static char path[4][300];
	static unsigned at;

	at = (at + 1) % 4;
	snprintf(path[at], sizeof(path[at]), "%s/%s", folder, name);
	return path[at];
}

void why_folder_begin(void)
{
	struct topology *topology = load_topology("topologies/office.yaml", 0);
	struct fail fail = {0};
	struct cucm_plan plan;

	assert_non_null(topology);
	strcpy(folder, "/tmp/phonelab-why-XXXXXX");
	assert_non_null(mkdtemp(folder));
	plan = plan_cucm(topology);
	must(render_lab(topology, &plan, folder, &fail), &fail);
	must(lab_file_write_intended(folder, topology, 0, &fail), &fail);
	must(cucm_keys_open(&keys[0], folder, NULL, &fail), &fail);
	assert_int_equal(mkdir(why_folder_path("other"), 0755), 0);
	must(cucm_keys_open(&keys[1], why_folder_path("other"), "cucm.elsewhere.lab", &fail), &fail);
	topology_free(topology);
}

void why_folder_end(void)
{
	cucm_keys_close(keys[0]);
	cucm_keys_close(keys[1]);
	assert_int_equal(lint_case_remove(folder), 0);
}

char *why_folder_get(const char *name, size_t *length)
{
	struct fail fail = {0};
	char *bytes;

	must(file_read(why_folder_path(name), 1u << 24, &bytes, length, &fail), &fail);
	return bytes;
}

void why_folder_put(const char *name, const void *bytes, size_t length)
{
	struct fail fail = {0};

	must(file_write(why_folder_path(name), bytes, length, &fail), &fail);
}

void why_folder_keep(const char *name)
{
	struct kept *one = &kept[kept_count];
	struct stat info;

	assert_true(kept_count < KEPT);
	kept_count++;
	*one = (struct kept){0};
	snprintf(one->name, sizeof(one->name), "%s", name);
	if (stat(why_folder_path(name), &info))
		return;
	one->mode = info.st_mode & 07777;
	one->bytes = why_folder_get(name, &one->length);
}

void why_folder_restore(void)
{
	while (kept_count) {
		struct kept *one = &kept[--kept_count];

		remove(why_folder_path(one->name));
		if (!one->bytes)
			continue;
		why_folder_put(one->name, one->bytes, one->length);
		assert_int_equal(chmod(why_folder_path(one->name), one->mode), 0);
		free(one->bytes);
	}
}

void why_folder_edit(const char *name, const char *from, const char *to)
{
	size_t length, before;
	char *bytes = why_folder_get(name, &length), *at = memmem(bytes, length, from, strlen(from)), *out;

	assert_non_null(at);
	before = (size_t)(at - bytes);
	out = malloc(length + strlen(to) + 1);
	assert_non_null(out);
	memcpy(out, bytes, before);
	memcpy(out + before, to, strlen(to));
	memcpy(out + before + strlen(to), at + strlen(from), length - before - strlen(from));
	why_folder_put(name, out, length - strlen(from) + strlen(to));
	free(out);
	free(bytes);
}

void why_folder_sign(const char *name, const char *as, int other_cluster)
{
	char path[200], target[220], own[200];
	struct text out = {0};
	struct fail fail = {0};
	size_t length;
	char *bytes;

	snprintf(path, sizeof(path), WHY_ROOT "%s", name);
	snprintf(target, sizeof(target), "%s.sgn", path);
	snprintf(own, sizeof(own), "%s.sgn", name);
	bytes = why_folder_get(path, &length);
	must(cucm_sign(keys[!!other_cluster], as ? as : own, bytes, length, &out, &fail), &fail);
	why_folder_put(target, out.bytes, out.length);
	text_free(&out);
	free(bytes);
}

/* The other cluster has a publisher of another name; only its trust lists are rendered. */
void why_folder_other_list(const char *name)
{
	struct topology *topology = load_topology("topologies/office.yaml", 0);
	struct fail fail = {0};
	struct cucm_plan plan;
	char path[200], *bytes;
	size_t length;

	assert_non_null(topology);
	topology->cluster.nodes.items[0].name = "cucm-other";
	plan = plan_cucm(topology);
	must(file_make_directory(why_folder_path("elsewhere"), &fail), &fail);
	must(cucm_write_trust_lists(&plan, why_folder_path("elsewhere"), &fail), &fail);
	topology_free(topology);
	snprintf(path, sizeof(path), "elsewhere/" WHY_ROOT "%s", name);
	bytes = why_folder_get(path, &length);
	snprintf(path, sizeof(path), WHY_ROOT "%s", name);
	why_folder_put(path, bytes, length);
	free(bytes);
}

void why_folder_sql(const char *node, const char *statement)
{
	char name[100], *why = NULL;
	sqlite3 *db = NULL;

	snprintf(name, sizeof(name), "cucm/%s/cucm.sqlite", node);
	assert_int_equal(sqlite3_open_v2(why_folder_path(name), &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	if (sqlite3_exec(db, statement, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s", why);
	sqlite3_close(db);
}

json_t *why_folder_facts(const char *phone, int step, why_producer_fn *producer)
{
	json_t *facts = json_array(), *status;
	struct why_case it = {.name = phone, .step = step};

	status = json_pack("{s:[{s:s,s:s,s:s,s:s,s:s,s:s}],s:[{s:s,s:s},{s:s,s:s}]}", "phones", "name", phone,
			   "model", "7841", "active_load", "sip78xx.14-2-1-0001-125", "inactive_load", "",
			   "switch", "sw1", "port", "Gi1/0/1", "cluster", "name", "cucm-pub", "address",
			   "10.20.0.11", "name", "cucm-sub", "address", "10.20.0.12");
	assert_non_null(status);
	it.status = status;
	it.phone = json_array_get(json_object_get(status, "phones"), 0);
	snprintf(it.directory, sizeof(it.directory), "%s/", folder);
	producer(&it, facts);
	json_decref(status);
	return facts;
}
