/* The rules of nftables, and whether there are others. */
#include "phonelab/lab/inspect.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json_text.h"
#include "phonelab/lab/user_command.h"

#define NFT_MS	   500
#define RULES_MOST 2000 /* entries of `nft -j list ruleset` */

static int on_table(const struct nlmsghdr *header, void *arg)
{
	(void)header;
	*(int *)arg += 1;
	return MNL_CB_OK;
}

/* The number of tables of nftables in this namespace, or a negative errno. */
static int count_tables(void)
{
	struct mnl_socket *sock = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	char buffer[16384] __attribute__((aligned(MNL_ALIGNTO)));
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *head;
	int more = MNL_CB_OK, count = 0;
	ssize_t n;

	header->nlmsg_type = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETTABLE;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	head = mnl_nlmsg_put_extra_header(header, sizeof(*head));
	head->nfgen_family = AF_UNSPEC;
	if (!sock || mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(sock, header, header->nlmsg_len) < 0)
		more = MNL_CB_ERROR;
	while (more > MNL_CB_STOP) {
		n = mnl_socket_recvfrom(sock, buffer, sizeof(buffer));
		more = n < 0 ? MNL_CB_ERROR : mnl_cb_run(buffer, (size_t)n, 0, 0, on_table, &count);
	}
	if (more < 0)
		count = -errno;
	if (sock)
		mnl_socket_close(sock);
	return count;
}

static const char *nft_program(void)
{
	static const char *const paths[] = {"/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft",
					    "/usr/local/sbin/nft"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (!access(paths[i], X_OK))
			return paths[i];
	return NULL;
}

/* The ruleset in the words of `nft -j`, without its head. */
static void list_ruleset(json_t *object)
{
	const char *nft = nft_program();
	char *argv[] = {(char *)nft, (char *)"-j", (char *)"list", (char *)"ruleset", NULL};
	const struct user_command command = {.name = "nft", .argv = argv, .netns = -1, .timeout_ms = NFT_MS};
	struct text output = {0};
	struct fail fail = {0};
	json_t *list, *one;
	size_t i;

	if (!nft) {
		inspect_error(object, "filter: there are nft tables, and no program nft to list them");
		return;
	}
	if (user_command_run(&command, &output, &fail)) {
		inspect_error(object, "filter: %s", fail.text);
		text_free(&output);
		return;
	}
	list = json_loadb(output.bytes ? output.bytes : "", output.length, 0, NULL);
	json_object_set_new(object, "filter", json_array());
	json_array_foreach (json_object_get(list, "nftables"), i, one)
		if (!json_object_get(one, "metainfo"))
			inspect_append(object, "filter", RULES_MOST, json_incref(one));
	json_decref(list);
	text_free(&output);
}

/* Tables of the older iptables are only noted: "filter", "nat". */
static void note_legacy(json_t *object)
{
	FILE *in = fopen("/proc/thread-self/net/ip_tables_names", "re");
	char line[64];

	while (in && fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = 0;
		inspect_append(object, "iptables_legacy", INSPECT_MOST, json_text_new(line));
	}
	if (in)
		fclose(in);
}

void inspect_filter(json_t *object)
{
	int tables = count_tables();

	if (tables > 0)
		list_ruleset(object);
	else if (!tables || tables == -EOPNOTSUPP || tables == -EINVAL || tables == -EPROTONOSUPPORT)
		json_object_set_new(object, "filter", json_array());
	else
		inspect_error(object, "filter: %s", strerror(-tables));
	note_legacy(object);
}
