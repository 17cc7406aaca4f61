/*
 * Manifests of Kubernetes. The containers of a pod share one network namespace, so a closet is one container that makes the
 * namespaces of its nodes itself, as `phonelab up` does on a machine. ci/stack-test runs the containers with these rights
 * under Docker; no cluster has run the manifests.
 */
#include "phonelab/stack/stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/version.h"

#define PATH_ROOM     600
#define TOPOLOGY_MOST (1L << 20)

static const char security[] = "          securityContext:\n"
			       "            allowPrivilegeEscalation: false\n"
			       "            readOnlyRootFilesystem: true\n"
			       "            capabilities:\n"
			       "              drop: [ALL]\n"
			       "              # SYS_ADMIN, SYS_CHROOT: the namespaces of the lab, and "
			       "commands in them. The others: its links and servers.\n"
			       "              add: [SYS_ADMIN, SYS_CHROOT, NET_ADMIN, NET_RAW, "
			       "NET_BIND_SERVICE, SETUID, SETGID, KILL]\n";

void stack_pod_name(const struct topology *topology, const struct topology_switch *sw, char name[72])
{
	snprintf(name, 72, "%s", topology_closet_of_switch(topology, sw));
}

static const char *image_of(const struct stack *stack)
{
	return stack->image ? stack->image : "phonelab:" PHONELAB_VERSION;
}

/* A file as a block of text in a ConfigMap. The number is the indentation, so that the file may begin with spaces. */
static int add_config_map(const struct stack *stack, const char *name, const char *path, struct text *text,
			  struct fail *fail)
{
	char *bytes = NULL, *line, *save = NULL;
	size_t length;
	int err = file_read(path, TOPOLOGY_MOST, &bytes, &length, fail);

	if (err)
		return err;
	text_add(
	    text,
	    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s-%s\n  labels: {app: phonelab, lab: %s}\n"
	    "data:\n  topology.yaml: |2\n",
	    stack->name, name, stack->name);
	for (line = strtok_r(bytes, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		text_add(text, "    %s\n", line);
	free(bytes);
	return 0;
}

static void add_phones(const struct stack *stack, struct text *text)
{
	if (stack->topology->scaled_to)
		text_add(text, ", --phones, \"%zu\"", stack->topology->scaled_to);
}

/* The pod of a closet, or of the whole lab (closet NULL). */
static void add_pod(const struct stack *stack, const char *closet, size_t phones, struct text *text)
{
	const char *name = closet ? closet : "lab";

	text_add(text,
		 "      automountServiceAccountToken: false\n"
		 "      enableServiceLinks: false\n"
		 "      terminationGracePeriodSeconds: 20\n"
		 "      containers:\n"
		 "        - name: %s\n"
		 "          image: \"%s\"\n"
		 "          imagePullPolicy: IfNotPresent\n"
		 "          command: [/usr/bin/phonelab, up, --name, \"%s\"",
		 name, image_of(stack), stack->name);
	if (closet)
		text_add(text, ", --closet, %s", closet);
	add_phones(stack, text);
	text_add(text, ", /etc/phonelab/topology.yaml]\n%s", security);
	if (closet)
		text_add(
		    text,
		    "          env:\n"
		    "            - {name: PHONELAB_TRUNK_SECRET_FILE, value: /etc/phonelab-trunk/trunk}\n"
		    "          ports:\n"
		    "            - {name: trunk, containerPort: 4789, protocol: UDP}\n");
	text_add(text,
		 "          readinessProbe:\n"
		 "            exec: {command: [/usr/bin/phonelab, --lab, \"%s\", status, --json]}\n"
		 "            periodSeconds: 5\n"
		 "            timeoutSeconds: 5\n"
		 "          resources:\n"
		 "            requests: {cpu: 100m, memory: 128Mi}\n"
		 "            limits: {memory: %zuMi}\n"
		 "          volumeMounts:\n"
		 "            - {name: topology, mountPath: /etc/phonelab, readOnly: true}\n",
		 stack->name, 1024 + 4 * phones);
	if (closet)
		text_add(text,
			 "            - {name: trunk, mountPath: /etc/phonelab-trunk, readOnly: true}\n");
	text_add(text,
		 "            - {name: tmp, mountPath: /tmp}\n"
		 "      volumes:\n"
		 "        - {name: topology, configMap: {name: %s-%s}}\n",
		 stack->name, closet ? "topology" : "one-pod");
	if (closet)
		text_add(text, "        - {name: trunk, secret: {secretName: %s-trunk, defaultMode: 0400}}\n",
			 stack->name);
	text_add(text, "        - {name: tmp, emptyDir: {sizeLimit: 16Mi}}\n");
}

static size_t phones_of(const struct topology *topology, const char *closet)
{
	size_t phones = 0;

	for (size_t i = 0; i < topology->phone_count; i++)
		phones +=
		    !closet || !strcmp(topology_closet_of_phone(topology, &topology->phones[i]), closet);
	return phones;
}

static void add_closet(const struct stack *stack, const char *closet, struct text *text)
{
	/* A headless service: its name is the address of the pod, and datagrams are not translated. */
	text_add(text,
		 "---\n"
		 "apiVersion: v1\nkind: Service\nmetadata:\n  name: %s\n  labels: {app: phonelab, lab: %s}\n"
		 "spec:\n  clusterIP: None\n  publishNotReadyAddresses: true\n"
		 "  selector: {app: phonelab, lab: %s, closet: %s}\n"
		 "  ports:\n    - {name: trunk, port: 4789, protocol: UDP}\n"
		 "---\n"
		 "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: %s-%s\n"
		 "  labels: {app: phonelab, lab: %s, closet: %s}\n"
		 "spec:\n  replicas: 1\n  strategy: {type: Recreate}\n"
		 "  selector:\n    matchLabels: {app: phonelab, lab: %s, closet: %s}\n"
		 "  template:\n    metadata:\n      labels: {app: phonelab, lab: %s, closet: %s}\n"
		 "    spec:\n"
		 "      nodeSelector: {phonelab.%s: \"yes\"}\n",
		 closet, stack->name, stack->name, closet, stack->name, closet, stack->name, closet,
		 stack->name, closet, stack->name, closet, closet);
	add_pod(stack, closet, phones_of(stack->topology, closet), text);
}

static const char closets_head[] =
    "# The lab \"%s\": a pod per closet, each on the node with the label phonelab.CLOSET=yes. Written by "
    "`phonelab stack`.\n"
    "# Validated, not run: see compose/stack.md of phonelab. Before `kubectl apply -f closets.yaml`:\n"
    "#\n"
    "#   kubectl create secret generic %s-trunk --from-file=trunk=secrets/trunk\n"
    "#   kubectl label node NODE phonelab.CLOSET=yes\n";

static const char one_pod_head[] =
    "# The lab \"%s\": all of it in one pod, for CI and for trainees. Written by `phonelab stack`. "
    "Validated, not run: see\n"
    "# compose/stack.md of phonelab. Commands: kubectl exec deploy/%s -- phonelab status\n";

static int write_closets(const struct stack *stack, struct fail *fail)
{
	struct text text = {0};
	char path[PATH_ROOM];
	int err;

	text_add(&text, closets_head, stack->name, stack->name);
	snprintf(path, sizeof(path), "%s/topology.yaml", stack->directory);
	err = add_config_map(stack, "topology", path, &text, fail);
	for (size_t i = 0; i < stack->topology->closets.n; i++)
		add_closet(stack, stack->topology->closets.items[i].name, &text);
	snprintf(path, sizeof(path), "%s/closets.yaml", stack->directory);
	if (!err)
		return file_write_text(path, &text, fail);
	text_free(&text);
	return err;
}

/* The file of the user: all uplinks are cables. */
static int write_one_pod(const struct stack *stack, struct fail *fail)
{
	struct text text = {0};
	char path[PATH_ROOM];
	int err;

	text_add(&text, one_pod_head, stack->name, stack->name);
	err = add_config_map(stack, "one-pod", stack->topology->file, &text, fail);
	text_add(&text,
		 "---\n"
		 "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: %s\n"
		 "  labels: {app: phonelab, lab: %s, closet: all}\n"
		 "spec:\n  replicas: 1\n  strategy: {type: Recreate}\n"
		 "  selector:\n    matchLabels: {app: phonelab, lab: %s, closet: all}\n"
		 "  template:\n    metadata:\n      labels: {app: phonelab, lab: %s, closet: all}\n"
		 "    spec:\n",
		 stack->name, stack->name, stack->name, stack->name);
	add_pod(stack, NULL, phones_of(stack->topology, NULL), &text);
	snprintf(path, sizeof(path), "%s/one-pod.yaml", stack->directory);
	if (!err)
		return file_write_text(path, &text, fail);
	text_free(&text);
	return err;
}

int stack_write_kubernetes(const struct stack *stack, struct fail *fail)
{
	int err = write_closets(stack, fail);

	return err ? err : write_one_pod(stack, fail);
}
