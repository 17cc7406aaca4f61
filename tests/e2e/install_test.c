/*
 * make install and make uninstall below a folder of their own: the installed phonelab runs, finds its topologies by name,
 * and after uninstall the tree is as it was before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/lab.h"

#define TIMEOUT_S 60

static struct lab lab;
static char build[512]; /* the folder that has bin/ */

static int begin(void **state)
{
	(void)state;
	lab_bin("phonelab", build);
	*strrchr(build, '/') = 0;
	*strrchr(build, '/') = 0;
	lab_begin(&lab, "install");
	return 0;
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

/* Run a line of sh with $ROOT, a new folder of the test, and the functions make_install and make_uninstall. "-o all": the
 * programs that are under test are installed as they are. */
static void run(const char *root, const char *line)
{
	struct command_result result =
	    command_sh(TIMEOUT_S,
		       "set -eu; ROOT='%s/%s'; mkdir -p \"$ROOT\"\n"
		       "make_install() { make -s -o all install B='%s' DESTDIR=\"$ROOT\" \"$@\"; }\n"
		       "make_uninstall() { make -s uninstall DESTDIR=\"$ROOT\" \"$@\"; }\n"
		       "%s",
		       lab.dir, root, build, line);

	if (result.status)
		fail_msg("status %d: %s%s", result.status, result.out, result.err);
	command_free(&result);
}

static void uninstall_leaves_nothing(void **state)
{
	(void)state;
	run("empty", "make_install; test -x \"$ROOT/usr/local/bin/phone-sim\"\n"
		     "for path in bash-completion/completions/phonelab zsh/site-functions/_phonelab \\\n"
		     "  fish/vendor_completions.d/phonelab.fish man/man1/phonelab.1; do\n"
		     "  test -s \"$ROOT/usr/local/share/$path\"; done\n"
		     "make_uninstall; test -z \"$(find \"$ROOT\" -mindepth 1)\"");
}

/* What the machine had stays: files of others, also in the folders of phonelab, and empty folders. A second installation
 * over the first one changes nothing about that. */
static void uninstall_keeps_what_was_there(void **state)
{
	(void)state;
	run("used",
	    "mkdir -p \"$ROOT/opt/bin\" \"$ROOT/opt/share/man\" \"$ROOT/opt/share/phonelab\"\n"
	    "echo other >\"$ROOT/opt/share/phonelab/notes\"; echo other >\"$ROOT/opt/share/man/other\"\n"
	    "cd \"$ROOT\"; find . | sort >../before; cd - >/dev/null\n"
	    "make_install PREFIX=/opt; make_install PREFIX=/opt; make_uninstall PREFIX=/opt\n"
	    "cd \"$ROOT\"; find . | sort | diff ../before -");
	run("used",
	    "! make_uninstall PREFIX=/opt 2>error; grep -q 'nothing is installed there' error; rm error");
}

/* The installed phonelab knows nothing of the checkout. `up` without a topology starts the office. */
static void the_installed_phonelab_runs(void **state)
{
	char line[1024];

	(void)state;
	run("live", "make_install PREFIX=/usr");
	snprintf(line, sizeof(line),
		 "cd /; PATH=\"$ROOT/usr/bin:$PATH\"; export PHONELAB_LAB='%s'\n"
		 "trap 'phonelab down >/dev/null 2>&1 || true' EXIT\n"
		 "phonelab validate office minimal; phonelab up -d --name '%s' --timeout 240\n"
		 "phonelab ls | grep \"^%s .*$ROOT/usr/share/phonelab/topologies/office.yaml\"\n"
		 "phonelab reset 2001 --wait --timeout 240; phonelab down",
		 lab.name, lab.name, lab.name);
	run("live", line);
}

static void an_unknown_topology_is_reported_with_the_names(void **state)
{
	struct command_result result = command_sh(TIMEOUT_S, "cd /; '%s/bin/phonelab' up offic", build);

	(void)state;
	assert_int_equal(result.status, 2);
	assert_non_null(strstr(result.err, "up: offic: no such file"));
	assert_non_null(strstr(result.err, "minimal"));
	assert_non_null(strstr(result.err, "office"));
	command_free(&result);
}

/* The versions of the libraries, with pkg-config as the witness. The first line stays the version of phonelab. */
static void the_version_names_the_libraries(void **state)
{
	char line[1024];

	(void)state;
	snprintf(
	    line, sizeof(line),
	    "'%s/bin/phonelab' --version >\"$ROOT/version\"; cd \"$ROOT\"\n"
	    "head -n 1 version | grep -Eqx 'phonelab [0-9]+[.][0-9]+[.][0-9]+'\n"
	    "for pair in libnl:libnl-3.0 libevent:libevent jansson:jansson libyaml:yaml-0.1 libpcap:libpcap "
	    "\\\n"
	    "  OpenSSL:libcrypto SQLite:sqlite3 zlib:zlib; do\n"
	    "  grep \"^  ${pair%%:*} .*$(pkg-config --modversion ${pair#*:})\" version; done\n"
	    "grep '^  libmnl  *libmnl[.]so[.]' version; grep '^  libosip2  *libosipparser2[.]so[.]' version\n"
	    "grep '^  libxml2  *[0-9]' version",
	    build);
	run("version", line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(uninstall_leaves_nothing),
	    cmocka_unit_test(uninstall_keeps_what_was_there),
	    cmocka_unit_test(the_installed_phonelab_runs),
	    cmocka_unit_test(an_unknown_topology_is_reported_with_the_names),
	    cmocka_unit_test(the_version_names_the_libraries),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
