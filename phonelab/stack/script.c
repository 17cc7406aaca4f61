/* The script that brings the image to the machines and deploys the stack. */
#include "phonelab/stack/stack.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/version.h"

#define PATH_ROOM 600

static const char body[] =
    "#!/bin/sh\n"
    "# Bring the lab \"%s\" to the machines of a Docker Swarm. Run this script on a manager of the swarm.\n"
    "#\n"
    "#   ./nodes load ENGINE...           copy the image to other machines: ssh://USER@HOST, or any address "
    "of `docker -H`\n"
    "#   ./nodes place CLOSET=NODE...     say which node of the swarm (docker node ls) is which closet\n"
    "#   ./nodes deploy                   deploy the stack, and wait until every service runs\n"
    "#   ./nodes remove [ENGINE...]       remove the stack and wait until it is gone; then its volumes, here "
    "and on the ENGINEs\n"
    "#\n"
    "# The image is PHONELAB_IMAGE (default: %s), and it is deployed by its id: by a tag, each engine would "
    "ask a registry first.\n"
    "# Written by `phonelab stack`.\n"
    "set -eu\n"
    "cd \"$(dirname \"$0\")\"\n"
    "stack=%s\n"
    "closets='%s'\n"
    "services=%zu\n"
    "complain() { echo \"nodes: $*\" >&2; exit 1; }\n"
    "image_id() {\n"
    "\tdocker image inspect -f '{{.Id}}' \"${PHONELAB_IMAGE:-%s}\" 2>/dev/null ||\n"
    "\t\tcomplain \"this engine has no image ${PHONELAB_IMAGE:-%s}; set PHONELAB_IMAGE to the name of the "
    "image\"\n"
    "}\n"
    "running() { # services whose container runs and was made from the present stack file\n"
    "\tids=$(docker service ls -q --filter \"label=com.docker.stack.namespace=$stack\")\n"
    "\ttasks=$(docker stack ps -q --no-trunc --filter desired-state=running \"$stack\" 2>/dev/null) || true\n"
    "\tif [ -z \"$ids\" ] || [ -z \"$tasks\" ]; then echo 0; return; fi\n"
    "\t# Lines that a service and its task have in common. A task may end meanwhile; then it is not listed.\n"
    "\tfrom='{{json .Image}} {{json .Command}} {{json .Env}} {{json .CapabilityAdd}} {{json .Mounts}} '\\\n"
    "'{{json .Secrets}} {{json .Configs}}'\n"
    "\t# shellcheck disable=SC2086\n"
    "\t{\n"
    "\t\tdocker service inspect -f \"{{.ID}} {{with .Spec.TaskTemplate.ContainerSpec}}$from{{end}}\" $ids\n"
    "\t\tstate='{{if eq .Status.State \"running\"}}{{.ServiceID}}{{end}}'\n"
    "\t\tdocker inspect --type task -f \"$state {{with .Spec.ContainerSpec}}$from{{end}}\" $tasks "
    "2>/dev/null | sort -u\n"
    "\t} | sort | uniq -d | grep -c . || true\n"
    "}\n"
    "left() { # what the engine still has of the stack\n"
    "\tdocker network ls -q --filter \"label=com.docker.stack.namespace=$stack\"\n"
    "\tdocker service ls -q --filter \"label=com.docker.stack.namespace=$stack\"\n"
    "\tdocker ps -aq --filter \"label=com.docker.stack.namespace=$stack\"\n"
    "}\n"
    "verb=${1:-}\n"
    "[ $# -eq 0 ] || shift\n"
    "case $verb in\n"
    "load)\n"
    "\tid=$(image_id)\n"
    "\tfor engine in \"$@\"; do\n"
    "\t\tif docker -H \"$engine\" image inspect \"$id\" >/dev/null 2>&1; then\n"
    "\t\t\techo \"$engine has the image\"\n"
    "\t\telse\n"
    "\t\t\tdocker save \"$id\" | docker -H \"$engine\" load -q\n"
    "\t\tfi\n"
    "\tdone\n"
    "\t;;\n"
    "place)\n"
    "\tfor pair in \"$@\"; do\n"
    "\t\tcase \" $closets \" in *\" ${pair%%%%=*} \"*) ;; *) complain \"unknown closet "
    "\\\"${pair%%%%=*}\\\"; expected one of $closets\" ;; esac\n"
    "\t\t# Only one machine is the closet: its services share a volume.\n"
    "\t\tfor node in $(docker node ls -q); do\n"
    "\t\t\tdocker node update --label-rm \"phonelab.${pair%%%%=*}\" \"$node\" >/dev/null 2>&1 || true\n"
    "\t\tdone\n"
    "\t\tdocker node update --label-add \"phonelab.${pair%%%%=*}=yes\" \"${pair#*=}\" >/dev/null\n"
    "\tdone\n"
    "\t;;\n"
    "deploy)\n"
    "\tPHONELAB_IMAGE=$(image_id)\n"
    "\texport PHONELAB_IMAGE\n"
    "\tdocker stack deploy --resolve-image never --prune -c stack.yaml \"$stack\"\n"
    "\tseconds=0\n"
    "\twhile [ \"$(running)\" -lt \"$services\" ]; do\n"
    "\t\t[ $seconds -lt 120 ] || {\n"
    "\t\t\tdocker stack ps --no-trunc \"$stack\" --format '{{.Name}} {{.CurrentState}} {{.Error}}' >&2\n"
    "\t\t\tcomplain \"$(running) of $services services run after 120 seconds; is each closet placed? ./nodes "
    "place CLOSET=NODE\"\n"
    "\t\t}\n"
    "\t\tsleep 1\n"
    "\t\tseconds=$((seconds + 1))\n"
    "\tdone\n"
    "\techo \"all $services services run\"\n"
    "\t;;\n"
    "remove)\n"
    "\tdocker stack rm \"$stack\"\n"
    "\tseconds=0\n"
    "\twhile [ -n \"$(left)\" ]; do # a deploy before that fails\n"
    "\t\t[ $seconds -lt 60 ] || complain \"parts of the stack are still there after 60 seconds: $(left)\"\n"
    "\t\tsleep 1\n"
    "\t\tseconds=$((seconds + 1))\n"
    "\tdone\n"
    "\tfor engine in '' \"$@\"; do\n"
    "\t\tfor volume in $closets " STACK_CONSOLE_VOLUME "; do\n"
    "\t\t\t# The containers of other machines end a little later.\n"
    "\t\t\tfor try in 1 2 3 4 5 6 7 8 9 10; do\n"
    "\t\t\t\tdocker ${engine:+-H \"$engine\"} volume inspect \"${stack}_$volume\" >/dev/null 2>&1 || break\n"
    "\t\t\t\tdocker ${engine:+-H \"$engine\"} volume rm \"${stack}_$volume\" >/dev/null 2>&1 && break\n"
    "\t\t\t\t[ \"$try\" != 10 ] || complain \"the volume ${stack}_$volume cannot be removed\"\n"
    "\t\t\t\tsleep 1\n"
    "\t\t\tdone\n"
    "\t\tdone\n"
    "\tdone\n"
    "\t;;\n"
    "*) sed -n '2,/^set/s/^# \\{0,1\\}//p' \"$0\"; [ \"$verb\" = help ] || exit 2 ;;\n"
    "esac\n";

#define IMAGE "phonelab:" PHONELAB_VERSION

int stack_write_script(const struct stack *stack, struct fail *fail)
{
	const char *image = stack->image ? stack->image : IMAGE;
	struct text text = {0}, closets = {0};
	char path[PATH_ROOM];
	int err;

	for (size_t i = 0; i < stack->topology->closets.n; i++)
		text_add(&closets, "%s%s", i ? " " : "", stack->topology->closets.items[i].name);
	text_add(&text, body, stack->name, image, stack->name, closets.failed ? "" : closets.bytes,
		 stack->count, image, image);
	text_free(&closets);
	snprintf(path, sizeof(path), "%s/nodes", stack->directory);
	err = file_write_text(path, &text, fail);
	if (!err && chmod(path, 0755))
		err = fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	return err;
}
