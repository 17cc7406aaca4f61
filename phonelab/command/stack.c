/* `phonelab stack`: write the files with which engines on several machines start a lab with closets. */
#include "phonelab/command/command.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "phonelab/stack/stack.h"

static int write_all(struct stack *stack, bool kubernetes, struct fail *fail)
{
	int err = stack_check_names(stack, kubernetes, fail);

	if (!err)
		err = stack_list(stack, fail);
	if (!err)
		err = file_make_directory(stack->directory, fail);
	if (!err)
		err = stack_write_secrets(stack, fail);
	if (!err)
		err = stack_write_topology(stack, kubernetes ? stack_pod_name : stack_switch_name, fail);
	if (err)
		return err;
	if (kubernetes)
		return stack_write_kubernetes(stack, fail);
	err = stack_write_swarm(stack, fail);
	return err ? err : stack_write_script(stack, fail);
}

int command_stack(const struct command_line *line)
{
	const char *format = line->option[OPT_STACK_FORMAT].text, *name = line->option[OPT_STACK_NAME].text;
	struct stack stack = {.image = line->option[OPT_STACK_IMAGE].text,
			      .directory = line->option[OPT_STACK_OUT].text};
	bool kubernetes = format && !strcmp(format, "kubernetes");
	struct fail fail = {0};
	int err;

	if (!stack.directory)
		return exit_complain(EXIT_USAGE, "stack: option --out DIR is required");
	if (format && !kubernetes && strcmp(format, "swarm"))
		return exit_complain(EXIT_USAGE, "stack: unknown format \"%s\"; expected swarm or kubernetes",
				     format);
	stack.topology =
	    command_load_topology(line, line->word[0], (size_t)line->option[OPT_STACK_PHONES].number);
	if (!stack.topology)
		return EXIT_USAGE;
	stack.name = name ? name : stack.topology->name;
	err = topology_check_one_cluster(stack.topology, &fail);
	if (!err)
		err = write_all(&stack, kubernetes, &fail);
	if (!err && kubernetes)
		print_text("wrote %zu pods into %s; next: kubectl apply\n", stack.topology->closets.n,
			   stack.directory);
	else if (!err)
		print_text("wrote %zu services into %s; next: ./nodes help\n", stack.count, stack.directory);
	topology_free(stack.topology);
	return err ? exit_complain(EXIT_USAGE, "stack: %s", fail.text) : EXIT_AS_ASKED;
}
