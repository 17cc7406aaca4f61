/*
 * What is wrong with the files and rows of a phone (phonelab/why/content.h): each fact once, in a run directory as it is
 * rendered. Nothing is wrong with that directory itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_text.h"
#include "phonelab/why/content.h"
#include "phonelab/why/fact.h"
#include "tests/support/why_folder.h"

#define CONFIG	  WHY_PHONE ".cnf.xml"
#define SIGNED	  CONFIG ".sgn"
#define ITL	  "ITL" WHY_PHONE ".tlv"
#define LOAD	  "sip78xx.14-2-1-0001-125"
#define INSTALLED "phones/flash/" WHY_PHONE "/files/itl"

/* --- changes --- */

static void put(const char *name, const void *bytes, size_t length)
{
	char path[200];

	snprintf(path, sizeof(path), WHY_ROOT "%s", name);
	why_folder_put(path, bytes, length);
}

static void keep(const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), WHY_ROOT "%s", name);
	why_folder_keep(path);
}

/* The plain text as it will be, signed again. */
static void put_text(const void *bytes, size_t length)
{
	put(CONFIG, bytes, length);
	why_folder_sign(CONFIG, NULL, 0);
}

static void edit(const char *from, const char *to)
{
	why_folder_edit(WHY_ROOT CONFIG, from, to);
	why_folder_sign(CONFIG, NULL, 0);
}

static void gzip(void)
{
	put_text("\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
}
static void gzip_raw(void)
{
	put(SIGNED, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
}
static void zip(void)
{
	put_text("PK\x03\x04\x14\0\0\0\0\0", 10);
}
static void html(void)
{
	put_text("<!DOCTYPE html><html><body>Login</body></html>", 46);
}
static void utf16(void)
{
	put_text("\xff\xfe<\0?\0x\0m\0l\0", 12);
}
static void empty(void)
{
	put_text("", 0);
}
static void empty_raw(void)
{
	put(SIGNED, "", 0);
}
static void binary(void)
{
	put_text("\x7f"
		 "ELF\2\1\1\0",
		 8);
}
static void malformed(void)
{
	edit("<sipProfile>", "<sipProfil>");
}
static void malformed_after_comment(void)
{
	edit("<device>", "<!-- was <old> --><device>");
	malformed();
}
static void latin(void)
{
	edit("Greenwich Standard Time", "Gr\xfc\xdf"
					"e");
}

static void truncated(void)
{
	size_t length;
	char *bytes = why_folder_get(WHY_ROOT CONFIG, &length);

	put_text(bytes, length / 2);
	free(bytes);
}

static void crlf(void)
{
	size_t length, to = 0;
	char *bytes = why_folder_get(WHY_ROOT CONFIG, &length), *out = malloc(2 * length);

	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == '\n')
			out[to++] = '\r';
		out[to++] = bytes[i];
	}
	put_text(out, to);
	free(out);
	free(bytes);
}

static void missing(void)
{
	unlink(why_folder_path(WHY_ROOT CONFIG));
	unlink(why_folder_path(WHY_ROOT SIGNED));
}

static void other_case(void)
{
	size_t length;
	char *bytes = why_folder_get(WHY_ROOT SIGNED, &length);

	missing();
	keep("sep001122aabb01.cnf.xml.sgn");
	put("sep001122aabb01.cnf.xml.sgn", bytes, length);
	free(bytes);
}

static void unreadable(void)
{
	assert_int_equal(chmod(why_folder_path(WHY_ROOT SIGNED), 0600), 0);
}

static void directory(void)
{
	unlink(why_folder_path(WHY_ROOT SIGNED));
	assert_int_equal(mkdir(why_folder_path(WHY_ROOT SIGNED), 0755), 0);
}

static void dangling(void)
{
	unlink(why_folder_path(WHY_ROOT SIGNED));
	assert_int_equal(symlink("nowhere", why_folder_path(WHY_ROOT SIGNED)), 0);
}

static void unsigned_only(void)
{
	unlink(why_folder_path(WHY_ROOT SIGNED));
}
static void other_key(void)
{
	why_folder_sign(CONFIG, NULL, 1);
}
static void other_name(void)
{
	why_folder_sign(CONFIG, WHY_OTHER ".cnf.xml.sgn", 0);
}
static void damaged(void)
{
	why_folder_edit(WHY_ROOT SIGNED, "<fullConfig>true", "<fullConfig>trve");
}
static void stale(void)
{
	why_folder_edit(WHY_ROOT CONFIG, "M/D/Ya", "D/M/Ya");
}

static void broken_header(void)
{
	size_t length;
	char *bytes = why_folder_get(WHY_ROOT SIGNED, &length);

	bytes[9] ^= 0x7f;
	put(SIGNED, bytes, length);
	free(bytes);
}

/* The phone has the list of another cluster. */
static void other_cluster(void)
{
	size_t length;
	char *bytes = why_folder_get(WHY_ROOT ITL, &length);

	why_folder_keep(INSTALLED);
	for (size_t i = 600; i < length; i++)
		bytes[i] ^= 0x11;
	why_folder_put(INSTALLED, bytes, length);
	free(bytes);
}

/* A new phone, and the list of another cluster on the server, whose files are its own. */
static void foreign_list(void)
{
	why_folder_keep(INSTALLED);
	keep(ITL);
	assert_int_equal(unlink(why_folder_path(INSTALLED)), 0);
	why_folder_other_list(ITL);
}

static void itl_damaged(void)
{
	size_t length;
	char *bytes = why_folder_get(WHY_ROOT ITL, &length);

	keep(ITL);
	bytes[length / 2] ^= 1;
	put(ITL, bytes, length);
	free(bytes);
}

static void itl_text(void)
{
	keep(ITL);
	put(ITL, "no trust list", 13);
}

static void ctl(void)
{
	size_t length;
	char *bytes = why_folder_get(WHY_ROOT ITL, &length);

	keep("CTL" WHY_PHONE ".tlv");
	put("CTL" WHY_PHONE ".tlv", bytes, length);
	free(bytes);
}

static void ctl_of_mixed_mode(void)
{
	ctl();
	why_folder_keep("intended/topology.yaml");
	why_folder_edit("intended/topology.yaml", "\ncluster:\n", "\ncluster:\n  security: mixed\n");
}

static void manager(void)
{
	edit("<processNodeName>10.20.0.11", "<processNodeName>10.20.0.19");
}
static void manager_empty(void)
{
	edit("<processNodeName>10.20.0.11", "<processNodeName>");
}
static void port(void)
{
	edit("<sipPort>5060", "<sipPort>5070");
}
static void port_text(void)
{
	edit("<sipPort>5060", "<sipPort>sixty");
}
static void proxy(void)
{
	edit("USECALLMANAGER", "10.20.0.99");
}
static void line_name(void)
{
	edit("<name>2001<", "<name>2999<");
}
static void load_family(void)
{
	edit("<loadInformation>sip78xx.", "<loadInformation>sip88xx.");
}
static void load_missing(void)
{
	edit("<loadInformation>" LOAD, "<loadInformation>sip78xx.99-1-1");
}
static void dial_template(void)
{
	edit("<dialTemplate>DR", "<dialTemplate>DX");
}
static void softkeys(void)
{
	edit("<softKeyFile>SK", "<softKeyFile>SX");
}
static void locale(void)
{
	edit("<name>French_France", "<name>Klingon");
}
static void no_lines(void)
{
	size_t length;
	char *bytes = why_folder_get(WHY_ROOT CONFIG, &length), *from = strstr(bytes, "<sipLines>"),
	     *to = strstr(bytes, "</sipLines>") + 11;

	memmove(from, to, strlen(to) + 1);
	put_text(bytes, strlen(bytes));
	free(bytes);
}
static void auth_name(void)
{
	edit("<authName>" WHY_PHONE, "<authName>" WHY_OTHER);
}

static void of_another(void)
{
	size_t length;
	char *bytes = why_folder_get(WHY_ROOT WHY_OTHER ".cnf.xml", &length);

	put_text(bytes, length);
	free(bytes);
}

static void softkeys_html(void)
{
	static const char name[] = WHY_ROOT "SKa4490f38-043c-4080-9a4f-7289992267b7.xml";

	why_folder_keep("tftp/root/SKa4490f38-043c-4080-9a4f-7289992267b7.xml");
	why_folder_keep("tftp/root/SKa4490f38-043c-4080-9a4f-7289992267b7.xml.sgn");
	why_folder_put(name, "<html></html>", 13);
	why_folder_sign(name + strlen(WHY_ROOT), NULL, 0);
}

static void remove_both(const char *name)
{
	char sgn[160];

	snprintf(sgn, sizeof(sgn), "%s.sgn", name);
	keep(name);
	keep(sgn);
	snprintf(sgn, sizeof(sgn), WHY_ROOT "%s", name);
	assert_int_equal(unlink(why_folder_path(sgn)), 0);
	snprintf(sgn, sizeof(sgn), WHY_ROOT "%s.sgn", name);
	assert_int_equal(unlink(why_folder_path(sgn)), 0);
}

static void no_softkeys(void)
{
	remove_both("SKa4490f38-043c-4080-9a4f-7289992267b7.xml");
}
static void no_tones(void)
{
	remove_both("France/g3-tones.xml");
}
static void no_rings(void)
{
	remove_both("Ringlist-wb.xml");
}
static void no_ring(void)
{
	remove_both("BenchBell.rwb");
}

/* --- firmware: the phone runs another load --- */

static void upgrade(void)
{
	edit("<loadInformation>" LOAD, "<loadInformation>sip78xx.14-2-1-0001-125x");
}

static void put_load(void)
{
	size_t length;
	char *bytes = why_folder_get(WHY_ROOT LOAD ".loads", &length);

	upgrade();
	keep("sip78xx.14-2-1-0001-125x.loads");
	put("sip78xx.14-2-1-0001-125x.loads", bytes, length);
	free(bytes);
}

static void image_size(void)
{
	size_t length;
	char *bytes = why_folder_get(WHY_ROOT "kern78xx.14-2-1-0001-125.sbn", &length);

	put_load();
	keep("kern78xx.14-2-1-0001-125.sbn");
	put("kern78xx.14-2-1-0001-125.sbn", bytes, length - 100);
	free(bytes);
}

static void image_header(void)
{
	size_t length;
	char *bytes = why_folder_get(WHY_ROOT "kern78xx.14-2-1-0001-125.sbn", &length);

	put_load();
	keep("kern78xx.14-2-1-0001-125.sbn");
	bytes[0] ^= 0xff;
	put("kern78xx.14-2-1-0001-125.sbn", bytes, length);
	free(bytes);
}

/* --- rows --- */

static void device_row(void)
{
	why_folder_sql("cucm-sub", "delete from device where name = '" WHY_PHONE "'");
}
static void new_phone(void)
{
	device_row();
	why_folder_sql("cucm-sub",
		       "insert or replace into setting values ('auto_registration', 'exhausted')");
}
static void line_row(void)
{
	why_folder_sql("cucm-sub", "delete from line where device = '" WHY_PHONE "'");
}
static void line_number(void)
{
	why_folder_sql("cucm-sub", "update line set number = '2999' where device = '" WHY_PHONE "'");
}
static void line_table(void)
{
	why_folder_sql("cucm-sub", "drop table line");
}
static void no_database(void)
{
	why_folder_put("cucm/cucm-sub/cucm.sqlite", "no database, but a text", 23);
}

/* --- the table --- */

#define FILE_OBJECT "file " CONFIG

static const struct change {
	const char *label;
	void (*change)(void);
	const char *fact, *object, *value, *text; /* value: of the fact; text: what it begins with */
	const char *also;			  /* another fact that follows from it */
} changes[] = {
    {"gzip", gzip, "content.gzip", FILE_OBJECT, NULL, NULL, NULL},
    {"gzip around the signed file", gzip_raw, "content.gzip", FILE_OBJECT, NULL, NULL, NULL},
    {"zip", zip, "content.zip", FILE_OBJECT, NULL, NULL, NULL},
    {"html", html, "content.html", FILE_OBJECT, NULL, NULL, NULL},
    {"UTF-16", utf16, "content.encoding", FILE_OBJECT, NULL, NULL, NULL},
    {"not UTF-8", latin, "content.encoding", FILE_OBJECT, "line", "9", NULL},
    {"empty", empty, "content.empty", FILE_OBJECT, NULL, NULL, NULL},
    {"empty signed file", empty_raw, "content.empty", FILE_OBJECT, NULL, NULL, NULL},
    {"binary", binary, "content.binary", FILE_OBJECT, NULL, NULL, NULL},
    {"truncated", truncated, "content.truncated", FILE_OBJECT, "expected", "</device>", NULL},
    {"malformed", malformed, "content.malformed", FILE_OBJECT, "line", "", NULL},
    {"malformed after a tag in a comment", malformed_after_comment, "content.malformed", FILE_OBJECT, "line",
     "", NULL},
    {"CRLF is harmless", crlf, "content.ok", FILE_OBJECT, NULL, NULL, NULL},
    {"missing", missing, "content.missing", FILE_OBJECT, NULL, NULL, NULL},
    {"other case", other_case, "content.other_case", FILE_OBJECT, "found", "sep001122aabb01.cnf.xml.sgn",
     NULL},
    {"unreadable", unreadable, "content.unreadable", FILE_OBJECT, "mode", "0600", NULL},
    {"directory", directory, "content.directory", FILE_OBJECT, NULL, NULL, NULL},
    {"dangling", dangling, "content.dangling", FILE_OBJECT, "found", "nowhere", NULL},
    {"unsigned", unsigned_only, "content.unsigned", FILE_OBJECT, NULL, NULL, NULL},
    {"other key", other_key, "content.signature_other_key", FILE_OBJECT, "signer", "CN=cucm.elsewhere.lab",
     NULL},
    {"other name", other_name, "content.signature_other_name", FILE_OBJECT, "found", WHY_OTHER, NULL},
    {"damaged", damaged, "content.signature_damaged", FILE_OBJECT, NULL, NULL, NULL},
    {"broken header", broken_header, "content.signature_damaged", FILE_OBJECT, NULL, NULL, NULL},
    {"stale", stale, "content.signature_stale", FILE_OBJECT, NULL, NULL, NULL},
    {"ITL damaged", itl_damaged, "content.signature_damaged", "file " ITL, NULL, NULL, NULL},
    {"ITL is a text", itl_text, "content.malformed", "file " ITL, NULL, NULL, NULL},
    {"ITL of another cluster", other_cluster, "content.trust_other_cluster", "file " ITL, "signer",
     "CN=", "*"},
    {"ITL of another cluster on the server", foreign_list, "content.trust_other_cluster", "file " ITL,
     "signer", "CN=cucm-other", NULL},
    {"CTL", ctl, "content.ctl", "file CTL" WHY_PHONE ".tlv", NULL, NULL, "*"},
    {"CTL of a cluster in mixed mode", ctl_of_mixed_mode, "content.ok", FILE_OBJECT, NULL, NULL, NULL},
    {"call manager", manager, "content.element", FILE_OBJECT, "found", "10.20.0.19", NULL},
    {"call manager empty", manager_empty, "content.element", FILE_OBJECT, "element",
     "device/devicePool/callManagerGroup/members/member", "*"},
    {"port", port, "content.element", FILE_OBJECT, "expected", "5060", NULL},
    {"port is no number", port_text, "content.value_ignored", FILE_OBJECT, "found", "\"sixty\"", NULL},
    {"proxy", proxy, "content.element", FILE_OBJECT, "expected", "USECALLMANAGER", "*"},
    {"line", line_name, "content.element", FILE_OBJECT, "expected", "2001", NULL},
    {"load of another family", load_family, "content.element", FILE_OBJECT, "element",
     "device/loadInformation", "*"},
    {"load that is not there", load_missing, "content.element", FILE_OBJECT, "element",
     "device/loadInformation", "content.missing"},
    {"dial template", dial_template, "content.element", FILE_OBJECT, "element",
     "device/sipProfile/dialTemplate", "content.missing"},
    {"soft keys", softkeys, "content.element", FILE_OBJECT, "element", "device/sipProfile/softKeyFile",
     "content.missing"},
    {"locale", locale, "content.element", FILE_OBJECT, "element", "device/userLocale/name",
     "content.missing"},
    {"no line", no_lines, "content.element_missing", FILE_OBJECT, NULL, NULL, "*"},
    {"authName of another", auth_name, "content.of_another_phone", FILE_OBJECT, "phone", WHY_OTHER, NULL},
    {"file of another", of_another, "content.of_another_phone", FILE_OBJECT, "phone", WHY_OTHER, NULL},
    {"soft keys are HTML", softkeys_html, "content.html", "file SKa4490f38-043c-4080-9a4f-7289992267b7.xml",
     NULL, NULL, NULL},
    {"soft keys are missing", no_softkeys, "content.missing",
     "file SKa4490f38-043c-4080-9a4f-7289992267b7.xml", NULL, NULL, NULL},
    {"tones are missing", no_tones, "content.missing", "file France/g3-tones.xml", NULL, NULL, NULL},
    {"ring list is missing", no_rings, "content.missing", "file Ringlist-wb.xml", NULL, NULL, NULL},
    {"ringtone is missing", no_ring, "content.missing", "file BenchBell.rwb", NULL, NULL, NULL},
    {"image too short", image_size, "content.image_size", "file kern78xx.14-2-1-0001-125.sbn", NULL, NULL,
     "*"},
    {"no image", image_header, "content.image_header", "file kern78xx.14-2-1-0001-125.sbn", NULL, NULL, "*"},
    {"device row", device_row, "database.device_missing", "database cucm-sub device", NULL, NULL, NULL},
    {"no number for auto-registration", new_phone, "database.auto_exhausted", "database cucm-sub setting",
     "node", "cucm-sub", "database.device_missing"},
    {"line row", line_row, "database.line_missing", "database cucm-sub line", "expected", "2001", NULL},
    {"line number", line_number, "database.line_differs", "database cucm-sub line", "found", "2999", NULL},
    {"no table", line_table, "database.table_missing", "database cucm-sub line", NULL, NULL, NULL},
    {"no database", no_database, "database.unreadable", "database cucm-sub device", NULL, NULL, NULL},
};
#define CHANGES (sizeof(changes) / sizeof(changes[0]))

static bool is_good(const json_t *fact)
{
	const char *name = json_text(fact, "fact");

	return !strcmp(name, "content.ok") || !strcmp(name, "database.ok");
}

static void one_change(void **state)
{
	const struct change *change = *state;
	const json_t *fact, *found;
	json_t *facts;
	size_t i;
	bool as_expected;

	keep(CONFIG);
	keep(SIGNED);
	why_folder_keep("cucm/cucm-sub/cucm.sqlite");
	change->change();
	facts = why_folder_facts(WHY_PHONE, 0, why_content_facts);
	why_folder_restore();
	found = fact_find(facts, change->fact, change->object);
	as_expected = found && (!change->value || !strncmp(fact_text(found, change->value), change->text,
							   strlen(change->text)));
	json_array_foreach (facts, i, fact) {
		const char *name = json_text(fact, "fact");

		if (!is_good(fact) && strcmp(name, change->fact) &&
		    (!change->also || (strcmp(change->also, "*") && strcmp(change->also, name))))
			as_expected = false;
		if (is_good(fact) && strcmp(change->fact, "content.ok") &&
		    strcmp(change->fact, "content.value_ignored") &&
		    !strcmp(json_text(fact, "object"), change->object))
			as_expected = false;
	}
	if (!as_expected)
		why_lab_print(facts);
	json_decref(facts);
	assert_true(as_expected);
}

/* As rendered, and with the trust list installed. */
static void rendered(void **state)
{
	json_t *facts;
	const json_t *fact;
	size_t i, bad = 0;

	(void)state;
	facts = why_folder_facts(WHY_PHONE, 0, why_content_facts);
	assert_true(fact_is(facts, "content.ok", FILE_OBJECT));
	assert_true(fact_is(facts, "database.ok", "database cucm-pub device"));
	json_array_foreach (facts, i, fact)
		bad += !is_good(fact);
	if (bad)
		why_lab_print(facts);
	json_decref(facts);
	assert_int_equal(bad, 0);
}

static void before_files(void **state)
{
	json_t *facts = why_folder_facts(WHY_PHONE, 4, why_content_facts);

	(void)state;
	assert_int_equal(json_array_size(facts), 0);
	json_decref(facts);
}

static int begin(void **state)
{
	size_t length;
	char *bytes;

	(void)state;
	why_folder_begin();
	mkdir(why_folder_path("phones/flash"), 0755);
	mkdir(why_folder_path("phones/flash/" WHY_PHONE), 0755);
	mkdir(why_folder_path("phones/flash/" WHY_PHONE "/files"), 0755);
	bytes = why_folder_get(WHY_ROOT ITL, &length);
	why_folder_put(INSTALLED, bytes, length);
	free(bytes);
	return 0;
}

static int end(void **state)
{
	(void)state;
	why_folder_end();
	return 0;
}

int main(void)
{
	struct CMUnitTest tests[CHANGES + 2] = {cmocka_unit_test(rendered), cmocka_unit_test(before_files)};

	for (size_t i = 0; i < CHANGES; i++)
		tests[i + 2] = (struct CMUnitTest){.name = changes[i].label,
						   .test_func = one_change,
						   .initial_state = (void *)(uintptr_t)&changes[i]};
	return _cmocka_run_group_tests("why-content", tests, CHANGES + 2, begin, end);
}
