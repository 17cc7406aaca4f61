/* The table of commands, in the order in which help lists them. */
#include "phonelab/command/command.h"

const struct command *const commands[] = {&command_up,	     &command_status,	 &command_why,
					  &command_ls,	     &command_down,	 &command_show,
					  &command_exec,     &command_capture,	 &command_decode,
					  &command_console,  &command_messages,	 &command_reset,
					  &command_restart,  &command_configure, &command_service,
					  &command_plug,     &command_unplug,	 &command_fault,
					  &command_exercise, &command_test,	 &command_collect,
					  &command_validate, &command_render,	 &command_node,
					  &command_graph,    &command_doctor,	 NULL};
