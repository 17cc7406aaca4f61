/* Certificates of a cluster: renew, restart tftp, update ctl; its security mode; and phones that move between clusters. */
#include "phonelab/command/command.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/json_text.h"
#include "phonelab/client/client.h"
#include "phonelab/client/cluster.h"
#include "phonelab/closet/route.h"
#include "phonelab/closet/there.h"

/* One call of the command. */
struct call {
	const struct command_line *line;
	struct cluster cluster;
	struct fail fail;
};

static int cucm_done(const struct call *call, const char *what, const char *text)
{
	if (command_wants_json(call->line))
		command_print(json_pack("{s:s,s:s}", "done", call->line->word[0], "name", what));
	else
		print_text("%s: %s\n", what, text);
	return EXIT_AS_ASKED;
}

/* The reason of a function of cluster.h, and the exit status. */
static int cucm_failed(const struct call *call, int err, const char *verb, const char *object)
{
	return exit_complain(err == -EINVAL ? EXIT_USAGE : EXIT_DEFECT, "cucm %s%s%s: %s", verb,
			     *object ? " " : "", object, call->fail.text);
}

static int cucm_renew(struct call *call)
{
	const struct command_line *line = call->line;
	const char *what = line->word[1], *node = line->option[OPT_CUCM_NODE].text;
	bool expired = line->option[OPT_CUCM_EXPIRED].given;
	char pair[CUCM_PAIR_NAME];
	int err;

	if (!cluster_certificate_is_of_node(what) && strcmp(what, "capf") && strcmp(what, "itlrecovery"))
		return exit_complain(
		    EXIT_USAGE,
		    "cucm renew: unknown certificate \"%s\"; certificates: callmanager, tvs, capf, "
		    "itlrecovery",
		    what);
	if (!cluster_certificate_is_of_node(what) && node)
		return exit_complain(EXIT_USAGE, "cucm renew %s: --node is only for callmanager and tvs",
				     what);
	err = cluster_renew(&call->cluster, what, node, expired, pair, &call->fail);
	if (err)
		return cucm_failed(call, err, "renew", "");
	return cucm_done(call, pair, expired ? "renewed, expired a day ago" : "renewed");
}

static int cucm_restart_tftp(struct call *call)
{
	int err = cluster_restart_tftp(&call->cluster, &call->fail);

	return err ? cucm_failed(call, err, "restart", "tftp")
		   : cucm_done(call, "TFTP", "restarted, ITL and files signed again");
}

static int cucm_update_ctl(struct call *call)
{
	int err = cluster_update_ctl(&call->cluster, &call->fail);

	return err ? cucm_failed(call, err, "update", "ctl") : cucm_done(call, "CTLFile.tlv", "signed again");
}

/* As `utils ctl set-cluster mixed-mode` and `non-secure-mode`. */
static int cucm_mixed_mode(struct call *call)
{
	const char *word = call->line->word[1];
	bool on = !strcmp(word, "on");
	int err;

	if (!on && strcmp(word, "off"))
		return exit_complain(EXIT_USAGE, "cucm mixed-mode: found \"%s\", expected on or off", word);
	err = cluster_set_mixed(&call->cluster, on, &call->fail);
	return err ? cucm_failed(call, err, "mixed-mode", word)
		   : cucm_done(call, on ? "mixed mode" : "non-secure mode",
			       "set; restart TFTP and the call managers, then reset the phones");
}

/* The parameter "Prepare Cluster for Rollback to pre 8.0". */
static int cucm_rollback(struct call *call)
{
	const char *word = call->line->word[1];
	bool on = !strcmp(word, "on");
	int err;

	if (!on && strcmp(word, "off"))
		return exit_complain(EXIT_USAGE, "cucm rollback: found \"%s\", expected on or off", word);
	err = cluster_set_rollback(&call->cluster, on, &call->fail);
	return err ? cucm_failed(call, err, "rollback", word)
		   : cucm_done(call, on ? "rollback" : "no rollback",
			       "set; restart TFTP, then reset the phones");
}

/* As `utils itl reset localkey`. */
static int cucm_reset_itl(struct call *call)
{
	int err = cluster_reset_itl(&call->cluster, &call->fail);

	return err ? cucm_failed(call, err, "reset-itl", "localkey")
		   : cucm_done(call, "ITLFile.tlv", "signed with itlrecovery; reset the phones");
}

static int cucm_consolidate(struct call *call, const struct lab *lab)
{
	int err = cluster_consolidate(lab, &call->fail);

	return err ? cucm_failed(call, err, "consolidate", "")
		   : cucm_done(call, "certificates", "imported: each cluster trusts what the others sign");
}

/* The call managers of a lab of closets are in core, with their keys, which do not leave it. */
static int run_in_core(const struct command_line *line, const struct lab *lab)
{
	const char *args[8] = {"cucm", line->word[0]};
	size_t n = 2;

	if (line->word[1])
		args[n++] = line->word[1];

	if (line->option[OPT_CUCM_NODE].given) {
		args[n++] = "--node";
		args[n++] = line->option[OPT_CUCM_NODE].text;
	}
	if (line->option[OPT_CUCM_EXPIRED].given)
		args[n++] = "--expired";
	if (line->option[OPT_CUCM_JSON].given)
		args[n++] = "--json";
	return there_run(lab, ROUTE_CORE, args, STDOUT_FILENO);
}

int command_cucm(const struct command_line *line)
{
	static const struct {
		const char *name, *object; /* object NULL: any */
		int (*run)(struct call *call);
	} verbs[] = {{"renew", NULL, cucm_renew},	 {"restart", "tftp", cucm_restart_tftp},
		     {"update", "ctl", cucm_update_ctl}, {"mixed-mode", NULL, cucm_mixed_mode},
		     {"rollback", NULL, cucm_rollback},	 {"reset-itl", "localkey", cucm_reset_itl}};
	const char *object = line->word[1] ? line->word[1] : "";
	struct call call = {.line = line};
	size_t verb = 0;
	struct lab lab;
	int status = client_choose(line->lab, &lab);

	if (status)
		return status;
	if (client_is_console(&lab))
		return run_in_core(line, &lab);
	if (!strcmp(line->word[0], "consolidate") && !*object)
		return cucm_consolidate(&call, &lab);
	while (verb < sizeof(verbs) / sizeof(verbs[0]) &&
	       (strcmp(line->word[0], verbs[verb].name) ||
		(verbs[verb].object && strcmp(object, verbs[verb].object))))
		verb++;
	if (verb == sizeof(verbs) / sizeof(verbs[0]) || !*object)
		return exit_complain(EXIT_USAGE, "cucm: unknown action \"%s%s%s\"; usage: phonelab cucm %s",
				     line->word[0], *object ? " " : "", object, line->command->synopsis);
	status = cluster_open(&call.cluster, &lab, line->option[OPT_CUCM_CLUSTER].text, &call.fail);
	if (status)
		status =
		    exit_complain(status == -EINVAL ? EXIT_USAGE : EXIT_DEFECT, "cucm: %s", call.fail.text);
	else
		status = verbs[verb].run(&call);
	cluster_close(&call.cluster);
	return status;
}

int command_move(const struct command_line *line)
{
	struct fail fail = {0};
	json_t *reply = NULL;
	struct lab lab;
	int err, status = client_choose(line->lab, &lab);

	if (status)
		return status;
	err = cluster_move(&lab, line->word[0], line->word[1], &reply, &fail);
	if (err)
		return exit_complain(err == -EINVAL || err == -ENOENT ? EXIT_USAGE : EXIT_DEFECT, "move: %s",
				     fail.text);
	json_object_del(reply, "ok");
	if (command_wants_json(line)) {
		command_print(reply);
		return EXIT_AS_ASKED;
	}
	print_text("%s: moved from %s to %s: %s, option 150 changed, %s\n", json_text(reply, "phone"),
		   json_text(reply, "from"), json_text(reply, "to"),
		   json_is_true(json_object_get(reply, "added")) ? "device added" : "device there already",
		   json_is_true(json_object_get(reply, "reset")) ? "phone reset"
								 : "phone not simulated: reset it yourself");
	json_decref(reply);
	return EXIT_AS_ASKED;
}
