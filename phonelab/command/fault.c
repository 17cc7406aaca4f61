#include "base/json_text.h"
#include "phonelab/command/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/ladder.h"
#include "phonelab/fault/client.h"
#include "phonelab/fault/page.h"
#include "phonelab/fault/state.h"

enum { JSON, ACTIVE, PHONE, PORT, SERVICE, ALL, FOR, COUNT };

static struct fault_target target_of(const struct command_line *line)
{
	return (struct fault_target){.phone = line->option[PHONE].text,
				     .port = line->option[PORT].text,
				     .service = line->option[SERVICE].text,
				     .all = line->option[ALL].said};
}

static int print_json(json_t *object)
{
	if (!object)
		return EXIT_DEFECT;
	json_dumpf(object, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(object);
	return EXIT_AS_ASKED;
}

static json_t *fault_json(const struct fault *fault)
{
	const struct fault_symptom *symptom = &fault->symptom;
	json_t *shows = json_pack("{s:I,s:s,s:s?,s:s?}", "step", (json_int_t)symptom->step, "state",
				  symptom->state, "detail", symptom->detail, "message", symptom->message);

	return json_pack("{s:s,s:s,s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:s?,s:o}", "id", fault->id, "title",
			 fault->title, "step", (json_int_t)fault->step, "layer", fault_layer_name(fault),
			 "scope", fault_scope_names[fault->scope], "cause", fault->cause, "find", fault->find,
			 "repair", fault->repair, "boot", fault_boot_names[fault->boot], "model",
			 fault->model, "symptom", shows);
}

static int list_catalogue(const struct command_line *line)
{
	struct fault_set *set = fault_catalogue();
	json_t *all = json_array();
	int step = 0;

	for (size_t i = 0; i < set->n; i++) {
		const struct fault *fault = &set->faults[i];

		if (line->option[JSON].said) {
			json_array_append_new(all, fault_json(fault));
			continue;
		}
		if (fault->step != step)
			printf("%s%2d %s\n", step ? "\n" : "", (int)fault->step,
			       ladder_step_name((int)fault->step));
		step = (int)fault->step;
		printf("   %-30s %-8s %-8s %s\n", fault->id, fault_layer_name(fault),
		       fault_scope_names[fault->scope], fault->title);
	}
	fault_set_free(set);
	if (line->option[JSON].said)
		return print_json(json_pack("{s:o}", "faults", all));
	json_decref(all);
	return EXIT_AS_ASKED;
}

static int list_active(const struct command_line *line)
{
	struct lab lab;
	struct fail fail = {0};
	json_t *all, *one;
	size_t i;
	int err = client_choose(line->lab, &lab);

	if (err)
		return err;
	all = fault_active(&lab, &fail);
	if (!all)
		return exit_complain(EXIT_DEFECT, "fault: %s", fail.text);
	if (line->option[JSON].said)
		return print_json(all);
	json_array_foreach (json_object_get(all, "faults"), i, one) {
		long long until = json_integer_value(json_object_get(one, "until"));

		printf("%3lld  %-30s %-16s %-10s",
		       (long long)json_integer_value(json_object_get(one, "number")), json_text(one, "id"),
		       json_text(one, "phone"), json_text(one, "port"));
		if (until)
			printf(" for %lld s more", until - (long long)time(NULL));
		putchar('\n');
	}
	if (!json_array_size(json_object_get(all, "faults")))
		puts("no fault is active");
	if (json_is_true(json_object_get(all, "unclean")))
		exit_complain(0, "fault: %s", fault_unclean);
	json_decref(all);
	return EXIT_AS_ASKED;
}

static int run_show(const struct command_line *line)
{
	struct fault_set *set;
	struct fail fail = {0};
	const struct fault *fault = fault_named(line->word[1], &set, &fail);

	if (!fault)
		return exit_complain(EXIT_USAGE, "fault: %s", fail.text);
	if (line->option[JSON].said)
		print_json(fault_json(fault));
	else
		fault_print(fault);
	fault_set_free(set);
	return EXIT_AS_ASKED;
}

/* "30s", "5m", "1h" or a number of seconds; -1: none of them. */
static long seconds(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || n <= 0 || n > 604800)
		return -1;
	if (!*end || !strcmp(end, "s"))
		return n;
	if (!strcmp(end, "m"))
		return n * 60;
	return !strcmp(end, "h") ? n * 3600 : -1;
}

/* A fault of a server or of the lab affects more than one phone; the message states it. */
static const char *reach_of(const char *what)
{
	static const char *const reach[] = {"", "", " to all phones that use the server",
					    " to all phones of the lab"};
	struct fault_set *set;
	struct fail ignored = {0};
	const struct fault *fault = fault_named(what, &set, &ignored);
	const char *text = fault ? reach[fault->scope] : "";

	if (fault)
		fault_set_free(set);
	return text;
}

static int run_add(const struct command_line *line, const struct lab *lab)
{
	const struct fault_target target = target_of(line);
	const char *span = line->option[FOR].text;
	long number = 0, for_s = span ? seconds(span) : 0;
	struct fail fail = {0};

	if (for_s < 0)
		return exit_complain(EXIT_USAGE,
				     "fault: --for: \"%s\" is not a time; write for example 30s or 5m", span);
	if (fault_add(lab, line->word[1], &target, for_s, line->option[COUNT].number, &number, &fail))
		return exit_complain(EXIT_USAGE, "fault: %s", fail.text);
	printf("fault %ld applied%s\n", number, reach_of(line->word[1]));
	return EXIT_AS_ASKED;
}

static int run_clear(const struct command_line *line, const struct lab *lab)
{
	struct fail fail = {0};
	int err = fault_clear(lab, line->word[1], &fail);

	if (err)
		return exit_complain(err == -ENOENT ? EXIT_USAGE : EXIT_DEFECT, "fault: %s", fail.text);
	puts("cleared");
	return EXIT_AS_ASKED;
}

static int status_of(int err)
{
	return err == -EAGAIN ? EXIT_ASSERTION : err == -EINVAL ? EXIT_USAGE : EXIT_DEFECT;
}

/* Check from the outside that the fault is active, or that it is cleared. */
static int run_proof(const struct command_line *line, const struct lab *lab, bool active)
{
	const struct fault_target target = target_of(line);
	struct fault_set *set;
	struct fail fail = {0};
	const struct fault *fault = fault_named(line->word[1], &set, &fail);
	int err;

	if (!fault)
		return exit_complain(EXIT_USAGE, "fault: %s", fail.text);
	err = fault_proof(lab, fault, &target, active, &fail);
	fault_set_free(set);
	if (!err)
		puts(active ? "active" : "cleared");
	return err ? exit_complain(status_of(err), "fault: %s", fail.text) : EXIT_AS_ASKED;
}

static int run_reboot(const struct command_line *line, const struct lab *lab)
{
	const struct fault_target target = target_of(line);
	struct fault_set *set;
	struct fail fail = {0};
	const struct fault *fault = fault_named(line->word[1], &set, &fail);
	int err;

	if (!fault)
		return exit_complain(EXIT_USAGE, "fault: %s", fail.text);
	err = fault_reboot(lab, fault, &target, &fail);
	fault_set_free(set);
	return err ? exit_complain(status_of(err), "fault: %s", fail.text) : EXIT_AS_ASKED;
}

static int with_lab(const struct command_line *line, const char *verb)
{
	struct lab lab;
	int err = client_choose(line->lab, &lab);

	if (err)
		return err;
	if (!strcmp(verb, "clear"))
		return run_clear(line, &lab);
	if (!line->word[1])
		return exit_complain(
		    EXIT_USAGE, "fault: %s: no fault named; usage: phonelab fault %s ID|FILE", verb, verb);
	if (!strcmp(verb, "add"))
		return run_add(line, &lab);
	if (!strcmp(verb, "boot"))
		return run_reboot(line, &lab);
	return run_proof(line, &lab, !strcmp(verb, "proof"));
}

static int run(const struct command_line *line)
{
	static const char *const verbs[] = {"add", "clear", "proof", "healed", "boot", NULL};
	const char *verb = line->word[0];

	if (!strcmp(verb, "ls"))
		return line->option[ACTIVE].said ? list_active(line) : list_catalogue(line);
	if (!strcmp(verb, "page")) {
		fault_page(stdout);
		return EXIT_AS_ASKED;
	}
	if (!strcmp(verb, "show") && line->word[1])
		return run_show(line);
	for (size_t i = 0; verbs[i]; i++)
		if (!strcmp(verb, verbs[i]))
			return with_lab(line, verb);
	return exit_complain(
	    EXIT_USAGE,
	    "fault: unknown action \"%s\"; usage: phonelab fault ls|show ID|add ID|clear [ID|all]", verb);
}

const struct command command_fault = {
    .name = "fault",
    .synopsis = "ls | show ID | add ID|FILE | clear [NUMBER|ID|all]",
    .title = "apply faults and clear them",
    .help = "  ls                   the catalogue; with --active the active faults\n"
	    "  show ID|FILE         what the fault breaks, how to find it, how to repair it\n"
	    "  add ID|FILE          apply a fault: an id, a file of one fault, or FILE#ID; /dev/stdin is "
	    "a file\n"
	    "  clear [NUMBER|ID]    revert exactly what the fault changed; by default all faults\n"
	    "  boot ID              boot the phone in the way that makes the fault visible\n"
	    "  proof ID, healed ID  check that the fault is active, or cleared; exit status 0 or 1\n"
	    "  page                 print the catalogue as docs/faults.md\n",
    .least = 1,
    .most = 2,
    .options = {[JSON] = {"--json", NULL, OPTION_FLAG, NULL, 0, 0, "as JSON"},
		[ACTIVE] = {"--active", NULL, OPTION_FLAG, NULL, 0, 0, "ls: list the active faults"},
		[PHONE] = {"--phone", NULL, OPTION_TEXT, "PHONE", 0, 0,
			   "apply to this phone: name, MAC or number"},
		[PORT] = {"--port", NULL, OPTION_TEXT, "PORT", 0, 0, "apply to this port: sw1:Gi1/0/1"},
		[SERVICE] = {"--service", NULL, OPTION_TEXT, "NAME", 0, 0, "apply to this server"},
		[ALL] = {"--all", NULL, OPTION_FLAG, NULL, 0, 0, "apply to every phone"},
		[FOR] = {"--for", NULL, OPTION_TEXT, "TIME", 0, 0,
			 "clear the fault after this time: 30s, 5m"},
		[COUNT] = {"--count", NULL, OPTION_NUMBER, "N", 1, 1000000,
			   "rules on the wire: affect only N frames"}},
    .run = run,
};
