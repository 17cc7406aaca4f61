/* The parts of a bundle that need no lab: times, credentials, the index, the limit of the traces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ladder.h"
#include "cucm/config.h"
#include "phonelab/collect/bundle.h"
#include "phonelab/collect/collect.h"
#include "phonelab/collect/index.h"
#include "phonelab/collect/redact.h"
#include "phonelab/lab/complain.h"
#include "phonelab/supervise/log_limit.h"
#include "phonelab/supervise/trace_limit.h"
#include "tests/support/lint_case.h"
#include "tests/support/why_folder.h"

#define NOW 1796045766ll /* 2026-11-30 13:36:06 UTC */

static void since(const char *text, long long seconds)
{
	struct fail fail = {0};
	long long us = 0;

	if (collect_since(text, NOW, &us, &fail))
		fail_msg("%s: %s", text, fail.text);
	if (us != seconds * 1000000)
		fail_msg("%s is %lld, expected %lld", text, us / 1000000, seconds);
}

static void no_since(const char *text)
{
	struct fail fail = {0};
	long long us = 7;

	assert_int_equal(collect_since(text, NOW, &us, &fail), -EINVAL);
	assert_int_equal(us, 7);
	assert_non_null(strstr(fail.text, "--since"));
}

static void test_since(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	since("0s", NOW);
	since("90s", NOW - 90);
	since("15m", NOW - 900);
	since("2h", NOW - 7200);
	since("1d", NOW - 86400);
	since("13:36", NOW - 6);
	since("00:00:01", NOW - 13 * 3600 - 36 * 60 - 5);
	since("2026-11-30", NOW - 13 * 3600 - 36 * 60 - 6);
	since("2026-11-29 13:36:06", NOW - 86400);
	since("2026-11-29T13:36", NOW - 86406);
	no_since("");
	no_since("m");
	no_since("15");
	no_since("-5m");
	no_since("99999999999999999999m");
	no_since("15 m");
	no_since("25:00");
	no_since("yesterday");
	no_since("2026-11-30 13:36:07"); /* in the future */
}

/* --- credentials --- */

static char kept[4][64];
static unsigned kept_count;

static void keep(void *arg, const char *password)
{
	char *copy = kept[kept_count++ % 4];

	snprintf(copy, sizeof(kept[0]), "%s", password);
	credentials_add(arg, copy);
}

static void xml(struct credentials *list, const char *from, const char *to)
{
	struct text out = {0};

	redact_xml(from, strlen(from), list, keep, list, &out);
	assert_string_equal(out.bytes ? out.bytes : "", to);
	text_free(&out);
}

static void test_redact_xml(void **state)
{
	struct credentials list = {0};

	(void)state;
	credentials_add(&list, "secret-1");
	credentials_add(&list, "a<b");
	credentials_add(&list, "secret-1"); /* once */
	xml(&list, "", "");
	xml(&list, "<a>secret-1</a>", "<a>secret-1</a>"); /* another element */
	xml(&list, "<l><authPassword>secret-1</authPassword><authPassword>a&lt;b</authPassword></l>",
	    "<l><authPassword>removed-1</authPassword><authPassword>removed-2</authPassword></l>");
	xml(&list, "<authPassword></authPassword><sshPassword/>",
	    "<authPassword></authPassword><sshPassword/>");
	/* One that is not in the list gets a number of its own, the same each time. */
	xml(&list, "<phonePassword>x</phonePassword><authPassword>x</authPassword>",
	    "<phonePassword>removed-3</phonePassword><authPassword>removed-3</authPassword>");
	/* A file that ends in its password. */
	xml(&list, "<authPassword>secret-1", "<authPassword>removed-1");
	xml(&list, "<authPassword>", "<authPassword>");
	xml(&list, "<", "<");
	assert_int_equal(list.n, 3);
	credentials_free(&list);
}

/* --- passwords in trees --- */

typedef int tree_fn(const char *document, size_t length, const struct credentials *list,
		    redact_found_fn *found, void *arg, struct text *out, struct fail *fail);

/* A document from which nothing of the passwords is left; to: all of it. */
static void tree(tree_fn *redact, struct credentials *list, const char *from, const char *to)
{
	struct fail fail = {0};
	struct text out = {0};

	if (redact(from, strlen(from), list, keep, list, &out, &fail))
		fail_msg("%s: %s", from, fail.text);
	assert_string_equal(out.bytes + strspn(out.bytes, "\n"), to);
	text_free(&out);
}

static void no_tree(tree_fn *redact, struct credentials *list, const char *from)
{
	struct fail fail = {0};
	struct text out = {0};

	assert_true(redact(from, strlen(from), list, keep, list, &out, &fail) < 0);
	assert_null(out.bytes);
	/* The reason quotes nothing of the document. */
	assert_null(strstr(fail.text, "tail"));
}

static void test_redact_yaml(void **state)
{
	struct credentials list = {0};

	(void)state;
	credentials_add(&list, "one two");
	credentials_add(&list, "abc#Tail");
	credentials_add(&list, "abc,Tail");
	credentials_add(&list, "it's");
	credentials_add(&list, "q\"x");
	tree(redact_yaml, &list, "auth_password: one two # one two\nx: 1\n",
	     "auth_password: \"removed-1\"\nx: 1\n");
	tree(redact_yaml, &list, "auth_password: abc#Tail\n", "auth_password: \"removed-2\"\n");
	tree(redact_yaml, &list, "auth_password: abc,Tail\n", "auth_password: \"removed-3\"\n");
	tree(redact_yaml, &list, "auth_password: 'it''s'\n", "auth_password: \"removed-4\"\n");
	tree(redact_yaml, &list, "auth_password: \"q\\\"x\"\n", "auth_password: \"removed-5\"\n");
	/* On the next line, over two lines, as a block, as an explicit key. */
	tree(redact_yaml, &list, "auth_password:\n  one two\n", "auth_password: \"removed-1\"\n");
	tree(redact_yaml, &list, "auth_password: one\n  two\n", "auth_password: \"removed-1\"\n");
	tree(redact_yaml, &list, "auth_password: |-\n  one two\n", "auth_password: \"removed-1\"\n");
	tree(redact_yaml, &list, "? auth_password\n: one two\n", "auth_password: \"removed-1\"\n");
	tree(redact_yaml, &list, "- {'auth_password': 'one two', line: 7}\n",
	     "-\n  \"auth_password\": \"removed-1\"\n  line: 7\n");
	/* A list or a map in place of the password is replaced too. */
	tree(redact_yaml, &list, "auth_password: [one two, {a: it's}]\n",
	     "auth_password:\n  - \"removed-1\"\n  -\n    a: \"removed-4\"\n");
	/* The password of AXL has no number, and is not looked for elsewhere. */
	tree(redact_yaml, &list, "axl_password: one two\npassword: phonelab\n",
	     "axl_password: \"removed\"\npassword: \"removed\"\n");
	assert_int_equal(list.n, 5);
	tree(redact_yaml, &list, "auth_password: other\n", "auth_password: \"removed-6\"\n");
	tree(redact_yaml, &list, "auth_password: \"\"\nname: auth_password\n",
	     "auth_password: \"\"\nname: auth_password\n");
	tree(redact_yaml, &list, "capf: {string: '1234'}\nstring: 1\n",
	     "capf:\n  string: \"0\"\nstring: 1\n");
	no_tree(redact_yaml, &list, "auth_password: \"tail\nx: [\n");
	no_tree(redact_yaml, &list, "auth_password: &a tail\n");
	no_tree(redact_yaml, &list, "");
	credentials_free(&list);
}

static void test_redact_json(void **state)
{
	struct credentials list = {0};

	(void)state;
	credentials_add(&list, "q\"x");
	credentials_add(&list, "\\");
	tree(redact_json, &list, "{\"auth_password\": \"q\\\"x\", \"a\": \"q\\\"x\"}",
	     "{\n  \"auth_password\": \"removed-1\",\n  \"a\": \"q\\\"x\"\n}");
	tree(redact_json, &list, "{\"SEP1\": {\"auth_password\":\n\"\\\\\"}}\n",
	     "{\n  \"SEP1\": {\n    \"auth_password\": \"removed-2\"\n  }\n}\n");
	tree(redact_json, &list, "{\"auth\\u005fpassword\": \"\\u0071\\\"x\"}",
	     "{\n  \"auth_password\": \"removed-1\"\n}");
	tree(redact_json, &list, "{\"password\": \"q\\\"x\", \"axl_password\": 12, \"n\": 12}",
	     "{\n  \"password\": \"removed\",\n  \"axl_password\": \"removed\",\n  \"n\": 12\n}");
	tree(redact_json, &list, "{\"auth_password\": [\"q\\\"x\", 1, null]}",
	     "{\n  \"auth_password\": [\n    \"removed-1\",\n    \"removed\",\n    null\n  ]\n}");
	tree(redact_json, &list, "{\"auth_password\": \"new\"}", "{\n  \"auth_password\": \"removed-3\"\n}");
	tree(redact_json, &list, "{\"phones\": [{\"capf_string\": \"1234\", \"string\": \"1\"}]}",
	     "{\n  \"phones\": [\n    {\n      \"capf_string\": \"0\",\n      \"string\": \"1\"\n    }\n  "
	     "]\n}");
	no_tree(redact_json, &list, "{\"auth_password\": \"tail");
	no_tree(redact_json, &list, "{\"auth_password\": tail}");
	no_tree(redact_json, &list, "");
	credentials_free(&list);
}

/* --- the files of a bundle --- */

#define OF_PLAN "plain#word"

/* A run directory as rendered, with a password of the administrator. */
static void begin_bundle(struct bundle *bundle)
{
	static const char set[] =
	    "{\"" WHY_PHONE "\": {\"auth_name\": \"anna\", \"auth_password\": \"" OF_PLAN "\"}}";

	why_folder_begin();
	why_folder_put("phones/set.json", set, sizeof(set) - 1);
	snprintf(bundle->folder, sizeof(bundle->folder), "%s", why_folder_path("."));
	snprintf(bundle->run, sizeof(bundle->run), "%s", why_folder_path(""));
}

static bool file_has(const char *name, const char *text)
{
	size_t length;
	char *bytes = why_folder_get(name, &length);
	bool has = memmem(bytes, length, text, strlen(text)) != NULL;

	free(bytes);
	return has;
}

/* The HA1 of a password is a secret too, also in a file that is no database. */
static void test_bundle_ha1(void **state)
{
	struct bundle bundle = {0};
	char ha1[CUCM_HA1];

	(void)state;
	begin_bundle(&bundle);
	assert_int_equal(cucm_ha1("anna", CUCM_REALM, OF_PLAN, ha1), 0);
	why_folder_put("leftover", ha1, strlen(ha1));
	why_folder_put("other-log", OF_PLAN, strlen(OF_PLAN));
	assert_int_equal(bundle_redact(&bundle), 0);
	assert_false(file_has("leftover", ha1));
	assert_true(file_has("leftover", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"));
	assert_true(file_has("other-log", "xxxxxxxxxx"));
	assert_true(file_has("phones/set.json", "\"removed-1\""));
	assert_true(file_has("intended/topology.yaml", "name"));
	why_folder_end();
}

/* Standard error goes to a file of the folder while the bundle is redacted. */
static int redact_quietly(const struct bundle *bundle)
{
	int before = dup(STDERR_FILENO), file = open(why_folder_path("complaints"), O_CREAT | O_WRONLY, 0644);
	int status;

	assert_true(before >= 0 && file >= 0);
	dup2(file, STDERR_FILENO);
	status = bundle_redact(bundle);
	dup2(before, STDERR_FILENO);
	close(before);
	close(file);
	return status;
}

/* Nobody knows which part of such a file is a password. */
static void test_bundle_without_unreadable_files(void **state)
{
	static const char half[] = "{\"SEP001122AABB02\": {\"auth_password\": \"half";
	struct bundle bundle = {0};

	(void)state;
	begin_bundle(&bundle);
	why_folder_put("phones/added.json", half, sizeof(half) - 1);
	assert_int_equal(redact_quietly(&bundle), 0);
	assert_int_equal(access(why_folder_path("phones/added.json"), F_OK), -1);
	assert_true(file_has("complaints", "phones/added.json cannot be parsed"));
	assert_false(file_has("complaints", "half"));
	assert_true(file_has("phones/set.json", "\"removed-1\""));
	why_folder_end();
}

/* A file that cannot be written may still have a password: the bundle must not be packed, and the reason is printed once. Files are
 * limited to FILE_OCTETS, as on a full disk. */
#define FILE_OCTETS 800

static void test_bundle_that_fails(void **state)
{
	struct rlimit before, small;
	struct bundle bundle = {0};
	char *bytes, large[100 + FILE_OCTETS];
	size_t length;
	int status;

	(void)state;
	begin_bundle(&bundle);
	snprintf(large, sizeof(large), "auth_password: x\nname: %0*d\n", FILE_OCTETS, 0);
	why_folder_put("topology.yaml", large, strlen(large));
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = FILE_OCTETS;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	status = redact_quietly(&bundle);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(status, EXIT_DEFECT);
	bytes = why_folder_get("complaints", &length);
	assert_non_null(memmem(bytes, length, "topology.yaml", 13));
	assert_ptr_equal(memchr(bytes, '\n', length), bytes + length - 1);
	free(bytes);
	why_folder_end();
}

/* --- lines of a phone --- */

static void test_lines_of_a_phone(void **state)
{
	json_t *subject = json_pack("{s:s,s:s}", "ipv4", "10.110.0.5", "mac", "00:11:22:AA:BB:01");
	struct bundle bundle = {.phone = "desk1", .subject = subject};

	(void)state;
	assert_true(bundle_wants_line(&bundle, "from 10.110.0.5"));
	assert_true(bundle_wants_line(&bundle, "10.110.0.5:5060"));
	assert_false(bundle_wants_line(&bundle, "from 10.110.0.50"));
	assert_false(bundle_wants_line(&bundle, "from 110.110.0.5"));
	assert_true(bundle_wants_line(&bundle, "from 10.110.0.50 to 10.110.0.5"));
	assert_true(bundle_wants_line(&bundle, "210.110.0.5, 10.110.0.5."));
	assert_true(bundle_wants_line(&bundle, "(desk1)"));
	assert_true(bundle_wants_line(&bundle, "desk12, desk1"));
	assert_false(bundle_wants_line(&bundle, "desk12"));
	bundle.phone = NULL;
	assert_true(bundle_wants_line(&bundle, "anything"));
	json_decref(subject);
}

static void test_redact_bytes(void **state)
{
	struct credentials list = {0};
	char text[] = "\0one: secret-1, secret-1! 2001 response=\"0123456789abcdef0123456789abcdef\" "
		      "response=\"beef";
	char more[] = "secret-1 and more, secret-1";
	struct redact_texts *texts;

	(void)state;
	credentials_add(&list, "secret-1");
	credentials_add(&list, "2001");		     /* too short: it could be a directory number */
	credentials_add(&list, "secret-1 and more"); /* the longest counts */
	texts = redact_texts_new(&list);
	assert_true(redact_bytes(text, sizeof(text) - 1, texts));
	assert_string_equal(text + 1,
			    "one: xxxxxxxx, xxxxxxxx! 2001 response=\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" "
			    "response=\"xxxx");
	assert_true(redact_bytes(more, sizeof(more) - 1, texts));
	assert_string_equal(more, "xxxxxxxxxxxxxxxxx, xxxxxxxx");
	assert_false(redact_bytes((char[]){"nothing"}, 7, texts));
	assert_false(redact_bytes((char[]){"secret-"}, 7, texts));
	assert_false(redact_bytes((char[]){""}, 0, texts));
	redact_texts_free(texts);
	redact_texts_free(NULL);
	credentials_free(&list);
}

/* --- the index --- */

static void test_index(void **state)
{
	bool has[LADDER_STEPS + 1] = {false};

	(void)state;
	assert_true(index_matches("phones/{phone}/web/*", "phones/SEP1/web/x.html", "phone", "SEP1"));
	assert_false(index_matches("phones/{phone}/web/*", "phones/SEP1/web/x.html", "phone", "SEP2"));
	assert_true(index_matches("phones/{phone}/web/*", "phones/SEP1/web/x.html", "switch", "sw1"));
	assert_true(
	    index_matches("lab/tftp/root/{phone}.cnf.xml", "lab/tftp/root/SEP1.cnf.xml", "phone", "SEP1"));
	assert_false(index_matches("lab/tftp/root/{phone}.cnf.xml", "lab/tftp/root/SEP1.xml", NULL, NULL));
	assert_false(index_matches("{cm}/syslog/messages", "syslog/messages", NULL, NULL));
	assert_false(index_matches("{cm}/syslog/messages", "a/b/syslog/messages", NULL, NULL));
	assert_string_equal(index_file_of("lab/x/y")->pattern, "lab/*");
	assert_null(index_file_of("unknown"));
	/* Each step has a place, and each place is a file that the table explains. */
	for (const struct index_place *place = index_places; place->pattern; place++) {
		const struct index_file *file = index_files;

		has[place->step] = true;
		while (file->pattern && strncmp(file->pattern, place->pattern, strlen(file->pattern)) &&
		       !index_matches(file->pattern, place->pattern, NULL, NULL))
			file++;
		if (!file->pattern)
			fail_msg("%s is in no row of index_files", place->pattern);
	}
	for (int step = 1; step <= LADDER_STEPS; step++)
		assert_true(has[step]);
}

/* --- the limit of the traces --- */

static int count(const char *folder)
{
	struct dirent **entry;
	int n = scandir(folder, &entry, NULL, NULL);

	for (int i = 0; i < n; i++)
		free(entry[i]);
	free(entry);
	return n - 2;
}

static void make(const char *folder, int number, long size)
{
	char path[100];
	FILE *out;

	snprintf(path, sizeof(path), "%s/sip-%04d", folder, number);
	out = fopen(path, "we");
	assert_non_null(out);
	assert_int_equal(ftruncate(fileno(out), size), 0);
	fclose(out);
}

static void test_trace_limit(void **state)
{
	char folder[] = "/tmp/phonelab-trace-XXXXXX", path[100];

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (int i = 0; i < TRACE_LIMIT_FILES + 20; i++)
		make(folder, i, 10);
	trace_limit_apply(folder);
	assert_int_equal(count(folder), TRACE_LIMIT_FILES);
	snprintf(path, sizeof(path), "%s/sip-0019", folder); /* the oldest are gone */
	assert_int_equal(access(path, F_OK), -1);
	/* The newest two stay, however large they are. */
	make(folder, 9998, TRACE_LIMIT_BYTES);
	make(folder, 9999, TRACE_LIMIT_BYTES);
	trace_limit_apply(folder);
	assert_int_equal(count(folder), TRACE_LIMIT_OPEN);
	snprintf(path, sizeof(path), "%s/sip-9998", folder);
	assert_int_equal(access(path, F_OK), 0);
	trace_limit_apply("/nowhere");
	assert_int_equal(lint_case_remove(folder), 0);
}

/* The numbered lines of a log from first on, each of 64 octets. */
static void add_lines(FILE *out, long first, long count)
{
	for (long i = first; i < first + count; i++)
		fprintf(out, "line %058ld\n", i);
	assert_int_equal(fflush(out), 0);
}

static void first_lines(const char *path, long long *removed, long *line)
{
	FILE *in = fopen(path, "re");

	assert_non_null(in);
	assert_int_equal(
	    fscanf(in, "phonelab: %lld octets of older lines were removed\nline %ld", removed, line), 2);
	fclose(in);
}

/* The program goes on at the new end; nothing else than the number of octets removed is missing. */
static void test_log_limit(void **state)
{
	const long most = LOG_LIMIT_BYTES / 64, rest = LOG_LIMIT_KEPT / 64;
	char folder[] = "/tmp/phonelab-log-XXXXXX", path[100];
	long long removed;
	struct stat st;
	long line;
	FILE *out;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/dhcp.log", folder);
	out = fopen(path, "ae");
	assert_non_null(out);
	add_lines(out, 0, most);
	log_limit_apply(folder);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, LOG_LIMIT_BYTES); /* not above the limit */
	add_lines(out, most, 1);
	log_limit_apply(folder);
	first_lines(path, &removed, &line);
	/* The octet before the kept ones is not read, so their first line may be a part. */
	assert_int_equal(line, most + 1 - (rest - 1));
	assert_int_equal(removed, 64ll * line);
	add_lines(out, most + 1, most);
	log_limit_apply(folder);
	first_lines(path, &removed, &line);
	assert_int_equal(line, 2 * most + 1 - (rest - 1));
	/* With the line of the first cut. */
	assert_in_range(removed, 64ll * line, 64ll * line + 100);
	log_limit_apply("/nowhere");
	fclose(out);
	assert_int_equal(lint_case_remove(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_since),
	    cmocka_unit_test(test_redact_xml),
	    cmocka_unit_test(test_redact_yaml),
	    cmocka_unit_test(test_redact_json),
	    cmocka_unit_test(test_redact_bytes),
	    cmocka_unit_test(test_bundle_ha1),
	    cmocka_unit_test(test_bundle_without_unreadable_files),
	    cmocka_unit_test(test_bundle_that_fails),
	    cmocka_unit_test(test_lines_of_a_phone),
	    cmocka_unit_test(test_index),
	    cmocka_unit_test(test_trace_limit),
	    cmocka_unit_test(test_log_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
