#include "phonelab/command/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/fault/client.h"
#include "phonelab/fault/state.h"

static struct fault_target target_of(const struct command_line *line)
{
	return (struct fault_target){.phone = line->option[OPT_FAULT_PHONE].text,
				     .port = line->option[OPT_FAULT_PORT].text,
				     .service = line->option[OPT_FAULT_SERVICE].text,
				     .all = line->option[OPT_FAULT_ALL].given,
				     .erase = line->option[OPT_FAULT_ERASE].given};
}

/* 1, 0, or -1: not stated. */
static json_t *answer_json(int answer)
{
	return answer < 0 ? json_null() : json_boolean(answer);
}

static json_t *checks_json(const struct fault_check *checks, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:s,s:s,s:s*,s:s*}", "look",
						      fault_look_names[checks[i].look], "at", checks[i].what,
						      "has", checks[i].has, "lacks", checks[i].lacks));
	return list;
}

static json_t *actions_json(const struct fault *fault)
{
	json_t *list = json_array();

	for (size_t i = 0; i < fault->inject.n; i++)
		json_array_append_new(list, json_string(fault_do_names[fault->inject.items[i].what]));
	return list;
}

static json_t *fault_json(const struct fault *fault)
{
	const struct fault_symptom *symptom = &fault->symptom;
	json_t *shows =
	    json_pack("{s:I,s:s,s:s?,s:s?,s:o,s:o,s:o}", "step", (json_int_t)symptom->step, "state",
		      symptom->state, "detail", symptom->detail, "message", symptom->message, "registered",
		      answer_json(symptom->registered), "registered_if_erased",
		      answer_json(symptom->registered_if_erased), "also_failed",
		      symptom->also_failed > 0 ? json_integer(symptom->also_failed) : json_null());

	return json_pack("{s:s,s:s,s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s?,s:o,s:o,s:o}", "id", fault->id,
			 "title", fault->title, "step", (json_int_t)fault->step, "layer",
			 fault_layer_name(fault), "scope", fault_scope_names[fault->scope], "cause",
			 fault->cause, "find", fault->find, "repair", fault->repair, "boot",
			 fault_boot_names[fault->boot], "flash", fault_flash_names[fault->flash], "model",
			 fault->model, "symptom", shows, "actions", actions_json(fault), "proof",
			 checks_json(fault->proof.items, fault->proof.n));
}

static int list_catalogue(const struct command_line *line)
{
	struct fault_set *set = fault_catalogue();
	json_t *all = json_array();
	int step = 0;

	for (size_t i = 0; i < set->n; i++) {
		const struct fault *fault = &set->faults[i];

		if (line->option[OPT_FAULT_JSON].given) {
			json_array_append_new(all, fault_json(fault));
			continue;
		}
		if (fault->step != step)
			print_text("%s%2d %s\n", step ? "\n" : "", (int)fault->step,
				   ladder_step_name((int)fault->step));
		step = (int)fault->step;
		print_text("   %-30s %-8s %-8s %s\n", fault->id, fault_layer_name(fault),
			   fault_scope_names[fault->scope], fault->title);
	}
	fault_set_free(set);
	if (line->option[OPT_FAULT_JSON].given)
		return command_print(json_pack("{s:o}", "faults", all));
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
	if (line->option[OPT_FAULT_JSON].given)
		return command_print(all);
	json_array_foreach (json_object_get(all, "faults"), i, one) {
		long long until = json_int(one, "until");

		print_text("%3lld  %-30s %-16s %-10s", json_int(one, "number"), json_text(one, "id"),
			   json_text(one, "phone"), json_text(one, "port"));
		if (until)
			print_text(" for %lld s more", until - (long long)time(NULL));
		print_text("\n");
	}
	json_array_foreach (json_object_get(all, "not_reached"), i, one)
		exit_complain(0, "fault: the faults of %s are not listed: %s", json_text(one, "name"),
			      json_text(one, "reason"));
	if (!json_array_size(json_object_get(all, "faults")) && !i)
		print_line("no fault is active");
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
	if (line->option[OPT_FAULT_JSON].given)
		command_print(fault_json(fault));
	else
		fault_print(fault);
	fault_set_free(set);
	return EXIT_AS_ASKED;
}

/* The seconds of "30s", "5m", "1h" or "30"; -1 if it is invalid. */
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
	const char *span = line->option[OPT_FAULT_FOR].text;
	long number = 0, for_s = span ? seconds(span) : 0;
	struct fail fail = {0};

	if (for_s < 0)
		return exit_complain(EXIT_USAGE, "fault: --for needs a time such as 30s or 5m, not \"%s\"",
				     span);
	if (fault_add(lab, line->word[1], &target, for_s, line->option[OPT_FAULT_COUNT].number, &number,
		      &fail))
		return exit_complain(EXIT_USAGE, "fault: %s", fail.text);
	if (command_wants_json(line))
		return command_print(
		    json_pack("{s:I,s:s}", "number", (json_int_t)number, "fault", line->word[1]));
	print_text("fault %ld applied%s\n", number, reach_of(line->word[1]));
	return EXIT_AS_ASKED;
}

static int run_clear(const struct command_line *line, const struct lab *lab)
{
	struct fail fail = {0};
	int err = fault_clear(lab, line->word[1], &fail);

	if (err)
		return exit_complain(err == -ENOENT ? EXIT_USAGE : EXIT_DEFECT, "fault: %s", fail.text);
	if (command_wants_json(line))
		return command_print(json_pack("{s:s}", "cleared", line->word[1] ? line->word[1] : "all"));
	print_line("cleared");
	return EXIT_AS_ASKED;
}

static int status_of(int err)
{
	return err == -EAGAIN ? EXIT_ASSERTION : err == -EINVAL ? EXIT_USAGE : EXIT_DEFECT;
}

/* proof and healed: check the effect of a fault in the lab. boot: reboot the phone as the fault requires. */
static int run_for_fault(const struct command_line *line, const struct lab *lab, const char *verb)
{
	const struct fault_target target = target_of(line);
	const bool proof = !strcmp(verb, "proof"), boot = !strcmp(verb, "boot");
	struct fault_set *set;
	struct fail fail = {0};
	const struct fault *fault = fault_named(line->word[1], &set, &fail);
	int err;

	if (!fault)
		return exit_complain(EXIT_USAGE, "fault: %s", fail.text);
	err =
	    boot ? fault_reboot(lab, fault, &target, &fail) : fault_proof(lab, fault, &target, proof, &fail);
	fault_set_free(set);
	if (command_wants_json(line) && (!err || err == -EAGAIN)) {
		command_print(json_pack("{s:s,s:s,s:b,s:s?}", "fault", line->word[1], "check", verb, "holds",
					!err, "reason", err ? fail.text : NULL));
		return err ? EXIT_ASSERTION : EXIT_AS_ASKED;
	}
	if (err)
		return exit_complain(status_of(err), "fault: %s", fail.text);
	if (!boot)
		print_line(proof ? "active" : "cleared");
	return EXIT_AS_ASKED;
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
		return exit_complain(EXIT_USAGE, "fault: missing argument; usage: phonelab fault %s ID|FILE",
				     verb);
	return strcmp(verb, "add") ? run_for_fault(line, &lab, verb) : run_add(line, &lab);
}

int command_fault(const struct command_line *line)
{
	static const char *const verbs[] = {"add", "clear", "proof", "healed", "boot", NULL};
	const char *verb = line->word[0];

	if (!strcmp(verb, "ls"))
		return line->option[OPT_FAULT_ACTIVE].given ? list_active(line) : list_catalogue(line);
	if (!strcmp(verb, "page")) {
		fault_page(stdout);
		return EXIT_AS_ASKED;
	}
	if (!strcmp(verb, "show") && line->word[1])
		return run_show(line);
	for (size_t i = 0; verbs[i]; i++)
		if (!strcmp(verb, verbs[i]))
			return with_lab(line, verb);
	return exit_complain(EXIT_USAGE, "fault: unknown action \"%s\"; usage: phonelab fault %s", verb,
			     line->command->synopsis);
}
