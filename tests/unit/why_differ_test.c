/*
 * Differences from the rendered files (phonelab/why/differ.h): each fact once, in a run directory as it is rendered, and the
 * parts that it is made of. Nothing differs in that directory itself. tests/e2e/why_differ_test.c has the switches.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/document/yaml_write.h"
#include "phonelab/lab/intended.h"
#include "phonelab/why/differ.h"
#include "phonelab/why/fact.h"
#include "phonelab/why/line_diff.h"
#include "phonelab/why/xml_flat.h"
#include "tests/support/why_folder.h"

#define CONFIG	 WHY_PHONE ".cnf.xml"
#define DNSMASQ	 "dhcp/dnsmasq.conf"
#define KAMAILIO "cucm/cucm-pub/kamailio.cfg"
#define HTTP	 "tftp/lighttpd.conf"

/* --- lines --- */

static void check_lines(const char *first, const char *second, const char *expected)
{
	struct line_change changes[16];
	size_t n = line_diff(first, second, changes, 16);
	struct text text = {0};

	text_add(&text, "%s", "");
	for (size_t i = 0; i < n; i++)
		text_add(&text, "%s %u [%s] [%s]\n", line_kind_name(changes[i].kind), changes[i].number,
			 changes[i].was, changes[i].found);
	assert_string_equal(text.bytes ? text.bytes : "", expected);
	text_free(&text);
}

static void lines(void **state)
{
	(void)state;
	check_lines("a\nb\n", "a\nb", "");
	check_lines("a\n# x\n\nb\n", " a  \nb\n#y\n", "");
	check_lines("a\nb\nc\n", "a\nc\n", "missing 1 [b] []\n");
	check_lines("a\nc\n", "a\nb\nc\n", "added 2 [] [b]\n");
	check_lines("x=1\ny=2\nz=3\n", "x=1\ny=5\nz=3\n", "changed 2 [y=2] [y=5]\n");
	check_lines("port=0\nlog-dhcp\n", "log-dhcp\n", "missing 0 [port=0] []\n");
	check_lines("#!define A\n", "#define A\n", "missing 0 [#!define A] []\n");
	check_lines("a\nb\nc\nd\n", "",
		    "missing 0 [a] []\nmissing 0 [b] []\nmissing 0 [c] []\nmissing 0 [d] []\n");
	check_lines("user=root\ngroup=\n", "group=\n", "missing 0 [user=root] []\n");
	check_lines("a=1\nb=2\nc=3\nd=4\n", "a=1\nb=9\nc=3\nd=8\n",
		    "changed 2 [b=2] [b=9]\nchanged 4 [d=4] [d=8]\n");
}

static void flat(void **state)
{
	static const char text[] = "<a>\n <b k='1'>x</b>\n <b>\n y </b><c/>\n</a>";
	json_t *all = xml_flat(text, strlen(text));

	(void)state;
	assert_non_null(all);
	assert_int_equal(json_object_size(all), 4);
	assert_string_equal(xml_flat_value(all, "a/b"), "x");
	assert_string_equal(xml_flat_value(all, "a/b/@k"), "1");
	assert_string_equal(xml_flat_value(all, "a/b[2]"), "y");
	assert_int_equal(xml_flat_line(all, "a/b[2]"), 3);
	assert_non_null(json_object_get(all, "a/c"));
	json_decref(all);
	assert_null(xml_flat("<a><b></a>", 10));
	assert_null(xml_flat("", 0));
}

/* A topology that is written and read again is the same one. */
static void written(void **state)
{
	static const char source[] = "name: x\nlist: [1, \"2\", 'a: b', {k: \"tab\\tquote\\\" back\\\\\"}]\n"
				     "none:\nempty: []\nmap: {}\ntext: |\n  two\n  lines\n\"odd: key\": 1\n";
	struct arena arena = {0};
	struct complaints complaints = {.file = "x"};
	struct yaml_node *first = yaml_tree_parse(source, strlen(source), &arena, &complaints), *second;
	struct text text = {0}, again = {0};

	(void)state;
	assert_non_null(first);
	yaml_tree_write(first, &text);
	second = yaml_tree_parse(text.bytes, text.length, &arena, &complaints);
	assert_non_null(second);
	yaml_tree_write(second, &again);
	assert_string_equal(text.bytes, again.bytes);
	assert_string_equal(yaml_tree_get(second, "text")->text, "two\nlines\n");
	assert_string_equal(yaml_tree_get(second, "list")->entries[3].value->entries[0].value->text,
			    "tab\tquote\" back\\");
	assert_true(yaml_tree_get(second, "list")->entries[1].value->quoted);
	assert_int_equal(yaml_tree_get(second, "empty")->kind, YAML_LIST);
	text_free(&text);
	text_free(&again);
	arena_free(&arena);
}

/* --- changes of the run directory --- */

static void range(void)
{
	why_folder_edit(DNSMASQ, "dhcp-authoritative\n", "");
}
static void option(void)
{
	why_folder_edit(DNSMASQ, ",150,10.20.0.3", ",150,10.20.0.99");
}
static void ignores(void)
{
	why_folder_edit(DNSMASQ, "no-ping", "no-ping\ndhcp-ignore=tag:cisco");
}
static void comment(void)
{
	why_folder_edit(DNSMASQ, "no-ping", "# a comment\n\nno-ping");
}
static void http_port(void)
{
	why_folder_edit(HTTP, "server.port = 6970", "server.port = 6971");
}
static void node_port(void)
{
	why_folder_edit(KAMAILIO, "NODE_PORT!5060", "NODE_PORT!5070");
}
static void no_config(void)
{
	unlink(why_folder_path(HTTP));
}
static void element(void)
{
	why_folder_edit(WHY_ROOT CONFIG, "<sipPort>5060", "<sipPort>5061");
}
static void no_element(void)
{
	why_folder_edit(WHY_ROOT CONFIG, "<fullConfig>true</fullConfig>", "");
}
static void signed_element(void)
{
	why_folder_edit(WHY_ROOT CONFIG ".sgn", "<sipPort>5060", "<sipPort>5061");
}
static void layout(void)
{
	why_folder_edit(WHY_ROOT CONFIG, "<fullConfig>", "\n\r\n   <fullConfig>");
}
static void text(void)
{
	why_folder_put(WHY_ROOT CONFIG, "Sorry", 5);
}
static void removed(void)
{
	unlink(why_folder_path(WHY_ROOT CONFIG ".sgn"));
}
static void list(void)
{
	unlink(why_folder_path(WHY_ROOT "ITL" WHY_PHONE ".tlv"));
}
static void ctl(void)
{
	why_folder_put(WHY_ROOT "CTL" WHY_PHONE ".tlv", "x", 1);
}
static void mode(void)
{
	assert_int_equal(chmod(why_folder_path(WHY_ROOT CONFIG), 0640), 0);
}
static void row(void)
{
	why_folder_sql("cucm-pub", "delete from line where device = '" WHY_PHONE "'");
}
static void device(void)
{
	why_folder_sql("cucm-pub",
		       "pragma foreign_keys = on; delete from device where name = '" WHY_PHONE "'");
}
static void column(void)
{
	why_folder_sql("cucm-pub", "update line set number = '2999' where number = '2001'");
}
static void setting(void)
{
	why_folder_sql("cucm-pub", "update setting set value = 'on' where name = 'auto_registration'");
}
static void used_up(void)
{
	why_folder_sql("cucm-pub", "update setting set value = 'exhausted' where name = 'auto_registration'");
}
static void other_phone(void)
{
	why_folder_sql("cucm-pub", "delete from line where device = '" WHY_OTHER "'");
	why_folder_edit(WHY_ROOT WHY_OTHER ".cnf.xml", "<sipPort>5060", "<sipPort>5061");
}

static const struct change {
	const char *label;
	void (*change)(void);
	const char *fact, *object, *kind, *was, *found; /* fact NULL: no fact at all */
} changes[] = {
    {"as rendered", NULL, NULL, NULL, NULL, NULL, NULL},
    {"comment", comment, NULL, NULL, NULL, NULL, NULL},
    {"layout of XML", layout, NULL, NULL, NULL, NULL, NULL},
    {"another phone", other_phone, NULL, NULL, NULL, NULL, NULL},
    {"line missing", range, "diff.config_line", "config dhcp dnsmasq.conf", "missing", "dhcp-authoritative",
     ""},
    {"line changed", option, "diff.config_line", "config dhcp dnsmasq.conf", "changed",
     "dhcp-option=tag:vlan110,150,10.20.0.3", "dhcp-option=tag:vlan110,150,10.20.0.99"},
    {"line added", ignores, "diff.config_line", "config dhcp dnsmasq.conf", "added", "",
     "dhcp-ignore=tag:cisco"},
    {"HTTP port", http_port, "diff.config_line", "config tftp lighttpd.conf", "changed", "server.port = 6970",
     "server.port = 6971"},
    {"SIP port", node_port, "diff.config_line", "config cucm-pub kamailio.cfg", "changed",
     "#!substdef \"!NODE_PORT!5060!g\"", "#!substdef \"!NODE_PORT!5070!g\""},
    {"no configuration", no_config, "diff.config_missing", "config tftp lighttpd.conf", "", "", ""},
    {"element", element, "diff.file_element", "file " CONFIG, "changed", "5060", "5061"},
    {"element missing", no_element, "diff.file_element", "file " CONFIG, "missing", "true", ""},
    {"element of the signed file", signed_element, "diff.file_element", "file " CONFIG, "changed", "5060",
     "5061"},
    {"no XML", text, "diff.file_content", "file " CONFIG, "", NULL, "5 octets"},
    {"signed file missing", removed, "diff.file_missing", "file " CONFIG, "", "", ""},
    {"trust list missing", list, "diff.file_missing", "file ITL" WHY_PHONE ".tlv", "", "", ""},
    {"CTL", ctl, "diff.file_added", "file CTL" WHY_PHONE ".tlv", "", "", ""},
    {"mode", mode, "diff.file_mode", "file " CONFIG, "", "0644", "0640"},
    {"row", row, "diff.row", "database cucm-pub line", "missing", "", ""},
    {"device", device, "diff.row", "database cucm-pub device", "missing", "", ""},
    {"setting", setting, "diff.setting", "database cucm-pub setting", "", "off", "on"},
    {"range of auto-registration used up", used_up, NULL, NULL, NULL, NULL, NULL},
    {"column", column, "diff.row", "database cucm-pub line", "changed", "2001", "2999"},
};
#define CHANGES (sizeof(changes) / sizeof(changes[0]))

static void one_change(void **state)
{
	const struct change *change = *state;
	json_t *facts;
	const json_t *fact;
	bool as_expected;

	why_folder_keep(DNSMASQ);
	why_folder_keep(KAMAILIO);
	why_folder_keep(HTTP);
	why_folder_keep(WHY_ROOT CONFIG);
	why_folder_keep(WHY_ROOT CONFIG ".sgn");
	why_folder_keep(WHY_ROOT "ITL" WHY_PHONE ".tlv");
	why_folder_keep(WHY_ROOT "CTL" WHY_PHONE ".tlv");
	why_folder_keep("cucm/cucm-pub/cucm.sqlite");
	if (change->change)
		change->change();
	facts = why_folder_facts(WHY_PHONE, 0, why_differ_facts);
	why_folder_restore();
	fact = json_array_get(facts, 0);
	as_expected = json_array_size(facts) == (change->fact ? 1 : 0);
	if (change->fact && as_expected)
		as_expected = !strcmp(json_text(fact, "fact"), change->fact) &&
			      !strcmp(json_text(fact, "object"), change->object) &&
			      !strcmp(fact_text(fact, "kind"), change->kind) &&
			      (!change->was || !strcmp(fact_text(fact, "was"), change->was)) &&
			      !strcmp(fact_text(fact, "found"), change->found);
	if (!as_expected)
		why_lab_print(facts);
	json_decref(facts);
	assert_true(as_expected);
}

/* A phone that does not reach its files has no need of the call managers. */
static void by_step(void **state)
{
	json_t *facts;

	(void)state;
	why_folder_keep(KAMAILIO);
	why_folder_keep(HTTP);
	node_port();
	http_port();
	facts = why_folder_facts(WHY_PHONE, 4, why_differ_facts);
	assert_int_equal(json_array_size(facts), 1);
	json_decref(facts);
	facts = why_folder_facts(WHY_PHONE, 3, why_differ_facts);
	assert_int_equal(json_array_size(facts), 0);
	json_decref(facts);
	facts = why_folder_facts(WHY_PHONE, 11, why_differ_facts);
	assert_int_equal(json_array_size(facts), 2);
	assert_string_equal(fact_text(json_array_get(facts, 0), "node"), "tftp");
	assert_string_equal(fact_text(json_array_get(facts, 1), "node"), "cucm-pub");
	json_decref(facts);
	why_folder_restore();
}

/* What `phonelab device` and set_device have changed is intended. */
static void on_purpose(void **state)
{
	static const char added[] = "{\"SEP0011223344FF\": {\"model\": \"8841\", \"number\": \"2999\"}}";
	static const char set[] = "{\"" WHY_PHONE "\": {\"label\": \"desk\", \"auth_password\": \"x\"}}";
	struct intended intended;
	struct fail fail = {0};
	json_t *facts;

	(void)state;
	why_folder_keep("phones/added.json");
	why_folder_keep("phones/set.json");
	why_folder_keep(WHY_ROOT CONFIG);
	why_folder_keep(WHY_ROOT CONFIG ".sgn");
	why_folder_keep("cucm/cucm-pub/cucm.sqlite");
	why_folder_keep("cucm/cucm-sub/cucm.sqlite");
	why_folder_put("phones/added.json", added, strlen(added));
	why_folder_put("phones/set.json", set, strlen(set));
	assert_int_equal(intended_read(&intended, why_folder_path(""), &fail), 0);
	assert_int_equal(cucm_write_device(&intended.plan, why_folder_path(""),
					   intended_device(&intended, WHY_PHONE), &fail),
			 0);
	assert_int_equal(cucm_write_device_database(&intended.plan, why_folder_path(""),
						    intended_device(&intended, WHY_PHONE), &fail),
			 0);
	assert_non_null(intended_device(&intended, "SEP0011223344FF"));
	intended_free(&intended);
	facts = why_folder_facts(WHY_PHONE, 0, why_differ_facts);
	if (json_array_size(facts))
		why_lab_print(facts);
	assert_int_equal(json_array_size(facts), 0);
	json_decref(facts);
	why_folder_restore();
}

static int begin(void **state)
{
	(void)state;
	why_folder_begin();
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
	struct CMUnitTest tests[CHANGES + 5] = {cmocka_unit_test(lines), cmocka_unit_test(flat),
						cmocka_unit_test(written), cmocka_unit_test(by_step),
						cmocka_unit_test(on_purpose)};

	for (size_t i = 0; i < CHANGES; i++)
		tests[i + 5] = (struct CMUnitTest){.name = changes[i].label,
						   .test_func = one_change,
						   .initial_state = (void *)(uintptr_t)&changes[i]};
	return _cmocka_run_group_tests("why-differ", tests, CHANGES + 5, begin, end);
}
