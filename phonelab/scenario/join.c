#include "phonelab/scenario/join.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/client/containers.h"
#include "phonelab/client/relay.h"
#include "phonelab/lab/spawn.h"
#include "phonelab/scenario/runner.h"
#include "phonelab/scenario/settle.h"

#define HEADER_MS 5000	  /* until a capture has begun */
#define SAME_US	  2000000 /* between two clocks of one machine: the time of a request */

/* --- before the run --- */

/* The first line of the second tree that the first does not have; NULL: both say the same. */
static const struct yaml_node *difference(const struct yaml_node *a, const struct yaml_node *b)
{
	if (a->kind != b->kind || a->n != b->n)
		return b;
	if (a->kind == YAML_SCALAR)
		return strcmp(a->text, b->text) ? b : NULL;
	for (size_t i = 0; i < b->n; i++) {
		const struct yaml_node *other =
		    b->kind == YAML_LIST ? a->entries[i].value : yaml_tree_get(a, b->entries[i].key->text);
		const struct yaml_node *found =
		    other ? difference(other, b->entries[i].value) : b->entries[i].value;

		if (found)
			return found;
	}
	return NULL;
}

static void check_topology(const struct scenario *scenario, const char *lab, const json_t *greeting,
			   struct complaints *complaints)
{
	const char *text = json_text(greeting, "topology"), *path = scenario->topology->file;
	struct complaints own = {0}, theirs = {0};
	struct arena arena = {0};
	const struct yaml_node *here = yaml_tree_read(path, &arena, &own), *found;
	const struct yaml_node *there = yaml_tree_parse(text, strlen(text), &arena, &theirs);

	found = here && there ? difference(there, here) : here;
	if (found)
		complain(complaints, settle_value_at(scenario->at, "topology"), "topology",
			 "found %s, which is not the topology of lab %s: the first difference is in line %u",
			 scenario->topology_file, lab, found->line);
	arena_free(&arena);
}

static void reject(const struct scenario *scenario, const char *key, const char *why,
		   struct complaints *complaints)
{
	if (yaml_tree_get(scenario->at, key))
		complain(complaints, settle_value_at(scenario->at, key), key,
			 "found with --in, expected a scenario without this key: %s", why);
}

/* $SCENARIO is a folder of this machine, which no container has. */
static void check_command(const struct yaml_node *at, const char *path, const char *command,
			  struct complaints *complaints)
{
	if (command && (strstr(command, "$SCENARIO") || strstr(command, "${SCENARIO")))
		complain(
		    complaints, at, path,
		    "found $SCENARIO with --in, expected a command without it: the containers do not have "
		    "the scenario's folder");
}

/* No command gives a cluster its former certificates back. */
static void check_action(const struct scenario_action *action, struct complaints *complaints)
{
	check_command(action->at, "timeline.do", action->exec.command, complaints);
	if (action->verb == SCENARIO_CUCM)
		complain(complaints, action->at, "timeline.do",
			 "found \"cucm\" with --in, expected a scenario without this action: the former "
			 "certificates cannot be restored");
	if (action->verb == SCENARIO_MOVE)
		complain(complaints, action->at, "timeline.do",
			 "found \"move\" with --in, expected a scenario without this action: the former "
			 "trust list of the phone cannot be restored");
}

void joined_check(const struct scenario *scenario, const char *lab, const json_t *greeting,
		  struct complaints *complaints)
{
	long long phones = json_int(greeting, "phones");

	complaints->file = scenario->file;
	reject(scenario, "overrides", "the lab is up already, with its own topology", complaints);
	reject(scenario, "seed", "the lab has chosen its seed already", complaints);
	if (phones != (scenario->phones > 0 ? scenario->phones : 0))
		complain(complaints, settle_value_at(scenario->at, "phones"), "phones",
			 "found %lld, expected the number of the lab: %lld (0: as in the topology)",
			 scenario->phones > 0 ? (long long)scenario->phones : 0, phones);
	check_topology(scenario, lab, greeting, complaints);
	for (size_t i = 0; i < scenario->timeline.n; i++) {
		const struct scenario_entry *entry = &scenario->timeline.items[i];

		check_command(entry->when.at, "timeline.when", entry->when.exec, complaints);
		for (size_t j = 0; j < entry->actions.n; j++)
			check_action(&entry->actions.items[j], complaints);
	}
	for (size_t i = 0; i < scenario->expect.n; i++)
		for (size_t j = 0; j < scenario->expect.items[i].n; j++)
			check_command(scenario->expect.items[i].observations[j].at, "expect",
				      scenario->expect.items[i].observations[j].exec, complaints);
}

/* --- captures --- */

/* Capture at all ports of a switch, in its container, until life ends. */
static int start_capture(struct runner *runner, const char *name, struct fail *fail)
{
	static const char line[] = "phonelab capture \"$1\" --both & p=$!; cat >/dev/null; kill $p; wait $p";
	struct spawn_options options = {.input = runner->joined.life[0], .group = true};
	char id[80];
	const char *argv[] = {"docker", "exec", "-i", id, "sh", "-c", line, "sh", name, NULL};
	pid_t pid;

	if (!containers_find_node(&runner->lab, name, id))
		return fail_set(fail, -ENOENT, "the container of switch %s does not run", name);
	options.output = runner_file();
	if (options.output < 0)
		return fail_set(fail, -errno, "a temporary file cannot be made: %s", strerror(errno));
	runner->captures[runner->capture_count++] = options.output;
	pid = spawn_program(&options, (char *const *)argv, fail);
	if (pid < 0)
		return pid;
	runner->joined.captures[runner->joined.capture_count++] = pid;
	return 0;
}

static bool have_begun(const struct runner *runner)
{
	struct stat st;

	for (size_t i = 0; i < runner->capture_count; i++)
		if (fstat(runner->captures[i], &st) || !st.st_size)
			return false;
	return true;
}

static int start_captures(struct runner *runner, struct fail *fail)
{
	const struct topology *topology = runner->scenario->topology;
	uint64_t end;
	int err = 0;

	for (size_t i = 0; i < topology->switches.n && i < CAPTURES && !err; i++)
		err = start_capture(runner, topology->switches.items[i].name, fail);
	end = clock_now_us() + HEADER_MS * 1000ull;
	while (!err && !have_begun(runner) && clock_now_us() < end)
		poll(NULL, 0, 20);
	return err;
}

/* --- the run --- */

int joined_begin(struct runner *runner, struct fail *fail)
{
	json_t *greeting;
	long long apart;
	int err = pipe2(runner->joined.life, O_CLOEXEC) ? fail_set(fail, -errno, "pipe: %s", strerror(errno))
							: relay_open(&runner->lab, &greeting, fail);

	if (err)
		return err;
	apart = (long long)clock_now_us() - json_int(greeting, "now");
	json_decref(greeting);
	if (apart < 0 || apart > SAME_US)
		return fail_set(
		    fail, -EXDEV,
		    "the containers of lab %s run on another machine, with another clock; run phonelab "
		    "test --in there",
		    runner->lab.name);
	return start_captures(runner, fail);
}

void joined_end_captures(struct runner *runner)
{
	struct joined *joined = &runner->joined;

	if (joined->life[1] > 0)
		close(joined->life[1]);
	joined->life[1] = 0;
	for (size_t i = 0; i < joined->capture_count; i++)
		if (!spawn_wait(joined->captures[i], 5000, NULL))
			spawn_end(joined->captures[i], true, SIGKILL, -1);
	joined->capture_count = 0;
}

int joined_end(struct runner *runner, struct fail *fail)
{
	json_t *request = json_pack("{s:b}", "restore", true), *reply = NULL;

	joined_end_captures(runner);
	if (runner->lab.relay)
		reply = relay_ask(runner->lab.relay, request, RELAY_END_MS, fail);
	if (!reply && runner->lab.relay)
		fail_prefix(fail, fail->err, "the lab is not as before");
	json_decref(reply);
	json_decref(request);
	relay_close(runner->lab.relay);
	runner->lab.relay = NULL;
	if (runner->joined.life[0] > 0)
		close(runner->joined.life[0]);
	return fail->err;
}
