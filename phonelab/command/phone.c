/* Commands about one phone that the rack executes: console, messages, erase, plug, unplug. */
#include "phonelab/command/phone.h"

#include "phonelab/lab/status_read.h"

int phone_find(const struct command_line *line, struct phone_subject *subject)
{
	const char *verb = line->command->name;
	struct fail fail = {0};
	int status = client_choose(line->lab, &subject->lab);

	subject->status = NULL;
	if (status)
		return status;
	subject->status = client_status(&subject->lab, &fail);
	if (!subject->status)
		return exit_complain(EXIT_DEFECT, "%s: %s", verb, fail.text);
	subject->name = status_read_find(subject->status, line->word[0]);
	if (!subject->name)
		return exit_complain(
		    EXIT_USAGE, "%s: unknown phone \"%s\"; list the phones of lab %s with: phonelab status",
		    verb, line->word[0], subject->lab.name);
	return 0;
}

json_t *phone_call_rack(const struct phone_subject *subject, const char *verb, int *status)
{
	struct fail fail = {0};
	json_t *reply =
	    client_call(&subject->lab, "phones/rack.sock",
			json_pack("{s:s,s:s}", "do", verb, "node", subject->name), 10000, NULL, &fail);

	*status = reply ? 0 : exit_complain(EXIT_DEFECT, "%s: %s", verb, fail.text);
	return reply;
}

int command_in_rack(const struct command_line *line)
{
	struct phone_subject subject;
	json_t *reply = NULL, *text;
	int status = phone_find(line, &subject);
	size_t i;

	if (!status)
		reply = phone_call_rack(&subject, line->command->name, &status);
	if (reply && command_wants_json(line)) {
		json_t *lines = json_object_get(reply, "lines");

		command_print(
		    lines ? json_pack("{s:s,s:O}", "phone", subject.name, "lines", lines)
			  : json_pack("{s:s,s:s}", "phone", subject.name, "done", line->command->name));
		json_object_del(reply, "lines");
	}
	json_decref(subject.status);
	json_array_foreach (json_object_get(reply, "lines"), i, text)
		if (json_is_string(text))
			print_line(json_string_value(text));
	json_decref(reply);
	return status;
}
