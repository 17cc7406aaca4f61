/*
 * Completion in bash, zsh and fish, as a person uses it: the shells run on a terminal, lines are typed with tabs, and what
 * the completed command prints is read. `phonelab completion words` itself is checked against the help of every command.
 * Also: how a command line names its lab and its phone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/lab.h"
#include "tests/support/pty.h"

#define PROMPT	  "ready> "
#define TIMEOUT_S 10

static struct lab lab;
static char bin[512];

static int begin(void **state)
{
	static const char *const one[] = {"--phones", "1", NULL};

	(void)state;
	lab_bin("phonelab", bin);
	*strrchr(bin, '/') = 0;
	lab_begin(&lab, "completion");
	return lab_up(&lab, "topologies/minimal.yaml", false, 60, one, 0);
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

/* --- the shells --- */

struct shell {
	const char *name;
	const char *argv[6];
	const char *setup; /* with the folder of the test, DIR */
};

static const struct shell bash = {
    "bash", {"bash", "--norc", "--noprofile", "-i", NULL}, "source $DIR/phonelab.bash"};

/* As installed: compinit finds the file by its first line. */
static const struct shell zsh = {
    "zsh",
    {"zsh", "-f", "-i", NULL},
    "fpath=($DIR $fpath); autoload -Uz compinit; compinit -u -d $DIR/dump; unsetopt beep"};

static const struct shell zsh_sourced = {
    "zsh",
    {"zsh", "-f", "-i", NULL},
    "autoload -Uz compinit; compinit -u -d $DIR/dump; source <(phonelab completion zsh)"};

static const struct shell fish = {
    "fish", {"fish", "--private", "-i", NULL}, "phonelab completion fish | source"};

static void write_script(const char *shell, const char *file)
{
	struct command_result script = command_sh(TIMEOUT_S, "'%s/phonelab' completion %s", bin, shell);
	char path[512];

	assert_int_equal(script.status, 0);
	lab_write(&lab, file, script.out, path);
	command_free(&script);
}

static void start_shell(struct pty *pty, const struct shell *shell)
{
	char path[1024], dir[300], home[300], config[400], line[600];
	const char *const environment[] = {
	    path, dir, home, config, "PS1=" PROMPT, "PROMPT=" PROMPT, "TERM=xterm", "INPUTRC=/dev/null",
	    NULL};

	snprintf(path, sizeof(path), "PATH=%.500s:%.480s", bin, getenv("PATH"));
	snprintf(dir, sizeof(dir), "DIR=%s", lab.dir);
	snprintf(home, sizeof(home), "HOME=%s", lab.dir);
	snprintf(config, sizeof(config), "XDG_CONFIG_HOME=%s", lab.dir);
	pty_start(pty, 200, 50, environment, shell->argv);
	if (shell == &fish)
		pty_type(pty, "function fish_prompt; echo -n 'ready''> '; end\r");
	pty_expect(pty, 0, PROMPT, TIMEOUT_S);
	snprintf(line, sizeof(line), "%s\r", shell->setup);
	pty_type(pty, line);
	pty_type(pty, "echo set''up done\r");
	pty_expect(pty, 0, "setup done", TIMEOUT_S);
}

/* Type a line with tabs. The command that it becomes prints the text. */
static void completes(struct pty *pty, const char *typed, const char *printed)
{
	size_t from = pty->length;

	pty_type(pty, typed);
	pty_type(pty, "\r");
	pty_expect(pty, from, printed, TIMEOUT_S);
	pty_expect(pty, from, PROMPT, TIMEOUT_S);
}

static void complete_all(const struct shell *shell)
{
	static int desk;
	char line[200], label[20];
	struct pty pty;

	write_script("bash", "phonelab.bash");
	write_script("zsh", "_phonelab");
	start_shell(&pty, shell);
	/* Commands, their verbs, the ids of faults. */
	completes(&pty, "phonelab fau\tsh\tport-sh\t", "The port of the phone is shut down");
	/* Names of labs, of phones by directory number, options. */
	snprintf(line, sizeof(line), "phonelab --la\t%.*s\tmess\t10\t", (int)strlen(lab.name) - 1, lab.name);
	completes(&pty, line, "SEP001122AABB01.cnf.xml");
	snprintf(line, sizeof(line), "phonelab stat\t%s --js\t", lab.name);
	completes(&pty, line, "\"phones\": [");
	/* Ports have a colon, values may follow an equals sign: characters at which bash cuts words. */
	snprintf(line, sizeof(line), "phonelab --lab %s capture sw1:G\t47 --dur\t1 -w /dev/null", lab.name);
	completes(&pty, line, "capturing at sw1:Gi1/0/47");
	snprintf(line, sizeof(line), "phonelab events %s --step=dh\t --event dhcp.ack", lab.name);
	completes(&pty, line, "10.110.0.");
	/* Switches and their commands, servers. */
	snprintf(line, sizeof(line), "phonelab --lab %s show s\tcdp\tnei\t", lab.name);
	completes(&pty, line, "Device ID");
	snprintf(line, sizeof(line), "phonelab --lab %s service tftp-\tstat\t", lab.name);
	completes(&pty, line, "tftp-http: running");
	/* Settings of a device: a key, and its value without a blank between them. */
	snprintf(line, sizeof(line),
		 "phonelab --lab %s device set 10\tlab\tDesk%d dial\tno\t --no-apply --json", lab.name,
		 ++desk);
	completes(&pty, line, "\"SEP001122AABB01\"");
	snprintf(line, sizeof(line), "phonelab --lab %s device show 1001", lab.name);
	snprintf(label, sizeof(label), "\"Desk%d\"", desk);
	completes(&pty, line, label);
	/* Installed topologies, files, and the command behind --. */
	completes(&pty, "phonelab vali\tmini\t", "minimal: 2 phones");
	completes(&pty, "phonelab vali\ttopologies/two-s\t", "two-switches.yaml: ");
	snprintf(line, sizeof(line), "phonelab --lab %s exec dh\t-- unam\t -s", lab.name);
	completes(&pty, line, "Linux");
	pty_type(&pty, "exit\r");
	assert_int_equal(pty_wait(&pty, TIMEOUT_S), 0);
	pty_end(&pty);
}

static bool installed(const struct shell *shell)
{
	struct command_result found = command_sh(TIMEOUT_S, "command -v %s", shell->name);
	bool yes = !found.status;

	command_free(&found);
	return yes;
}

static void complete_in(const struct shell *shell)
{
	if (installed(shell)) {
		complete_all(shell);
	} else {
		print_message("skipped: %s is not installed\n", shell->name);
		skip();
	}
}

static void bash_completes(void **state)
{
	(void)state;
	complete_in(&bash);
}

static void zsh_completes(void **state)
{
	(void)state;
	complete_in(&zsh);
}

static void zsh_completes_from_a_sourced_script(void **state)
{
	(void)state;
	complete_in(&zsh_sourced);
}

static void fish_completes(void **state)
{
	(void)state;
	complete_in(&fish);
}

/* --- the words --- */

/* Every command and every option that the help lists is offered, and nothing else. */
static void every_command_and_option_is_offered(void **state)
{
	struct command_result result = command_sh(
	    60,
	    "set -e; cd '%s'; PATH='%s':$PATH\n"
	    "phonelab completion words -- '' | sed 1d | cut -f1 | sort >offered\n"
	    "{ phonelab --help | sed -n 's/^  \\([a-z][a-z-]*\\)  *.*/\\1/p'; echo help; } | sort >listed\n"
	    "diff listed offered\n"
	    "grep -vx help listed >commands\n"
	    "while read -r command; do\n"
	    "  phonelab completion words -- $command - | sed 1d | cut -f1 | sort >offered\n"
	    "  { phonelab $command --help | sed -nE 's/^  (-[^ ,]*)(, (-[^ ]*))? .*/\\1 \\3/p' | tr ' ' "
	    "'\\n' |\n"
	    "    sed '/^$/d'; echo --lab; echo --help; echo -h; } | sort >listed\n"
	    "  diff listed offered || { echo \"$command\"; exit 1; }\n"
	    "done <commands\n"
	    "wc -l <commands",
	    lab.dir, bin);

	(void)state;
	if (result.status)
		fail_msg("%s%s", result.out, result.err);
	assert_true(atoi(result.out) > 30);
	command_free(&result);
}

/* A key that is given is not offered again; choices, flags and models are offered as values; `add` alone has a model. */
static void settings_are_offered(void **state)
{
	static const struct {
		const char *words, *offered; /* without what they are */
	} rows[] = {
	    {"device set 1001 l", "nothing line= label= load= locale="},
	    {"device set 1001 label=Desk line=1 l", "nothing load= locale="},
	    {"device set 1001 transport=", "nothing transport=tcp transport=udp"},
	    {"device set 1001 softkeys=", "nothing softkeys=yes softkeys=no"},
	    {"device set 1001 label=", "nothing"},
	    {"device set 1001 nokey=", "nothing"},
	    {"device set 1001 m", "nothing"},
	    {"device add SEP001122AABB09 m", "nothing model="},
	    {"device add SEP001122AABB09 model=884", "nothing model=8841 model=8845"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct command_result result =
		    command_sh(TIMEOUT_S, "'%s/phonelab' completion words -- %s | cut -f1 | paste -sd' '",
			       bin, rows[i].words);

		result.out[strcspn(result.out, "\n")] = 0;
		if (strcmp(result.out, rows[i].offered))
			fail_msg("%s: found \"%s\", expected \"%s\"", rows[i].words, result.out,
				 rows[i].offered);
		command_free(&result);
	}
}

/* --- the lab and the phone of a command --- */

/* Run a line of sh with PATH to the programs and PHONELAB_LAB. */
static void prints(const char *line, int status, const char *out, const char *err)
{
	struct command_result result =
	    command_sh(30, "PATH='%s':$PATH; export PHONELAB_LAB='%s'; cd /; %s", bin, lab.name, line);

	if (result.status != status || !strstr(result.out, out) || !strstr(result.err, err))
		fail_msg("%s: status %d: %s%s", line, result.status, result.out, result.err);
	command_free(&result);
}

/* PHONELAB_LAB is --lab for every command; --lab takes precedence. An empty value is none. */
static void the_environment_names_the_lab(void **state)
{
	char line[200];

	(void)state;
	prints("phonelab status", 0, "SEP001122AABB01", "");
	prints("phonelab --lab none-of-that-name status", 2, "", "no lab named \"none-of-that-name\"");
	prints("PHONELAB_LAB=none-of-that-name phonelab status", 2, "", "no lab named \"none-of-that-name\"");
	snprintf(line, sizeof(line), "PHONELAB_LAB= phonelab status %s", lab.name);
	prints(line, 0, "SEP001122AABB01", "");
}

/* Every command with a node knows a phone by its directory number and its MAC. */
static void a_number_is_a_node(void **state)
{
	(void)state;
	prints("phonelab exec 1001 -- sh -c 'echo $PHONELAB_NODE; ip -4 address'", 0, "SEP001122AABB01\n",
	       "");
	prints("phonelab exec 00:11:22:aa:bb:01 -- sh -c 'echo $PHONELAB_NODE'", 0, "SEP001122AABB01\n", "");
	prints("phonelab exec 4711 -- true", 2, "", "unknown node \"4711\"");
	prints("phonelab logs 1001 -n 1", 0, "NOT ", "");
	prints("phonelab events --node 1001 --event phone.registered", 0, "SEP001122AABB01", "");
	prints("phonelab capture 1001 --duration 1 -w /dev/null", 0, "", " frames");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_command_and_option_is_offered),
	    cmocka_unit_test(settings_are_offered),
	    cmocka_unit_test(the_environment_names_the_lab),
	    cmocka_unit_test(a_number_is_a_node),
	    cmocka_unit_test(bash_completes),
	    cmocka_unit_test(zsh_completes),
	    cmocka_unit_test(zsh_completes_from_a_sourced_script),
	    cmocka_unit_test(fish_completes),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
