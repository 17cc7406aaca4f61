/* The values that completion offers: one row per name that stands in a synopsis or an option. */
#include "phonelab/command/completion.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "base/log.h"
#include "phonelab/client/containers.h"
#include "phonelab/exercise/exercise.h"
#include "phonelab/fault/client.h"
#include "phonelab/lab/clusters.h"
#include "phonelab/lab/installed.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/server_program.h"
#include "phonelab/lab/status_read.h"
#include "phonelab/topology/topology.h"
#include "switch-sim/core/show.h"

#define STATUS_MS 3000 /* a person waits for it */

/* --- the lab --- */

/* Become the same completion in the container of the lab. Returns only if that fails. */
static void ask_container(const struct completion *completion, const struct lab *lab)
{
	const char *words[CONTAINERS_WORDS] = {"docker", "exec", lab->container, "phonelab", "completion",
					       "words",	 "--"};
	size_t n = 7;

	for (size_t i = 0; completion->all[i] && n < CONTAINERS_WORDS - 1; i++) {
		if (!strcmp(completion->all[i], "--lab") && completion->all[i + 1] && completion->all[i + 2])
			i++; /* inside, there is one lab */
		else if (strncmp(completion->all[i], "--lab=", 6) != 0)
			words[n++] = completion->all[i];
	}
	containers_become(words);
}

/* Find the lab that the command line is about. False: there is none, or several. */
static bool find_lab(struct completion *completion)
{
	struct fail ignored = {0};
	struct lab lab;

	if (completion->sought)
		return completion->found;
	completion->sought = true;
	if (client_find(completion->lab, &completion->running, &ignored) == -ENOENT) {
		if (!containers_find(completion->lab, &lab))
			ask_container(completion, &lab);
		return false;
	}
	completion->found = !ignored.err;
	return completion->found;
}

/* The object of `status --json`, or NULL. */
static const json_t *status_of(struct completion *completion)
{
	struct fail ignored = {0};

	if (!completion->asked && find_lab(completion)) {
		completion->asked = true;
		completion->status =
		    client_call(&completion->running, "lab.sock", json_pack("{s:s}", "do", "status"),
				STATUS_MS, NULL, &ignored);
	}
	return completion->status;
}

/* The topology of the lab, or NULL. */
static struct topology *topology_of(struct completion *completion)
{
	struct fail ignored = {0};
	char path[256];

	if (!completion->topology && find_lab(completion)) {
		client_path(&completion->running, "", path, sizeof(path));
		completion->topology = lab_file_whole(path, &ignored);
	}
	return completion->topology;
}

void completion_end(struct completion *completion)
{
	json_decref(completion->status);
	topology_free(completion->topology);
}

/* --- values of a running lab --- */

static void offer_labs(struct completion *completion)
{
	struct lab *list = NULL;
	struct fail ignored = {0};
	size_t count = 0;

	client_labs(&list, &count, &ignored);
	containers_labs(&list, &count);
	for (size_t i = 0; i < count; i++)
		completion_offer(completion, list[i].name, list[i].topology);
	free(list);
}

static void offer_projects(struct completion *completion)
{
	struct lab *list = NULL;
	size_t count = 0;

	containers_labs(&list, &count);
	for (size_t i = 0; i < count; i++)
		completion_offer(completion, list[i].name, list[i].topology);
	free(list);
}

static void offer_devices(struct completion *completion)
{
	const json_t *phone, *line;
	char about[120];
	size_t i, j;

	json_array_foreach (json_object_get(status_of(completion), "phones"), i, phone) {
		snprintf(about, sizeof(about), "%s", json_text(phone, "state"));
		json_array_foreach (json_object_get(phone, "lines"), j, line)
			snprintf(about + strlen(about), sizeof(about) - strlen(about), "%s%s",
				 j ? ", " : ", line ", json_string_value(line));
		completion_offer(completion, json_text(phone, "name"), about);
	}
}

/* A phone has several names: that of the device, and the directory number of each line. */
static void offer_phones(struct completion *completion)
{
	const json_t *phone, *line;
	size_t i, j;

	offer_devices(completion);
	json_array_foreach (json_object_get(status_of(completion), "phones"), i, phone)
		json_array_foreach (json_object_get(phone, "lines"), j, line)
			completion_offer(completion, json_string_value(line), json_text(phone, "name"));
}

static void offer_switches(struct completion *completion)
{
	const json_t *one;
	size_t i;

	json_array_foreach (json_object_get(status_of(completion), "switches"), i, one)
		completion_offer(completion, json_text(one, "name"), "switch");
}

static void offer_ports(struct completion *completion)
{
	const json_t *one, *port;
	char text[120];
	size_t i, j;

	json_array_foreach (json_object_get(status_of(completion), "switches"), i, one)
		json_array_foreach (json_object_get(one, "ports"), j, port) {
			snprintf(text, sizeof(text), "%s:%s", json_text(one, "name"),
				 json_text(port, "name"));
			completion_offer(completion, text,
					 json_text_or(port, "neighbor", json_text(port, "link")));
		}
}

static void offer_servers(struct completion *completion)
{
	struct topology *topology = topology_of(completion);
	struct node *nodes = NULL;
	struct fail ignored = {0};
	size_t count = 0;

	if (topology)
		node_list(topology, &nodes, &count, &ignored);
	for (size_t i = 0; i < count; i++)
		completion_offer(completion, nodes[i].name, nodes[i].kind);
	free(nodes);
}

/* Those of another cluster than the first, which has a directory of its own. */
static void offer_programs_of(struct completion *completion, const struct topology *whole, size_t cluster)
{
	char folder[CLUSTERS_FOLDER], path[300];
	struct server_programs programs = {0};
	struct fail ignored = {0};
	struct topology *topology;
	struct cucm_plan plan;

	client_path(&completion->running, clusters_folder(whole, cluster, folder), path, sizeof(path));
	topology = lab_file_intended(path, &ignored);
	if (!topology)
		return;
	plan = plan_cucm(topology);
	server_programs_add(&programs, &plan, &ignored);
	for (size_t i = 0; i < programs.n; i++)
		completion_offer(completion, programs.items[i].name, programs.items[i].kind);
	server_programs_free(&programs);
	topology_free(topology);
}

static void offer_programs(struct completion *completion)
{
	struct topology *topology = topology_of(completion);
	struct server_programs programs = {0};
	struct fail ignored = {0};
	struct cucm_plan plan;

	if (!topology)
		return;
	plan = plan_cucm(topology);
	server_programs_read(&programs, topology, &plan, &ignored);
	for (size_t i = 0; i < programs.n; i++)
		completion_offer(completion, programs.items[i].name, programs.items[i].kind);
	server_programs_free(&programs);
	for (size_t i = 1; i < topology_cluster_count(topology); i++)
		offer_programs_of(completion, topology, i);
}

static void offer_clusters(struct completion *completion)
{
	const struct topology *topology = topology_of(completion);

	for (size_t i = 0; topology && i < topology_cluster_count(topology); i++)
		completion_offer(completion, topology_cluster_name(topology, i), NULL);
}

static void offer_nodes(struct completion *completion)
{
	offer_phones(completion);
	offer_switches(completion);
	offer_servers(completion);
}

static void offer_places(struct completion *completion)
{
	offer_switches(completion);
	if (strchr(completion->word, ':'))
		offer_ports(completion);
}

/* The ports of the switch that the first argument names. */
static void offer_own_ports(struct completion *completion)
{
	const json_t *one = status_read_named(status_of(completion), "switches", completion->place[0]), *port;
	size_t i;

	json_array_foreach (json_object_get(one, "ports"), i, port)
		completion_offer(completion, json_text(port, "name"),
				 json_text_or(port, "neighbor", json_text(port, "link")));
}

/* The rest of a show command behind the words after the name of the switch; NULL if they do not fit. */
static const char *behind(const char *pattern, const struct completion *completion)
{
	for (size_t at = 1; at < completion->places; at++) {
		size_t length = strcspn(pattern, " ");

		if (*pattern != '<' && (strlen(completion->place[at]) != length ||
					strncmp(pattern, completion->place[at], length) != 0))
			return NULL;
		pattern += length + strspn(pattern + length, " ");
	}
	return pattern;
}

/* The next word of each show command that fits. */
static void offer_show(struct completion *completion)
{
	bool ports = false;
	const char *pattern;

	if (completion->command->run != command_show || !completion->places)
		return;
	for (size_t i = 0; (pattern = show_pattern(i)); i++) {
		const char *rest = behind(pattern, completion);
		char word[40], line[48];

		if (!rest || !*rest)
			continue;
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(rest, " "), rest);
		snprintf(line, sizeof(line), "%s\t\n", word);
		if (!strcmp(word, "<interface>"))
			ports = true;
		else if (*word != '<' && (!completion->out->length || !strstr(completion->out->bytes, line)))
			completion_offer(completion, word, NULL);
	}
	if (ports)
		offer_own_ports(completion);
}

/* --- values that need no lab --- */

static void offer_faults(struct completion *completion)
{
	struct fault_set *set = fault_catalogue();

	for (size_t i = 0; set && i < set->n; i++)
		completion_offer(completion, set->faults[i].id, set->faults[i].title);
	fault_set_free(set);
}

static void offer_exercises(struct completion *completion)
{
	struct exercise_set *set = exercise_catalogue();

	for (size_t i = 0; set && i < set->n; i++)
		completion_offer(completion, set->exercises[i].id, set->exercises[i].title);
	exercise_set_free(set);
}

/* An ID is that of an exercise or of a fault. */
static void offer_ids(struct completion *completion)
{
	if (completion->command->run == command_exercise)
		offer_exercises(completion);
	else
		offer_faults(completion);
}

static void offer_active_faults(struct completion *completion)
{
	struct fail ignored = {0};
	json_t *reply = find_lab(completion) ? fault_active(&completion->running, &ignored) : NULL, *fault;
	char number[24];
	size_t i;

	json_array_foreach (json_object_get(reply, "faults"), i, fault) {
		snprintf(number, sizeof(number), "%lld", (long long)json_int(fault, "number"));
		completion_offer(completion, number, json_text(fault, "title"));
	}
	json_decref(reply);
}

static void offer_topology(void *arg, const char *name, const char *path)
{
	completion_offer(arg, name, path);
}

static void offer_topologies(struct completion *completion)
{
	installed_each(offer_topology, completion);
	completion->add = COMPLETION_FILES;
}

static void offer_steps(struct completion *completion)
{
	for (int n = 1; n <= LADDER_STEPS; n++)
		completion_offer(completion, ladder_step_name(n), ladder_step_title(n));
}

static void offer_models(struct completion *completion)
{
	for (size_t i = 0; topology_phone_model_at(i); i++)
		completion_offer(completion, topology_phone_model_at(i)->name, NULL);
}

static void offer_tokens(struct completion *completion)
{
	completion_offer(completion, "all", NULL);
	for (int i = 0; i < LOG_TOKENS; i++)
		completion_offer(completion, log_token_name((enum log_token)i), NULL);
}

static void offer_interfaces(struct completion *completion)
{
	DIR *folder = opendir("/sys/class/net");
	const struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (*entry->d_name != '.')
			completion_offer(completion, entry->d_name, NULL);
	if (folder)
		closedir(folder);
}

static void offer_files(struct completion *completion)
{
	completion->add = COMPLETION_FILES;
}

static void offer_folders(struct completion *completion)
{
	completion->add = COMPLETION_FOLDERS;
}

static void offer_command(struct completion *completion)
{
	completion->add = COMPLETION_COMMAND;
}

/* Numbers, times, and names that the user invents. */
static void offer_nothing(struct completion *completion)
{
	(void)completion;
}

/* --- the table --- */

static const struct {
	const char *name;
	void (*offer)(struct completion *completion);
} rows[] = {
    {"LAB", offer_labs},
    {"PROJECT", offer_projects},
    {"PHONE", offer_phones},
    {"NODE", offer_nodes},
    {"SWITCH", offer_switches},
    {"SWITCH:PORT", offer_ports},
    {"PORT", offer_ports},
    {"SWITCH[:PORT]", offer_places},
    {"SERVER", offer_servers},
    {"PROGRAM", offer_programs},
    {"WORD", offer_show},
    {"ID", offer_ids},
    {"NUMBER", offer_active_faults},
    {"TOPOLOGY", offer_topologies},
    {"STEP", offer_steps},
    {"MODEL", offer_models},
    {"TOKEN", offer_tokens},
    {"KEY=VALUE", completion_settings},
    {"NIC", offer_interfaces},
    {"FILE", offer_files},
    {"DIR", offer_folders},
    {"CMD", offer_command},
    {"ADDRESS", offer_nothing},
    {"ADDRESS:PORT", offer_nothing},
    {"ADDRESS[:PORT]", offer_nothing},
    {"NAME=HOST[:PORT]", offer_nothing},
    {"ARGUMENT", offer_nothing},
    {"A-B", offer_nothing},
    {"CLOSET", offer_nothing},
    {"CLUSTER", offer_clusters},
    {"COUNT", offer_nothing},
    {"IMAGE", offer_nothing},
    {"INTERFACE", offer_nothing},
    {"LINE", offer_nothing},
    {"N", offer_nothing},
    {"NAME", offer_nothing},
    {"S", offer_nothing},
    {"SEP", offer_nothing},
    {"TIME", offer_nothing},
    {"URL", offer_nothing},
    {"WHAT", offer_nothing},
    {"WHERE", offer_nothing},
};

bool completion_value(struct completion *completion, const char *name)
{
	const char *list = strstr(name, "[,"), *comma = strrchr(completion->word, ',');
	size_t length = list ? (size_t)(list - name) : strlen(name);
	const char *word = completion->word, *before = completion->before;
	char front[256];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strlen(rows[i].name) != length || strncmp(rows[i].name, name, length) != 0)
			continue;
		if (list && comma) { /* the last one of a list */
			snprintf(front, sizeof(front), "%s%.*s", before, (int)(comma + 1 - word), word);
			completion->before = front;
			completion->word = comma + 1;
		}
		rows[i].offer(completion);
		completion->before = before;
		completion->word = word;
		return true;
	}
	return false;
}
