#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "cable/link.h"
#include "cable/netns.h"
#include "cable/panel_client.h"
#include "cable/panel_server.h"
#include "tests/support/link_list.h"
#include "tests/support/sandbox.h"
#include "tests/support/toy_switch.h"

#define PANEL "/run/test.panel"

static struct fail why;

#define ok(call)                                                                                             \
	do {                                                                                                 \
		if ((call) < 0)                                                                              \
			fail_msg("%s: %s", #call, why.text);                                                 \
	} while (0)

static const struct panel_plug sample = {.node = "SEP001122AABB01",
					 .port = "Gi1/0/1",
					 .interface = "eth0",
					 .mac = {{0, 0x11, 0x22, 0xaa, 0xbb, 1}},
					 .power = PANEL_POWER_PD,
					 .power_class = 2};

/* Serve the toy switch until the client has a message; 1, or what panel_client_receive gave. */
struct wait {
	struct panel_client *client;
	struct panel_msg msg;
	int got;
};

static bool has_message(void *arg)
{
	struct wait *wait = arg;

	wait->got = panel_client_receive(wait->client, &wait->msg, &why);
	return wait->got != 0;
}

static struct panel_msg next(struct toy_switch *toy, struct panel_client *client, enum panel_msg_kind kind)
{
	struct wait wait = {.client = client};

	assert_true(toy_switch_serve(toy, 3000, panel_client_fd(client), has_message, &wait));
	if (wait.got < 0)
		fail_msg("expected %s: %s", panel_msg_name(kind), why.text);
	assert_string_equal(panel_msg_name(wait.msg.kind), panel_msg_name(kind));
	return wait.msg;
}

static void expect_closed(struct toy_switch *toy, struct panel_client *client)
{
	struct wait wait = {.client = client};

	assert_true(toy_switch_serve(toy, 3000, panel_client_fd(client), has_message, &wait));
	assert_int_equal(wait.got, -EPIPE);
}

static bool none_plugged(void *arg)
{
	return toy_switch_plugged(arg) == 0;
}

static unsigned count_links(int ns)
{
	struct link_info *links;
	struct rtnl *rtnl;
	unsigned count;

	ok(rtnl_open(&rtnl, ns, &why));
	ok(link_list(rtnl, &links, &count, &why));
	free(links);
	rtnl_close(rtnl);
	return count;
}

static void test_conversation(void **state)
{
	struct toy_switch *toy = toy_switch_new(PANEL);
	const struct toy_switch_port *port;
	struct panel_client *client;
	unsigned before = count_links(-1);
	struct panel_msg msg;
	struct stat st;
	int ns;

	(void)state;
	assert_non_null(toy);
	assert_int_equal(stat(PANEL, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	ok(netns_new(&ns, &why));
	ok(panel_client_new(&client, PANEL, &sample, ns, &why));
	msg = next(toy, client, PANEL_MSG_PLUGGED);
	assert_string_equal(msg.plugged.port, "Gi1/0/1");
	assert_string_equal(msg.plugged.switch_name, "toy");
	assert_string_equal(msg.plugged.interface, "eth0");
	msg = next(toy, client, PANEL_MSG_LINK);
	assert_true(msg.link_up);
	port = toy_switch_port(toy, 1);
	assert_memory_equal(&port->plug, &sample, sizeof(sample));
	assert_int_equal(count_links(ns), 2); /* lo and eth0 */
	toy_switch_power(toy, 1, PANEL_POWER_DENIED, "the budget is spent");
	msg = next(toy, client, PANEL_MSG_POWER);
	assert_int_equal(msg.power.state, PANEL_POWER_DENIED);
	assert_string_equal(msg.power.reason, "the budget is spent");
	assert_int_equal(panel_client_draw(client, 3600), 0);
	toy_switch_power(toy, 1, PANEL_POWER_ADJUSTED, "");
	next(toy, client, PANEL_MSG_POWER);
	assert_true(toy_switch_serve(toy, 100, -1, none_plugged, toy) || port->draw_mw == 3600);
	assert_int_equal(port->draw_mw, 3600);
	/* Pulled by the device: both ends go. */
	panel_client_free(client);
	assert_true(toy_switch_serve(toy, 3000, -1, none_plugged, toy));
	assert_int_equal(count_links(ns), 1);
	assert_int_equal(count_links(-1), before);
	/* Pulled by the switch. */
	ok(panel_client_new(&client, PANEL, &sample, ns, &why));
	next(toy, client, PANEL_MSG_PLUGGED);
	next(toy, client, PANEL_MSG_LINK);
	toy_switch_pull(toy, 2);
	expect_closed(toy, client);
	assert_true(toy_switch_serve(toy, 3000, -1, none_plugged, toy));
	assert_int_equal(count_links(ns), 1);
	panel_client_free(client);
	close(ns);
	toy_switch_free(toy);
	assert_int_not_equal(stat(PANEL, &st), 0);
}

static void test_refused(void **state)
{
	struct toy_switch *toy = toy_switch_new(PANEL);
	struct panel_client *client;
	struct panel_msg msg;
	int ns;

	(void)state;
	ok(netns_new(&ns, &why));
	toy_switch_refuse(toy, "port-taken");
	ok(panel_client_new(&client, PANEL, &sample, ns, &why));
	msg = next(toy, client, PANEL_MSG_REFUSED);
	assert_string_equal(msg.refused.code, "port-taken");
	expect_closed(toy, client);
	panel_client_free(client);
	/* An interface that the device has already: the plug fails as a whole, and leaves nothing. */
	toy_switch_refuse(toy, NULL);
	struct panel_plug lo = sample;

	strcpy(lo.interface, "lo");
	ok(panel_client_new(&client, PANEL, &lo, ns, &why));
	msg = next(toy, client, PANEL_MSG_REFUSED);
	assert_string_equal(msg.refused.code, "failed");
	assert_non_null(strstr(msg.refused.reason, "File exists"));
	panel_client_free(client);
	assert_int_equal(toy_switch_total(toy), 0);
	close(ns);
	toy_switch_free(toy);
}

static void test_no_switch(void **state)
{
	struct panel_client *client;
	struct panel_plug bad = sample;
	char path[200];
	int ns, sock = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = PANEL};
	struct toy_switch *toy, *second;

	(void)state;
	ok(netns_new(&ns, &why));
	assert_int_equal(panel_client_new(&client, PANEL, &sample, ns, &why), -ENOENT);
	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = 0;
	assert_int_equal(panel_client_new(&client, path, &sample, ns, &why), -ENAMETOOLONG);
	/* The socket of a switch that died: refused; and the next switch replaces it. */
	assert_int_equal(bind(sock, (struct sockaddr *)&address, sizeof(address)), 0);
	close(sock);
	assert_int_equal(panel_client_new(&client, PANEL, &sample, ns, &why), -ECONNREFUSED);
	toy = toy_switch_new(PANEL);
	assert_non_null(toy);
	second = toy_switch_new(PANEL); /* but not one that lives */
	assert_null(second);
	strcpy(bad.interface, "");
	assert_int_equal(panel_client_new(&client, PANEL, &bad, ns, &why), -EINVAL);
	toy_switch_free(toy);
	/* A file that is no socket is never taken away. */
	assert_true((sock = open(PANEL, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)) >= 0);
	close(sock);
	assert_null(toy_switch_new(PANEL));
	assert_int_equal(unlink(PANEL), 0);
	close(ns);
}

/* A hostile peer: says text, with these descriptors beside it. Gives the socket. */
static int say(const char *text, size_t length, const int *descriptors, unsigned count)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = PANEL};
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	char control[CMSG_SPACE(8 * sizeof(int))] __attribute__((aligned(8)));
	struct iovec part = {.iov_base = (void *)text, .iov_len = length};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	assert_int_equal(connect(sock, (struct sockaddr *)&address, sizeof(address)), 0);
	if (count) {
		struct cmsghdr *c;

		memset(control, 0, sizeof(control));
		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(c), descriptors, count * sizeof(int));
	}
	assert_int_equal(sendmsg(sock, &message, MSG_NOSIGNAL), (ssize_t)length);
	return sock;
}

struct reply {
	int sock;
	char text[PANEL_MSG_MAX];
	ssize_t n;
};

static bool has_reply(void *arg)
{
	struct reply *reply = arg;

	do
		reply->n = recv(reply->sock, reply->text, sizeof(reply->text) - 1, 0);
	while (reply->n < 0 && errno == ECONNRESET);
	if (reply->n >= 0)
		reply->text[reply->n] = 0;
	return reply->n >= 0 || errno != EAGAIN;
}

/* Say it, and be refused with bad-request and that reason, and closed. */
static void expect_bad_request(struct toy_switch *toy, const char *text, size_t length,
			       const int *descriptors, unsigned count, const char *reason)
{
	struct reply reply = {.sock = say(text, length, descriptors, count)};

	assert_true(toy_switch_serve(toy, 3000, reply.sock, has_reply, &reply));
	if (!strstr(reply.text, "bad-request") || !strstr(reply.text, reason))
		fail_msg("%.100s: received '%s', expected bad-request, %s", text, reply.text, reason);
	assert_true(toy_switch_serve(toy, 3000, reply.sock, has_reply, &reply));
	assert_true(reply.n <= 0);
	close(reply.sock);
}

#define PLUG                                                                                                 \
	"{\"plug\":{\"node\":\"a\",\"port\":null,\"interface\":\"eth0\",\"mac\":\"02:00:00:00:00:01\","      \
	"\"power\":{\"kind\":\"none\"}}}"

static void test_hostile(void **state)
{
	struct toy_switch *toy = toy_switch_new(PANEL);
	unsigned files = sandbox_open_files();
	static char large[8192];
	int ns, uts, two[2], many[8];

	(void)state;
	ok(netns_new(&ns, &why));
	uts = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	two[0] = two[1] = ns;
	for (int i = 0; i < 8; i++)
		many[i] = ns;
	memset(large, ' ', sizeof(large));
	expect_bad_request(toy, "hello", 5, &ns, 1, "not JSON");
	expect_bad_request(toy, "{}", 2, &ns, 1, "one member");
	expect_bad_request(toy, "\0\0\0\0", 4, &ns, 1, "not JSON");
	expect_bad_request(toy, large, sizeof(large), &ns, 1, "at most 4096");
	expect_bad_request(toy, "{\"draw\":{\"mw\":1}}", 17, NULL, 0, "expected a plug first");
	expect_bad_request(toy, "{\"link\":{\"state\":\"up\"}}", 23, NULL, 0, "expected a plug first");
	expect_bad_request(toy, PLUG, strlen(PLUG), NULL, 0, "carries 0 descriptors");
	expect_bad_request(toy, PLUG, strlen(PLUG), &uts, 1, "of a network namespace");
	expect_bad_request(toy, PLUG, strlen(PLUG), two, 2, "carries 2 descriptors");
	expect_bad_request(toy, PLUG, strlen(PLUG), many, 8, "descriptors; it needs one");
	assert_int_equal(toy_switch_plugged(toy), 0);
	assert_int_equal(toy_switch_total(toy), 0);
	close(ns);
	close(uts);
	/* Every descriptor that they pushed in is closed. */
	assert_int_equal(sandbox_open_files(), files);
	toy_switch_free(toy);
}

/* A good plug, then nonsense: the cable is out. */
static void test_hostile_later(void **state)
{
	static const char *const later[] = {PLUG, "{\"link\":{\"state\":\"up\"}}", "{\"draw\":{\"mw\":-1}}",
					    "x"};
	struct toy_switch *toy = toy_switch_new(PANEL);
	int ns;

	(void)state;
	ok(netns_new(&ns, &why));
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		struct reply reply = {.sock = say(PLUG, strlen(PLUG), &ns, 1)};

		assert_true(toy_switch_serve(toy, 3000, reply.sock, has_reply, &reply));
		assert_non_null(strstr(reply.text, "{\"plugged\":"));
		assert_true(toy_switch_serve(toy, 3000, reply.sock, has_reply, &reply));
		assert_int_equal(send(reply.sock, later[i], strlen(later[i]), 0), (ssize_t)strlen(later[i]));
		assert_true(toy_switch_serve(toy, 3000, reply.sock, has_reply, &reply));
		assert_non_null(strstr(reply.text, "bad-request"));
		assert_true(toy_switch_serve(toy, 3000, -1, none_plugged, toy));
		assert_int_equal(count_links(ns), 1);
		close(reply.sock);
	}
	close(ns);
	toy_switch_free(toy);
}

struct flood {
	struct toy_switch *toy;
	unsigned said;
};

static bool flooded(void *arg)
{
	struct flood *flood = arg;

	for (int i = 0; i < 50; i++)
		toy_switch_power(
		    flood->toy, 1, PANEL_POWER_ADJUSTED,
		    "a reason of some length, so that the socket fills up soon and the test is short");
	flood->said += 50;
	return toy_switch_plugged(flood->toy) == 0;
}

/* One who plugs in and never reads is unplugged when its socket is full; nobody waits for it. */
static void test_never_reads(void **state)
{
	struct toy_switch *toy = toy_switch_new(PANEL);
	struct flood flood = {.toy = toy};
	int ns, sock;

	(void)state;
	ok(netns_new(&ns, &why));
	sock = say(PLUG, strlen(PLUG), &ns, 1);
	struct reply reply = {.sock = sock};

	assert_true(toy_switch_serve(toy, 3000, sock, has_reply, &reply));
	assert_true(toy_switch_serve(toy, 5000, -1, flooded, &flood));
	assert_true(flood.said < 100000);
	assert_int_equal(count_links(ns), 1);
	close(sock);
	close(ns);
	toy_switch_free(toy);
}

static bool closed(void *arg)
{
	struct reply *reply = arg;

	return has_reply(arg) && reply->n == 0;
}

/* One who connects and says nothing is closed after five seconds. */
static void test_says_nothing(void **state)
{
	struct toy_switch *toy = toy_switch_new(PANEL);
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = PANEL};
	struct reply reply = {.sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
	uint64_t start = clock_now_us();

	(void)state;
	assert_int_equal(connect(reply.sock, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_true(toy_switch_serve(toy, 8000, reply.sock, closed, &reply));
	assert_true(clock_now_us() - start >= 4900000);
	close(reply.sock);
	toy_switch_free(toy);
}

/* Out of descriptors: the peer receives the reason, and the switch runs on. */
static void test_no_descriptors(void **state)
{
	struct toy_switch *toy = toy_switch_new(PANEL);
	struct rlimit before, none;
	int ns, sock;

	(void)state;
	ok(netns_new(&ns, &why));
	sock = say(PLUG, strlen(PLUG), &ns, 1);
	struct reply reply = {.sock = sock};

	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = (rlim_t)(sock + 1); /* all below are in use */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_true(toy_switch_serve(toy, 3000, sock, has_reply, &reply));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_non_null(strstr(reply.text, "no file descriptor left"));
	close(sock);
	sock = reply.sock = say(PLUG, strlen(PLUG), &ns, 1);
	assert_true(toy_switch_serve(toy, 3000, sock, has_reply, &reply));
	assert_non_null(strstr(reply.text, "plugged"));
	close(sock);
	close(ns);
	toy_switch_free(toy);
}

#define MANY 200

struct crowd {
	struct toy_switch *toy;
	unsigned wanted;
};

static bool all_in(void *arg)
{
	struct crowd *crowd = arg;

	return toy_switch_plugged(crowd->toy) == crowd->wanted;
}

/* 200 devices plug in and pull out, twice: no link and no descriptor is left. */
static void test_crowd(void **state)
{
	unsigned links = count_links(-1), files = sandbox_open_files();
	struct toy_switch *toy = toy_switch_new(PANEL);
	struct crowd crowd = {.toy = toy};
	struct panel_client *clients[MANY];
	int ns[MANY];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < MANY; i++) {
			struct panel_plug plug = sample;

			plug.mac.octet[5] = (uint8_t)i;
			plug.port[0] = 0;
			ok(netns_new(&ns[i], &why));
			ok(panel_client_new(&clients[i], PANEL, &plug, ns[i], &why));
		}
		crowd.wanted = MANY;
		assert_true(toy_switch_serve(toy, 90000, -1, all_in, &crowd));
		assert_int_equal(count_links(-1), links + MANY);
		for (int i = 0; i < MANY; i++) {
			next(toy, clients[i], PANEL_MSG_PLUGGED);
			panel_client_free(clients[i]);
		}
		crowd.wanted = 0;
		assert_true(toy_switch_serve(toy, 90000, -1, all_in, &crowd));
		assert_int_equal(count_links(-1), links);
		for (int i = 0; i < MANY; i++) {
			if (i % 20 == 0)
				assert_int_equal(count_links(ns[i]), 1);
			close(ns[i]);
		}
	}
	toy_switch_free(toy);
	assert_int_equal(sandbox_open_files(), files);
}

static int tests(void)
{
	const struct CMUnitTest all[] = {
	    cmocka_unit_test(test_conversation),  cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_no_switch),	  cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_hostile_later), cmocka_unit_test(test_never_reads),
	    cmocka_unit_test(test_says_nothing),  cmocka_unit_test(test_no_descriptors),
	    cmocka_unit_test(test_crowd),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests, 400);
}
